// The package where nothing can be compiled at run time: workerd compiles what is imported.
import module from "./bindings_bg.wasm";
import { start } from "./model.js";

export const load = async () => start(module);
export { Model, defaultModel } from "./model.js";
