// The examples of README.md, run as they stand there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { base, launch, open } from "./chromium.mjs";
import { fetch, root, seed, text } from "./support.mjs";

/** The fenced blocks under a heading, as [language, text]. */
function blocks(heading) {
  const [, section] = text("README.md").split(`\n## ${heading}\n`);
  const [own] = section.split("\n## ");
  return [...own.matchAll(/```(\w+)\n([^]*?)```/g)].map(([, language, block]) => [language, block]);
}

/** What is asked for in the callback of Shopify's own loader is told of who allowed it before. */
async function assertReported(page, script) {
  await page.evaluate(() => {
    window.published = [];
    const analytics = { publish: (...given) => published.push(given) };
    const loadFeatures = ([{ name }], done) => {
      if (name !== "consent-tracking-api") return done("no such feature");
      window.Shopify.customerPrivacy = { analyticsProcessingAllowed: () => true };
      done();
    };
    window.Shopify = { analytics, loadFeatures };
  });
  await page.evaluate(script);
  const told = await page.waitForFunction(() => published.length > 0 && published);
  assert.deepEqual(await told.jsonValue(), [["clv_segment", { segment: "vip" }]]);
}

test("in a page", async () => {
  const [[language, page], [, slots], [, orders], [, shopify]] = blocks("In a page");
  assert.equal(language, "html");
  const browser = await launch();
  try {
    for (const [frequency, recency, offer] of [
      [5, 200, "Welcome back."],
      [20, 295, "Your private sale is open."],
    ]) {
      const opened = await open(browser);
      await opened.page.route(`${base}/readme.html`, (route) =>
        route.fulfill({
          contentType: "text/html",
          body: `<!doctype html><link rel="icon" href="data:,">${page
            .replace('frequency="5"', `frequency="${frequency}"`)
            .replace('recency="200"', `recency="${recency}"`)}`,
        }),
      );
      await opened.page.goto(`${base}/readme.html`);
      await opened.page.waitForSelector("clv-score[data-segment]");
      assert.equal(await opened.page.textContent("#offer"), offer);
      await opened.done();
    }
    for (const [block, check] of [
      [slots, () => document.querySelector('[slot="vip"]').getClientRects().length === 1 &&
        document.querySelector('[slot="none"]').getClientRects().length === 0],
      // What `clv summary --help` prints of these orders.
      [orders, () => JSON.stringify(document.querySelector("#visitor").profile) ===
        '{"frequency":2,"recency":213,"T":272,"monetary_value":22.345}'],
    ]) {
      const opened = await open(browser);
      await opened.page.route(`${base}/readme.html`, (route) =>
        route.fulfill({
          contentType: "text/html",
          body: `<!doctype html><link rel="icon" href="data:,">${block}`,
        }),
      );
      await opened.page.goto(`${base}/readme.html`);
      await opened.page.waitForSelector("clv-score[data-segment]", { state: "attached" });
      assert.ok(await opened.page.evaluate(check), block);
      if (block === slots) await assertReported(opened.page, shopify);
      await opened.done();
    }
  } finally {
    await browser.close();
  }
});

test("from the Worker", () => {
  const [[, command], [, printed], [, batch]] = blocks("From the Worker");
  const own = command.replace("http://127.0.0.1:8787", base);
  assert.notEqual(own, command);
  const answer = execFileSync("sh", ["-c", own], { encoding: "utf8" });
  assert.equal(answer, printed.trimEnd());
  assert.equal(answer, seed.answer);
  const run = batch.replace("http://127.0.0.1:8787", base);
  const [header, first, second] = execFileSync("sh", ["-c", run], { encoding: "utf8", cwd: root }).split("\r\n");
  assert.match(header, /^row,customer,probability_alive,.*_365d,segment,/);
  assert.match(first, /^1,0001,0\.\d+,/);
  assert.match(second, /^2,0002,0\.\d+,/);
});

test("in Node", () => {
  const [[, program], [, printed]] = blocks("In Node");
  writeFileSync("readme-example.mjs", program);
  const output = execFileSync(process.execPath, ["readme-example.mjs"], { encoding: "utf8" });
  assert.equal(output, printed);
});

test("your own model", () => {
  const [[, fit], [, seal]] = blocks("Your own model").map(([language, block]) => [
    language,
    // The blocks stand indented in a list.
    block.replace(/^ {3}/gm, "").trim(),
  ]);
  const run = (command) =>
    execFileSync("sh", ["-c", command], { cwd: process.env.ROOT, encoding: "utf8", stdio: "pipe" });
  run(fit);
  const fitted = JSON.parse(text("target/my-shop.json"));
  const committed = JSON.parse(text("model/cdnow.json"));
  assert.equal(fitted.id, "my-shop");
  assert.equal(fitted.training.source_sha256, committed.training.source_sha256);

  const changed = text("model/cdnow.json").replace('"cdnow"', '"my-shop"');
  writeFileSync(`${process.env.ROOT}/target/my-shop.json`, changed);
  run(seal);
  const sealed = JSON.parse(text("target/my-shop.json"));
  assert.equal(sealed.id, "my-shop");
  assert.notEqual(sealed.version, JSON.parse(changed).version);
});

