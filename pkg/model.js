// Numbers in the shape of the contract. The wasm checks and works out; this gives the
// answers their keys, which is an engine's own and fastest in its own language.
import { Bound, bakedText, initSync } from "./bindings.js";

let memory;
let baked;

/** Starts the module, once compiled; once. */
export function start(module) {
  if (baked) return;
  ({ memory } = initSync({ module }));
  baked = new Shared(JSON.parse(bakedText()));
}

/** The model that was compiled in. */
export function defaultModel() {
  demandLoaded();
  return baked;
}

export function predict(profile, options) {
  return defaultModel().predict(profile, options);
}

export function predictBatch(columns, options) {
  return defaultModel().predictBatch(columns, options);
}

/** A customer of whom nothing is known yet. */
export const newCustomer = Object.freeze({ frequency: 0, recency: 0, T: 0 });

// The quantities' numbers in the wasm.
const [ALIVE, PURCHASES, ANY_PURCHASE, DISCOUNTED, WAITING_TIME, PROFIT] = [0, 1, 2, 3, 4, 5];

// How the wasm lays an answer out: numbers before those of the horizons, numbers of each
// horizon, and the most horizons there are.
const [HEAD, HORIZON, MOST_HORIZONS] = [5, 4, 12];

/** A model from the object of a model file. */
export class Model {
  #bound;
  #file;
  #bands;
  #answer;

  constructor(file) {
    demandLoaded();
    try {
      this.#bound = new Bound(file);
    } catch (broken) {
      throw Array.isArray(broken) ? inputError(broken) : broken;
    }
    this.#file = JSON.parse(JSON.stringify(file));
    this.#bands = this.#file.segments.bands.map((band) => band.name);
  }

  get id() {
    return this.#file.id;
  }

  get version() {
    return this.#file.version;
  }

  predict(request, options) {
    if (options !== undefined || !this.#score(request)) {
      refuse(this.#bound.predict(request, options));
    }
    // The view is lost when the memory grows.
    if (!this.#answer?.length) {
      const length = HEAD + HORIZON * MOST_HORIZONS;
      this.#answer = new Float64Array(memory.buffer, this.#bound.answer, length);
    }
    const answer = this.#answer;
    const horizons = [];
    for (let i = 0, at = HEAD; i < answer[4]; i++, at += HORIZON) {
      horizons.push({
        days: answer[at],
        expected_purchases: answer[at + 1],
        probability_of_purchase: answer[at + 2],
        customer_lifetime_value: answer[at + 3],
      });
    }
    const [probability_alive, expected_average_profit, residual_lifetime_value, band] = answer;
    const residual = Number.isNaN(residual_lifetime_value) ? {} : { residual_lifetime_value };
    const segment = this.#bands[band];
    const model = this.#name();
    return { probability_alive, expected_average_profit, horizons, ...residual, segment, model };
  }

  /** The usual case without a detour, four numbers and nothing else; false for any other. */
  #score(request) {
    if (typeof request !== "object" || request === null) return false;
    const { frequency, recency, T, monetary_value } = request;
    for (const key of Object.keys(request)) {
      if (key !== "frequency" && key !== "recency" && key !== "T" && key !== "monetary_value") {
        return false;
      }
    }
    return (
      typeof frequency === "number" &&
      typeof recency === "number" &&
      typeof T === "number" &&
      (typeof monetary_value === "number" || monetary_value === undefined) &&
      this.#bound.score(frequency, recency, T, monetary_value)
    );
  }

  #name() {
    return { id: this.#file.id, version: this.#file.version };
  }

  predictBatch(columns, options) {
    const result = this.#bound.predictBatch(columns, options);
    if (result.length === 1) refuse(result[0]);
    const [broken, segment, ...numbers] = result;
    const wanted = options?.columns ?? DEFAULT_COLUMNS;
    const take = (answer, name) => {
      if (wanted.includes(name)) answer[name] = numbers.shift();
    };
    const answer = {};
    take(answer, "probability_alive");
    take(answer, "expected_average_profit");
    answer.horizons = (options?.horizons ?? this.#file.horizons).map((days) => {
      const horizon = { days };
      take(horizon, "expected_purchases");
      take(horizon, "probability_of_purchase");
      take(horizon, "customer_lifetime_value");
      return horizon;
    });
    take(answer, "residual_lifetime_value");
    if (segment) {
      answer.segment = segment;
      answer.segments = [...this.#bands];
    }
    answer.model = this.#name();
    answer.errors = broken.map(([row, pointer, rule, detail]) => ({ row, pointer, rule, detail }));
    return answer;
  }

  probabilityAlive(profile) {
    return this.#quantity(ALIVE, profile, 0);
  }

  probabilityAlivePath(purchases, dates) {
    return refuse(this.#bound.path(Float64Array.from(purchases), Float64Array.from(dates)));
  }

  expectedPurchases(profile, days) {
    return this.#quantity(PURCHASES, profile, days);
  }

  probabilityOfPurchase(profile, days) {
    return this.#quantity(ANY_PURCHASE, profile, days);
  }

  discountedPurchases(profile, days) {
    return this.#quantity(DISCOUNTED, profile, days);
  }

  probabilitiesOfCounts(profile, most, days) {
    return refuse(this.#bound.counts(profile, most, days));
  }

  timeToNextPurchase(profile, probability = 0.5) {
    return this.#quantity(WAITING_TIME, profile, probability);
  }

  expectedAverageProfit(profile) {
    return this.#quantity(PROFIT, profile, 0);
  }

  #quantity(which, profile, of) {
    return refuse(this.#bound.quantity(which, profile, of));
  }

  toJSON() {
    return structuredClone(this.#file);
  }

  free() {
    this.#answer = undefined;
    this.#bound.free();
  }
}

if (Symbol.dispose) Model.prototype[Symbol.dispose] = Model.prototype.free;

const DEFAULT_COLUMNS = [
  "probability_alive",
  "expected_average_profit",
  "expected_purchases",
  "probability_of_purchase",
  "customer_lifetime_value",
];

/** The one that all share: nobody may give its memory back. */
class Shared extends Model {
  free() {}
}

if (Symbol.dispose) Shared.prototype[Symbol.dispose] = Shared.prototype.free;

function demandLoaded() {
  if (memory) return;
  throw new Error("edge-clv is not loaded: call `await load()` (or `loadSync()`) first");
}

/** Throws if this is a list of broken rules. */
function refuse(result) {
  if (Array.isArray(result)) throw inputError(result);
  return result;
}

/** A TypeError if any rule is about the kind of a value, else a RangeError; with `.errors`. */
function inputError(broken) {
  const errors = broken.map(([, pointer, rule, detail]) => ({ pointer, rule, detail }));
  const message = errors
    .map(({ pointer, rule, detail }) => `${pointer && `${pointer}: `}${detail} (${rule})`)
    .join("; ");
  const aboutKind = broken.some(([, , , , aboutKind]) => aboutKind);
  return Object.assign(aboutKind ? new TypeError(message) : new RangeError(message), { errors });
}
