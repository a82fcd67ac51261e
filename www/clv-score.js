// <clv-score>: a badge with the segment and the value of the customer whose profile its
// attributes hold. It scores in the page and sends nothing anywhere; a store listens for
// `clv:score`, or styles by the `data-segment` that it sets on itself.
//
//   <clv-score frequency="5" recency="200" t="300" monetary-value="45.5"></clv-score>

// This file always lies beside the package's entry: both are copied to one folder.
import { defaultModel, load, predict } from "./index.js";

// Each property mirrors an attribute.
const NUMBERS = {
  frequency: "frequency",
  recency: "recency",
  t: "t",
  monetaryValue: "monetary-value",
  horizon: "horizon",
};
const TEXTS = { currency: "currency", locale: "locale" };

const CSS = `
  :host { display: inline-block; font: 0.875rem/1.4 system-ui, sans-serif; }
  :host([hidden]) { display: none; }
  [part="badge"] {
    display: inline-flex; flex-wrap: wrap; align-items: center; gap: 0.15em 0.7em;
    min-height: 1.4em; padding: 0.35em 0.9em 0.35em 0.4em; border-radius: 1.2em;
    border: 1px solid var(--clv-border, light-dark(#c9d1cf, #3a464c));
    background: var(--clv-background, light-dark(#fff, #1b2328));
    color: var(--clv-color, light-dark(#16212b, #e8eeec));
    font-variant-numeric: tabular-nums;
  }
  [part="segment"] {
    padding: 0.1em 0.75em; border-radius: 1em; font-weight: 700;
    text-transform: uppercase; letter-spacing: 0.06em; font-size: 0.85em;
    background: var(--clv-accent, light-dark(#2b4a5e, #a9c9dc));
    color: var(--clv-on-accent, light-dark(#fff, #101a20));
  }
  [part="value"] { font-weight: 600; }
  [part="alive"], [part="error"] { color: var(--clv-muted, light-dark(#52606b, #a5b2b6)); }
  [part="error"] { padding-inline-start: 0.5em; }
  [part]:empty { display: none; }
`;

// Where there is no DOM, as on a server that renders the page, importing does nothing.
const Base = globalThis.HTMLElement ?? class {};

export class ClvScore extends Base {
  static observedAttributes = [...Object.values(NUMBERS), ...Object.values(TEXTS)];
  static #sheet;

  #parts = {};
  #result = null;
  #pending = false;

  constructor() {
    super();
    const [badge, ...parts] = ["badge", "segment", "value", "alive", "error"].map((name) => {
      const part = document.createElement("span");
      part.setAttribute("part", name);
      this.#parts[name] = part;
      return part;
    });
    // A live region has to be there before the text that it announces.
    badge.setAttribute("role", "status");
    badge.append(...parts);

    // Unlike a <style>, a constructed sheet passes `style-src 'self'`, and all badges share it.
    if (!ClvScore.#sheet) {
      ClvScore.#sheet = new CSSStyleSheet();
      ClvScore.#sheet.replaceSync(CSS);
    }
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [ClvScore.#sheet];
    root.append(badge);
  }

  /** The last answer, or null before the first one and after an error. */
  get result() {
    return this.#result;
  }

  connectedCallback() {
    // A property set before this element was defined hides its accessor: set it again.
    for (const name of [...Object.keys(NUMBERS), ...Object.keys(TEXTS)]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.#update();
  }

  attributeChangedCallback(_name, before, after) {
    if (before !== after) this.#update();
  }

  async #update() {
    if (this.#pending || !this.isConnected) return;
    this.#pending = true;
    try {
      // A microtask later, so that the changes of one task are scored once.
      await null;
      await load();
      this.#pending = false;
      if (this.isConnected) this.#score();
    } catch (why) {
      this.#pending = false;
      this.#fail(why);
    }
  }

  #score() {
    const { horizon } = this;
    // The package says which value is missing or wrong, in one voice with its other users.
    const answer = predict(
      {
        frequency: this.frequency ?? undefined,
        recency: this.recency ?? undefined,
        T: this.t ?? undefined,
        monetary_value: this.monetaryValue ?? undefined,
      },
      horizon === null ? undefined : { horizons: [horizon] },
    );
    const model = defaultModel().toJSON();
    const days = horizon ?? model.segments.horizon;
    const shown = answer.horizons.find((each) => each.days === days) ?? answer.horizons.at(-1);
    const text = (number, style) =>
      new Intl.NumberFormat(this.locale ?? undefined, style).format(number);
    const value = text(shown.customer_lifetime_value, {
      style: "currency",
      currency: this.currency ?? model.currency,
    });
    const span = text(shown.days, { style: "unit", unit: "day", unitDisplay: "long" });

    this.#show({
      segment: answer.segment,
      value: `${value} / ${span}`,
      alive: `P(alive) ${text(answer.probability_alive, { style: "percent" })}`,
    });
    this.#result = answer;
    this.dataset.segment = answer.segment;
    this.#tell("clv:score", answer);
  }

  #fail(why) {
    this.#show({ error: "No score" });
    this.#result = null;
    delete this.dataset.segment;
    this.#tell("clv:error", why);
  }

  #show(texts) {
    for (const name of ["segment", "value", "alive", "error"]) {
      this.#parts[name].textContent = texts[name] ?? "";
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }
}

function mirror(properties, read) {
  for (const [property, attribute] of Object.entries(properties)) {
    Object.defineProperty(ClvScore.prototype, property, {
      configurable: true,
      enumerable: true,
      // A template that has no value leaves the attribute blank: that is not a zero.
      get() {
        const text = this.getAttribute(attribute)?.trim();
        return text ? read(text) : null;
      },
      set(value) {
        if (value === null || value === undefined) this.removeAttribute(attribute);
        else this.setAttribute(attribute, value);
      },
    });
  }
}
mirror(NUMBERS, Number);
mirror(TEXTS, String);

if (globalThis.customElements && !customElements.get("clv-score")) {
  customElements.define("clv-score", ClvScore);
}