test("the numbers in the README's tables of rules and errors are the contract's", async () => {
  const wrong = { ...JSON.parse(seed.request), recency: 301 };
  const response = await fetch(`${base}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(wrong),
  });
  const [[, printed]] = blocks("The contract");
  assert.deepEqual((await response.json()).errors, JSON.parse(printed));
});

const deploy = Object.fromEntries(blocks("Deploy to Cloudflare"));
const client = { ...process.env, CLV_URL: base, CLV_KEY: "dev-key" };

test("clients: curl", () => {
  const [, command] = blocks("Deploy to Cloudflare").find(([, block]) => block.startsWith("curl"));
  writeFileSync("customers.csv", "id,frequency,recency,T,monetary_value\nann,5,200,300,45.5\n");
  execFileSync("sh", ["-c", command], { env: client });
  const [header, row] = readFileSync("scored.csv", "utf8").split("\r\n");
  const cells = Object.fromEntries(row.split(",").map((cell, i) => [header.split(",")[i], cell]));
  assert.equal(cells.id, "ann");
  const { horizons } = JSON.parse(seed.answer);
  assert.equal(Number(cells.customer_lifetime_value_90d), horizons[1].customer_lifetime_value);
});

test("clients: JavaScript and Python", () => {
  writeFileSync("readme-client.mjs", deploy.js);
  const run = (program, args) => execFileSync(program, args, { env: client, encoding: "utf8" });
  assert.equal(run(process.execPath, ["readme-client.mjs"]), "core 32.19\n");
  assert.equal(run("python3", ["-c", deploy.python]), "ann core None\n");
});

test("clients: Google Sheets", () => {
  const properties = { CLV_URL: base, CLV_KEY: "dev-key" };
  const fetched = (url, { method, contentType, headers, payload }) => {
    const given = { ...headers, "Content-Type": contentType };
    const lines = Object.entries(given).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
    const args = ["-sS", "-X", method.toUpperCase(), ...lines, "--data-binary", payload, url];
    const text = execFileSync("curl", args, { encoding: "utf8" });
    return { getContentText: () => text };
  };
  const CLV = new Function("UrlFetchApp", "PropertiesService", `${deploy.javascript}; return CLV;`)(
    { fetch: fetched },
    { getScriptProperties: () => ({ getProperty: (name) => properties[name] }) },
  );
  const { horizons } = JSON.parse(seed.answer);
  assert.deepEqual(CLV([[5, 200, 300, 45.5], [5, 301, 300, ""]]), [
    [horizons[1].customer_lifetime_value, "core"],
    ["/recency: recency <= T", ""],
  ]);
});

test("clients: Power Query asks for what there is", async () => {
  const query = deploy.powerquery;
  // Nothing here runs it: its brackets close, and what it names is what the Worker knows.
  const open = [];
  const pairs = { ")": "(", "]": "[", "}": "{" };
  for (const bracket of query.replaceAll(/"[^"]*"/g, '""').match(/[()[\]{}]/g)) {
    if (bracket in pairs) assert.equal(open.pop(), pairs[bracket]);
    else open.push(bracket);
  }
  assert.deepEqual(open, []);
  const path = /RelativePath = "([^"]+)"/.exec(query)[1];
  const columns = JSON.parse(`[${/Columns = \{([^}]+)\}/.exec(query)[1]}]`);
  const row = ["ann", 5, 200, 300, 45.5];
  const customer = Object.fromEntries(columns.map((name, i) => [name, row[i]]));
  const headers = { "content-type": "application/json", "x-api-key": "dev-key" };
  assert.ok(query.includes("X-API-Key"));
  const body = JSON.stringify({ customers: [customer] });
  const response = await fetch(`${base}/${path}`, { method: "POST", headers, body });
  const [scored] = (await response.json()).customers;
  const shown = JSON.parse(`[${/Answer\[customers\], \{([^}]+)\}/.exec(query)[1]}]`);
  for (const name of shown.filter((name) => name !== "errors")) assert.ok(name in scored, name);
});

test("what the README tells to configure is in wrangler.toml", () => {
  const [, section] = text("README.md").split("\n## Deploy to Cloudflare\n");
  const [own] = section.split("\n## ");
  const file = text("wrangler.toml");
  for (const name of ["ALLOWED_ORIGINS", "RATE_LIMIT", "RATE_LIMIT_POLICY", "API_KEYS", "MODELS"]) {
    assert.ok(own.includes(name) && file.includes(name), name);
  }
  assert.ok(file.includes("limit = 600, period = 60"));
});
