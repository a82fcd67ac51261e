import type { WasmSource } from "./slim.js";

/** What the host or the bundler makes of the import, such as an address; `load` takes any. */
declare const wasm: WasmSource;
export default wasm;
