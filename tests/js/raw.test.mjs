// clv-raw.wasm of the packed package in Node: its interface as pkg/raw/README.md states it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { Model, defaultModel, loadSync } from "edge-clv";
import { customers } from "./customers.mjs";
import { model, profile, table, text } from "./support.mjs";

const file = createRequire(import.meta.url).resolve("edge-clv/clv-raw.wasm");
const bytes = readFileSync(file);
const module = new WebAssembly.Module(bytes);
const fresh = () => new WebAssembly.Instance(module).exports;
const readme = text("pkg/raw/README.md");
loadSync();

const NUMBERS = ["probability_alive", "expected_average_profit"];
const AHEAD = ["expected_purchases", "probability_of_purchase", "customer_lifetime_value"];
const ALL = 127;
const FROM_TABLES = 128;

test("it imports nothing and exports what the README lists", () => {
  assert.deepEqual(WebAssembly.Module.imports(module), []);
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  const listed = [...readme.matchAll(/^\| `(memory|clv_\w+)/gm)].map(([, name]) => name);
  // The linker's own marks of where data ends are no part of the interface.
  assert.deepEqual(exported.filter((name) => !name.startsWith("__")).sort(), listed.sort());
  assert.equal(fresh().clv_abi(), 1);
});

test("it is as large as the README says", () => {
  const [, plain, gzipped] = readme.match(/: (\d+) kB, (\d+) kB gzipped/);
  const sizes = [bytes, gzipSync(bytes, { level: 9 })].map(({ length }) => Math.round(length / 1000));
  assert.deepEqual(sizes, [Number(plain), Number(gzipped)]);
});

test("it carries the model file that it was built with", () => {
  const raw = fresh();
  const start = raw.clv_model_file();
  const part = raw.memory.buffer.slice(start, start + raw.clv_model_file_bytes());
  assert.equal(new TextDecoder().decode(part), text("model/cdnow.json"));
});

/** The columns of a batch by their names, and how many rows are broken. */
function batch(raw, rows, horizons, columns) {
  const width = columnsOf(columns, horizons).length;
  const room = raw.clv_room(8 * (horizons.length + rows.length * (4 + width)));
  const memory = () => new Float64Array(raw.memory.buffer, room);
  memory().set(horizons);
  const column = (i) => horizons.length + i * rows.length;
  rows.forEach((row, r) => row.forEach((number, i) => (memory()[column(i) + r] = number)));
  const at = (i) => room + 8 * column(i);
  const count = horizons.length;
  const broken = raw.clv_predict_batch(
    ...[rows.length, at(0), at(1), at(2), at(3), room, count, columns, at(4)],
  );
  const filled = memory();
  const answer = columnsOf(columns, horizons).map((name, i) => [
    name,
    filled.slice(column(4 + i), column(5 + i)),
  ]);
  return { broken, ...Object.fromEntries(answer) };
}

function columnsOf(columns, horizons) {
  const ahead = horizons.flatMap((days) => AHEAD.map((name) => `${name}_${days}`));
  const residual = columns & 32 ? ["residual_lifetime_value"] : [];
  return [...NUMBERS, ...ahead, ...residual, "segment"];
}

/** The rows of customers known and made up, good and bad. */
function everyone() {
  const known = ["data/cdnow-rfm.csv", "tests/golden/hard.csv"].flatMap((name) => table(name));
  const rows = known
    .map(profile)
    .map((p) => [p.frequency, p.recency, p.T, p.monetary_value ?? NaN]);
  const drawn = customers(7);
  for (let i = 0; i < 3000; i++) rows.push(drawn.next().value);
  const odd = [NaN, Infinity, -Infinity, -1, 0.5, -0, 1e300];
  for (const number of odd) {
    for (let i = 0; i < 4; i++) rows.push([3, 20, 90, 10].with(i, number));
  }
  return rows;
}

/** Asserts that every number of a batch is that of the package, bit by bit. */
function assertBatch(answer, rows, model, horizons) {
  const bands = model.toJSON().segments.bands.map(({ name }) => name);
  let broken = 0;
  rows.forEach(([frequency, recency, T, m], row) => {
    const customer = { frequency, recency, T, ...(Number.isNaN(m) ? {} : { monetary_value: m }) };
    const got = (name) => answer[name][row];
    const is = (name, expected) =>
      assert.ok(Object.is(got(name), expected), `${rows[row]}: ${name} ${got(name)}, ${expected}`);
    let expected;
    try {
      const residual = "residual_lifetime_value" in answer;
      expected = model.predict(customer, { horizons, residual });
    } catch (why) {
      assert.ok(why.errors.length > 0);
      broken += 1;
      for (const name of Object.keys(answer)) if (name !== "broken") is(name, NaN);
      return;
    }
    for (const name of NUMBERS) is(name, expected[name]);
    for (const { days, ...values } of expected.horizons) {
      for (const [name, value] of Object.entries(values)) is(`${name}_${days}`, value);
    }
    if ("residual_lifetime_value" in answer) {
      is("residual_lifetime_value", expected.residual_lifetime_value);
    }
    is("segment", bands.indexOf(expected.segment));
  });
  assert.equal(answer.broken, broken);
  assert.ok(broken > 20, "there are broken rows to count");
}

test("columns have the bits of `predict`", () => {
  const rows = everyone();
  for (const horizons of [[30, 90], [1, 45.5, 3650], [7]]) {
    assertBatch(batch(fresh(), rows, horizons, ALL), rows, defaultModel(), horizons);
  }
});

test("or, from tables, those of `predictBatch`", () => {
  const raw = fresh();
  const rows = everyone();
  const [frequency, recency, T, monetary_value] = [0, 1, 2, 3].map((i) =>
    Float64Array.from(rows, (row) => row[i]),
  );
  const expected = defaultModel().predictBatch({ frequency, recency, T, monetary_value });
  // The second time the tables are there already.
  for (let i = 0; i < 2; i++) {
    const answer = batch(raw, rows, model.horizons, ALL - 32 + FROM_TABLES);
    for (const name of NUMBERS) assert.deepEqual(answer[name], expected[name]);
    for (const { days, ...columns } of expected.horizons) {
      for (const [name, column] of Object.entries(columns)) {
        assert.deepEqual(answer[`${name}_${days}`], column);
      }
    }
    const segments = Float64Array.from(expected.segment, (band) => (band === 255 ? NaN : band));
    assert.deepEqual(answer.segment, segments);
  }
});

test("each quantity of one customer has the bits of `predict`", () => {
  const raw = fresh();
  const names = [...NUMBERS, ...AHEAD, "residual_lifetime_value"];
  const rows = everyone();
  for (const [frequency, recency, T, m] of rows.slice(0, 500).concat(rows.slice(-300))) {
    const customer = { frequency, recency, T, ...(Number.isNaN(m) ? {} : { monetary_value: m }) };
    let expected = {};
    try {
      const { horizons, ...answer } = defaultModel().predict(customer, {
        horizons: [45.5],
        residual: true,
      });
      expected = { ...answer, ...horizons[0] };
    } catch {
      // Then every quantity is NaN.
    }
    names.forEach((name, quantity) => {
      const got = raw.clv_predict(quantity, frequency, recency, T, m, 45.5);
      assert.ok(Object.is(got, expected[name] ?? NaN), `${name} of ${customer}`);
    });
  }
  for (const which of [7, -1, 2 ** 31])
    assert.ok(Number.isNaN(raw.clv_predict(which, 0, 0, 1, 0, 1)));
  for (const days of [0, -1, 3651, NaN])
    assert.ok(Number.isNaN(raw.clv_predict(2, 0, 0, 1, 0, days)));
});

/** The numbers of a model file as `clv_load` reads them. */
function numbers(file) {
  const { bg_nbd, gamma_gamma, segments } = file;
  const { r, alpha, a, b } = bg_nbd;
  const { p, q, v } = gamma_gamma;
  const days = file.time_unit === "week" ? alpha * 7 : alpha;
  const rest = [file.annual_discount_rate, file.margin, segments.horizon];
  return [r, days, a, b, p, q, v, ...rest, ...segments.bands.map((band) => band.min_value)];
}

function load(raw, list) {
  const room = raw.clv_room(8 * list.length);
  new Float64Array(raw.memory.buffer, room).set(list);
  return raw.clv_load(room, list.length);
}

test("a model that was loaded has the bits of `new Model`", () => {
  const raw = fresh();
  const rows = everyone();
  for (const file of JSON.parse(text("tests/golden/bits-models.json"))) {
    assert.equal(load(raw, numbers(file)), 0);
    const discounts = file.annual_discount_rate > 0;
    const columns = discounts ? ALL : ALL - 32;
    const answer = batch(raw, rows, file.horizons, columns);
    assertBatch(answer, rows, new Model(file), file.horizons);
    if (!discounts) {
      assert.equal(batch(raw, rows, file.horizons, ALL).broken, -4);
      assert.ok(Number.isNaN(raw.clv_predict(5, 5, 200, 300, 45.5, 0)));
    }
  }
});

test("a model that breaks a rule is refused, and the one at hand stays", () => {
  const raw = fresh();
  const good = numbers(model);
  const before = raw.clv_predict(4, 5, 200, 300, 45.5, 90);
  for (const [i, wrong] of [
    [0, 0],
    [1, -1],
    [2, NaN],
    [3, Infinity],
    [5, 1],
    [8, 0],
    [9, 0],
  ]) {
    assert.equal(load(raw, good.with(i, wrong)), -5, `${i}`);
  }
  assert.equal(load(raw, good.slice(0, 10)), -5, "no bands");
  assert.equal(load(raw, [...good.slice(0, 10), 1, 2, 0]), -5, "bands that ascend");
  assert.equal(raw.clv_predict(4, 5, 200, 300, 45.5, 90), before);
  assert.equal(load(raw, good), 0);
  assert.equal(raw.clv_predict(4, 5, 200, 300, 45.5, 90), before);
});

test("no address, count or size makes it trap", () => {
  const raw = fresh();
  let room = raw.clv_room(1024);
  const odd = [0, 1, 7, 8, -1, -8, 2 ** 31 - 1, -(2 ** 31), 2 ** 29, 1e6];
  let state = 1;
  const draw = (bound) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % bound;
  };
  const odds = () => (draw(2) ? odd[draw(odd.length)] : room + draw(2048) - 512);
  const any = (usual) => (draw(8) ? usual : odds());
  const statuses = new Set();
  for (let i = 0; i < 100_000; i++) {
    const input = () => any(room + 8 * draw(40));
    const customers = [any(draw(4)), input(), input(), input(), input()];
    const asked = [input(), any(0), any([1, 2, 64, 129][draw(4)]), any(room + 512)];
    statuses.add(Math.sign(raw.clv_predict_batch(...customers, ...asked)));
    raw.clv_load(input(), any(draw(20)));
    if (draw(100) === 0) room = raw.clv_room(draw(2) ? 1024 : odd[draw(odd.length)]);
  }
  assert.deepEqual([...statuses].sort(), [-1, 0], "some were in order");
  assert.equal(raw.clv_room(-1), 0, "nobody has as much");
  room = raw.clv_room(64);
  assert.ok(room > 0 && room % 8 === 0, "and there is room again");
});
