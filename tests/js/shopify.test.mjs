// The Shopify snippet: its Liquid beside `clv summary`, and its page in a browser.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { mock, test } from "node:test";
import { Liquid, Tag } from "liquidjs";
import * as edgeClv from "edge-clv";
import {
  NOW,
  ZONE,
  drawnOrders,
  integrations,
  packed,
  pageOf,
  read,
  summary,
  visit,
} from "./integrations.mjs";

edgeClv.loadSync();

const extension = "shopify/extensions/edge-clv";
const schemaOf = (liquid) => JSON.parse(liquid.match(/{% schema %}([^]*){% endschema %}/)[1]);

/** When a day begins in the shop's time zone. */
function midnight(day) {
  const utc = new Date(`${day}T00:00Z`);
  const local = new Date(`${utc.toLocaleString("en-US", { timeZone: ZONE })} UTC`);
  return new Date(2 * utc - local).toISOString();
}

/**
 * Liquid as Shopify has it, as far as the block needs it. It knows no `paginate`: which orders that
 * reads goes by the ?page of the address, and the block is the same on every page.
 */
function shopifyLiquid() {
  const liquid = new Liquid({ strictFilters: true, timezoneOffset: ZONE });
  liquid.registerFilter("asset_url", (name) => `/assets/${name}`);
  // A day by itself is its first moment in the shop's time zone.
  const { date } = liquid.filters;
  liquid.registerFilter("date", function (value, ...format) {
    const isDay = /^\d{4}-\d\d-\d\d$/.test(value);
    return date.call(this, isDay ? midnight(value) : value, ...format);
  });
  // What is in it is no part of the page.
  liquid.registerTag(
    "schema",
    class extends Tag {
      constructor(token, rest, liquid) {
        super(token, rest, liquid);
        while (rest.length && rest.shift().name !== "endschema");
      }
      render() {}
    },
  );
  const block = liquid.parse(read(`${extension}/blocks/offer.liquid`));
  const defaults = schemaOf(read(`${extension}/blocks/offer.liquid`)).settings;
  return (customer, settings) => {
    mock.timers.enable({ apis: ["Date"], now: new Date(NOW) });
    try {
      const given = defaults.filter(({ id }) => id).map(({ id, default: value }) => [id, value]);
      const block_settings = { ...Object.fromEntries(given), ...settings };
      return liquid.renderSync(block, {
        customer,
        block: { settings: block_settings, shopify_attributes: 'data-block="1"' },
      });
    } finally {
      mock.timers.reset();
    }
  };
}

/** A customer as Liquid shows one, the latest order first; a loop ends after 50 of them. */
const shopifyCustomer = (orders) => ({
  orders_count: orders.length,
  orders: orders
    .slice(-50)
    .map(({ at, total, refunded, status }) => ({
      created_at: at.toISOString(),
      financial_status: status,
      total_price: total,
      total_refunded_amount: refunded,
    }))
    .reverse(),
});

/** The profile that the block leaves in the page, or nothing. */
function profileInPage(html) {
  const found = [...html.matchAll(/data-clv-(frequency|recency|t|monetary-value)="([^"]*)"/g)];
  if (found.length === 0) return;
  const names = { t: "T", "monetary-value": "monetary_value" };
  return Object.fromEntries(found.map(([, name, value]) => [names[name] ?? name, Number(value)]));
}

test("Shopify: the block makes the profile that `clv summary` makes", () => {
  const statuses = [
    "paid",
    "paid",
    "partially_refunded",
    "refunded",
    "pending",
    "voided",
    "authorized",
  ];
  const customers = drawnOrders(statuses);
  const expected = summary("shopify", customers);
  const render = shopifyLiquid();
  for (const [customer, orders] of Object.entries(customers)) {
    const html = render(shopifyCustomer(orders));
    assert.deepEqual(profileInPage(html), expected[customer], JSON.stringify(orders));
    assert.ok(html.includes("data-block") && html.includes("data-clv-consent"));
  }
  assert.equal(render(undefined).trim(), "", "nobody is logged in");
});

test("Shopify: of a regular with more orders than a loop reads no wrong profile is made", () => {
  const orders = Array.from({ length: 51 }, (_, i) => ({
    at: new Date(Date.UTC(2024, 8, 1 + 7 * i, 15)),
    total: 1000,
    refunded: 0,
    status: "paid",
  }));
  const render = shopifyLiquid();
  assert.equal(profileInPage(render(shopifyCustomer(orders.slice(1)))).frequency, 49);
  const html = render(shopifyCustomer(orders), { regular_segment: '"><script>' });
  assert.equal(profileInPage(html), undefined);
  assert.ok(html.includes('data-clv-segment="&#34;&gt;&lt;script&gt;"'), html);
});

