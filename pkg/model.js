// Numbers in the shape of the contract. The wasm checks and works out; this gives the
// answers their keys, which is an engine's own and fastest in its own language.
// What `pkg/src/lib.rs` exports.
import * as wasm from "./bindings_bg.js";

let memory;
let baked;
// How many models the wasm has taken in, which is the number of the next.
let models = 0;
// Not every runtime has it.
const unreachable =
  globalThis.FinalizationRegistry && new FinalizationRegistry((model) => wasm.remove(model));

let loading = Promise.resolve();

/** Starts the module that `find` comes to, unless one was started. */
export function loadFrom(find) {
  const load = async () => {
    if (!memory) start(await find());
  };
  // Another call may be at it; where that one fails, this one's source may still be good.
  return (loading = loading.catch(() => {}).then(load).catch(refuseToLoad));
}

/** The same without waiting. */
export function loadFromSync(find) {
  try {
    if (!memory) start(find());
  } catch (why) {
    refuseToLoad(why);
  }
}

function start(module) {
  // One that does not wait may have been quicker.
  if (memory) return;
  const { exports } = new WebAssembly.Instance(module);
  wasm.__wbg_set_wasm(exports);
  memory = exports.memory;
  wasm.baked();
  baked = new Shared(JSON.parse(textAt(...numbers(2))));
}

/** Throws; with what to do where WebAssembly is forbidden, which each engine says in its own
 * words, some of them on compiling and some only on starting. */
