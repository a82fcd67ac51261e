// The Worker under settings of a test's own: keys, a rate limit, and a store of models that
// fails, is slow, or holds rubbish.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { unstable_readConfig as readConfig } from "wrangler";
import { model, root, seed } from "./support.mjs";
import { start } from "./workers.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const json = { "content-type": "application/json" };
const post = (base, path, body, headers = {}) =>
  fetch(base + path, { method: "POST", headers: { ...json, ...headers }, body });
const predict = (base, headers) => post(base, "/predict", seed.request, headers);
const get = async (base, path) => (await fetch(base + path)).json();

/** A model file, changed and sealed: the keys of a canonical text are sorted (RFC 8785). */
function sealed(changes) {
  const canonical = (value) => {
    if (Array.isArray(value)) return value.map(canonical);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.keys(value).sort().map((key) => [key, canonical(value[key])]));
  };
  const { version, ...rest } = { ...model, ...changes };
  return { ...rest, version: sha256(JSON.stringify(canonical(rest))).slice(0, 12) };
}

async function running(options, use) {
  const worker = await start(options);
  try {
    await use(worker);
  } finally {
    await worker.dispose();
  }
}

async function problem(response, status, name) {
  const document = await response.json();
  assert.equal(response.status, status, JSON.stringify(document));
  assert.equal(document.type, `urn:edge-clv:problem:${name}`);
  return document;
}

test("without keys a batch is refused, and says how to set them", () =>
  running({}, async ({ base }) => {
    for (const path of ["/predict/batch", "/cohorts"]) {
      const { detail } = await problem(await post(base, path, "{}", { "x-api-key": "a" }), 403, "no-keys-set");
      assert.match(detail, /wrangler secret put API_KEYS/);
    }
    assert.equal(await (await predict(base)).text(), seed.answer);
  }));

test("several keys are known at once, so that one can follow another", () =>
  running({ bindings: { API_KEYS: `${sha256("old")},\n ${sha256("new").toUpperCase()} rubbish` } }, async ({ base }) => {
    for (const [key, status] of [["old", 200], ["new", 200], ["rubbish", 401], [sha256("old"), 401]]) {
      const response = await post(base, "/predict/batch", '{"customers": []}', { "x-api-key": key });
      assert.equal(response.status, status, await response.text());
    }
  }));

test("who asks too often is told so, by key or else by address", () => {
  const bindings = { API_KEYS: `${sha256("one")} ${sha256("two")}`, RATE_LIMIT_POLICY: '"requests";q=3;w=10' };
  return running({ bindings, ratelimits: { RATE_LIMIT: { simple: { limit: 3, period: 10 } } } }, async ({ base }) => {
    const statuses = async (ask) => {
      const statuses = [];
      for (let i = 0; i < 4; i++) {
        const response = await ask();
        statuses.push(response.status);
        if (response.status === 429) {
          assert.equal(response.headers.get("retry-after"), "10");
          assert.equal(response.headers.get("ratelimit-policy"), '"requests";q=3;w=10');
          assert.equal(response.headers.get("ratelimit"), null, "the count is not known");
          await problem(response, 429, "too-many-requests");
        } else {
          await response.text();
        }
      }
      return statuses;
    };
    const batch = (key) => () => post(base, "/predict/batch", '{"customers": []}', { "x-api-key": key });
    // A window may end in between; then the fourth is the first of the next.
    const limited = async (ask) => {
      let got = await statuses(ask);
      if (!got.includes(429)) got = await statuses(ask);
      assert.ok(got.includes(429), got.join());
    };
    await limited(() => predict(base));
    await limited(batch("one"));
    assert.equal((await batch("two")()).status, 200);
    // Only what costs something is counted.
    assert.deepEqual(await statuses(() => fetch(`${base}/healthz`)), [200, 200, 200, 200]);
  });
});

test("a limiter that fails stops nobody", () =>
  running({ bindings: { RATE_LIMIT: { limit: "no function" } } }, async ({ base }) => {
    assert.equal(await (await predict(base)).text(), seed.answer);
  }));

test("models of the store answer by their ids, and the default by its key", () =>
  running({ store: true }, async ({ base, tell }) => {
    const spring = sealed({ id: "spring", margin: 0.5 });
    await tell({ values: [["spring", JSON.stringify(spring)], ["default", "spring\n"]] });
    const response = await predict(base);
    assert.equal(response.headers.get("x-model"), "spring");
    assert.equal(response.headers.get("x-model-version"), spring.version);
    const answer = await response.json();
    assert.deepEqual(answer.model, { id: "spring", version: spring.version });
    const expected = JSON.parse(seed.answer).horizons[1].customer_lifetime_value / 2;
    assert.ok(Math.abs(answer.horizons[1].customer_lifetime_value / expected - 1) < 1e-12);
    // The one that is compiled in is still there, by its id.
    assert.equal(await (await predict(base, { "x-model": model.id })).text(), seed.answer);
    assert.equal(await (await post(base, `/models/${model.id}/predict`, seed.request)).text(), seed.answer);
    assert.deepEqual((await get(base, "/models")).models.map(({ id }) => id), [model.id, "spring"]);
    assert.deepEqual(await get(base, "/models/spring"), spring);
    assert.equal((await get(base, "/healthz")).status, "ok");
    await problem(await predict(base, { "x-model": "autumn" }), 404, "no-such-model");
  }));

