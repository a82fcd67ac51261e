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
  compiling ??= compile();
  try {
    begin(await compiling);
  } finally {
    compiling = undefined; // after a failure another try may be allowed
  }
}

/** The same without waiting; slower, for the engine's own inflate cannot be waited for. */
export function loadSync() {
  const inflate = hostInflate() ?? inflateSync;
  if (!module) begin(new WebAssembly.Module(inflate(deflated())));
}

function begin(compiled) {
  module ??= compiled;
  start(module);
}

async function compile() {
  const inflate = hostInflate();
  if (inflate) return WebAssembly.compile(inflate(deflated()));
  const stream = new Blob([deflated()]).stream();
  const inflated = stream.pipeThrough(new DecompressionStream("deflate-raw"));
  return WebAssembly.compile(await new Response(inflated).arrayBuffer());
}

/** What Node and its like inflate with at once; they are slow to start a stream. */
function hostInflate() {
  return globalThis.process?.getBuiltinModule?.("node:zlib").inflateRawSync;
}

function deflated() {
  const text = atob(wasm);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
