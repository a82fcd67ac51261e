// www/integrations/, each as it stands: what it makes of orders beside `clv summary`, and its page in
// a browser with the package as it was built.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, mock, test } from "node:test";
import vm from "node:vm";
import { build } from "esbuild";
import { Liquid, Tag } from "liquidjs";
import * as edgeClv from "edge-clv";
import { launch } from "./chromium.mjs";
import { root, seed, text } from "./support.mjs";

const integrations = join(root, "www/integrations");
const read = (name) => readFileSync(join(integrations, name), "utf8");
const packed = (name) => readFileSync(join("node_modules/edge-clv", name));
edgeClv.loadSync();

const ZONE = "America/New_York";
const NOW = "2025-09-30T22:30:00Z";
const TODAY = "2025-09-30";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

// Orders that both shops' snippets and `clv summary` read alike.

/** Customers' orders, the same at every call: {at, total, refunded, status} in cents. */
function drawnOrders(statuses) {
  let state = 11;
  const draw = (bound) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % bound;
  };
  const customers = {};
  for (let customer = 1; customer <= 300; customer++) {
    const orders = [];
    for (let i = draw(12); i >= 0; i--) {
      // Days crowd, and times do around midnight, the shop's and the world's.
      const day = Date.UTC(2024, 0, 1) + 86_400_000 * [draw(637), 432 + draw(5)][draw(2)];
      const at = new Date(day + 60_000 * [draw(1440), 235 + draw(130)][draw(2)]);
      const total = [0, draw(20_000), 4000][draw(3)];
      const refunded = [0, 0, total, draw(total + 1)][draw(4)];
      orders.push({ at, total, refunded, status: statuses[draw(statuses.length)] });
    }
    customers[customer] = orders.sort((one, other) => one.at - other.at);
  }
  return customers;
}

const money = (cents) => `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
const stamp = (at) => at.toISOString().replace("T", " ").replace(".000Z", " +0000");

/** The profiles that `clv summary` makes of such orders, by customer. */
function summary(format, customers) {
  const header = { shopify: "Name,Email,Financial Status,Total,Created at,Refunded Amount", woocommerce: "order_id,billing_email,status,order_total,order_date,refunded_total" };
  const lines = [header[format]];
  let number = 0;
  for (const [customer, orders] of Object.entries(customers)) {
    for (const { at, total, refunded, status } of orders) {
      lines.push([++number, customer, status, money(total), stamp(at), money(refunded)].join());
    }
  }
  const file = `${format}-orders.csv`;
  writeFileSync(file, `${lines.join("\n")}\n`);
  const options = ["--format", format, "--time-zone", ZONE, "--observe-until", TODAY, "--strict"];
  const output = execFileSync(process.env.CLV, ["summary", file, ...options], { encoding: "utf8" });
  const [, ...rows] = output.trimEnd().split("\n");
  const profiles = {};
  for (const row of rows) {
    const [customer, ...numbers] = row.split(",");
    const [frequency, recency, T, monetary_value] = numbers.map(Number);
    profiles[customer] = { frequency, recency, T };
    // A mean of 0, which no model takes, is given as unknown everywhere.
    if (monetary_value > 0) profiles[customer].monetary_value = monetary_value;
  }
  assert.ok(rows.length > 200 && rows.length < 300, `${rows.length} customers have a profile`);
  return profiles;
}

// Pages at a made-up address, every file of which is given.

const SHOP = "https://shop.example";
const TYPES = { css: "text/css", html: "text/html", js: "text/javascript", wasm: "application/wasm" };

/** A page of a shop; `files` by path, or functions of the request. `asked` is what it asked for. */
async function visit(files, path = "/", prepare) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const [asked, errors] = [[], []];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await context.route("**/*", (route) => {
    const { origin, pathname } = new URL(route.request().url());
    asked.push(route.request().url().replace(SHOP, ""));
    const found = origin === SHOP ? files[pathname] : undefined;
    if (found === undefined) return route.fulfill({ status: 404, body: "" });
    if (typeof found === "function") return route.fulfill(found(route.request()));
    const kind = pathname === "/" ? "html" : pathname.split(".").pop();
    return route.fulfill({ contentType: TYPES[kind], body: found });
  });
  if (prepare) await page.addInitScript(prepare);
  await page.goto(SHOP + path);
  const done = async () => {
    await context.close();
    assert.deepEqual(errors, []);
    const others = asked.filter((url) => !url.startsWith("/") && !url.startsWith("data:"));
    assert.deepEqual(others, [], "asked somebody else");
  };
  return { page, asked, done };
}

const document = (body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>shop</title><link rel="icon" href="data:,">${body}</html>`;
const library = {
  "/edge-clv/index.js": packed("index.js"),
  "/edge-clv/widget.js": packed("widget.js"),
};

