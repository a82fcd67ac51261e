// What the tests of www/integrations/ share: orders, what `clv summary` makes of them, and pages of
// a made-up shop.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { launch } from "./chromium.mjs";
import { root } from "./support.mjs";

/** As `cargo xtask build` leaves them, each with the files of the package that it needs. */
export const integrations = join(root, "target/integrations");
export const read = (name) => readFileSync(join(integrations, name), "utf8");
export const packed = (name) => readFileSync(join("node_modules/edge-clv", name));

/** Of the shop. */
export const ZONE = "America/New_York";
export const NOW = "2025-09-30T22:30:00Z";
const TODAY = "2025-09-30";

/** One whom the default model takes for a VIP. */
export const VIP = { frequency: 20, recency: 290, T: 300, monetary_value: 80 };

let browser;
after(async () => (await browser)?.close());

/** Customers' orders, the same at every call: {at, total, refunded, status} in cents. */
export function drawnOrders(statuses) {
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

export const money = (cents) =>
  `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;
const stamp = (at) => at.toISOString().replace("T", " ").replace(".000Z", " +0000");

const HEADERS = {
  shopify: "Name,Email,Financial Status,Total,Created at,Refunded Amount",
  woocommerce: "order_id,billing_email,status,order_total,order_date,refunded_total",
};

/** The profiles that `clv summary` makes of such orders, by customer. */
export function summary(format, customers) {
  const lines = [HEADERS[format]];
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

// The pages' made-up address; every file of it is given.
const SHOP = "https://shop.example";
const TYPES = {
  css: "text/css",
  html: "text/html",
  js: "text/javascript",
  wasm: "application/wasm",
};

/**
 * The first page of a shop, after a script to prepare it, if any. `files` are by path, or are
 * functions of the request. `asked` is what was asked for.
 */
export async function visit(files, prepare) {
  browser ??= launch();
  const context = await (await browser).newContext();
  context.setDefaultTimeout(20_000);
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
  await page.goto(SHOP);
  const done = async () => {
    await context.close();
    assert.deepEqual(errors, []);
    const others = asked.filter((url) => !url.startsWith("/") && !url.startsWith("data:"));
    assert.deepEqual(others, [], "asked somebody else");
  };
  return { page, asked, done };
}

/** A page with this in it. */
export const pageOf = (body) =>
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>' +
  `<link rel="icon" href="data:,">${body}</html>`;

/** The files of a folder of them, at this path of a site; they are those of the package. */
export function library(folder, path) {
  const names = readdirSync(join(integrations, folder));
  for (const name of names) assert.deepEqual(readFileSync(join(integrations, folder, name)), packed(name));
  return Object.fromEntries(names.map((name) => [`${path}/${name}`, packed(name)]));
}
