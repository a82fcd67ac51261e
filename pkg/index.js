// The default entry: the wasm travels inside this file, so nothing is fetched, and nothing
// is compiled until load() or loadSync() is called.
import { Model as Bound, bakedFile, initSync } from "./bindings.js";
import wasm from "./bindings_bg.wasm"; // as base64 text

let loading;
let baked;

/** Compiles and starts the module, once. */
export async function load() {
  if (baked) return;
  loading ??= WebAssembly.compile(bytes());
  try {
    start(await loading);
  } finally {
    loading = undefined; // after a failure another try may be allowed
  }
}

/** The same without waiting; large for a page's main thread, fine elsewhere. */
export function loadSync() {
  if (!baked) start(new WebAssembly.Module(bytes()));
}

/** A model from the object of a model file. */
export class Model extends Bound {
  constructor(file) {
    demandLoaded(baked);
    super(file);
  }
}

/** The one that all share: nobody may give its memory back. */
class Shared extends Model {
  free() {}
  [Symbol.dispose ?? "free"]() {}
}

/** The model that was compiled in. */
export function defaultModel() {
  return demandLoaded(baked);
}

export function predict(profile, options) {
  return defaultModel().predict(profile, options);
}

export function predictBatch(columns, options) {
  return defaultModel().predictBatch(columns, options);
}

function start(module) {
  if (baked) return;
  initSync({ module });
  // The constructor asks whether the module is loaded, and now it is.
  baked = true;
  baked = new Shared(bakedFile());
}

function demandLoaded(model) {
  if (model) return model;
  throw new Error("edge-clv is not loaded: call `await load()` (or `loadSync()`) first");
}

function bytes() {
  const text = atob(wasm);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
