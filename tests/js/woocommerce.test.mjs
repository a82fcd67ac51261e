// The WooCommerce plugin: its profiles beside `clv summary`, and its page, cached, in a browser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import {
  NOW,
  ZONE,
  drawnOrders,
  integrations,
  library,
  money,
  pageOf,
  read,
  summary,
  visit,
} from "./integrations.mjs";
import { text } from "./support.mjs";

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

test("WooCommerce: the plugin has the version of Cargo.toml, and its script with it", () => {
  const [, version] = text("Cargo.toml").match(/\nversion = "(.+)"/);
  const source = read("woocommerce/edge-clv/edge-clv.php");
  const [, header] = source.match(/^ \* Version: (.+)$/m);
  const [, script] = source.match(/'offers\.js', __FILE__ \), array\(\), '(.+?)'/);
  assert.deepEqual([header, script], [version, version]);
});

test("WooCommerce: the plugin makes the profile that `clv summary` makes", () => {
  const statuses = [
    "completed",
    "processing",
    "completed",
    "refunded",
    "pending",
    "on-hold",
    "cancelled",
    "failed",
  ];
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
  assert.equal(own.headers.Vary, "Accept-Encoding, Cookie");
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
    "/": pageOf(`${html}<script type="module" src="${modules["edge-clv"]}"></script>`),
    [`${folder}/offers.js`]: read("woocommerce/edge-clv/offers.js"),
    ...library("woocommerce/edge-clv/edge-clv", `${folder}/edge-clv`),
    "/wp-admin/admin-ajax.php": (request) => {
      const action = new URL(request.url()).searchParams.get("action");
      const answer = wordPress({
        action,
        headers: request.headers(),
        user,
        orders: { 7: yearOfOrders },
      });
      const body = JSON.stringify(answer.body);
      return {
        status: answer.status,
        headers: answer.headers,
        contentType: "application/json",
        body,
      };
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
  const { page, asked, done } = await visit(wooShop(7), () => {
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
