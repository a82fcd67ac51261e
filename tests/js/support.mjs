// What the test files share: this repository's tables, and comparing with them.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const root = process.env.ROOT;

export const text = (name) => readFileSync(join(root, name), "utf8");

export const sha256 = (text) => createHash("sha256").update(text).digest("hex");

/**
 * `fetch` on a connection of its own: a server that closes one which was idle may do so just when
 * it is to be used again, and then the request fails without having been asked.
 */
export function fetch(address, options = {}) {
  const headers = new Headers(options.headers);
  headers.set("connection", "close");
  return globalThis.fetch(address, { ...options, headers });
}

/** The rows of a table as objects of text. */
export function table(name) {
  const [header, ...rows] = text(name)
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  return rows.map((cells) => Object.fromEntries(header.map((key, i) => [key, cells[i]])));
}

/** The profile of a row; an empty monetary value is one that is not given. */
export function profile(row) {
  const profile = {};
  for (const key of ["frequency", "recency", "T", "monetary_value"]) {
    if (row[key] !== "") profile[key] = Number(row[key]);
  }
  return profile;
}

/** The model that is compiled in, as its file says. */
export const model = JSON.parse(text("model/cdnow.json"));

export const seed = {
  request: text("tests/golden/seed-request.json").trimEnd(),
  answer: text("tests/golden/seed-answer.json").trimEnd(),
};

/** SHA-256 of every CDNOW customer's answer, a line each: the bits that all hosts share. */
export const answersDigest = text("tests/golden/cdnow-answers.sha256").trimEnd();
export const digest = (answers) => sha256(answers.map((answer) => `${answer}\n`).join(""));

/** Requests, and the errors each is answered with: none, or every broken rule. */
export const requests = JSON.parse(text("tests/contract/requests.json"));

const tolerances = text("tests/tolerance/mod.rs");
/** How far something may be off, relative: the one table of tolerances tells. */
export function tolerance(name) {
  const [, value] = tolerances.match(new RegExp(`const ${name}: f64 = (.+);`));
  return Number(value);
}

/** Asserts that every number of an answer is its customer's golden one. */
export function assertGolden(answer, golden) {
  const close = (got, column) => {
    const expected = Number(golden[column]);
    const error = Math.abs(got - expected) / expected;
    const most = tolerance(column.replace(/_[0-9]+d$/, "").toUpperCase());
    assert.ok(error <= most, `customer ${golden.customer}: ${column} ${got}, not ${expected}`);
  };
  close(answer.probability_alive, "probability_alive");
  close(answer.expected_average_profit, "expected_average_profit");
  close(answer.residual_lifetime_value, "residual_lifetime_value");
  assert.deepEqual(answer.horizons.map((horizon) => horizon.days), model.horizons);
  for (const { days, ...values } of answer.horizons) {
    for (const [name, value] of Object.entries(values)) close(value, `${name}_${days}d`);
  }
}
