// What can be said of the widget without a browser: its size, its manifest, and a server's import.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { text } from "./support.mjs";

const require = createRequire(import.meta.url);
const installed = (name) => readFileSync(join("node_modules/edge-clv", name));

test("it is one small file that needs the library alone", () => {
  const widget = installed("widget.js");
  const size = gzipSync(widget).length;
  assert.ok(size < 6_000, `${size} bytes gzipped`);
  const imports = [...widget.toString().matchAll(/(?:from|import)\s*\(?["']([^"']+)["']/g)];
  assert.deepEqual(imports.map(([, from]) => from), ["./index.js"]);
  for (const asks of ["fetch(", "XMLHttpRequest", "sendBeacon", "WebSocket", "EventSource", "Image("]) {
    assert.ok(!widget.includes(asks), asks);
  }
});

test("a server may import it, twice, and work out profiles", async () => {
  assert.equal(globalThis.customElements, undefined);
  const { ClvScore, profileOfOrders } = await import("edge-clv/widget");
  await import("./node_modules/edge-clv/widget.js?again");
  assert.equal(typeof ClvScore, "function");
  const orders = [{ date: "2025-01-01", amount: 5 }, { date: "2025-01-05", amount: "7.50" }];
  const profile = { frequency: 1, recency: 4, T: 30, monetary_value: 7.5 };
  assert.deepEqual(profileOfOrders(orders, "2025-01-31"), profile);
});

test("the package carries a manifest that keeps the schema", () => {
  const { customElements } = JSON.parse(installed("package.json"));
  const manifest = JSON.parse(installed(customElements));
  assert.equal(manifest.schemaVersion, require("custom-elements-manifest/package.json").version);
  const Ajv = require("ajv").default;
  // The schema has formats and keywords of its authors' tools.
  const validate = new Ajv({ strict: false, allErrors: true }).compile(
    require("custom-elements-manifest/schema.json"),
  );
  assert.ok(validate(manifest), JSON.stringify(validate.errors, null, 1));
  const [{ path }] = manifest.modules;
  assert.ok(installed(path).length > 0);
  assert.equal(installed(manifest.readme).toString(), text("pkg/README.md"));
  // It would refuse another.
  const [element] = manifest.modules[0].declarations;
  assert.equal(validate({ ...manifest, modules: [{ ...manifest.modules[0], kind: "x" }] }), false);
  assert.equal(element.tagName, "clv-score");
});
