import { dirname } from "node:path";

// The packages lie in the folder above.
const above = dirname(import.meta.dirname);

export default { outputFileTracingRoot: above, turbopack: { root: above } };
