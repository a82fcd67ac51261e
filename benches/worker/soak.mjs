// Mixed load on the Worker for SECONDS: every answer is compared, byte by byte, with what was
// expected, and the runtime's memory is watched.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setInterval } from "node:timers";
import { ended, key, worker } from "./contestants.mjs";

const { ROOT, SECONDS } = process.env;
const CONNECTIONS = 8;
/** So many kB of memory the runtime may ever have. */
const MOST = 384 * 1024;
/** So much more it may have in the last quarter of the time than in the second ... */
const GROWTH = 16 * 1024;
/** ... if it has had so many seconds to come to rest: the engine's heap grows before it is tidied. */
const REST = 120;

const { loadSync, predict } = await import(join(ROOT, "pkg/dist/index.js"));
loadSync();
const model = JSON.parse(readFileSync(join(ROOT, "model/cdnow.json"), "utf8"));
const name = { id: model.id, version: model.version };

const [head, ...lines] = readFileSync(join(ROOT, "data/cdnow-rfm.csv"), "utf8").trim().split("\n");
const names = head.split(",");
const customers = lines.slice(0, 200).map((line) => {
  const cells = Object.fromEntries(line.split(",").map((cell, i) => [names[i], cell]));
  const { customer: id, monetary_value, ...rest } = cells;
  const numbers = Object.entries(rest).map(([key, cell]) => [key, Number(cell)]);
  if (monetary_value !== "") numbers.push(["monetary_value", Number(monetary_value)]);
  return { id, profile: Object.fromEntries(numbers) };
});

/** The answer to a customer among many: the package's, named. */
function scored({ id, profile }, withModel) {
  const { model, ...answer } = predict(profile);
  return JSON.stringify({ id, ...answer, ...(withModel ? { model } : {}) });
}

const known = { authorization: `Bearer ${key}` };
const post = (path, type, body, answer) => ({
  path,
  options: { method: "POST", headers: { "content-type": type, ...known } },
  body: Buffer.from(body),
  ...answer,
});
const json = "application/json";
const many = customers.map(({ id, profile }) => ({ id, ...profile }));
const rows = many.map((customer) => JSON.stringify(customer));
const refused = '{"frequency": 5, "recency": 301, "T": 300}';

/** What is asked, by status and answer; no answer stands for the first that comes. */
const asked = [
  ...customers.map(({ profile }) =>
    post("predict", json, JSON.stringify(profile), { status: 200, text: JSON.stringify(predict(profile)) }),
  ),
  post("predict/batch", json, JSON.stringify({ customers: many }), {
    status: 200,
    text: `{"customers":[${customers.map((each) => scored(each)).join(",")}],${JSON.stringify({ scored: many.length, refused: 0, model: name }).slice(1)}`,
  }),
  post("predict/batch", "application/x-ndjson", rows.join("\n"), {
    status: 200,
    text: customers.map((each) => `${scored(each, true)}\n`).join(""),
  }),
  post("predict/batch", "text/csv", lines.slice(0, 200).join("\n").replace(/^/, `${head}\n`), { status: 200 }),
  post("cohorts", json, JSON.stringify({ customers: many.map((each, i) => ({ ...each, cohort: `c${i % 7}` })) }), { status: 200 }),
  post("predict/batch", "application/x-ndjson", `${refused}\n{\n${rows[0]}`, { status: 200 }),
  post("predict", json, refused, { status: 422 }),
  post("predict", json, "{", { status: 400 }),
  post("predict", "text/plain", "{}", { status: 415 }),
  post("nowhere", json, "{}", { status: 404 }),
  { path: "predict", options: { method: "GET" }, status: 405 },
  { path: "predict/batch", options: { method: "POST", headers: { "content-type": json } }, body: Buffer.from("{}"), status: 401 },
  { path: "model", options: { method: "GET" }, status: 200, text: JSON.stringify(model) },
  { path: "healthz", options: { method: "GET" }, status: 200 },
];

const running = await worker();
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

/** How often the runtime had closed a connection just when it was to be used again. */
let closed = 0;

function ask(one) {
  const { path, options, body } = one;
  return new Promise((resolve, reject) => {
    const asking = request(running.url + path, { ...options, agent }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode, text: Buffer.concat(pieces).toString() });
      });
    });
    asking.on("error", (error) => {
      // It does so where a client was long in coming, which on a busy machine any may be; to ask
      // again is the client's part then.
      if (!asking.reusedSocket || error.code !== "ECONNRESET") return reject(error);
      closed++;
      resolve(ask(one));
    });
    asking.end(body);
  });
}

for (const one of asked) {
  const { status, text } = await ask(one);
  assert.equal(status, one.status, `${one.path}: ${text.slice(0, 300)}`);
  one.text ??= text;
}

const samples = [];
const sample = () => {
  const status = readFileSync(`/proc/${running.runtime.pid}/status`, "utf8");
  samples.push(Number(/VmRSS:\s+(\d+)/.exec(status)[1]));
};
const sampling = setInterval(sample, 250);
const end = performance.now() + Number(SECONDS) * 1000;
let count = 0;
let wrong = 0;
async function client(first) {
  for (let i = first; performance.now() < end; i++) {
    const one = asked[i % asked.length];
    const { status, text } = await ask(one);
    count++;
    if (status !== one.status || text !== one.text) {
      wrong++;
      console.error(`${one.path} answers ${status} ${text.slice(0, 300)}, not ${one.status}`);
    }
  }
}
// Each begins elsewhere, so that different answers are made at the same time.
const starts = Array.from({ length: CONNECTIONS }, (_, i) => i * 29);
await Promise.all(starts.map(client));
clearInterval(sampling);
agent.destroy();
await ended(running);

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const quarter = Math.floor(samples.length / 4);
const second = median(samples.slice(quarter, 2 * quarter));
const last = median(samples.slice(-quarter));
const megabytes = (kilobytes) => `${(kilobytes / 1024).toFixed(1)} MiB`;
const tenths = Array.from({ length: 10 }, (_, i) => samples[Math.floor(((i + 1) * samples.length) / 10) - 1]);
console.log(
  `${count} answers in ${SECONDS} s, ${wrong} wrong, ${closed} asked again; memory of the runtime after each tenth of the ` +
    `time ${tenths.map((each) => (each / 1024).toFixed(0)).join(" ")} MiB, median of the second ` +
    `quarter ${megabytes(second)}, of the last ${megabytes(last)}, most ${megabytes(Math.max(...samples))}`,
);
assert.equal(wrong, 0, `${wrong} wrong answers`);
assert.ok(closed <= 1 + count / 10_000, `${closed} connections were closed of ${count}`);
assert.ok(Math.max(...samples) <= MOST, `it took more than ${megabytes(MOST)}`);
assert.ok(Number(SECONDS) < REST || last - second <= GROWTH, `the memory has grown by ${megabytes(last - second)}`);
