// The default entry for a plain script tag. Included twice, it is one.
import * as edgeClv from "./index.js";

globalThis.edgeClv ??= edgeClv;