test("what the store has is used within a minute, and not asked for with every request", { timeout: 90_000 }, () =>
  running({ store: true }, async ({ base, tell }) => {
    assert.equal(await (await predict(base)).text(), seed.answer);
    const { asked } = await tell({});
    for (let i = 0; i < 50; i++) await (await predict(base)).text();
    assert.equal((await tell({})).asked, asked);
    const spring = sealed({ id: "spring", margin: 0.5 });
    await tell({ values: [["spring", JSON.stringify(spring)], ["default", "spring"]] });
    const begun = Date.now();
    let used;
    do {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      used = (await predict(base)).headers.get("x-model");
      // Beside this the store itself may be 30 seconds behind.
    } while (used !== "spring" && Date.now() - begun < 29_000);
    assert.equal(used, "spring");
    // A broken one is refused, told, and the last good one stays.
    const broken = { ...spring, margin: -1 };
    await tell({ values: [["spring", JSON.stringify(broken)]] });
    let health;
    do {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      health = await get(base, "/healthz");
    } while (health.status === "ok" && Date.now() - begun < 60_000);
    assert.equal(health.status, "degraded");
    assert.deepEqual(health.model, { id: "spring", version: spring.version });
    assert.deepEqual([health.faults[0].key, health.faults[0].errors[0].pointer, health.faults[0].errors[0].rule], ["spring", "/margin", "0 < margin <= 1000"]);
    assert.equal((await predict(base)).headers.get("x-model-version"), spring.version);
  }));

for (const [what, value, words] of [
  ["is no JSON", "{", /not JSON/],
  ["was changed after it was sealed", JSON.stringify({ ...sealed({ id: "spring" }), margin: 0.7 }), /clv model seal/],
  ["is of another id", JSON.stringify(model), /has to be its key/],
  ["is endless", JSON.stringify({ ...model, training: { source: "x".repeat(100_000) } }), /64 KiB/],
]) {
  test(`a model that ${what} is refused`, () =>
    running({ store: true }, async ({ base, tell }) => {
      await tell({ values: [["spring", value], ["default", "spring"]] });
      assert.equal(await (await predict(base)).text(), seed.answer);
      const { status, faults } = await get(base, "/healthz");
      assert.equal(status, "degraded");
      assert.match(faults[0].detail, words);
      await problem(await predict(base, { "x-model": "spring" }), 503, "model-out-of-reach");
    }));
}

for (const mode of ["fails", "hangs", "rambles"]) {
  test(`a store that ${mode} breaks nothing`, () =>
    running({ store: true }, async ({ base, tell }) => {
      await tell({ mode });
      const begun = Date.now();
      assert.equal(await (await predict(base)).text(), seed.answer);
      // Two keys are asked for, and each is waited for at most two seconds.
      assert.ok(Date.now() - begun < 6000);
      const again = Date.now();
      for (let i = 0; i < 20; i++) assert.equal(await (await predict(base)).text(), seed.answer);
      assert.ok(Date.now() - again < 1500, "it is waited for again and again");
      const { status, model: answering, faults } = await get(base, "/healthz");
      assert.deepEqual([status, answering.id], ["degraded", model.id]);
      assert.deepEqual(faults.map(({ key }) => key), ["default", model.id]);
      const unknown = await predict(base, { "x-model": "spring" });
      assert.equal(unknown.headers.get("retry-after"), "30");
      await problem(unknown, 503, "model-out-of-reach");
    }));
}

test("wrangler.toml has everything in both environments, and tells the limit it sets", () => {
  for (const env of [undefined, "dev"]) {
    const config = readConfig({ config: join(root, "wrangler.toml"), env });
    assert.deepEqual(config.kv_namespaces.map(({ binding }) => binding), ["MODELS"]);
    assert.equal(config.assets.binding, "ASSETS");
    const [{ name, simple }] = config.ratelimits;
    assert.equal(name, "RATE_LIMIT");
    assert.equal(config.vars.RATE_LIMIT_POLICY, `"requests";q=${simple.limit};w=${simple.period}`);
    assert.equal(typeof config.vars.ALLOWED_ORIGINS, "string");
    // Where it is deployed keys are a secret; here there is one that everybody knows.
    assert.equal(config.vars.API_KEYS, env && sha256("dev-key"));
    assert.equal(config.observability?.enabled ?? false, false);
  }
});