test("Shopify: the extension is whole", () => {
  const files = readdirSync(join(integrations, extension), { recursive: true });
  for (const [file, settings] of [
    ["locales/en.default.json", {}],
    ["locales/en.default.schema.json", null],
  ]) {
    const strings = JSON.parse(read(`${extension}/${file}`));
    if (settings) assert.deepEqual(strings, settings);
  }
  assert.ok(files.includes("shopify.extension.toml"));
  assert.match(read(`${extension}/shopify.extension.toml`), /^type = "theme"$/m);
  const liquid = read(`${extension}/blocks/offer.liquid`);
  const schema = schemaOf(liquid);
  assert.ok(files.includes(join("assets", schema.javascript)));
  assert.ok(schema.name.length <= 25, "the name of a block is short");
  // Every text that is named is there, and every setting that is used.
  const strings = JSON.parse(read(`${extension}/locales/en.default.schema.json`));
  for (const [, path] of JSON.stringify(schema).matchAll(/"t:([\w.]+)"/g)) {
    const text = path.split(".").reduce((within, key) => within?.[key], strings);
    assert.equal(typeof text, "string", path);
  }
  const ids = schema.settings.map(({ id }) => id);
  for (const [, id] of liquid.matchAll(/block\.settings\.(\w+)/g)) assert.ok(ids.includes(id), id);
  const loader = readFileSync(join(integrations, extension, "assets", schema.javascript));
  const module = readFileSync(join(integrations, extension, "assets/clv-raw.wasm"));
  assert.deepEqual(module, packed("clv-raw.wasm"));
  assert.ok(loader.length < 10_000, `the loader is ${loader.length} bytes`);
});

/** A page of a shop with the block for a customer, and the extension's assets. */
const shopifyPage = (html) => ({
  "/": pageOf(`<main>${html}</main><script src="/assets/clv-offer.js" defer></script>`),
  "/assets/clv-offer.js": read(`${extension}/assets/clv-offer.js`),
  "/assets/clv-raw.wasm": readFileSync(join(integrations, extension, "assets/clv-raw.wasm")),
});
const shown = (page) => page.locator(".clv-offer [data-clv-for]:visible").allInnerTexts();

test("Shopify: the page shows the offer of the segment that the package gives", async () => {
  const render = shopifyLiquid();
  const segments = new Set();
  for (const [orders, total] of [
    [25, 9000],
    [3, 4000],
    [1, 1000],
  ]) {
    const list = Array.from({ length: orders }, (_, i) => ({
      at: new Date(Date.UTC(2025, 8, 29, 15) - 86_400_000 * 10 * i),
      total,
      refunded: 0,
      status: "paid",
    })).reverse();
    const html = render(shopifyCustomer(list), { ask_consent: false, low: "<p>Hello.</p>" });
    const { segment } = edgeClv.predict(profileInPage(html));
    const { page, asked, done } = await visit(shopifyPage(html));
    await page.waitForSelector(`.clv-offer[data-clv-segment="${segment}"]`);
    const offers = {
      vip: "Your private sale is open.",
      core: "Free delivery on your next order.",
      low: "Hello.",
    };
    assert.deepEqual(await shown(page), [offers[segment]]);
    assert.deepEqual(asked, ["/", "/assets/clv-offer.js", "/assets/clv-raw.wasm"]);
    segments.add(segment);
    await done();
  }
  assert.ok(segments.size >= 2, [...segments].join());
});

test("Shopify: a module that did not come is asked for again", async () => {
  const html = `<div class="clv-offer" data-clv-module="/assets/clv-raw.wasm"
    data-clv-frequency="20" data-clv-recency="290" data-clv-t="300" data-clv-monetary-value="80">
    <div data-clv-for="vip" hidden>Private sale</div></div>`;
  const files = shopifyPage(html);
  const bodies = ["no module", files["/assets/clv-raw.wasm"]];
  files["/assets/clv-raw.wasm"] = () => ({
    contentType: "application/wasm",
    body: bodies.shift(),
  });
  const { page, done } = await visit(files, () => {
    addEventListener("clv:error", ({ detail }) => (window.failed = detail.name));
  });
  assert.equal(await (await page.waitForFunction(() => window.failed)).jsonValue(), "CompileError");
  assert.deepEqual(await shown(page), []);
  // As the theme editor tells it.
  await page.evaluate(() => {
    document.querySelector("main").dispatchEvent(new CustomEvent("shopify:section:load", { bubbles: true }));
  });
  await page.waitForSelector('.clv-offer[data-clv-segment="vip"]');
  assert.deepEqual(await shown(page), ["Private sale"]);
  await done();
});

test("Shopify: nothing is scored or loaded until the customer allows it", async () => {
  const html = `<div class="clv-offer" data-clv-module="/assets/clv-raw.wasm" data-clv-consent
    data-clv-frequency="20" data-clv-recency="290" data-clv-t="300" data-clv-monetary-value="80">
    <div data-clv-for="vip" hidden>Private sale</div></div>`;
  const privacy = () => {
    window.allowed = false;
    window.Shopify = {
      loadFeatures(features, done) {
        window.Shopify.customerPrivacy = { preferencesProcessingAllowed: () => window.allowed };
        setTimeout(done, 0, features[0].name === "consent-tracking-api" ? undefined : "no");
      },
    };
  };
  const { page, asked, done } = await visit(shopifyPage(html), privacy);
  await page.waitForTimeout(200);
  assert.deepEqual(await shown(page), []);
  assert.ok(!asked.includes("/assets/clv-raw.wasm"));
  await page.evaluate(() => {
    window.addEventListener("clv:score", (event) => (window.told = event.detail));
    window.allowed = true;
    document.dispatchEvent(new CustomEvent("visitorConsentCollected"));
  });
  const told = await page.waitForFunction(() => window.told);
  const detail = await told.jsonValue();
  assert.deepEqual(detail, { segment: "vip" }, "no amount and no id");
  assert.deepEqual(await shown(page), ["Private sale"]);
  await done();

  // Where there is no such API nobody has allowed anything.
  const without = await visit(shopifyPage(html));
  await without.page.waitForTimeout(200);
  assert.deepEqual(await shown(without.page), []);
  await without.done();
});
