// <clv-score>: scores the customer whose profile its attributes hold, or whose orders it is
// given, and shows a badge, or what the store has put into the slot of the customer's segment.
// It scores in the page and asks nothing of the network.
//
//   <clv-score frequency="5" recency="200" t="300" monetary-value="45.5">
//     <p slot="vip">Your private sale is open.</p>
//   </clv-score>

// This file always lies beside the package's entry: both are copied to one folder.
import { Model, defaultModel, load } from "./index.js";
import { historyOfOrders, profileOfOrders } from "./widget/orders.js";
import { CONSENT_EVENT, REPORTS, publishToShopify, pushToDataLayer } from "./widget/reports.js";

export { historyOfOrders, profileOfOrders, publishToShopify, pushToDataLayer };

const NAME = "clv-score";

// Each property mirrors an attribute.
const PROFILE = {
  frequency: "frequency",
  recency: "recency",
  t: "t",
  monetaryValue: "monetary-value",
};
const NUMBERS = { ...PROFILE, horizon: "horizon" };
const TEXTS = { until: "until", currency: "currency", locale: "locale", report: "report" };
const FLAGS = { headless: "headless" };
const MIRRORED = { ...NUMBERS, ...TEXTS, ...FLAGS };
const PROPERTIES = [...Object.keys(MIRRORED), "orders", "model"];

// Where the browser knows how, as the colour scheme of the page has it; elsewhere light.
const tone = (light, dark) => {
  const both = `light-dark(${light}, ${dark})`;
  return CSS.supports("color", both) ? both : light;
};
const styles = () => `
  :host { display: inline-block; font: 0.875rem/1.4 system-ui, sans-serif; }
  :host([headless]) { display: contents; font: inherit; }
  :host([hidden]) { display: none; }
  [part="badge"] {
    display: inline-flex; flex-wrap: wrap; align-items: center; gap: 0.15em 0.7em;
    min-height: 1.4em; padding: 0.35em 0.9em 0.35em 0.4em; border-radius: 1.2em;
    border: 1px solid var(--clv-border, ${tone("#c9d1cf", "#3a464c")});
    background: var(--clv-background, ${tone("#fff", "#1b2328")});
    color: var(--clv-color, ${tone("#16212b", "#e8eeec")});
    font-variant-numeric: tabular-nums;
  }
  :host([headless]) [part="badge"], [part][hidden] { display: none; }
  [part="segment"] {
    padding: 0.1em 0.75em; border-radius: 1em; font-weight: 700;
    text-transform: uppercase; letter-spacing: 0.06em; font-size: 0.85em;
    background: var(--clv-accent, ${tone("#2b4a5e", "#a9c9dc")});
    color: var(--clv-on-accent, ${tone("#fff", "#101a20")});
  }
  [part="value"] { font-weight: 600; }
  [part="alive"], [part="error"] { color: var(--clv-muted, ${tone("#52606b", "#a5b2b6")}); }
  [part="error"] { padding-inline-start: 0.5em; }
  [part]:empty { display: none; }
`;

// Where there is no DOM, as on a server that renders the page, importing does nothing.
const Base = globalThis.HTMLElement ?? class {};

class ClvScore extends Base {
  static observedAttributes = Object.values(MIRRORED);
  static #sheet;

  #slot;
  #parts = {};
  #orders = null;
  #model = null;
  // Made of #model, if that is a file.
  #made = null;
  #profile = null;
  #result = null;
  #ready = false;
  #pending = false;
  #asked = false;
  // What was told last: nobody is told the same again.
  #told;
  #reported = {};

