// The packed npm package, installed into a project and used in Node.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { Model, defaultModel, load, loadSync, newCustomer, predict, predictBatch } from "edge-clv";
import { answersDigest, assertGolden, digest, model, profile, requests, seed, table, text, tolerance } from "./support.mjs";

const customer = JSON.parse(seed.request);
const BATCH = tolerance("BATCH");

/** Bytes to download for an entry. */
const downloaded = (entry) =>
  gzipSync(readFileSync(new URL(import.meta.resolve(entry))), { level: 9 }).length;

test("what a page downloads is within its budget, and both READMEs tell it", () => {
  const kilobytes = (entry) => Math.round(downloaded(entry) / 1000);
  const whole = downloaded("edge-clv");
  assert.ok(whole <= 30_000, `the default entry is ${whole} bytes gzipped`);
  for (const readme of ["README.md", "pkg/README.md"]) {
    assert.match(text(readme), new RegExp(`\\b${kilobytes("edge-clv")} kB gzipped`));
  }
  assert.match(text("pkg/README.md"), new RegExp(`\`edge-clv/slim\`.* ${kilobytes("edge-clv/slim")} kB gzipped`));
});

test("a call before load says to load", () => {
  for (const call of [
    () => predict(customer),
    () => predictBatch({}),
    () => defaultModel(),
    () => new Model(model),
  ]) {
    assert.throws(call, /call `await load\(\)`/);
  }
});

test("load may be called again, in either way", async () => {
  const { compile } = WebAssembly;
  let compiled = 0;
  WebAssembly.compile = (bytes) => {
    compiled++;
    return compile(bytes);
  };
  await Promise.all([load(), load(), load()]);
  loadSync();
  await load();
  WebAssembly.compile = compile;
  assert.equal(compiled, 1);
});

test("the seed payload, byte for byte", () => {
  assert.equal(JSON.stringify(predict(customer)), seed.answer);
  assert.equal(JSON.stringify(predict(customer, { horizons: undefined })), seed.answer);
});

test("every CDNOW customer is scored as in the golden table", () => {
  const golden = table("tests/golden/cdnow.csv");
  const customers = table("data/cdnow-rfm.csv");
  assert.equal(customers.length, 2357);
  const answers = customers.map((row, i) => {
    assert.equal(row.customer, golden[i].customer);
    const answer = predict(profile(row), { residual: true });
    assertGolden(answer, golden[i]);
    return JSON.stringify(answer);
  });
  assert.equal(digest(answers), answersDigest);
});

test("columns are scored as customers are", () => {
  const customers = table("data/cdnow-rfm.csv");
  const column = (name) =>
    Float64Array.from(customers, (row) => (row[name] === "" ? NaN : Number(row[name])));
  const columns = {
    frequency: column("frequency"),
    recency: column("recency"),
    T: column("T"),
    monetary_value: column("monetary_value"),
  };
  const batch = predictBatch(columns);
  assert.deepEqual(Object.keys(batch), [
    "probability_alive",
    "expected_average_profit",
    "horizons",
    "segment",
    "segments",
    "model",
    "errors",
  ]);
  assert.deepEqual(batch.errors, []);
  const exact = predictBatch(columns, { exact: true });
  customers.forEach((row, i) => {
    const single = predict(profile(row));
    const agree = (one, name, tables, alone) => {
      assert.ok(Math.abs(tables / one - 1) <= BATCH, `${row.customer} ${name}`);
      assert.equal(alone, one, `${row.customer} ${name}`);
    };
    for (const name of ["probability_alive", "expected_average_profit"]) {
      agree(single[name], name, batch[name][i], exact[name][i]);
    }
    assert.equal(batch.segments[batch.segment[i]], single.segment);
    assert.equal(exact.segments[exact.segment[i]], single.segment);
    single.horizons.forEach(({ days, ...values }, h) => {
      assert.equal(batch.horizons[h].days, days);
      for (const [name, value] of Object.entries(values)) {
        agree(value, name, batch.horizons[h][name][i], exact.horizons[h][name][i]);
      }
    });
  });

  const some = predictBatch(columns, { columns: ["residual_lifetime_value"], horizons: [7] });
  assert.deepEqual(Object.keys(some), ["horizons", "residual_lifetime_value", "model", "errors"]);
  assert.deepEqual(some.horizons, [{ days: 7 }]);
});

