// Scores the profile that offer.liquid has put into the page, in the page, and shows the offer of
// the segment. It fetches clv-raw.wasm, an asset of this extension, and sends nothing.
(() => {
  // As pkg/raw/README.md numbers them.
  const SEGMENT = 6;

  let compiling;

  /** The module as a function from a profile to the name of its segment. */
  function scorer(url) {
    compiling ??= fetch(url)
      .then((response) => {
        if (!response.ok) throw new Error(`${url}: status ${response.status}`);
        return response.arrayBuffer();
      })
      .then((bytes) => WebAssembly.instantiate(bytes))
      .then(({ instance: { exports: clv } }) => {
        const file = new Uint8Array(
          clv.memory.buffer,
          clv.clv_model_file(),
          clv.clv_model_file_bytes(),
        );
        const { bands } = JSON.parse(new TextDecoder().decode(file)).segments;
        return (profile) => bands[clv.clv_predict(SEGMENT, ...profile, 0)]?.name;
      })
      .catch((why) => {
        // The next offer asks anew.
        compiling = undefined;
        throw why;
      });
    return compiling;
  }

  /** Frequency, recency, T, monetary value; NaN where it is not known, or no profile at all. */
  function profileOf({ clvFrequency, clvRecency, clvT, clvMonetaryValue }) {
    if (clvFrequency === undefined) return;
    return [clvFrequency, clvRecency, clvT, clvMonetaryValue ?? NaN].map(Number);
  }

  /** Waits until the customer's privacy settings allow it. Where Shopify's API of them is not
   * there, nobody has allowed anything. */
  function allowed() {
    return new Promise((resolve) => {
      const check = () => {
        if (window.Shopify?.customerPrivacy?.preferencesProcessingAllowed()) resolve();
      };
      // Again whenever the customer decides.
      document.addEventListener("visitorConsentCollected", check);
      const features = [{ name: "consent-tracking-api", version: "0.1" }];
      window.Shopify?.loadFeatures?.(features, (why) => why || check());
    });
  }

  async function show(offer) {
    const { dataset } = offer;
    const profile = profileOf(dataset);
    if (!profile && !dataset.clvSegment) return;
    if ("clvConsent" in dataset) await allowed();
    if (profile) {
      const segment = (await scorer(dataset.clvModule))(profile);
      if (!segment) throw new Error("the profile breaks a rule");
      dataset.clvSegment = segment;
    }
    for (const one of offer.querySelectorAll("[data-clv-for]")) {
      one.hidden = one.dataset.clvFor !== dataset.clvSegment;
    }
    const detail = { segment: dataset.clvSegment };
    offer.dispatchEvent(new CustomEvent("clv:score", { bubbles: true, detail }));
  }

  /** An offer that cannot be scored stays as it is: nothing is shown. */
  function showAll(within) {
    for (const offer of within.querySelectorAll(".clv-offer")) {
      show(offer).catch((detail) => {
        offer.dispatchEvent(new CustomEvent("clv:error", { bubbles: true, detail }));
      });
    }
  }

  showAll(document);
  // The theme editor makes sections anew.
  document.addEventListener("shopify:section:load", ({ target }) => showAll(target));
})();
