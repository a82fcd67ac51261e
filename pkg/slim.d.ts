export * from "./index.js";

/** A `WebAssembly.Module`, where the types of the host know of it; any object passes for one. */
type CompiledModule = typeof globalThis extends {
  WebAssembly: { Module: abstract new (...given: any) => infer Module };
}
  ? Module & object
  : never;

/** `edge-clv/clv.wasm`: the compiled module, or its bytes. */
export type Wasm = CompiledModule | ArrayBuffer | ArrayBufferView;

/** The same, or its address, or what `fetch` gave for that. */
export type WasmSource = Wasm | Response | URL | string;

/**
 * Compiles and starts the module, once; further calls cost nothing.
 * @throws if the address does not answer, or with a file of another version
 */
export function load(source: WasmSource | PromiseLike<WasmSource>): Promise<void>;

/** The same without waiting. */
export function loadSync(source: Wasm): void;
