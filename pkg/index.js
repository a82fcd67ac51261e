// The default entry: the wasm travels inside this file, so nothing is fetched, and nothing
// is compiled until load() or loadSync() is called.
import { inflateSync } from "fflate";
import { start } from "./model.js";
import wasm from "./bindings_bg.deflate"; // as base64 text

export { Model, defaultModel, newCustomer, predict, predictBatch } from "./model.js";

let module;
let compiling;

/** Compiles and starts the module, once. */
export async function load() {
  if (module) return;
  compiling ??= WebAssembly.compile(bytes());
  try {
    begin(await compiling);
  } finally {
    compiling = undefined; // after a failure another try may be allowed
  }
}

/** The same without waiting; large for a page's main thread, fine elsewhere. */
export function loadSync() {
  if (!module) begin(new WebAssembly.Module(bytes()));
}

function begin(compiled) {
  module ??= compiled;
  start(module);
}

function bytes() {
  const text = atob(wasm);
  const deflated = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) deflated[i] = text.charCodeAt(i);
  return inflateSync(deflated);
}