const VIP = { frequency: 20, recency: 290, T: 300, monetary_value: 80 };

// Shopify.

const extension = "shopify/extensions/edge-clv";
const schemaOf = (liquid) => JSON.parse(liquid.match(/{% schema %}([^]*){% endschema %}/)[1]);

/** Liquid as Shopify has it, as far as the block needs it. */
function shopifyLiquid(pageSize) {
  const liquid = new Liquid({ strictFilters: true, timezoneOffset: ZONE });
  liquid.registerFilter("asset_url", (name) => `/assets/${name}`);
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
  liquid.registerTag(
    "paginate",
    class extends Tag {
      constructor(token, rest, liquid, parser) {
        super(token, rest, liquid);
        const [, of, by] = token.args.match(/^([\w.]+) by (\d+)$/);
        Object.assign(this, { path: of.split("."), by: Number(by), templates: [] });
        const stream = parser.parseStream(rest);
        stream
          .on("tag:endpaginate", () => stream.stop())
          .on("template", (template) => this.templates.push(template))
          .on("end", () => assert.fail("paginate has no end"))
          .start();
      }
      *render(context, emitter) {
        const [name, property] = this.path;
        const all = yield context.get(this.path);
        const page = all.slice(0, Math.min(this.by, pageSize));
        const object = yield context.get([name]);
        context.push({ [name]: { ...object, [property]: page } });
        yield liquid.renderer.renderTemplates(this.templates, context, emitter);
        // What is assigned within stays.
        const { [name]: _, ...assigned } = context.pop();
        Object.assign(context.bottom(), assigned);
      }
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

/** A customer as Liquid shows one, the latest order first. */
const shopifyCustomer = (orders) => ({
  orders_count: orders.length,
  orders: orders
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
  const statuses = ["paid", "paid", "partially_refunded", "refunded", "pending", "voided", "authorized"];
  const customers = drawnOrders(statuses);
  const expected = summary("shopify", customers);
  const render = shopifyLiquid(50);
  for (const [customer, orders] of Object.entries(customers)) {
    const html = render(shopifyCustomer(orders));
    assert.deepEqual(profileInPage(html), expected[customer], JSON.stringify(orders));
    assert.ok(html.includes("data-block") && html.includes("data-clv-consent"));
  }
  assert.equal(render(undefined).trim(), "", "nobody is logged in");
});

test("Shopify: of a regular with more orders than a page reads no wrong profile is made", () => {
  const orders = Array.from({ length: 21 }, (_, i) => ({
    at: new Date(Date.UTC(2025, 0, 1 + 7 * i, 15)),
    total: 1000,
    refunded: 0,
    status: "paid",
  }));
  const customer = shopifyCustomer(orders);
  assert.equal(profileInPage(shopifyLiquid(50)(customer)).frequency, 20);
  const html = shopifyLiquid(20)(customer, { regular_segment: '"><script>' });
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
  assert.ok(loader.length < 10_000, `the loader is ${loader.length} bytes`);
});

/** A page of a shop with the block for a customer, and the extension's assets. */
const shopifyPage = (html) => ({
  "/": document(`<main>${html}</main><script src="/assets/clv-offer.js" defer></script>`),
  "/assets/clv-offer.js": read(`${extension}/assets/clv-offer.js`),
  "/assets/clv-raw.wasm": packed("clv-raw.wasm"),
});
const shown = (page) => page.locator(".clv-offer [data-clv-for]:visible").allInnerTexts();

test("Shopify: the page shows the offer of the segment that the package gives", async () => {
  const render = shopifyLiquid(50);
  const segments = new Set();
  for (const [orders, total] of [[25, 9000], [3, 4000], [1, 1000]]) {
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
    const offers = { vip: "Your private sale is open.", core: "Free delivery on your next order.", low: "Hello." };
    assert.deepEqual(await shown(page), [offers[segment]]);
    assert.deepEqual(asked, ["/", "/assets/clv-offer.js", "/assets/clv-raw.wasm"]);
    segments.add(segment);
    await done();
  }
  assert.ok(segments.size >= 2, [...segments].join());
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
  const { page, asked, done } = await visit(shopifyPage(html), "/", privacy);
  await page.waitForTimeout(200);
  assert.deepEqual(await shown(page), []);
  assert.ok(!asked.includes("/assets/clv-raw.wasm"));
  const detail = await page.evaluate(async () => {
    const told = new Promise((resolve) => window.addEventListener("clv:score", resolve));
    window.allowed = true;
    document.dispatchEvent(new CustomEvent("visitorConsentCollected"));
    return (await told).detail;
  });
  assert.deepEqual(detail, { segment: "vip" }, "no amount and no id");
  assert.deepEqual(await shown(page), ["Private sale"]);
  await done();

  // Where there is no such API nobody has allowed anything.
  const without = await visit(shopifyPage(html));
  await without.page.waitForTimeout(200);
  assert.deepEqual(await shown(without.page), []);
  await without.done();
});

// WooCommerce.

const plugin = join(integrations, "woocommerce/edge-clv/edge-clv.php");

/** What the plugin makes of a request, in a WordPress of stubs. */
function wordPress(request) {
  const input = JSON.stringify({ now: NOW, zone: ZONE, ...request });
  const options = { input, encoding: "utf8", maxBuffer: 1 << 24 };
  return JSON.parse(execFileSync("php", ["woocommerce.php", plugin], options));
}

const wooOrders = (orders) =>
  orders.map(({ at, total, refunded, status }) => ({
    at: at.toISOString(),
    total: money(total),
    refunded: money(refunded),
    status,
  }));

test("WooCommerce: the plugin is PHP", () => {
  const said = execFileSync("php", ["-l", plugin], { encoding: "utf8" });
  assert.match(said, /No syntax errors/);
});

test("WooCommerce: the plugin makes the profile that `clv summary` makes", () => {
  const statuses = ["completed", "processing", "completed", "refunded", "pending", "on-hold", "cancelled", "failed"];
  const customers = drawnOrders(statuses);
  const expected = summary("woocommerce", customers);
  const orders = Object.entries(customers).map(([name, orders]) => [name, wooOrders(orders)]);
  const profiles = wordPress({ profiles: true, orders: Object.fromEntries(orders) });
  for (const customer of Object.keys(customers)) {
    assert.deepEqual(profiles[customer] ?? undefined, expected[customer], customer);
  }
});

const SHORTCODE =
  '[edge_clv][edge_clv_for segment="vip"]<p>Private sale</p>[/edge_clv_for]' +
  '[edge_clv_for segment="core"]<p>Free delivery</p>[/edge_clv_for][/edge_clv]';
const yearOfOrders = wooOrders(
  Array.from({ length: 25 }, (_, i) => ({
    at: new Date(Date.UTC(2025, 0, 2 + 10 * i, 15)),
    total: 9000,
    refunded: 0,
    status: "completed",
  })),
);

test("WooCommerce: a page that may be cached says nothing of the visitor", () => {
  const orders = { 7: yearOfOrders };
  const pages = [0, 7, 8].map((user) => wordPress({ page: SHORTCODE, user, orders }));
  assert.deepEqual(pages[1], pages[0]);
  assert.deepEqual(pages[2], pages[0]);
  assert.match(pages[0].html, /^<clv-score hidden headless data-profile="[^"]*&#038;[^"]*">/);
  assert.doesNotMatch(pages[0].html, /nonce|frequency=/);
  const sly = '[edge_clv][edge_clv_for segment="x\'><script>"]y[/edge_clv_for][/edge_clv]';
  assert.match(wordPress({ page: sly }).html, /slot="x&#039;&gt;&lt;script&gt;"/);
});

test("WooCommerce: the profile is the visitor's own and never stored", () => {
  const action = "edge_clv_profile";
  const headers = { "x-edge-clv": "1" };
  const orders = { 7: yearOfOrders };
  const own = wordPress({ action, headers, user: 7, orders });
  assert.equal(own.status, 200);
  assert.equal(own.headers["Cache-Control"], "private, no-store");
  assert.equal(own.headers.Vary, "Cookie");
  assert.equal(own.body.profile.frequency, 24);
  assert.deepEqual(wordPress({ action, headers, orders }).body, { profile: null });
  assert.deepEqual(wordPress({ action, headers, user: 8, orders }).body, { profile: null });
  const foreign = wordPress({ action, user: 7, orders });
  assert.equal(foreign.status, 403);
  assert.doesNotMatch(JSON.stringify(foreign.body), /frequency/);
});

/** A shop whose pages come from a cache, and profiles by cookie. */
function wooShop(user) {
  const { html, modules } = wordPress({ page: SHORTCODE });
  const folder = "/wp-content/plugins/edge-clv";
  assert.equal(modules["edge-clv"], `${folder}/offers.js`);
  return {
    "/": document(`${html}<script type="module" src="${modules["edge-clv"]}"></script>`),
    [`${folder}/offers.js`]: read("woocommerce/edge-clv/offers.js"),
    [`${folder}/edge-clv/index.js`]: packed("index.js"),
    [`${folder}/edge-clv/widget.js`]: packed("widget.js"),
    "/wp-admin/admin-ajax.php": (request) => {
      const action = new URL(request.url()).searchParams.get("action");
      const answer = wordPress({ action, headers: request.headers(), user, orders: { 7: yearOfOrders } });
      const body = JSON.stringify(answer.body);
      return { status: answer.status, headers: answer.headers, contentType: "application/json", body };
    },
  };
}
const offers = (page) => page.locator("clv-score [slot]:visible").allInnerTexts();

test("WooCommerce: a customer sees the offer, a guest nothing", async () => {
  const { page, done } = await visit(wooShop(7));
  await page.waitForSelector("clv-score[data-segment]");
  assert.deepEqual(await offers(page), ["Private sale"]);
  await done();

  const guest = await visit(wooShop(0));
  await guest.page.waitForTimeout(300);
  assert.deepEqual(await offers(guest.page), []);
  assert.ok(!guest.asked.some((url) => url.endsWith("widget.js")), "a guest loads no library");
  await guest.done();
});

test("WooCommerce: where consent is asked for nothing is fetched before", async () => {
  const { page, asked, done } = await visit(wooShop(7), "/", () => {
    window.wp_has_consent = () => false;
  });
  await page.waitForTimeout(200);
  assert.ok(!asked.some((url) => url.includes("admin-ajax")));
  await page.evaluate(() => {
    const detail = { preferences: "allow" };
    document.dispatchEvent(new CustomEvent("wp_listen_for_consent_change", { detail }));
  });
  await page.waitForSelector("clv-score[data-segment]");
  assert.deepEqual(await offers(page), ["Private sale"]);
  await done();
});

// Plain HTML.

test("plain HTML: the page as it stands shows the offer, under its own security policy", async () => {
  const html = read("plain-html/index.html");
  const files = { ...library, "/offers.js": read("plain-html/offers.js") };
  for (const [attributes, segment, support] of [
    ['frequency="5" recency="200" t="300" monetary-value="45.50"', "core", "We answer within a day."],
    ['frequency="20" recency="290" t="300" monetary-value="80"', "vip", "Call us, you go first."],
  ]) {
    const [standing] = html.match(/frequency="5"[^>]*/);
    const { page, done } = await visit({ ...files, "/": html.replace(standing, attributes) });
    await page.waitForSelector(`html[data-segment="${segment}"]`);
    assert.equal(await page.locator("clv-score [slot]:visible").count(), 1);
    assert.equal(await page.locator(`clv-score [slot="${segment}"]:visible`).count(), 1);
    assert.ok((await page.textContent("#support")).endsWith(support));
    await done();
  }
});

// Google Tag Manager.

const template = read("google-tag-manager/template.tpl");
const sections = Object.fromEntries(
  [...template.matchAll(/^___(\w+)___\n([^]*?)(?=^___|(?![^]))/gm)].map(([, name, body]) => [name, body.trim()]),
);

/** Runs the template's code with APIs of this table; `data` is what the fields hold. */
function runTag(apis, data) {
  const code = `"use strict"; ${sections.SANDBOXED_JS_FOR_WEB_TEMPLATE}`;
  const require = (name) => {
    assert.ok(Object.hasOwn(apis, name), `${name} is no API of the sandbox`);
    return apis[name];
  };
  // The sandbox has nothing else: no window, no document, no Promise.
  vm.runInNewContext(`(require, data) => { ${code} }`, {})(require, data);
}

test("Google Tag Manager: the template's sections are whole", () => {
  assert.deepEqual(Object.keys(sections), [
    "INFO",
    "TEMPLATE_PARAMETERS",
    "SANDBOXED_JS_FOR_WEB_TEMPLATE",
    "WEB_PERMISSIONS",
    "TESTS",
    "NOTES",
  ]);
  assert.equal(JSON.parse(sections.INFO).type, "TAG");
  const fields = JSON.parse(sections.TEMPLATE_PARAMETERS);
  const code = sections.SANDBOXED_JS_FOR_WEB_TEMPLATE;
  for (const [, field] of code.matchAll(/\bdata\.(?!gtmOn)(\w+)/g)) {
    assert.ok(fields.some(({ name }) => name === field), field);
  }
  const permissions = JSON.parse(sections.WEB_PERMISSIONS);
  const byId = (id) => JSON.stringify(permissions.find(({ instance }) => instance.key.publicId === id));
  for (const [, name] of code.matchAll(/callInWindow\('([\w.]+)'/g)) {
    assert.ok(byId("access_globals").includes(`"${name}"`), name);
  }
  assert.ok(byId("access_globals").includes('"dataLayer"'));
  for (const { value } of fields.find(({ name }) => name === "consent").selectItems) {
    assert.ok(byId("access_consent").includes(`"${value}"`), value);
  }
  const { defaultValue } = fields.find(({ name }) => name === "script");
  assert.ok(byId("inject_script").includes(defaultValue));
  // What the sandbox does not know.
  assert.doesNotMatch(code, /\b(new|this|window|document|async|await|try|class|function)\b|`|\.\.\./);
});

test("Google Tag Manager: the template's own tests pass", () => {
  const setup = sections.TESTS.match(/^setup: \|-\n((?: {2}.*\n?)*)/m)[1];
  const scenarios = [...sections.TESTS.matchAll(/^- name: (.*)\n {2}code: \|-\n((?: {4}.*\n?)*)/gm)];
  assert.equal(scenarios.length, 6);
  for (const [, name, code] of scenarios) {
    const calls = {};
    const apis = { makeNumber: Number, addConsentListener: () => {} };
    const mockApi = (name, value) => {
      apis[name] = (...given) => {
        calls[name] = (calls[name] ?? 0) + 1;
        return typeof value === "function" ? value(...given) : value;
      };
    };
    const ended = (name) => () => (calls[name] = (calls[name] ?? 0) + 1);
    const runCode = (data) =>
      runTag(apis, { ...data, gtmOnSuccess: ended("gtmOnSuccess"), gtmOnFailure: ended("gtmOnFailure") });
    const plain = (value) => JSON.parse(JSON.stringify(value));
    const assertThat = (got) => ({ isEqualTo: (value) => assert.deepEqual(plain(got), plain(value), name) });
    const assertApi = (api) => ({
      wasCalled: () => assert.ok(calls[api] > 0, `${name}: ${api} was not called`),
      wasNotCalled: () => assert.equal(calls[api], undefined, `${name}: ${api} was called`),
    });
    const context = { mock: mockApi, runCode, assertThat, assertApi };
    vm.runInNewContext(`{ ${setup}\n${code} }`, context);
  }
});

test("Google Tag Manager: with the package, the segment alone is told", () => {
  const told = [];
  let injected;
  const apis = {
    addConsentListener: () => assert.fail("consent was given"),
    // A path within the window.
    callInWindow: (path, ...given) =>
      path.split(".").reduce((within, key) => within[key], { edgeClv })(...given),
    createQueue: (name) => (entry) => told.push([name, entry]),
    injectScript: (url, done) => {
      injected = url;
      done();
    },
    isConsentGranted: () => true,
    makeNumber: Number,
  };
  let outcome;
  const end = (what) => () => (outcome = what);
  const { monetary_value: monetaryValue, ...rest } = VIP;
  const script = "https://shop.example/edge-clv/iife.js";
  const ends = { gtmOnSuccess: end("success"), gtmOnFailure: end("failure") };
  runTag(apis, { script, monetaryValue: String(monetaryValue), ...rest, ...ends });
  assert.equal(outcome, "success");
  assert.equal(injected, script);
  const { segment } = edgeClv.predict(VIP);
  assert.equal(JSON.stringify(told), JSON.stringify([["dataLayer", { event: "clv_segment", clv_segment: segment }]]));
});

// React.

const APP = `
import { useState } from "react";
import { ClvOffer, useClv } from "./ClvOffer.jsx";

const core = JSON.parse(${JSON.stringify(seed.request)});
const vip = ${JSON.stringify(VIP)};

export function App() {
  const [profile, setProfile] = useState(core);
  const { answer } = useClv(profile);
  return (
    <main>
      <ClvOffer profile={profile} fallback={<p id="offer">Welcome.</p>} offers={{
        vip: <p id="offer">Private sale</p>, core: <p id="offer">Free delivery</p> }} />
      <output>{JSON.stringify(answer)}</output>
      <button id="vip" onClick={() => setProfile(vip)}>vip</button>
      <button id="wrong" onClick={() => setProfile({ ...core, recency: 301 })}>wrong</button>
    </main>
  );
}
`;

test("React: the fallback on the server, the offer in the browser", async () => {
  const folder = "react-app";
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(integrations, "react/ClvOffer.jsx"), join(folder, "ClvOffer.jsx"));
  writeFileSync(join(folder, "App.jsx"), APP);
  writeFileSync(
    join(folder, "server.jsx"),
    'import { renderToString } from "react-dom/server"; import { App } from "./App.jsx";\n' +
      "export const html = () => renderToString(<App />);\n",
  );
  writeFileSync(
    join(folder, "browser.jsx"),
    'import { hydrateRoot } from "react-dom/client"; import { App } from "./App.jsx";\n' +
      'hydrateRoot(document.querySelector("#root"), <App />, { onRecoverableError: console.error });\n',
  );
  const options = {
    bundle: true,
    format: "esm",
    jsx: "automatic",
    logLevel: "error",
    // A development build says more of what is wrong.
    define: { "process.env.NODE_ENV": '"development"' },
  };
  const from = (name) => [join(folder, name)];
  const server = join(folder, "server.mjs");
  await build({ ...options, entryPoints: from("server.jsx"), platform: "node", packages: "external", outfile: server });
  const browserBuild = await build({ ...options, entryPoints: from("browser.jsx"), write: false });
  const { html } = await import(`./${server}`);
  const rendered = html();
  assert.match(rendered, /<p id="offer">Welcome\.<\/p><output>null<\/output>/);

  const { page, done } = await visit({
    "/": document(`<div id="root">${rendered}</div><script type="module" src="/app.js"></script>`),
    "/app.js": browserBuild.outputFiles[0].text,
  });
  await page.waitForFunction(() => document.querySelector("#offer").textContent === "Free delivery");
  assert.equal(await page.textContent("output"), seed.answer);
  await page.click("#vip");
  await page.waitForFunction(() => document.querySelector("#offer").textContent === "Private sale");
  const warned = page.waitForEvent("console", (message) => message.type() === "warning");
  await page.click("#wrong");
  assert.match((await warned).text(), /recency <= T/);
  assert.equal(await page.textContent("#offer"), "Welcome.");
  await done();
});

test("the table of the integrations names each, with files that are there", () => {
  const table = read("README.md");
  for (const folder of readdirSync(integrations, { withFileTypes: true })) {
    if (folder.isDirectory()) assert.ok(table.includes(`](${folder.name}/)`), folder.name);
  }
  for (const [, path] of table.matchAll(/\]\(([^)]*)\)/g)) readdirSync(join(integrations, path));
  assert.ok(text("README.md").includes("www/integrations/"));
});
