// Requests a second and cold starts of the Worker and of those it is held against, in rounds
// that take turns. Prints the figures of every round as JSON.
import { execFile } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { contestants, ended, firstAnswer, key, profile } from "./contestants.mjs";

const { ROOT, FOLDER, ROUNDS, SECONDS, STARTS } = process.env;

/** Customers of CDNOW, as a client would send them. */
function batch(size) {
  const [header, ...rows] = readFileSync(join(ROOT, "data/cdnow-rfm.csv"), "utf8").split("\n");
  const names = header.split(",");
  const customers = rows.slice(0, size).map((row) => {
    const cells = Object.fromEntries(row.split(",").map((cell, i) => [names[i], cell]));
    const { customer, frequency, recency, T, monetary_value } = cells;
    const numbers = { frequency: Number(frequency), recency: Number(recency), T: Number(T) };
    if (monetary_value !== "") numbers.monetary_value = Number(monetary_value);
    return { id: customer, ...numbers };
  });
  return JSON.stringify({ customers });
}

const BATCH = 1000;
const bodies = { predict: profile, batch: batch(BATCH) };
for (const [name, body] of Object.entries(bodies)) writeFileSync(join(FOLDER, name), body);

/** Seconds of processor that all threads of a process have had. */
function processor(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) => {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  });
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
}

/** So many requests a second, and microseconds of processor each, under eight connections. */
async function load({ url, runtime }, path, body, seconds) {
  const script = join(import.meta.dirname, "post.lua");
  const before = processor(runtime.pid);
  // The runtime takes the connections of one client in no fair order: with all of its time taken by
  // batches one may wait for two seconds, which by itself wrk would tell as an error.
  const args = ["-t1", "-c8", `-d${seconds}s`, "--timeout", "10s", "-s", script, url + path];
  const env = { ...process.env, KEY: key, BODY: join(FOLDER, body) };
  const { stdout } = await promisify(execFile)("wrk", args, { env });
  const spent = processor(runtime.pid) - before;
  const count = Number(/(\d+) requests in/.exec(stdout)?.[1]);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  // Its closing lines tell of answers that were errors, and of connections that broke.
  if (!(count > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`${url}: ${stdout}`);
  return { perSecond, microseconds: (spent / count) * 1e6 };
}

const loads = [
  ["worker", "predict", "predict", 1],
  ["floor", "predict", "predict", 1],
  ["fastapi", "predict", "predict", 1],
  ["tuned", "predict", "predict", 1],
  ["worker", "batch", "predict/batch", BATCH],
];
const measured = { starts: {}, loads: {} };

// Cold starts: nothing else of ours runs.
for (let i = 0; i < Number(STARTS); i++) {
  for (const [name, begin] of Object.entries(contestants)) {
    const running = await begin();
    const { milliseconds } = await firstAnswer(running);
    const spent = processor(running.runtime.pid) * 1000;
    (measured.starts[name] ??= []).push({ milliseconds, processor: spent });
    await ended(running);
  }
}

const running = {};
for (const [name, begin] of Object.entries(contestants)) {
  running[name] = await begin();
  const { text } = await firstAnswer(running[name]);
  measured.loads[name] = {};
  if (name === "worker") measured.answer = text;
}
for (const [name, body, path] of loads) await load(running[name], path, body, 1);
for (let round = 0; round < Number(ROUNDS); round++) {
  for (const [name, body, path, customers] of loads) {
    const one = await load(running[name], path, body, Number(SECONDS));
    (measured.loads[name][body] ??= []).push({
      perSecond: one.perSecond * customers,
      microseconds: one.microseconds / customers,
    });
  }
}
await Promise.all(Object.values(running).map(ended));
console.log(JSON.stringify(measured));
