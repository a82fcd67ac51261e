// The entry without the wasm: whoever loads says where it is.
import { loadFrom, loadFromSync } from "./model.js";

export { Model, defaultModel, newCustomer, predict, predictBatch } from "./model.js";

/** Starts the module that an address, a response, bytes or a compiled module come to, once. */
export const load = (source) => loadFrom(async () => ours(await moduleOf(await source)));

/** The same without waiting, for bytes and compiled modules. */
export const loadSync = (source) =>
  loadFromSync(() => ours(isModule(source) ? source : new WebAssembly.Module(demanded(source))));

async function moduleOf(source) {
  if (isModule(source)) return source;
  const address = typeof source === "string" || source instanceof URL;
  const found = address ? await fetch(source) : demanded(source);
  // A response of whichever realm or library.
  if (typeof found.arrayBuffer !== "function") return WebAssembly.compile(found);
  if (!found.ok) throw new Error(`edge-clv cannot load ${found.url}: status ${found.status}`);
  return WebAssembly.compile(await found.arrayBuffer());
}

// Not `instanceof`, which denies what another realm has compiled.
const isModule = (source) => Object.prototype.toString.call(source) === "[object WebAssembly.Module]";

function demanded(source) {
  if (typeof source === "object" && source !== null) return source;
  throw new TypeError(
    "edge-clv/slim carries no wasm: give `load` the address of clv.wasm, its response, its bytes or the compiled module, and `loadSync` one of the last two",
  );
}

/** A file that a server or a cache has kept of another version would not fit these bindings. */
function ours(module) {
  if (WebAssembly.Module.customSections(module, SECTION).length > 0) return module;
  throw new Error(`this is not the clv.wasm of ${SECTION}: serve the one that came with slim.js`);
}
