// The built package in Chromium.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "../tests/js/chromium.mjs";
import { firstScore, isolated } from "../tests/js/first-score.mjs";
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

const result = await inFreshPage(scorePopulations, [Number(REPETITIONS), Number(SAMPLE)]);
result.times["first score"] = [];
for (let page = 0; page < Number(REPETITIONS); page++) {
  result.times["first score"].push(await inFreshPage(firstScore, "/index.js"));
}
await browser.close();
server.close();
console.log(JSON.stringify(result));
