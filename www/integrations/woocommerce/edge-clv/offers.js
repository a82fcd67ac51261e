// Hands <clv-score> the profile of the visitor, which a cached page cannot hold. The files of
// the npm package lie in the folder edge-clv beside this one; guests do not load them.
const KEYS = {
  frequency: "frequency",
  recency: "recency",
  T: "t",
  monetary_value: "monetaryValue",
};

/** Waits for consent to preferences, where a plugin for consent follows WordPress' API. */
function allowed() {
  const { wp_has_consent } = window;
  if (!wp_has_consent || wp_has_consent("preferences")) return;
  return new Promise((resolve) => {
    document.addEventListener("wp_listen_for_consent_change", ({ detail }) => {
      if (detail.preferences === "allow") resolve();
    });
  });
}

async function fill(score) {
  await allowed();
  const response = await fetch(score.dataset.profile, {
    cache: "no-store",
    credentials: "same-origin",
    headers: { "x-edge-clv": "1" },
  });
  if (!response.ok) throw new Error(`${score.dataset.profile}: status ${response.status}`);
  const { profile } = await response.json();
  if (!profile) return;
  await import("./edge-clv/widget.js");
  for (const [key, value] of Object.entries(profile)) score[KEYS[key]] = value;
  score.hidden = false;
}

for (const score of document.querySelectorAll("clv-score[data-profile]")) {
  fill(score).catch((detail) => {
    score.dispatchEvent(new CustomEvent("clv:error", { bubbles: true, composed: true, detail }));
  });
}
