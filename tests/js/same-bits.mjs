// Whether a host, named by the argument, has the bits that all hosts share.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, relative } from "node:path";
import * as edgeClv from "edge-clv";
import { bits } from "./bits.mjs";
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
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const folder = relative(root, process.cwd());
    await page.goto(`http://127.0.0.1:${server.address().port}/${folder}/bits.html`);
    return await page.evaluate("digests");
  } finally {
    await browser.close();
    server.close();
  }
}

/** Serves the files of this repository, this project being one of its folders. */
async function answer(request, response) {
  const { pathname } = new URL(request.url, "http://127.0.0.1");
  const types = { ".html": "text/html", ".json": "application/json" };
  try {
    const body = await readFile(join(root, pathname));
    response.setHeader("content-type", types[extname(pathname)] ?? "text/javascript");
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

async function inWorkerd() {
  const { serve } = await import("./workerd.mjs");
  const ours = ["bits-worker.mjs", "bits.mjs", "customers.mjs", "workerd-package.mjs"];
  const built = ["bindings.js", "bindings_bg.wasm", "model.js"].map((file) => `target/pkg/${file}`);
  const { url } = await serve([...ours, ...[models, ...built].map((file) => join(root, file))]);
  return (await fetch(url)).text();
}
