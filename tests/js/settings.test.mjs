// The Worker under settings of a test's own: keys, a rate limit, and a store of models that
// fails, is slow, or holds rubbish.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { unstable_readConfig as readConfig } from "wrangler";
import { assertProblem, exchange, post as rawPost } from "./raw.mjs";
import { fetch, model, root, seed, sha256 } from "./support.mjs";
import { start } from "./workers.mjs";

const secrets = ["old key", "new key", "first key", "second key"].flatMap((key) => [key, sha256(key)]);
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
    // A digest would do to look for the key.
    for (const word of [seed.request, seed.answer, ...secrets]) {
      assert.ok(!worker.said().includes(word), worker.said());
    }
  } finally {
    await worker.dispose();
  }
}

async function problem({ status: told, headers, body }, status, name) {
  return assertProblem({ status: told, headers, text: await new Response(body).text() }, status, name);
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
  running({ bindings: { API_KEYS: `${sha256("old key")},\n ${sha256("new key").toUpperCase()} rubbish` } }, async ({ base }) => {
    for (const [key, status] of [["old key", 200], ["new key", 200], ["rubbish", 401], [sha256("old key"), 401]]) {
      const response = await post(base, "/predict/batch", '{"customers": []}', { "x-api-key": key });
      assert.equal(response.status, status, await response.text());
    }
    // What is no digest is told, and not what it is.
    const health = await get(base, "/healthz");
    assert.deepEqual([health.status, health.faults.map(({ key }) => key)], ["degraded", ["API_KEYS"]]);
    assert.doesNotMatch(JSON.stringify(health), /rubbish/);
  }));

test("a site that is listed with a slash at the end may not ask, and that is told", () =>
  running({ bindings: { ALLOWED_ORIGINS: "https://shop.example/ https://www.shop.example" } }, async ({ base }) => {
    await problem(await predict(base, { origin: "https://shop.example" }), 403, "origin-refused");
    assert.equal(await (await predict(base, { origin: "https://www.shop.example" })).text(), seed.answer);
    const health = await get(base, "/healthz");
    assert.deepEqual([health.status, health.faults.map(({ key }) => key)], ["degraded", ["ALLOWED_ORIGINS"]]);
  }));

test("who asks too often is told so, by key or else by address", () => {
  const bindings = { API_KEYS: `${sha256("first key")} ${sha256("second key")}`, RATE_LIMIT_POLICY: '"requests";q=3;w=10' };
  return running({ bindings, store: true, ratelimits: { RATE_LIMIT: { simple: { limit: 3, period: 10 } } } }, async ({ base, tell }) => {
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
    await limited(batch("first key"));
    assert.equal((await batch("second key")()).status, 200);
    // Who guesses at keys is counted as whoever has none.
    await limited(() => post(base, "/predict/batch", "{}", { "x-api-key": "a guess" }));
    // It is answered before a body has come, and whatever its length.
    const first = { "x-api-key": "first key" };
    for (const [path, headers, ask] of [["/predict", {}, () => predict(base)], ["/predict/batch", first, batch("first key")]]) {
      await limited(ask);
      const [head] = rawPost(path, seed.request, headers);
      const { answers: [got] } = await exchange(base, [head]);
      assert.equal(got.status, 429, got.text);
    }
    // So is what the store has to be asked for: made-up ids cost reads of it.
    const { asked } = await tell({});
    let made = 0;
    await limited(() => fetch(`${base}/models/made-up-${made++}`).then((got) => (got.status === 404 ? new Response() : got)));
    assert.ok((await tell({})).asked - asked <= 6);
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
    const known = await (await fetch(`${base}/models`, { headers: { "x-model": model.id } })).json();
    assert.deepEqual([known.default.id, known.models.map(({ id }) => id)], ["spring", [model.id, "spring"]]);
    // Whoever is refused hears by which model.
    const refused = await post(base, "/predict", "{}", { "x-model": model.id });
    assert.equal(refused.headers.get("x-model"), model.id);
    await problem(refused, 422, "broken-rules");
    const defaulted = await post(base, "/predict", "{");
    assert.equal(defaulted.headers.get("x-model-version"), spring.version);
    await problem(defaulted, 400, "not-json");
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

for (const [what, asset] of [
  ["fails", () => { throw new Error("the files are gone"); }],
  ["answers with an error of its own", () => new Response("<h1>error</h1>", { status: 503 })],
]) {
  test(`a site that ${what} is told in the Worker's words`, () =>
    running({ serviceBindings: { ASSETS: asset } }, async ({ base }) => {
      for (const path of ["/", "/nowhere"]) await problem(await fetch(base + path), 500, "failed");
      assert.equal(await (await predict(base)).text(), seed.answer);
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
  // Whatever is added to one is added to the other: neither inherits from it.
  const [deployed, dev] = [undefined, "dev"].map((env) => {
    const { vars, ...config } = readConfig({ config: join(root, "wrangler.toml"), env });
    const { API_KEYS, ...names } = vars;
    const named = ([kind, value]) =>
      [value].flat().flatMap((each) => (each?.binding ?? (kind === "ratelimits" && each?.name) ? [`${kind}: ${each.binding ?? each.name}`] : []));
    const bindings = Object.entries(config).flatMap(named);
    return [...Object.keys(names), ...bindings].sort();
  });
  assert.deepEqual(deployed, dev);
  assert.deepEqual(deployed, ["ALLOWED_ORIGINS", "RATE_LIMIT_POLICY", "assets: ASSETS", "kv_namespaces: MODELS", "ratelimits: RATE_LIMIT"]);
});