  constructor() {
    super();
    const [badge, ...parts] = ["badge", "segment", "value", "alive", "error"].map((name) => {
      const part = document.createElement("span");
      part.setAttribute("part", name);
      this.#parts[name] = part;
      return part;
    });
    badge.append(...parts);
    // The badge is what shows where the store has put nothing into the slot.
    this.#slot = document.createElement("slot");
    this.#slot.append(badge);
    this.#slot.name = "none";
    // A live region has to be there before the text that it announces.
    const status = document.createElement("div");
    status.setAttribute("role", "status");
    status.append(this.#slot);

    // Unlike a <style>, a constructed sheet passes `style-src 'self'`, and all badges share it.
    if (!ClvScore.#sheet) {
      ClvScore.#sheet = new CSSStyleSheet();
      ClvScore.#sheet.replaceSync(styles());
    }
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [ClvScore.#sheet];
    root.append(status);
  }

  /** The customer's orders, or null: then the attributes hold the profile. */
  get orders() {
    return this.#orders;
  }

  set orders(orders) {
    this.#orders = orders ?? null;
    this.#update();
  }

  /** A model file's object or a Model, as it was set; null for the one compiled in. */
  get model() {
    return this.#model;
  }

  set model(model) {
    this.#model = model ?? null;
    this.#made?.free();
    this.#made = null;
    this.#update();
  }

  /** The profile of the last answer, or null. */
  get profile() {
    return this.#profile;
  }

  /** The last answer, or null before the first one and after an error. */
  get result() {
    return this.#result;
  }

  connectedCallback() {
    // A property set before this element was defined hides its accessor: set it again.
    for (const name of PROPERTIES) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    document.addEventListener(CONSENT_EVENT, this.#report);
    this.#update();
  }

  disconnectedCallback() {
    document.removeEventListener(CONSENT_EVENT, this.#report);
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
      this.#waits();
      await load();
      this.#pending = false;
      if (!this.isConnected) return;
      if (!this.#ready) this.#tell("clv:ready", null);
      this.#ready = true;
      if (!this.#waits()) this.#score();
    } catch (why) {
      this.#pending = false;
      if (!this.#waits()) this.#fail(why);
    }
  }

  /** Whether there was never a customer to score: then it shows no badge and tells nothing. */
  #waits() {
    const given = Object.values(PROFILE).some((attribute) => this.hasAttribute(attribute));
    this.#asked ||= given || this.#orders !== null;
    this.#parts.badge.hidden = !this.#asked;
    return !this.#asked;
  }

  #score() {
    const { horizon } = this;
    const model = this.#scorer();
    const profile = this.#orders === null ? this.#given() : profileOfOrders(this.#orders, this.until);
    // The package says which value is missing or wrong, in one voice with its other users.
    const answer = model.predict(profile, horizon === null ? undefined : { horizons: [horizon] });
    const { currency, segments } = model.toJSON();
    const days = horizon ?? segments.horizon;
    const shown = answer.horizons.find((each) => each.days === days) ?? answer.horizons.at(-1);
    const text = (number, style) =>
      new Intl.NumberFormat(this.locale ?? undefined, style).format(number);
    const value = text(shown.customer_lifetime_value, {
      style: "currency",
      currency: this.currency ?? currency,
    });
    const span = text(shown.days, { style: "unit", unit: "day", unitDisplay: "long" });

    this.#show(answer.segment, {
      segment: answer.segment,
      value: `${value} / ${span}`,
      alive: `P(alive) ${text(answer.probability_alive, { style: "percent" })}`,
    });
    this.#profile = profile;
    this.#result = answer;
    this.dataset.segment = answer.segment;
    this.#report();
    this.#tell("clv:score", answer, JSON.stringify(answer));
  }

  /** What the attributes hold, as far as they do. */
  #given() {
    return {
      frequency: this.frequency ?? undefined,
      recency: this.recency ?? undefined,
      T: this.t ?? undefined,
      monetary_value: this.monetaryValue ?? undefined,
    };
  }

  #scorer() {
    const model = this.#model;
    if (model === null) return defaultModel();
    // Told by what it can: a Model may be of another copy of the library.
    if (typeof model.predict === "function") return model;
    return (this.#made ??= new Model(model));
  }

  #fail(why) {
    this.#show("none", { error: "No score" });
    this.#profile = null;
    this.#result = null;
    delete this.dataset.segment;
    this.#tell("clv:error", why, String(why));
  }

  #show(slot, texts) {
    this.#slot.name = slot;
    for (const name of ["segment", "value", "alive", "error"]) {
      this.#parts[name].textContent = texts[name] ?? "";
    }
  }

  /** Tells what was found out, but nothing that was told last. */
  #tell(type, detail, about = type) {
    if (this.#told === about) return;
    this.#told = about;
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  /** Reports a new segment to whom the store has named, as soon as that is allowed. */
  #report = () => {
    const { segment } = this.dataset;
    for (const name of this.report?.split(/\s+/) ?? []) {
      if (!segment || this.#reported[name] === segment) continue;
      try {
        if (REPORTS[name]?.(segment)) this.#reported[name] = segment;
      } catch (why) {
        // What fails there is no failure of the score.
        reportError(why);
      }
    }
  };
}

function mirror(properties, read, write) {
  for (const [property, attribute] of Object.entries(properties)) {
    Object.defineProperty(ClvScore.prototype, property, {
      configurable: true,
      enumerable: true,
      get() {
        return read(this.getAttribute(attribute));
      },
      set(value) {
        const text = write(value);
        if (text === null) this.removeAttribute(attribute);
        else this.setAttribute(attribute, text);
      },
    });
  }
}
// A template that has no value leaves the attribute blank: that is not a zero.
const given = (text) => text?.trim() || null;
const asText = (value) => (value === null || value === undefined ? null : String(value));
mirror(NUMBERS, (text) => given(text) && Number(text), asText);
mirror(TEXTS, given, asText);
mirror(FLAGS, (text) => text !== null, (value) => (value ? "" : null));

// Of two copies of this file the first one counts, for both.
globalThis.customElements?.get(NAME) ?? globalThis.customElements?.define(NAME, ClvScore);
const Registered = globalThis.customElements?.get(NAME) ?? ClvScore;
export { Registered as ClvScore };
