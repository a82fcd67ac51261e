// The packed package in pages of a plain static server, in the browser that BROWSER names.
import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { blocks } from "./examples.mjs";
import { firstScore, isolated } from "./first-score.mjs";
import { serveFolder } from "./static.mjs";
import { root, seed, text } from "./support.mjs";

const { BROWSER } = process.env;
const { launch } = await import(`./${BROWSER}.mjs`);
const folder = join(process.cwd(), "packed-pages");

let browser;
let page;
before(async () => {
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, "tests/consumers/plain"), folder, { recursive: true });
  // As a site without a build would: the package's files beside its own.
  cpSync("node_modules/edge-clv", join(folder, "edge-clv"), { recursive: true });
  browser = await launch();
  page = await browser.newPage();
});
after(() => browser.close());

/** What a page leaves in an attribute of its body. */
async function left(address, expression = "document.body.dataset.answer") {
  await page.goto(address);
  return page.evaluate(`new Promise((resolve) => {
    const look = () => (${expression} ? resolve(${expression}) : setTimeout(look, 10));
    look();
  })`);
}

for (const [what, file] of [
  ["a module script", "module.html"],
  ["a plain script tag", "script.html"],
  ["the slim entry", "slim.html"],
]) {
  test(`${BROWSER}: ${what}`, async () => {
    assert.equal(await left(`${await serveFolder(folder)}/${file}`), seed.answer);
  });
}

test(`${BROWSER}: the widget`, async () => {
  const segment = 'document.querySelector("clv-score").dataset.segment';
  assert.equal(await left(`${await serveFolder(folder)}/module.html`, segment), "core");
});

test(`${BROWSER}: the script tag twice is one library`, async () => {
  const script = (query) => `<script src="./edge-clv/iife.js${query}"></script>`;
  writeFileSync(
    join(folder, "twice.html"),
    `<!doctype html><link rel="icon" href="data:,"><body>${script("")}
    <script>const first = edgeClv; first.loadSync();</script>${script("?again")}
    <script>
      document.body.dataset.answer = first === edgeClv && edgeClv.predict(edgeClv.newCustomer).segment;
    </script>`,
  );
  assert.equal(await left(`${await serveFolder(folder)}/twice.html`), "core");
});

test(`${BROWSER}: the pages of the package's README`, async () => {
  const examples = blocks(text("pkg/README.md"), "html");
  assert.equal(examples.length, 3);
  const address = await serveFolder(folder);
  for (const [i, { program }] of examples.entries()) {
    writeFileSync(join(folder, `readme-${i}.html`), `<!doctype html><link rel="icon" href="data:,">${program}`);
    const shown = program.includes("<clv-score")
      ? 'document.querySelector("clv-score").dataset.segment'
      : 'document.querySelector("#segment").textContent';
    assert.equal(await left(`${address}/readme-${i}.html`, shown), "core");
  }
});

test(`${BROWSER}: a page whose policy forbids WebAssembly is told how to allow it`, async () => {
  writeFileSync(
    join(folder, "policy.html"),
    '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><body>' +
      '<script src="./edge-clv/iife.js"></script><script type="module" src="./policy.js"></script>',
  );
  writeFileSync(
    join(folder, "policy.js"),
    `import * as main from "./edge-clv/index.js";
    import * as slim from "./edge-clv/slim.js";

    const script = globalThis.edgeClv;
    const address = "./edge-clv/clv.wasm";
    const bytes = async () => (await fetch(address)).arrayBuffer();
    const outcomes = {};
    for (const [name, way] of Object.entries({
      script: () => script.load(),
      scriptSync: async () => script.loadSync(),
      slim: () => slim.load(address),
      slimSync: async () => slim.loadSync(await bytes()),
      main: () => main.load(),
      mainSync: async () => main.loadSync(),
    })) {
      try {
        await way();
        outcomes[name] = "loaded";
      } catch (why) {
        outcomes[name] = why.cause ? why.message : "an error of the browser's";
      }
    }
    document.body.dataset.answer = JSON.stringify(outcomes);`,
  );
  const outcomes = async (policy) => {
    const address = await serveFolder(folder, { "content-security-policy": policy });
    return JSON.parse(await left(`${address}/policy.html`));
  };
  const message =
    "edge-clv cannot load: the page's Content-Security-Policy forbids WebAssembly: " +
    "add 'wasm-unsafe-eval' to its script-src";
  const each = (outcome) => ({
    script: outcome,
    scriptSync: outcome,
    slim: outcome,
    slimSync: outcome,
    main: outcome,
    mainSync: outcome,
  });
  assert.deepEqual(await outcomes("default-src 'self'"), each(message));
  const scripts = "script-src 'self' 'wasm-unsafe-eval'";
  assert.deepEqual(await outcomes(`default-src 'self'; ${scripts}`), each("loaded"));
  // Those with the wasm inside need nothing else; the slim one has to fetch it.
  const slim = "an error of the browser's";
  const closed = { ...each("loaded"), slim, slimSync: slim };
  assert.deepEqual(await outcomes(`default-src 'none'; ${scripts}`), closed);
});

if (BROWSER === "chromium") {
  // A budget of work: what else the machine does only ever makes it longer, so that the least of
  // many pages counts.
  test("chromium: from the package's bytes to a first score within 10 ms", async (t) => {
    writeFileSync(join(folder, "empty.html"), '<!doctype html><link rel="icon" href="data:,">');
    const address = await serveFolder(folder, isolated);
    const times = [];
    while (times.length < 30 && !times.some((time) => time <= 10)) {
      const context = await browser.newContext();
      const fresh = await context.newPage();
      await fresh.goto(`${address}/empty.html`);
      times.push((await fresh.evaluate(firstScore, "/edge-clv/index.js")) / 1e6);
      await context.close();
    }
    t.diagnostic(`${times.map((time) => time.toFixed(1)).join(", ")} ms`);
    assert.ok(Math.min(...times) <= 10, `${times} ms`);
  });
}
