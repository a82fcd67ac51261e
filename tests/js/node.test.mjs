// The packed npm package, installed into a project and used in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Model, defaultModel, load, loadSync, predict, predictBatch } from "edge-clv";
import { answersDigest, assertGolden, digest, model, profile, requests, seed, table } from "./support.mjs";

const customer = JSON.parse(seed.request);

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
  await Promise.all([load(), load()]);
  loadSync();
  await load();
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
  customers.forEach((row, i) => {
    const single = predict(profile(row));
    assert.equal(batch.probability_alive[i], single.probability_alive);
    assert.equal(batch.expected_average_profit[i], single.expected_average_profit);
    assert.equal(batch.segments[batch.segment[i]], single.segment);
    single.horizons.forEach((horizon, h) => {
      for (const [name, value] of Object.entries(horizon)) {
        const many = batch.horizons[h][name];
        const error = Math.abs((name === "days" ? many : many[i]) / value - 1);
        assert.ok(error <= 1e-13, `${row.customer} ${name}`);
      }
    });
  });

  const some = predictBatch(columns, { columns: ["residual_lifetime_value"], horizons: [7] });
  assert.deepEqual(Object.keys(some), ["horizons", "residual_lifetime_value", "model", "errors"]);
  assert.deepEqual(some.horizons, [{ days: 7 }]);
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
    "/t is a known key",
    "/recency is given",
    "/T is given",
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
  const thrown = new Error("mine");
  const trap = { ...customer, get T() { throw thrown; } };
  assert.equal(broken(trap), thrown);
  // None of it has harmed the module.
  assert.equal(JSON.stringify(predict(customer)), seed.answer);
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