test("an earlier answer is filled again where it fits", () => {
  const columns = (...rows) => ({
    frequency: Float64Array.from(rows, (row) => row[0]),
    recency: Float64Array.from(rows, (row) => row[1]),
    T: Float64Array.from(rows, (row) => row[2]),
  });
  const customers = columns([5, 200, 300], [0, 0, 30]);
  const fresh = predictBatch(customers);
  const old = predictBatch(columns([1, 2, 3], [-1, 0, 0]));
  const arrays = [old.probability_alive, old.horizons[1].customer_lifetime_value, old.segment];
  const reused = predictBatch(customers, { reuse: old });
  assert.deepEqual(reused, fresh);
  const { probability_alive, horizons, segment } = reused;
  assert.deepEqual([probability_alive, horizons[1].customer_lifetime_value, segment], arrays);
  assert.ok(probability_alive === arrays[0] && segment === arrays[2]);

  // What does not fit, or is no answer at all, is made anew.
  const other = predictBatch(columns([5, 200, 300]), { reuse: old, horizons: [7] });
  assert.equal(other.probability_alive.length, 1);
  assert.equal(old.probability_alive.length, 2);
  for (const reuse of [undefined, null, 5, {}, { horizons: 5, probability_alive: [1, 2] }]) {
    assert.deepEqual(predictBatch(customers, { reuse }), fresh);
  }
});

test("a list of columns without end is read as far as the rules look", () => {
  const columns = { frequency: Float64Array.of(5), recency: Float64Array.of(200), T: Float64Array.of(300) };
  const names = [...Array(256).fill("segment"), "probability_alive", "expected_average_profit"];
  for (const exact of [false, true]) {
    const { segment, probability_alive, errors } = predictBatch(columns, { columns: names, exact });
    assert.deepEqual([segment.length, probability_alive, errors], [1, undefined, []]);
  }
});

test("whatever columns are asked for, they are what they are among all", () => {
  const given = [[5, 200, 300], [0, 0, 30]];
  const [frequency, recency, T] = [0, 1, 2].map((i) => Float64Array.from(given, (row) => row[i]));
  const names = ["probability_alive", "expected_average_profit", "segment"];
  const all = predictBatch({ frequency, recency, T });
  for (let choice = 0; choice < 8; choice++) {
    const columns = names.filter((_, i) => (choice >> i) & 1);
    const some = predictBatch({ frequency, recency, T }, { columns });
    for (const name of names) assert.deepEqual(some[name], columns.includes(name) ? all[name] : undefined);
  }
});

test("columns of more rows than the wasm has room for", () => {
  const rows = 5000;
  const column = (value) => Float64Array.from({ length: rows }, (_, row) => value(row));
  const frequency = column((row) => row % 7);
  const recency = column((row) => (row % 7) * 10);
  const columns = { frequency, recency, T: column((row) => 60 + (row % 300)) };
  columns.T[4999] = NaN;
  const { probability_alive, segment, errors } = predictBatch(columns);
  const { probability_alive: exact } = predictBatch(columns, { exact: true });
  assert.deepEqual(errors.map(({ row, pointer }) => [row, pointer]), [[4999, "/T"]]);
  assert.equal(segment[4999], 255);
  for (let row = 0; row < 4999; row++) {
    const one = { frequency: frequency[row], recency: recency[row], T: columns.T[row] };
    assert.equal(exact[row], predict(one).probability_alive);
    assert.ok(Math.abs(probability_alive[row] / exact[row] - 1) <= BATCH, `${row}`);
  }
});

