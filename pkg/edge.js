// The default entry where nothing may be compiled at run time: the host compiles what is
// imported. `xtask/src/package.rs` writes the import as each of these hosts wants it.
import module from "CLV_WASM";
import { loadFrom, loadFromSync } from "./model.js";

export { Model, defaultModel, newCustomer, predict, predictBatch } from "./model.js";

/** Starts the module, once. */
export const load = () => loadFrom(async () => module);

/** The same without waiting. */
export const loadSync = () => loadFromSync(() => module);
