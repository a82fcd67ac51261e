// `clv score` beside the package: every customer of CDNOW, number by number as text.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { loadSync, predict, predictBatch } from "edge-clv";
import { profile, root, table } from "./support.mjs";

loadSync();
const customers = table("data/cdnow-rfm.csv");

/** The rows that `clv score` prints, as objects of text. */
function scored(...options) {
  const files = [join(root, "data/cdnow-rfm.csv"), "-m", join(root, "model/cdnow.json")];
  const printed = execFileSync(process.env.CLV, ["score", ...files, "--quiet", ...options], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const [header, ...rows] = printed.trimEnd().split("\n").map((line) => line.split(","));
  assert.equal(rows.length, customers.length);
  return rows.map((cells) => Object.fromEntries(header.map((key, i) => [key, cells[i]])));
}

/** The columns of an answer under the names they have in a table. */
function flat({ horizons, model: _, ...rest }) {
  const ahead = horizons.flatMap(({ days, ...values }) =>
    Object.entries(values).map(([name, value]) => [`${name}_${days}d`, value]),
  );
  return { ...rest, ...Object.fromEntries(ahead) };
}

function assertRow(row, customer, answer) {
  const { customer: name, frequency, recency, T, monetary_value, ...scores } = row;
  assert.deepEqual({ customer: name, frequency, recency, T, monetary_value }, customer);
  assert.deepEqual(Object.keys(scores).sort(), Object.keys(answer).sort());
  for (const [key, text] of Object.entries(scores)) assert.equal(text, String(answer[key]), `${name} ${key}`);
}

test("the numbers of predictBatch", () => {
  const column = (name) =>
    Float64Array.from(customers, (row) => (row[name] === "" ? NaN : Number(row[name])));
  const [frequency, recency, T, monetary_value] =
    ["frequency", "recency", "T", "monetary_value"].map(column);
  const { horizons, segment, segments, probability_alive, expected_average_profit } =
    predictBatch({ frequency, recency, T, monetary_value });
  scored().forEach((row, i) => {
    const answer = {
      probability_alive: probability_alive[i],
      expected_average_profit: expected_average_profit[i],
      segment: segments[segment[i]],
      horizons: horizons.map(({ days, ...columns }) => ({
        days,
        ...Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[i]])),
      })),
    };
    assertRow(row, customers[i], flat(answer));
  });
});

test("with --exact and --residual the numbers of predict", () => {
  scored("--exact", "--residual", "--horizons", "7.5,365").forEach((row, i) => {
    const answer = predict(profile(customers[i]), { horizons: [7.5, 365], residual: true });
    assertRow(row, customers[i], flat(answer));
  });
});