test("a wrong row is NaN and named, the rest go on", () => {
  const batch = predictBatch({
    frequency: Float64Array.of(5, -1.5, 5),
    recency: Float64Array.of(200, 1, 301),
    T: Float64Array.of(300, 300, 300),
  });
  assert.deepEqual(Array.from(batch.probability_alive, Number.isNaN), [false, true, true]);
  assert.deepEqual(Array.from(batch.segment.slice(1)), [255, 255]);
  assert.deepEqual(
    batch.errors.map(({ row, pointer, rule }) => [row, pointer, rule]),
    [
      [1, "/frequency", "frequency >= 0"],
      [1, "/frequency", "frequency is whole"],
      [2, "/recency", "recency <= T"],
    ],
  );
});

test("columns that are wrong as such are refused, every rule named", () => {
  const column = Float64Array.of(1, 2);
  const broken = (columns, options) => {
    try {
      predictBatch(columns, options);
    } catch (error) {
      return error.errors.map(({ pointer, rule }) => `${pointer} ${rule}`);
    }
  };
  assert.deepEqual(broken(null), [" is an object"]);
  assert.deepEqual(broken({ frequency: [1, 2], t: column }, { horizons: [], colums: [] }), [
    "/frequency is a Float64Array",
    "/recency is given",
    "/T is given",
    "/t is a known key",
    "/horizons 1 <= number of horizons <= 12",
    "/colums is a known key",
  ]);
  assert.deepEqual(
    broken({ frequency: column, recency: column, T: column.slice(1) }, { columns: ["segment"] }),
    ["/T columns are of equal length"],
  );
  const all = { frequency: column, recency: column, T: column };
  assert.deepEqual(broken(all, { columns: ["probability_alive", "alive", 3] }), [
    "/columns/1 is a known output column",
    "/columns/2 is a known output column",
  ]);
  assert.deepEqual(broken(all, { columns: "segment" }), ["/columns is a list"]);
  assert.deepEqual(broken(all, { exact: 1 }), ["/exact is true or false"]);
});

test("every rule of the contract, broken alone and together", () => {
  for (const { name, request, errors } of requests) {
    // The whole request in one object, and the options apart from the profile.
    const whole = JSON.parse(request);
    const split = () => {
      const { horizons, residual, ...profile } = whole;
      return predict(profile, { horizons, residual });
    };
    const calls = [() => predict(whole)];
    if (whole?.constructor === Object) calls.push(split);
    for (const call of calls) {
      if (errors.length === 0) {
        assert.equal(typeof call().probability_alive, "number", name);
        continue;
      }
      assert.throws(call, (thrown) => {
        const got = thrown.errors.map(({ pointer, rule }) => ({ pointer, rule }));
        assert.deepEqual(got, errors, name);
        const kinds = ["is an object", "is a number", "is true or false", "is a list", "is given"];
        const ofKind = errors.some(({ rule }) => kinds.includes(rule) || rule === "is a known key");
        assert.equal(thrown.constructor, ofKind ? TypeError : RangeError, name);
        assert.ok(thrown.message.includes(errors[0].rule), thrown.message);
        return true;
      });
    }
  }
});

