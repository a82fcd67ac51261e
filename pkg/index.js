// The default entry: the wasm travels inside this file, so nothing is fetched, and nothing
// is compiled until load() or loadSync() is called.
import { start } from "./model.js";
import wasm from "./bindings_bg.text";

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

/** The same without waiting. */
export function loadSync() {
  if (!module) begin(new WebAssembly.Module(bytes()));
}

function begin(compiled) {
  module ??= compiled;
  start(module);
}

/** The wasm, out of the text it travels as: see `xtask/src/text.rs`. */
function bytes() {
  const codes = new TextEncoder().encode(wasm);
  let length = 0;
  for (let i = 0; i < codes.length; i++) {
    const first = codes[i] - (codes[i] > 92 ? 36 : 35);
    if (first > 1) codes[length++] = first - 2;
    else {
      i++;
      codes[length++] = 89 + 91 * first + codes[i] - (codes[i] > 92 ? 36 : 35);
    }
  }
  return codes.subarray(0, length);
}
