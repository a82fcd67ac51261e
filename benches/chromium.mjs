// The built package in Chromium.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "../tests/js/chromium.mjs";
import { customers, ROOT, REPETITIONS, SAMPLE } from "./files.mjs";

const script = (path) => [readFileSync(path), "text/javascript"];
const data = (population) => [Buffer.from(customers(population)), "application/octet-stream"];
const files = {
  "/": ["<!doctype html><title>bench</title>", "text/html"],
  "/index.js": script(join(ROOT, "pkg/dist/index.js")),
  "/score.mjs": script(join(ROOT, "benches/score.mjs")),
  "/measure.mjs": script(join(ROOT, "benches/measure.mjs")),
  "/cdnow": data("cdnow"),
  "/repeat-heavy": data("repeat-heavy"),
  "/old": data("old"),
};
// An isolated page has a clock of microseconds instead of tenths of a millisecond.
const isolated = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const server = createServer((request, response) => {
  if (!(request.url in files)) return response.writeHead(404).end();
  const [body, type] = files[request.url];
  response.writeHead(200, { "content-type": type, ...isolated }).end(body);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const address = `http://127.0.0.1:${server.address().port}/`;
const browser = await launch();

/** What a function answers in a page that has seen nothing yet. */
async function inFreshPage(run, argument) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  const result = await page.evaluate(run, argument);
  await context.close();
  return result;
}

async function scorePopulations([repetitions, size]) {
  const edgeClv = await import("/index.js");
  const { score } = await import("/score.mjs");
  await edgeClv.load();
  const files = {};
  for (const population of ["cdnow", "repeat-heavy", "old"]) {
    files[population] = await (await fetch(`/${population}`)).arrayBuffer();
  }
  return score(edgeClv, files, repetitions, size);
}

async function firstScore() {
  // A page that has come to rest: what its own start takes is not the package's.
  await new Promise((rested) => setTimeout(rested, 500));
  const entry = URL.createObjectURL(await (await fetch("/index.js")).blob());
  const start = performance.now();
  const { load, predict } = await import(entry);
  await load();
  predict({ frequency: 5, recency: 200, T: 300, monetary_value: 45.5 });
  return (performance.now() - start) * 1e6;
}

const result = await inFreshPage(scorePopulations, [Number(REPETITIONS), Number(SAMPLE)]);
result.times["first score"] = [];
for (let page = 0; page < Number(REPETITIONS); page++) {
  result.times["first score"].push(await inFreshPage(firstScore));
}
await browser.close();
server.close();
console.log(JSON.stringify(result));
