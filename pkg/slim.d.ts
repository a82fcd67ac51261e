export * from "./index.js";

/** `edge-clv/clv.wasm`: the compiled module, or its bytes. (TypeScript takes any object for a module.) */
export type Wasm = (WebAssembly.Module & object) | ArrayBuffer | ArrayBufferView;

/** The same, or its address, or what `fetch` gave for that. */
export type WasmSource = Wasm | Response | URL | string;

/**
 * Compiles and starts the module, once; further calls cost nothing.
 * @throws if the address does not answer, or with a file of another version
 */
export function load(source: WasmSource | PromiseLike<WasmSource>): Promise<void>;

/** The same without waiting. */
export function loadSync(source: Wasm): void;
