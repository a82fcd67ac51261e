// The packed package, the widget and the demo store in headless Chromium.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { base, launch, open } from "./chromium.mjs";
import { answersDigest, digest, model, profile, root, seed, table } from "./support.mjs";

const screenshots = join(root, "target/screenshots");
let browser;
before(async () => {
  mkdirSync(screenshots, { recursive: true });
  browser = await launch();
});
after(() => browser.close());

/** A page of the Worker's origin with this body, under the site's own security policy. */
async function openWith(body) {
  const opened = await open(browser);
  const { headers } = await fetch(`${base}/`);
  const policy = headers.get("content-security-policy");
  await opened.page.route(`${base}/test.html`, (route) =>
    route.fulfill({
      contentType: "text/html",
      headers: { "content-security-policy": policy },
      body: `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${body}`,
    }),
  );
  await opened.page.goto(`${base}/test.html`);
  return opened;
}

const badge =
  '<script type="module" src="/edge-clv/widget.js"></script>' +
  '<clv-score frequency="5" recency="200" t="300" monetary-value="45.5" locale="en-US"></clv-score>';

test("the packed package answers the seed payload and every customer, byte for byte", async () => {
  const opened = await open(browser);
  // What was installed from the tarball, not what the site was built with.
  await opened.page.route(`${base}/packed/*`, (route) => {
    const file = new URL(route.request().url()).pathname.replace("/packed/", "");
    const body = readFileSync(join("node_modules/edge-clv", file));
    return route.fulfill({ contentType: "text/javascript", body });
  });
  await opened.page.goto(`${base}/`);
  const answer = await opened.page.evaluate(async (request) => {
    const { load, predict } = await import("/packed/index.js");
    await load();
    return JSON.stringify(predict(JSON.parse(request)));
  }, seed.request);
  assert.equal(answer, seed.answer);
  const customers = table("data/cdnow-rfm.csv").map(profile);
  const answers = await opened.page.evaluate(async (customers) => {
    const { predict } = await import("/packed/index.js");
    return customers.map((customer) => JSON.stringify(predict(customer, { residual: true })));
  }, customers);
  assert.equal(digest(answers), answersDigest);
  await opened.done();
});

test("the widget scores its attributes and tells the page", async () => {
  const { page, done } = await openWith(badge);
  const widget = page.locator("clv-score");
  await page.waitForSelector("clv-score[data-segment]");
  const result = await widget.evaluate((element) => JSON.stringify(element.result));
  assert.equal(result, seed.answer);
  const answer = JSON.parse(seed.answer);
  const text = await widget.evaluate((element) => element.shadowRoot.textContent);
  assert.match(text, new RegExp(answer.segment));
  assert.match(text, /\$32\.19 \/ 90 days/);
  assert.match(text, /P\(alive\) 55%/);

  // A change is told by an event that passes through the page.
  const [event, times] = await widget.evaluate(async (element) => {
    let times = 0;
    const told = new Promise((resolve) =>
      document.addEventListener("clv:score", (event) => {
        times += 1;
        resolve(JSON.stringify(event.detail));
      }),
    );
    element.setAttribute("frequency", "0");
    element.setAttribute("recency", "0");
    element.monetaryValue = null;
    const event = await told;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return [event, times];
  });
  assert.equal(JSON.parse(event).probability_alive, 1);
  assert.equal(times, 1, "changes of one task are one score");
  await done();
});

test("the widget asks nothing of the network", async () => {
  const { page, requests, done } = await openWith(badge);
  await page.waitForSelector("clv-score[data-segment]");
  const before = requests.length;
  const scripts = requests.filter((url) => /\.(js|wasm)$/.test(url));
  assert.deepEqual(scripts.map((url) => new URL(url).pathname).sort(), [
    "/edge-clv/index.js",
    "/edge-clv/model.js",
    "/edge-clv/widget.js",
  ]);
  await page.context().setOffline(true);
  const segment = await page.evaluate(async () => {
    const other = document.createElement("clv-score");
    Object.assign(other, { frequency: 20, recency: 290, t: 300, monetaryValue: 80 });
    const scored = new Promise((resolve) => other.addEventListener("clv:score", resolve));
    document.body.append(other);
    await scored;
    return other.dataset.segment;
  });
  assert.equal(segment, "vip");
  assert.equal(requests.length, before);
  await done();
});

