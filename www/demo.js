// The demo store: shows the offer of the visitor's segment, and lets one choose the visitor.
import { defaultModel, load, predictBatch } from "/edge-clv/index.js";
import "/edge-clv/widget.js";

const PAGE = 10;
const FIELDS = ["frequency", "recency", "T", "monetary_value"];

const get = (id) => document.getElementById(id);
const visitor = get("visitor");
const form = get("profile");

// ---- The visitor

function profile() {
  const read = ({ validity, value, valueAsNumber }) =>
    value === "" && !validity.badInput ? undefined : valueAsNumber;
  return Object.fromEntries(FIELDS.map((name) => [name, read(form.elements[name])]));
}

function visit(who) {
  const { frequency, recency, T: t, monetary_value: monetaryValue } = profile();
  Object.assign(visitor, { frequency, recency, t, monetaryValue });
  get("who").textContent = who;
}

form.addEventListener("input", () => {
  pick(null);
  visit("Numbers of your own");
});

visitor.addEventListener("clv:score", ({ detail }) => settle(detail.segment, []));
visitor.addEventListener("clv:error", ({ detail }) => {
  settle("", detail.errors ?? [{ pointer: "", detail: detail.message }]);
});

function settle(segment, errors) {
  get("offer").dataset.segment = segment;
  // What the edge said was about the profile before.
  edge("", "");
  const about = (pointer) =>
    errors.filter((error) => error.pointer === pointer).map((error) => error.detail).join("; ");
  for (const name of FIELDS) {
    const wrong = about(`/${name}`);
    get(`${name}-wrong`).textContent = wrong;
    form.elements[name].setAttribute("aria-invalid", wrong !== "");
  }
  get("failure").textContent = about("");
}

// ---- The same from the edge

get("edge-check").addEventListener("click", async () => {
  const asked = visitor.result;
  if (!asked) return edge("unavailable", "Put the numbers right first.");
  const [equal, message] = await ask(JSON.stringify(profile()), JSON.stringify(asked));
  // Meanwhile there may be another visitor.
  if (visitor.result === asked) edge(equal, message);
});

async function ask(body, here) {
  try {
    const began = performance.now();
    const headers = { "content-type": "application/json" };
    const response = await fetch("/predict", { method: "POST", headers, body });
    if (!response.ok) {
      const why = `/predict says ${response.status}. Is the Worker running?`;
      return ["unavailable", `No answer to compare: ${why}`];
    }
    const there = await response.text();
    const took = Math.round(performance.now() - began);
    return there === here
      ? ["true", `The same ${here.length} bytes, in ${took} ms.`]
      : ["false", `Not the same. The edge says: ${there.slice(0, 500)}`];
  } catch {
    return ["unavailable", "No Worker answers here; the page does not need one."];
  }
}

function edge(equal, message) {
  get("edge-result").dataset.equal = equal;
  get("edge-result").textContent = message;
}

// ---- The customers

const show = { segment: "", column: "value", descending: true, page: 0 };
let customers = [];
let money;
let picked = null;

async function fill() {
  const [columns] = await Promise.all([fetchColumns("/cdnow-rfm.csv"), load()]);
  const number = (name) => Float64Array.from(columns[name], (text) => (text === "" ? NaN : text));
  const profiles = Object.fromEntries(FIELDS.map((name) => [name, number(name)]));

  const { currency, segments } = defaultModel().toJSON();
  const { horizon } = segments;

  const began = performance.now();
  const answer = predictBatch(profiles, { horizons: [horizon] });
  const took = performance.now() - began;

  money = new Intl.NumberFormat("en-US", { style: "currency", currency });
  customers = columns.customer.map((customer, i) => ({
    customer,
    ...Object.fromEntries(FIELDS.map((name) => [name, profiles[name][i]])),
    alive: answer.probability_alive[i],
    value: answer.horizons[0].customer_lifetime_value[i],
    segment: answer.segments[answer.segment[i]],
  }));

  get("scored").textContent =
    `${customers.length.toLocaleString("en-US")} customers of CDNOW, as on 30 September 1997, ` +
    `all scored in this page in ${took.toFixed(1)} ms.`;
  document.querySelector("button[value=value]").textContent = `${horizon}-day value`;
  get("segment-counts").append(...["", ...answer.segments].map(choice));
  draw();
}

