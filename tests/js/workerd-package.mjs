// The package where nothing can be compiled at run time: workerd compiles what is imported.
import module from "./clv.wasm";
import { start } from "./model.js";

export const load = async () => start(module);
export { Model, defaultModel } from "./model.js";
