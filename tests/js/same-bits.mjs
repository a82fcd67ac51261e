// Whether a host, named by the argument, has the bits that all hosts share.
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import * as edgeClv from "edge-clv";
import { bits } from "./bits.mjs";
import { serveFolder } from "./static.mjs";
import { root, text } from "./support.mjs";

const models = "tests/golden/bits-models.json";
const hosts = {
  Node: () => bits(edgeClv, JSON.parse(text(models))),
  Chromium: () => inPage("./chromium.mjs"),
  Firefox: () => inPage("./firefox.mjs"),
  WebKit: () => inPage("./webkit.mjs"),
  workerd: inWorkerd,
};

const [, , host] = process.argv;
// Long after the slowest has answered. What was started ends with this program.
setTimeout(() => assert.fail(`${host} does not answer`), 60_000).unref();
const digests = await hosts[host]();
const expected = text("tests/golden/bits.sha256");
const parts = expected.split("\n").filter((line) => !digests.includes(line));
assert.equal(digests, expected, `${host} has other bits: ${parts.join("\n")}`);

/** In a page of the browser that a module launches. */
async function inPage(module) {
  const { launch } = await import(module);
  const address = await serveFolder(root);
  const browser = await launch();
  try {
    const page = await browser.newPage();
    // This project is a folder of the repository.
    await page.goto(`${address}/${relative(root, process.cwd())}/bits.html`);
    // WebKit's driver comes back before the page's module has run if the machine is busy.
    let digests;
    while ((digests = await page.evaluate("globalThis.digests")) === undefined) await wait(50);
    return digests;
  } finally {
    await browser.close();
  }
}

async function inWorkerd() {
  const { serve } = await import("./workerd.mjs");
  const ours = ["bits-worker.mjs", "bits.mjs", "customers.mjs"];
  // What the package gives to those who ask under the condition `workerd`.
  const entry = ["workerd.js", "clv.wasm"];
  const packed = entry.map((file) => join("node_modules/edge-clv", file));
  const { url } = await serve([...ours, join(root, models), ...packed]);
  return (await fetch(url)).text();
}
