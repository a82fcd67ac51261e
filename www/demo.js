// The demo store. The shop is HTML and the widget; this script hands the widget the visitor's
// orders, lets one choose the visitor and buy, and shows what the library says of it.
import { defaultModel, load, newCustomer, predictBatch } from "/edge-clv/index.js";
import { historyOfOrders } from "/edge-clv/widget.js";
import { alivePicture, crowdPicture, expectedPicture, valuePicture, work } from "/pictures.js";

const DAY = 86_400_000;
/** The last day of the CDNOW orders: the day on which each visitor comes in. */
const OPENING = dayOf("1998-06-30");
const FORTNIGHT = 14;
const SLIDERS = ["purchases", "spend", "away"];

const get = (id) => document.getElementById(id);
const widgets = [get("badge"), get("offer")];

const number = (digits) =>
  new Intl.NumberFormat("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits });
const whole = number(0);
const two = number(2);
const inCurrency = (currency, digits) =>
  new Intl.NumberFormat("en-US", { style: "currency", currency, ...digits });
const WHOLE = { maximumFractionDigits: 0 };
/** What the shop asks, whatever the model's currency. */
const dollars = inCurrency("USD");
const roundDollars = inCurrency("USD", WHOLE);
const percent = new Intl.NumberFormat("en-US", { style: "percent" });
const long = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
const times = (count, one, many) => `${whole.format(count)} ${count === 1 ? one : many}`;

function dayOf(date) {
  return Date.parse(date) / DAY;
}
function dateOf(day) {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

// ---- The visitor

let visitors = [];
let visitor;
/** What the visitor has bought, and the day it is in the shop. */
let orders = [];
let today = OPENING;
let lastBought;

function visit(next) {
  visitor = next;
  orders = visitor.orders.map(([date, amount]) => ({ date, amount }));
  today = OPENING;
  lastBought = undefined;
  say("Cleaned, played and priced by hand.");
  rest();
}

/** Nothing further is planned. */
function rest() {
  get("purchases").value = 0;
  get("away").value = 0;
  schedule();
}

/** The orders with those that the sliders plan, and the day on which all that has happened. */
function planned() {
  const [purchases, spend, away] = SLIDERS.map((name) => get(name).valueAsNumber);
  const further = Array.from({ length: purchases }, (_, i) => ({
    date: dateOf(today + FORTNIGHT * (i + 1)),
    amount: spend,
  }));
  const day = today + FORTNIGHT * purchases + away;
  return { all: [...orders, ...further], day, purchases, spend, away };
}

// ---- The shop

for (const button of document.querySelectorAll(".buy")) {
  button.addEventListener("click", () => {
    const { all, day } = planned();
    // What was planned has happened: one cannot buy today what is to come.
    orders = [...all, { date: dateOf(day), amount: button.value }];
    today = day;
    lastBought = { amount: `-${button.value}`, title: titleOf(button) };
    say(`${lastBought.title} is yours for $${button.value}. Thank you.`, true);
    rest();
  });
}

const titleOf = (button) => button.closest("li").querySelector("h3").textContent;

get("return").addEventListener("click", () => {
  const { all, day } = planned();
  orders = [...all, { date: dateOf(day), amount: lastBought.amount }];
  today = day;
  say(`${lastBought.title} is back in the racks, and your money is on its way.`);
  lastBought = undefined;
  rest();
  get("bought").focus();
});

function say(text, returnable = false) {
  get("bought").textContent = text;
  get("return").hidden = !returnable;
}

// ---- Under the hood

let model;
let draw;

function prepare() {
  model = defaultModel();
  const file = model.toJSON();
  const { horizon } = file.segments;
  const [exact, round] = [inCurrency(file.currency), inCurrency(file.currency, WHOLE)];
  // To the cent where cents matter.
  const money = (value) => (value < 10 && value > 0 ? exact : round).format(value);
  for (const each of document.querySelectorAll(".horizon")) each.textContent = horizon;
  const alive = alivePicture(get("alive"));
  const expected = expectedPicture(get("expected"), model, newCustomer, horizon);
  const value = valuePicture(get("value"), model, file, money);

  draw = (seen) => {
    const chance = alive(seen);
    const purchases = expected(seen);
    const worth = value(seen);
    show("alive-now", percent.format(chance.now));
    show("purchases-now", two.format(purchases.later));
    show("value-now", money(worth.later));
    describe("alive", `P(alive) is ${percent.format(chance.now)} today, and a year from now, if nothing more is bought, ${percent.format(chance.later)}.`);
    describe("expected", `${two.format(purchases.later)} purchases are expected in the next year; of a new customer ${two.format(purchases.other)}.`);
    describe("value", `The discounted value of the next year is ${money(worth.later)}. The segment is ${seen.answer.segment}.`);
  };
}

/** Writes a text where it differs; into the same node, so that a frame makes none. */
function show(id, text) {
  const element = get(id);
  if (!element.firstChild) element.append("");
  if (element.firstChild.data !== text) element.firstChild.data = text;
}

function describe(id, text) {
  if (get(id).getAttribute("aria-label") !== text) get(id).setAttribute("aria-label", text);
}

let scheduled = false;

/** However often something changes, it is drawn once a frame. */
function schedule() {
  if (scheduled || !draw) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    update();
  });
}

