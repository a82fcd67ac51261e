// How long the engine takes from the Worker's bytes to an instance, in Chromium: workerd has the
// same engine and no clock that goes on without input or output.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "../../tests/js/chromium.mjs";

const { ROOT, STARTS } = process.env;
const bytes = readFileSync(join(ROOT, "worker/build/index_bg.wasm")).toString("base64");
const browser = await launch();
const page = await browser.newPage();
const times = await page.evaluate(instantiate, [bytes, Number(STARTS)]);
await browser.close();
console.log(JSON.stringify(times));

function instantiate([base64, repetitions]) {
  const bytes = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
  return Array.from({ length: repetitions }, (_, i) => {
    // Bytes that it has compiled before the engine does not compile again: a custom section
    // without a name and with a number of its own.
    const fresh = new Uint8Array([...bytes, 0, 3, 0, i & 255, i >> 8]);
    const start = performance.now();
    const module = new WebAssembly.Module(fresh);
    const imports = {};
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      imports[from][name] = kind === "tag" ? WebAssembly.JSTag : () => {};
    }
    new WebAssembly.Instance(module, imports).exports.__wbindgen_start();
    return performance.now() - start;
  });
}