test("values that only JavaScript has", () => {
  const broken = (request, options) => {
    try {
      predict(request, options);
    } catch (error) {
      return error.errors?.map(({ pointer, rule }) => `${pointer} ${rule}`) ?? error;
    }
  };
  assert.deepEqual(broken({ ...customer, T: NaN }), ["/T is finite"]);
  assert.deepEqual(broken({ ...customer, T: 300n }), ["/T is a number"]);
  assert.deepEqual(broken({ ...customer, T: () => 300 }), ["/T is a number"]);
  assert.deepEqual(broken({ ...customer, T: Symbol("T") }), ["/T is a number"]);
  assert.deepEqual(broken({ ...customer, T: new Date() }), ["/T is a number"]);
  assert.deepEqual(broken({ ...customer, T: undefined }), ["/T is given"]);
  assert.deepEqual(broken(undefined), [" is an object"]);
  assert.deepEqual(broken(() => {}), [" is an object"]);
  assert.deepEqual(broken(customer, 5), [" is an object"]);
  assert.deepEqual(broken(customer, null), [" is an object"]);
  assert.deepEqual(broken(customer, { T: 300 }), ["/T is given once"]);
  assert.deepEqual(broken({ ...customer, "\ud800": 1 }), ["/\ufffd is a known key"]);
  assert.deepEqual(broken(customer, { horizons: new Array(2 ** 32 - 1) }).slice(0, 1), [
    "/horizons 1 <= number of horizons <= 12",
  ]);
  // Inherited is not given, with options or without.
  for (const options of [undefined, {}]) {
    const { monetary_value, ...others } = customer;
    for (const key of ["frequency", "recency", "T"]) {
      for (const amount of [{}, { monetary_value }, { monetary_value: undefined }]) {
        const { [key]: value, ...own } = others;
        const heir = Object.assign(Object.create({ [key]: value }), own, amount);
        assert.deepEqual(broken(heir, options), [`/${key} is given`]);
      }
    }
    const heir = Object.assign(Object.create({ monetary_value }), others);
    assert.deepEqual(predict(heir, options), predict(others));
    assert.deepEqual(predict({ ...others, monetary_value: undefined }, options), predict(others));
  }
  const thrown = new Error("mine");
  const trap = { ...customer, get T() { throw thrown; } };
  assert.equal(broken(trap), thrown);
  // None of it has harmed the module.
  assert.equal(JSON.stringify(predict(customer)), seed.answer);
});

test("each quantity by itself", () => {
  const model = defaultModel();
  const answer = predict(customer);
  assert.equal(model.probabilityAlive(customer), answer.probability_alive);
  assert.equal(model.expectedAverageProfit(customer), answer.expected_average_profit);
  const close = (got, expected) => assert.ok(Math.abs(got / expected - 1) <= BATCH, `${got}`);
  for (const horizon of answer.horizons) {
    close(model.expectedPurchases(customer, horizon.days), horizon.expected_purchases);
    close(model.probabilityOfPurchase(customer, horizon.days), horizon.probability_of_purchase);
    const value = model.discountedPurchases(customer, horizon.days) * answer.expected_average_profit;
    close(value, horizon.customer_lifetime_value);
  }
  const { residual_lifetime_value } = predict(customer, { residual: true });
  const residual = model.discountedPurchases(customer, Infinity) * answer.expected_average_profit;
  close(residual, residual_lifetime_value);

  const counts = model.probabilitiesOfCounts(customer, 60, 90);
  assert.equal(counts.length, 61);
  close(counts.reduce((sum, count) => sum + count), 1);
  const mean = counts.reduce((sum, count, n) => sum + n * count, 0);
  close(mean, answer.horizons[1].expected_purchases);
  close(1 - counts[0], answer.horizons[1].probability_of_purchase);

  const fresh = { ...customer, recency: 290 };
  const median = model.timeToNextPurchase(fresh);
  close(model.probabilityOfPurchase(fresh, median), 0.5);
  assert.ok(model.timeToNextPurchase(fresh, 0.1) < median);
  assert.equal(model.timeToNextPurchase(fresh, 0.999999), Infinity);
  assert.equal(model.timeToNextPurchase(fresh, 0), 0);
  assert.equal(model.timeToNextPurchase(fresh, 1), Infinity);
  for (const probability of [NaN, -0.1, 1.5, Infinity]) {
    assert.ok(Number.isNaN(model.timeToNextPurchase(fresh, probability)), `${probability}`);
  }

  const path = model.probabilityAlivePath([12, 90, 130, 170, 200], [0, 50, 200, 300, 1000]);
  assert.deepEqual([path[0], path[3]], [1, answer.probability_alive]);
  assert.ok(path[2] > path[3] && path[3] > path[4]);

  assert.equal(model.probabilityAlive(newCustomer), 1);
  const [year] = predict(newCustomer, { horizons: [365] }).horizons;
  close(model.expectedPurchases(newCustomer, 365), year.expected_purchases);
  const once = { frequency: 0, recency: 0, T: 3000 };
  assert.equal(model.probabilityAlive(once), 1);
});