function update() {
  work.frames += 1;
  const { all, day, purchases, spend, away } = planned();
  const until = dateOf(day);
  for (const widget of widgets) Object.assign(widget, { orders: all, until });

  show("purchases-out", whole.format(purchases));
  show("spend-out", roundDollars.format(spend));
  show("away-out", whole.format(away));
  get("spend").disabled = purchases === 0;
  const buys =
    purchases === 0
      ? "Buys nothing more"
      : `Buys ${times(purchases, "more time", "more times, a fortnight apart")}, for ${roundDollars.format(spend)}${purchases === 1 ? "" : " each"}`;
  const leaves = away === 0 ? "" : `, then stays away for ${times(away, "day", "days")}`;
  show("sentence", `${buys}${leaves}. It is ${long.format(day * DAY)}.`);

  const seen = scored(all, until);
  for (const name of ["frequency", "recency", "T"]) {
    show(name, seen ? whole.format(seen.profile[name]) : "–");
  }
  const mean = seen?.profile.monetary_value;
  show("monetary_value", mean === undefined ? "–" : dollars.format(mean));
  show("who", seen ? told(seen) : "This visitor has bought nothing, so there is no score, and the shop shows what it shows to anyone.");
  show("greeting", seen ? `Good to see you again. Your last visit was on ${long.format((seen.first + seen.profile.recency) * DAY)}.` : "Old records, carefully looked after.");
  show("once", seen?.profile.frequency === 0 ? "After a single purchase it stays at 100 % by construction: the model lets a customer leave only after a repeat purchase." : "");
  get("empty").hidden = Boolean(seen);
  get("pictures").hidden = !seen;
  if (seen) draw(seen);
  compare(seen);
}

/** What the library says of orders; undefined where there is no purchase among them. */
function scored(all, until) {
  let history;
  try {
    history = historyOfOrders(all, until);
  } catch (why) {
    if (why.errors?.[0].rule === "a purchase remains") return undefined;
    throw why;
  }
  const { profile, purchases } = history;
  const answer = model.predict(profile);
  const first = dayOf(until) - profile.T;
  return { model, profile, answer, first, days: purchases.map(({ day }) => day) };
}

function told({ profile, answer }) {
  const { frequency, recency, T } = profile;
  const ago = T - recency;
  const last = ago === 0 ? "today" : ago === 1 ? "yesterday" : `${whole.format(ago)} days ago`;
  const bought =
    frequency === 0
      ? `Bought once, ${last}`
      : `Bought on ${whole.format(frequency + 1)} days within ${whole.format(recency)}, last ${last}`;
  return `${bought}. The segment is ${answer.segment}.`;
}

// ---- Everybody at once

get("score-all").addEventListener("click", async ({ target }) => {
  target.disabled = true;
  try {
    await scoreAll();
  } catch (why) {
    get("scored").textContent = `The customers could not be scored: ${why.message}.`;
    target.disabled = false;
  }
});