async function fetchColumns(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address} says ${response.status}`);
  const [head, ...rows] = (await response.text()).trim().split("\n").map((line) => line.split(","));
  return Object.fromEntries(head.map((name, i) => [name, rows.map((row) => row[i])]));
}

/** Whether a customer is in a segment; everyone is in "". */
const belongs = (customer, segment) => segment === "" || customer.segment === segment;

/** A segment to choose, or with "" all of them, and how many customers it has. */
function choice(segment) {
  const label = document.createElement("label");
  const radio = document.createElement("input");
  Object.assign(radio, { type: "radio", name: "segment", value: segment, checked: !segment });
  const count = customers.filter((each) => belongs(each, segment)).length;
  const bold = document.createElement("b");
  bold.textContent = count.toLocaleString("en-US");
  label.append(radio, segment || "all", " ", bold);
  return label;
}

function draw() {
  const { segment, column, descending, page } = show;
  const sign = descending ? -1 : 1;
  // A value that is not known comes last, either way.
  const order = ({ [column]: a }, { [column]: b }) =>
    Number.isNaN(a) - Number.isNaN(b) || sign * ((a > b) - (a < b));
  const sorted = customers.filter((each) => belongs(each, segment)).sort(order);
  const pages = Math.ceil(sorted.length / PAGE);
  get("customers").tBodies[0].replaceChildren(
    ...sorted.slice(page * PAGE, (page + 1) * PAGE).map(row),
  );
  get("page").textContent = `Page ${page + 1} of ${pages}`;
  get("back").disabled = page === 0;
  get("next").disabled = page + 1 >= pages;
}

function row(each) {
  const line = document.createElement("tr");
  line.dataset.customer = each.customer;
  line.dataset.segment = each.segment;
  line.setAttribute("aria-current", each === picked);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = each.customer;
  button.setAttribute("aria-label", `Customer ${each.customer}: let this one visit`);
  line.insertCell().append(button);
  const texts = [
    each.segment,
    money.format(each.value),
    `${(100 * each.alive).toFixed(0)}%`,
    each.frequency,
    each.recency,
    each.T,
    Number.isNaN(each.monetary_value) ? "–" : money.format(each.monetary_value),
  ];
  for (const text of texts) line.insertCell().textContent = text;
  return line;
}

function pick(customer) {
  picked = customer;
  for (const line of get("customers").tBodies[0].rows) {
    line.setAttribute("aria-current", line.dataset.customer === customer?.customer);
  }
}

// The button in a row makes the keyboard's Enter a click as well.
get("customers").tBodies[0].addEventListener("click", ({ target }) => {
  const { customer } = target.closest("tr").dataset;
  pick(customers.find((each) => each.customer === customer));
  for (const name of FIELDS) {
    form.elements[name].value = Number.isNaN(picked[name]) ? "" : picked[name];
  }
  visit(`Customer ${customer} of CDNOW`);
});

get("customers").tHead.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  show.descending = button.value !== show.column || !show.descending;
  show.column = button.value;
  show.page = 0;
  get("customers").tHead.querySelector("[aria-sort]").removeAttribute("aria-sort");
  button.closest("th").setAttribute("aria-sort", show.descending ? "descending" : "ascending");
  draw();
});

get("segment-counts").addEventListener("change", ({ target }) => {
  show.segment = target.value;
  show.page = 0;
  draw();
});

get("back").addEventListener("click", () => turn(-1));
get("next").addEventListener("click", () => turn(1));
function turn(by) {
  show.page += by;
  draw();
}

fill().catch((why) => {
  get("scored").textContent = `The customers could not be loaded: ${why.message}`;
});