function refuseToLoad(why) {
  const said = String(why);
  const what = /unsafe-eval|content security policy|by csp/i.test(said)
    ? "the page's Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src"
    : /by embedder/.test(said) &&
      "this host compiles no WebAssembly at run time: let the bundler use the condition `workerd` or `edge-light`, or give `load` of edge-clv/slim the compiled module";
  throw what ? new Error(`edge-clv cannot load: ${what}`, { cause: why }) : why;
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
const ALIVE = 0;
const PURCHASES = 1;
const ANY_PURCHASE = 2;
const DISCOUNTED = 3;
const WAITING_TIME = 4;
const PROFIT = 5;

// How the wasm lays an answer out: numbers before those of the horizons, numbers of each
// horizon, and the most horizons there are.
const HEAD = 5;
const HORIZON = 4;
const MOST_HORIZONS = 12;

// Rows that the wasm has room for.
const ROWS = 2048;

// How deep a request goes, to the entries of a list; and a model file, to the name of a band.
const REQUEST_DEPTH = 2;
const MODEL_DEPTH = 4;

/** A model from the object of a model file. */
export class Model {
  #number;
  #file;
  #bands;

  constructor(file) {
    demandLoaded();
    give(plain(file, MODEL_DEPTH));
    refuse(wasm.add());
    this.#number = models++;
    unreachable?.register(this, this.#number, this);
    this.#file = JSON.parse(JSON.stringify(file));
    this.#bands = this.#file.segments.bands.map((band) => band.name);
  }

  /** The number the wasm knows it by. */
  get #bound() {
    if (this.#number === undefined) throw new Error("this model was given back by `free()`");
    return this.#number;
  }

  get id() {
    return this.#file.id;
  }

  get version() {
    return this.#file.version;
  }

  predict(request, options) {
    if (options !== undefined || !this.#score(request)) {
      this.#ask(request, options);
      refuse(wasm.predict(this.#bound));
    }
    const answer = numbers(HEAD + HORIZON * MOST_HORIZONS);
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
    const own = Object.keys(request);
    return (
      own.every((key) => INPUT_COLUMNS.includes(key)) &&
      // What is inherited counts as little here as where there are options.
      (own.length === 4 ||
        (own.length === 3 && monetary_value === undefined && !own.includes("monetary_value"))) &&
      typeof frequency === "number" &&
      typeof recency === "number" &&
      typeof T === "number" &&
      // To the wasm NaN is an amount that was not given, as `undefined` becomes; a number that is
      // NaN has to be told of.
      (monetary_value === undefined ||
        (typeof monetary_value === "number" && monetary_value >= 0)) &&
      wasm.score(this.#bound, frequency, recency, T, monetary_value)
    );
  }

  #ask(profile, options) {
    const asked = plain(profile, REQUEST_DEPTH);
    if (options !== undefined) plain(options, REQUEST_DEPTH, asked);
    give(asked);
    refuse(wasm.ask(this.#bound));
  }

  #name() {
    return { id: this.#file.id, version: this.#file.version };
  }

  predictBatch(columns, options) {
    const { lengths, given } = measured(columns);
    const asked = plain(lengths, REQUEST_DEPTH);
    // An earlier answer to fill again is no affair of the wasm.
    const plainly = isObject(options) ? { ...options, reuse: undefined } : options;
    if (options !== undefined) plain(plainly, REQUEST_DEPTH, asked);
    give(asked);
    refuse(wasm.batch(this.#bound));
    const { columns: named = DEFAULT_COLUMNS, horizons = this.#file.horizons, reuse } =
      options ?? {};
    // The wasm has seen no more of them.
    const wanted = named.slice(0, LONGEST_LIST);
    const rows = given[0].length;
    const outputs = [];
    const take = (answer, name, old) => {
      if (!wanted.includes(name)) return;
      outputs.push((answer[name] = fit(old?.[name], Float64Array, rows)));
    };
    const answer = {};
    take(answer, "probability_alive", reuse);
    take(answer, "expected_average_profit", reuse);
    answer.horizons = horizons.map((days, i) => {
      const horizon = { days };
      const old = reuse?.horizons?.[i];
      take(horizon, "expected_purchases", old);
      take(horizon, "probability_of_purchase", old);
      take(horizon, "customer_lifetime_value", old);
      return horizon;
    });
    take(answer, "residual_lifetime_value", reuse);
    if (wanted.includes("segment")) {
      answer.segment = fit(reuse?.segment, Uint8Array, rows);
      answer.segments = [...this.#bands];
    }
    answer.model = this.#name();
    answer.errors = this.#rows(given, outputs, answer.segment);
    return answer;
  }

  /** Fills columns from columns, part by part; returns the broken rules by row. */
  #rows(given, outputs, segment) {
    const bound = this.#bound;
    const errors = [];
    let room = new Float64Array();
    const found = () => {
      // Empty is also what it becomes when tables are made and the memory grows by that.
      if (room.length > 0) return;
      const length = ROWS * (given.length + outputs.length);
      room = new Float64Array(memory.buffer, wasm.room(bound), length);
    };
    for (let start = 0; start < given[0].length; start += ROWS) {
      const count = Math.min(ROWS, given[0].length - start);
      found();
      given.forEach((column, i) => {
        if (column) room.set(column.subarray(start, start + count), i * ROWS);
      });
      const broken = wasm.rows(bound, count, given[3] !== undefined);
      if (broken > 0) {
        for (const { row, error } of brokenRules(broken)) errors.push({ row: start + row, ...error });
      }
      found();
      outputs.forEach((column, i) => {
        const from = ROWS * (given.length + i);
        column.set(room.subarray(from, from + count), start);
      });
      segment?.set(new Uint8Array(memory.buffer, wasm.segments(bound), count), start);
    }
    return errors;
  }

  probabilityAlive(profile) {
    return this.#quantity(ALIVE, profile, 0);
  }

  probabilityAlivePath(purchases, dates) {
    const before = Array.from(purchases, Number);
    const days = [...before, ...Array.from(dates, Number)];
    give(days);
    refuse(wasm.path(this.#bound, before.length));
    return numbers(days.length - before.length).slice();
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
    this.#ask(profile);
    refuse(wasm.counts(this.#bound, number(most), number(days)));
    return numbers(most + 1).slice();
  }

  timeToNextPurchase(profile, probability = 0.5) {
    return this.#quantity(WAITING_TIME, profile, probability);
  }

  expectedAverageProfit(profile) {
    return this.#quantity(PROFIT, profile, 0);
  }

  #quantity(which, profile, of) {
    this.#ask(profile);
    return wasm.quantity(this.#bound, which, number(of));
  }

  toJSON() {
    return structuredClone(this.#file);
  }

  free() {
    if (this.#number === undefined) return;
    unreachable?.unregister(this);
    wasm.remove(this.#number);
    this.#number = undefined;
  }
}

if (Symbol.dispose) {
  Model.prototype[Symbol.dispose] = function () {
    this.free();
  };
}

const INPUT_COLUMNS = ["frequency", "recency", "T", "monetary_value"];

const DEFAULT_COLUMNS = [
  "probability_alive",
  "expected_average_profit",
  "expected_purchases",
  "probability_of_purchase",
  "customer_lifetime_value",
  "segment",
];

/** The one that all share: nobody may give its memory back. */
class Shared extends Model {
  free() {}
}

function demandLoaded() {
  if (memory) return;
  throw new Error("edge-clv is not loaded: call `await load()` (or `loadSync()`) first");
}

/** As many numbers, where the wasm reads them and leaves them. */
function numbers(count) {
  // The memory may grow by that, and with it comes a buffer of its own.
  const place = wasm.numbers(count);
  return new Float64Array(memory.buffer, place, count);
}

function give(values) {
  numbers(values.length).set(values);
}

function textAt(place, length) {
  return new TextDecoder().decode(new Uint8Array(memory.buffer, place, length));
}

/** The broken rules that the last call told of, as many as it said. */
function brokenRules(count) {
  return Array.from({ length: count }, (_, i) => {
    const [row, aboutKind, ...texts] = numbers(8 * count).subarray(8 * i, 8 * i + 8);
    const [pointer, rule, detail] = [0, 2, 4].map((at) => textAt(texts[at], texts[at + 1]));
    return { row, aboutKind, error: { pointer, rule, detail } };
  });
}

/** Throws if rules are broken: a TypeError if any is about the kind of a value, else a
 * RangeError; with `.errors`. */
function refuse(count) {
  if (count === 0) return;
  const broken = brokenRules(count);
  const errors = broken.map(({ error }) => error);
  const message = errors
    .map(({ pointer, rule, detail }) => `${pointer && `${pointer}: `}${detail} (${rule})`)
    .join("; ");
  const Kind = broken.some(({ aboutKind }) => aboutKind) ? TypeError : RangeError;
  throw Object.assign(new Kind(message), { errors });
}

/** What is no number must not become one: `null` would be 0. */
function number(value) {
  return typeof value === "number" ? value : NaN;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Values cross over to the wasm as numbers, in the order `plain.rs` reads them.
const NUMBER = 0;
const BOOLEAN = 1;
const TEXT = 2;
const LIST = 3;
const OBJECT = 4;
const OTHER = 5;

// No rule allows a list longer than the 255 bands of a model, nor a text anything like as long
// as this, so that what comes after changes no answer; neither an array of four billion holes
// nor a text that fills the memory must do any harm.
const LONGEST_LIST = 256;
const LONGEST_TEXT = 65536;

/** Writes a value; what is nested deeper than `depth` is not looked into, so that an object
 * which contains itself comes to an end. */
function plain(value, depth, to = []) {
  if (typeof value === "number") to.push(NUMBER, value);
  else if (typeof value === "boolean") to.push(BOOLEAN, +value);
  else if (typeof value === "string") {
    to.push(TEXT);
    text(value, to);
  } else if (depth === 0 || typeof value !== "object" || value === null) to.push(OTHER);
  else if (Array.isArray(value)) {
    const length = Math.min(value.length, LONGEST_LIST);
    to.push(LIST, length);
    for (let i = 0; i < length; i++) plain(value[i], depth - 1, to);
  } else {
    // One that is `undefined` counts as absent.
    const entries = Object.entries(value).filter(([, value]) => value !== undefined);
    to.push(OBJECT, entries.length);
    for (const [key, value] of entries) {
      text(key, to);
      plain(value, depth - 1, to);
    }
  }
  return to;
}

function text(value, to) {
  const characters = [...value.slice(0, LONGEST_TEXT)];
  to.push(characters.length);
  for (const character of characters) to.push(character.codePointAt(0));
}

/** The input columns in their order, and what the wasm checks of all that was given: lengths. */
function measured(columns) {
  if (!isObject(columns)) return { lengths: columns };
  const entries = { ...columns };
  const given = INPUT_COLUMNS.map((name) => entries[name]);
  for (const [name, column] of Object.entries(entries)) {
    if (column instanceof Float64Array) entries[name] = column.length;
    else if (column !== undefined) entries[name] = null;
  }
  return { lengths: entries, given };
}

/** The array of an earlier answer if it can be filled again, else a new one. */
function fit(old, Kind, length) {
  return old instanceof Kind && old.length === length ? old : new Kind(length);
}
