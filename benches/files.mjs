// What the contestants in Node read.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const { ROOT, REPETITIONS, SAMPLE } = process.env;

/** The bytes of a population's columns. */
export const customers = (population) =>
  new Uint8Array(readFileSync(join(process.env.CUSTOMERS, `${population}.f64`))).buffer;
