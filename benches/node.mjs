// The built package in Node.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { customers, ROOT, REPETITIONS, SAMPLE } from "./files.mjs";
import { score } from "./score.mjs";

const edgeClv = await import(join(ROOT, "pkg/dist/index.js"));
edgeClv.loadSync();
const files = Object.fromEntries(
  ["cdnow", "repeat-heavy", "old"].map((population) => [population, customers(population)]),
);
const { times, samples } = score(edgeClv, files, Number(REPETITIONS), Number(SAMPLE));

// Each in a process that has not seen the package yet.
times["first score"] = Array.from({ length: Number(REPETITIONS) }, () =>
  Number(execFileSync(process.execPath, [join(import.meta.dirname, "first-score.mjs")])),
);
console.log(JSON.stringify({ times, samples }));
