// The default entry: the wasm travels inside this file, so nothing is fetched, and nothing
// is compiled until load() or loadSync() is called.
import { loadFrom, loadFromSync } from "./model.js";
import wasm from "./clv.text";
import decoder from "./decoder.bin";

export { Model, defaultModel, newCustomer, predict, predictBatch } from "./model.js";

/** Compiles and starts the module, once. */
export const load = () => loadFrom(async () => WebAssembly.compile(bytes()));

/** The same without waiting. */
export const loadSync = () => loadFromSync(() => new WebAssembly.Module(bytes()));

/** The wasm, out of the text it travels as: see `decoder.wat`. */
function bytes() {
  const compiled = Uint8Array.from(atob(decoder), (character) => character.charCodeAt());
  const { memory, decode } = new WebAssembly.Instance(new WebAssembly.Module(compiled)).exports;
  memory.grow(wasm.length >> 16);
  const bytes = new Uint8Array(memory.buffer);
  return bytes.subarray(0, decode(new TextEncoder().encodeInto(wasm, bytes).written));
}
