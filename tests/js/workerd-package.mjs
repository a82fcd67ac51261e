// The package where nothing can be compiled at run time: workerd compiles what is imported.
import { Model, bakedFile, initSync } from "./bindings.js";
import module from "./bindings_bg.wasm";

export const load = async () => void initSync({ module });
export const defaultModel = () => new Model(bakedFile());
export { Model };