test("what is wrong with a quantity's input is told", () => {
  const model = defaultModel();
  const broken = (call) => {
    try {
      call();
    } catch (error) {
      return error.errors?.map(({ pointer, rule }) => `${pointer} ${rule}`) ?? error;
    }
  };
  const wrong = { ...customer, recency: 301 };
  for (const call of [
    () => model.probabilityAlive(wrong),
    () => model.expectedPurchases(wrong, 30),
    () => model.probabilitiesOfCounts(wrong, 3, 30),
    () => model.timeToNextPurchase(wrong),
  ]) {
    assert.deepEqual(broken(call), ["/recency recency <= T"]);
  }
  assert.deepEqual(broken(() => model.expectedAverageProfit(null)), [" is an object"]);
  for (const most of [1000001, -1, 0.5, NaN, Infinity, 2 ** 32 + 3, "5", [3], true, null, undefined]) {
    const [pointer] = broken(() => model.probabilitiesOfCounts(customer, most, 30));
    assert.equal(pointer, "/most most is whole, 0 <= most <= 1000000", `${most}`);
  }
  const [pointer] = broken(() => model.probabilityAlivePath([5, 3], [9]));
  assert.match(pointer, /^\/purchases\/1 /);
  for (const days of [-1, NaN, Infinity, "30", [30], true, null, undefined, 30n]) {
    assert.ok(Number.isNaN(model.expectedPurchases(customer, days)), `${days}`);
  }
  assert.ok(Number.isNaN(model.timeToNextPurchase(customer, null)));
});

test("the shared model cannot be taken away", () => {
  defaultModel().free();
  if (Symbol.dispose) defaultModel()[Symbol.dispose]();
  assert.equal(JSON.stringify(predict(customer)), seed.answer);
});

test("a model loaded at run time", () => {
  const mine = new Model(model);
  assert.ok(mine instanceof Model && defaultModel() instanceof Model);
  assert.equal(JSON.stringify(mine.predict(customer)), seed.answer);
  assert.equal(mine.id, model.id);
  assert.equal(mine.version, model.version);
  assert.equal(JSON.stringify(mine), JSON.stringify(model));
  assert.equal(JSON.stringify(defaultModel()), JSON.stringify(model));

  const { training, ...rest } = model;
  assert.ok(training.source);
  const half = new Model({ ...rest, margin: 0.5 });
  const value = (model) => model.predict(customer).horizons[1].customer_lifetime_value;
  assert.equal(value(half), 0.5 * value(mine));
  const { frequency, recency, T } = customer;
  const columns = Object.fromEntries(
    Object.entries({ frequency, recency, T }).map(([key, value]) => [key, Float64Array.of(value)]),
  );
  assert.equal(half.predictBatch(columns).probability_alive.length, 1);
  const endless = new Model({ ...rest, annual_discount_rate: 0 });
  assert.throws(() => endless.predict(customer, { residual: true }), ({ errors }) => {
    const [{ pointer, rule }] = errors;
    return pointer === "/residual" && rule === "annual_discount_rate > 0";
  });
  half.free();
  assert.throws(() => half.predict(customer));

  const wrong = { ...model, gamma_gamma: { p: 6.25, q: 1, v: 15.44 }, margin: 0 };
  assert.throws(
    () => new Model(wrong),
    (error) =>
      error instanceof RangeError &&
      error.errors.map((error) => error.pointer).join() === "/gamma_gamma/q,/margin",
  );
  for (const shape of [undefined, null, 5, "{}", [], {}, { ...model, extra: 1 }]) {
    assert.throws(() => new Model(shape), TypeError, JSON.stringify(shape));
  }
});
