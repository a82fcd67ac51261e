// The default entry: the wasm travels inside this file, so nothing is fetched, and nothing
// is compiled until load() or loadSync() is called.
import { start } from "./model.js";
import wasm from "./clv.text";
import decoder from "./decoder.bin";

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

/** The wasm, out of the text it travels as: see `decoder.wat`. */
function bytes() {
  const compiled = Uint8Array.from(atob(decoder), (character) => character.charCodeAt());
  const { memory, decode } = new WebAssembly.Instance(new WebAssembly.Module(compiled)).exports;
  memory.grow(wasm.length >> 16);
  const bytes = new Uint8Array(memory.buffer);
  return bytes.subarray(0, decode(new TextEncoder().encodeInto(wasm, bytes).written));
}
