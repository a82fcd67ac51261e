// What the engines of examples/engines/ left in target/engines/scores, against the package.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Model, defaultModel, loadSync } from "edge-clv";
import { model, profile, root, table, text } from "./support.mjs";

loadSync();
const folder = "target/engines/scores";
const cell = (cell) => cell.replace(/^"(.*)"$/, "$1");
/** The rows of a CSV file, whose cells hold no commas, quoted or not. */
const rows = (name) =>
  table(`${folder}/${name}`).map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [cell(key), cell(value)])),
  );

/**
 * The columns of answers by their names in a table; of a row that breaks a rule, none. Horizons that
 * are asked for together share their last bits.
 */
function flat(model, customer, together) {
  let answers;
  try {
    answers = together.map((horizons) => model.predict(customer, { horizons }));
  } catch (why) {
    assert.ok(why.errors.length > 0);
    return {};
  }
  const [{ horizons: _, model: __, ...rest }] = answers;
  const ahead = answers.flatMap(({ horizons }) => horizons).flatMap(({ days, ...values }) =>
    Object.entries(values).map(([name, value]) => [`${name}_${days}d`, value]),
  );
  return { ...rest, ...Object.fromEntries(ahead) };
}

function assertScored(scored, model, together = [model.toJSON().horizons]) {
  const profiles = table(`${folder}/profiles.csv`);
  const byCustomer = new Map(scored.map((row) => [row.customer, row]));
  assert.equal(scored.length, profiles.length);
  assert.equal(byCustomer.size, profiles.length);
  let broken = 0;
  for (const row of profiles) {
    const { customer, segment, ...numbers } = byCustomer.get(row.customer);
    const expected = flat(model, profile(row), together);
    assert.equal(segment, expected.segment ?? "", customer);
    broken += segment === "";
    assert.equal(Object.keys(numbers).length, 2 + 3 * model.toJSON().horizons.length);
    for (const [name, text] of Object.entries(numbers)) {
      // The engines write NaN in ways of their own; none is a number.
      const number = text === "" ? NaN : Number(text);
      const same = Object.is(number, expected[name] ?? NaN);
      assert.ok(same, `${customer}: ${name} ${text}, not ${expected[name]}`);
    }
  }
  assert.equal(broken, 6);
  assert.ok(profiles.length > 2900);
}

test("wasmtime has the bits of the package", () => {
  assertScored(rows("wasmtime.csv"), defaultModel());
});

test("wasmtime, one quantity of one customer at a time, has them too", () => {
  const each = model.horizons.map((days) => [days]);
  assertScored(rows("scalar.csv"), defaultModel(), each);
});

test("wasmtime with another model has the bits of `new Model`", () => {
  const file = JSON.parse(text(`${folder}/model.json`));
  assert.equal(file.time_unit, "week");
  assertScored(rows("loaded.csv"), new Model(file));
});

test("DuckDB has the bits of the package", () => {
  assertScored(rows("duckdb.csv"), defaultModel());
});

test("Spark has the bits of the package, in several parts", () => {
  const parts = readdirSync(join(root, folder, "spark")).filter((name) => name.endsWith(".csv"));
  assert.ok(parts.length > 1);
  assertScored(
    parts.flatMap((name) => rows(`spark/${name}`)),
    defaultModel(),
  );
});