test("the widget tells what is wrong, and recovers", async () => {
  const { page, done } = await openWith(badge);
  await page.waitForSelector("clv-score[data-segment]");
  const errors = await page.locator("clv-score").evaluate(async (element) => {
    const told = new Promise((resolve) => element.addEventListener("clv:error", resolve));
    element.setAttribute("recency", "301");
    element.removeAttribute("frequency");
    const { detail } = await told;
    return detail.errors.map(({ pointer, rule }) => `${pointer} ${rule}`);
  });
  assert.deepEqual(errors, ["/frequency is given", "/recency recency <= T"]);
  assert.equal(await page.locator("clv-score[data-segment]").count(), 0);
  await page.locator("clv-score").evaluate((element) => {
    element.frequency = 5;
    element.recency = 200;
  });
  await page.waitForSelector('clv-score[data-segment="core"]');
  await done();
});

/** How many CDNOW customers are in each segment by the golden table. */
function goldenSegments() {
  const { horizon, bands } = model.segments;
  const counts = Object.fromEntries(bands.map((band) => [band.name, 0]));
  for (const customer of table("tests/golden/cdnow.csv")) {
    const value = Number(customer[`customer_lifetime_value_${horizon}d`]);
    counts[bands.find((band) => value >= band.min_value).name] += 1;
  }
  return counts;
}

test("the demo store scores every customer and routes a VIP to another offer", async () => {
  const { page, done } = await open(browser, { viewport: { width: 1280, height: 1000 } });
  await page.goto(`${base}/`);
  await page.waitForSelector("#customers tbody tr");
  assert.match(await page.textContent("#scored"), /2,357 customers/);
  const bands = model.segments.bands.map((band) => band.name);
  const counts = await page.textContent("#segment-counts");
  for (const [band, customers] of Object.entries(goldenSegments())) {
    assert.ok(counts.includes(`${band} ${customers.toLocaleString("en-US")}`), counts);
  }
  await page.screenshot({ path: join(screenshots, "store.png"), fullPage: true });

  const offers = new Set();
  for (const band of bands) {
    await page.locator("#segment-counts label", { hasText: band }).click();
    await page.locator(`#customers tbody tr[data-segment="${band}"]`).first().click();
    await page.waitForSelector(`#offer[data-segment="${band}"]`);
    offers.add(await page.locator("#offer").innerText());
    await page.locator("#edge-check").click();
    await page.waitForSelector('#edge-result[data-equal="true"]');
  }
  assert.equal(offers.size, bands.length, "each segment has an offer of its own");
  await done();
});

test("the demo store says what is wrong with a profile", async () => {
  const { page, done } = await open(browser);
  await page.goto(`${base}/`);
  await page.waitForSelector("#visitor[data-segment]");
  await page.fill("input[name=recency]", "100000");
  await page.waitForSelector('#offer[data-segment=""]');
  assert.match(await page.textContent("#recency-wrong"), /later than the end of observation/);
  await page.fill("input[name=recency]", "10");
  await page.waitForSelector("#visitor[data-segment]");
  assert.equal(await page.textContent("#recency-wrong"), "");
  await done();
});

test("the demo store on a phone, in the dark", async () => {
  const { page, done } = await open(browser, {
    viewport: { width: 360, height: 740 },
    colorScheme: "dark",
  });
  await page.goto(`${base}/`);
  await page.waitForSelector("#customers tbody tr");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 360, `the page is ${wide} px wide`);
  await page.screenshot({ path: join(screenshots, "store-phone-dark.png"), fullPage: true });
  await done();
});
