// The default entry: the wasm travels inside this file, so nothing is fetched, and nothing
// is compiled until load() or loadSync() is called.
import { loadFrom, loadFromSync } from "./model.js";
import wasm from "./bindings_bg.text";

export { Model, defaultModel, newCustomer, predict, predictBatch } from "./model.js";

/** Compiles and starts the module, once. */
export const load = () => loadFrom(async () => WebAssembly.compile(bytes()));

/** The same without waiting. */
export const loadSync = () => loadFromSync(() => new WebAssembly.Module(bytes()));

/** The wasm, out of the text it travels as: see `xtask/src/text.rs`. */
function bytes() {
  const codes = new TextEncoder().encode(wasm);
  let length = 0;
  // Run once, by an interpreter that has seen nothing yet: as few steps as there can be.
  for (let i = 0; i < codes.length; ) {
    const code = codes[i++];
    codes[length++] = code > 36 ? code - 37 : 92 * code + codes[i++] - 3165;
  }
  return codes.subarray(0, length);
}