async function scoreAll() {
  const response = await fetch("/cdnow-rfm.csv");
  if (!response.ok) throw new Error(`/cdnow-rfm.csv says ${response.status}`);
  const [head, ...rows] = (await response.text()).trim().split("\n").map((line) => line.split(","));
  const column = (name) => {
    const at = head.indexOf(name);
    return Float64Array.from(rows, (row) => (row[at] === "" ? NaN : row[at]));
  };
  const names = ["frequency", "recency", "T", "monetary_value"];
  const profiles = Object.fromEntries(names.map((name) => [name, column(name)]));
  const began = performance.now();
  const { segment, segments } = predictBatch(profiles);
  const took = performance.now() - began;
  const counts = segments.map((name, band) => {
    const count = segment.reduce((sum, own) => sum + (own === band), 0);
    return `${whole.format(count)} ${name}`;
  });
  get("scored").textContent =
    `${whole.format(rows.length)} customers, as they were known on 30 September 1997, scored in this page in ` +
    `${number(1).format(took)} ms: ${counts.join(", ")}.`;
  crowdPicture(get("crowd"), profiles, segment, segments);
  get("everybody").hidden = false;
  get("score-all").hidden = true;
}

// ---- The same from the edge

let asking;

/** Asks the Worker once the visitor has come to rest. */
function compare(seen) {
  clearTimeout(asking);
  // Nor does an answer that is on its way count any more.
  asking = undefined;
  if (!seen) {
    show("here", "");
    show("there", "");
    return edge("", "There is no score to compare.");
  }
  const here = JSON.stringify(seen.answer);
  if (get("here").textContent === here && get("there").textContent === here) return;
  show("here", here);
  // Not where it would be read out at every step of a slider: only what comes of it is.
  show("there", "Asking…");
  edge("", "");
  asking = setTimeout(async () => {
    const mine = asking;
    const [equal, message, there] = await ask(JSON.stringify(seen.profile), here);
    // Meanwhile there may be another score.
    if (mine !== asking) return;
    show("there", there);
    edge(equal, message);
  }, 250);
}

async function ask(body, here) {
  try {
    const began = performance.now();
    const headers = { "content-type": "application/json" };
    const response = await fetch("/predict", { method: "POST", headers, body });
    if (!response.ok) return ["", `The edge says ${response.status}; nothing to compare.`, ""];
    const there = await response.text();
    const took = Math.round(performance.now() - began);
    return there === here
      ? ["true", `Equal: the same ${here.length} bytes, after ${took} ms on the way.`, there]
      : ["false", "Not equal.", there];
  } catch {
    return ["", "The edge cannot be reached; the page does not need it.", ""];
  }
}

function edge(equal, message) {
  get("edge").dataset.equal = equal;
  show("edge", message);
}

// ---- Start

for (const name of SLIDERS) get(name).addEventListener("input", schedule);
get("again").addEventListener("click", () => visit(visitor));
get("visitor").addEventListener("change", ({ target }) => {
  visit(visitors.find((each) => each.id === target.value));
});

function fillSelect() {
  const groups = new Map();
  for (const { id, group, name } of visitors) {
    if (!groups.has(group)) {
      groups.set(group, Object.assign(document.createElement("optgroup"), { label: group }));
    }
    const text = /^\d+$/.test(id) ? `No. ${id}: ${name}` : name;
    groups.get(group).append(new Option(text, id));
  }
  get("visitor").replaceChildren(...groups.values());
  get("visitor").disabled = false;
}

async function begin() {
  const response = fetch("/visitors.json").then((answer) => {
    if (!answer.ok) throw new Error(`/visitors.json says ${answer.status}`);
    return answer.json();
  });
  [visitors] = await Promise.all([response, load()]);
  fillSelect();
  prepare();
  visit(visitors[0]);
}

begin().catch((why) => {
  get("who").textContent = `The demonstration could not start: ${why.message}. The shop itself is open.`;
});

// What makes it work without a network, once it was here.
navigator.serviceWorker?.register("/offline.js").catch(() => {});
