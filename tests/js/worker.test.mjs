// The Worker in the real Workers runtime, over loopback.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { before, test } from "node:test";
import { load, predict } from "edge-clv";
import { secured } from "./described.mjs";
import { assertProblem } from "./raw.mjs";
import { answersDigest, assertGolden, digest, fetch, model, profile, requests, root, seed, table, text } from "./support.mjs";

const base = process.env.BASE;
const json = { "content-type": "application/json" };
const post = (body, headers = json) => fetch(`${base}/predict`, { method: "POST", headers, body });

/** The key of `cargo xtask start`, as wrangler.toml says. */
const key = { "x-api-key": "dev-key" };
const send = (path, body, headers) =>
  fetch(base + path, { method: "POST", headers: { ...key, ...headers }, body, duplex: "half" });
const customers = (rows) => JSON.stringify({ customers: rows });

before(load);

/** Asserts that an answer is a problem document of this status, and gives it. */
async function problem(response, status, type) {
  const { status: told, headers } = response;
  const document = assertProblem({ status: told, headers, text: await response.text() }, status, type);
  secured(response);
  return document;
}

test("the seed payload, byte for byte", async () => {
  const response = await post(seed.request);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  secured(response);
  assert.equal(response.headers.get("x-model"), model.id);
  assert.equal(response.headers.get("x-model-version"), model.version);
  assert.equal(await response.text(), seed.answer);
});

test("every CDNOW customer is scored as in the golden table", async () => {
  const golden = table("tests/golden/cdnow.csv");
  const customers = table("data/cdnow-rfm.csv");
  assert.equal(customers.length, 2357);
  const rows = customers.entries();
  const answers = [];
  // Eight at a time, as clients would.
  const client = async () => {
    for (const [i, row] of rows) {
      const response = await post(JSON.stringify({ ...profile(row), residual: true }));
      answers[i] = await response.text();
      assertGolden(JSON.parse(answers[i]), golden[i]);
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  assert.equal(digest(answers), answersDigest);
});

test("every rule of the contract, broken alone and together", async () => {
  for (const { name, request, errors } of requests) {
    const response = await post(request);
    if (errors.length === 0) {
      assert.equal(response.status, 200, name);
      continue;
    }
    const document = await problem(response, 422, "broken-rules");
    const got = document.errors.map(({ pointer, rule }) => ({ pointer, rule }));
    assert.deepEqual(got, errors, name);
    // To the letter what JavaScript throws.
    assert.throws(() => predict(JSON.parse(request)), (thrown) => {
      assert.deepEqual(document.errors, thrown.errors);
      return true;
    });
  }
  const twice = '{"frequency": 5, "recency": 200, "T": 300, "T": 301}';
  const { errors } = await problem(await post(twice), 422, "broken-rules");
  assert.deepEqual(errors.map(({ pointer, rule }) => [pointer, rule]), [["/T", "is given once"]]);
});

test("a body that is no JSON", async () => {
  for (const body of ["", "{", "{}{}", "frequency=5", "{'T': 1}", "\u0000"]) {
    await problem(await post(body), 400, "not-json");
  }
  await problem(await post(Uint8Array.of(0x22, 0xff, 0x22)), 400, "not-json");
  await problem(await post(Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d)), 400, "not-json");
  await problem(await fetch(`${base}/predict`, { method: "POST", headers: json }), 400, "not-json");
});

test("a body that is not said to be JSON", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
    await problem(await post(seed.request, { "content-type": type }), 415, "wrong-type");
  }
  const response = await post(seed.request, { "content-type": "Application/JSON; charset=utf-8" });
  assert.equal(await response.text(), seed.answer);
});

test("a body of 64 KiB is read and a longer one refused", async () => {
  const padded = (length) => seed.request.padEnd(length);
  const response = await post(padded(64 * 1024));
  assert.equal(await response.text(), seed.answer);
  await problem(await post(padded(64 * 1024 + 1)), 413, "too-large");
  // Sent in pieces, no length is announced.
  const pieces = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(4096).fill(0x20));
      controller.close();
    },
  });
  const streamed = { method: "POST", headers: json, body: pieces, duplex: "half" };
  await problem(await fetch(`${base}/predict`, streamed), 413, "too-large");
  // The connection is still good.
  assert.equal(await (await post(seed.request)).text(), seed.answer);
});

test("nesting as deep as a body can hold", async () => {
  const deep = `{"T": ${"[".repeat(30000)}${"]".repeat(30000)}}`;
  const response = await post(deep);
  assert.equal(response.status, 422, await response.clone().text());
  await response.arrayBuffer();
});

test("a wrong method", async () => {
  for (const [path, allow, methods] of [
    ["/predict", "POST, OPTIONS", ["GET", "PUT", "DELETE", "PATCH"]],
    ["/model", "GET, HEAD, OPTIONS", ["POST", "PUT", "DELETE"]],
    ["/healthz", "GET, HEAD, OPTIONS", ["POST", "DELETE"]],
    ["/predict/batch", "POST, OPTIONS", ["GET", "PUT"]],
    ["/cohorts", "POST, OPTIONS", ["GET", "DELETE"]],
    ["/models", "GET, HEAD, OPTIONS", ["POST"]],
    ["/models/cdnow/predict", "POST, OPTIONS", ["GET"]],
    ["/openapi.json", "GET, HEAD", ["POST"]],
    ["/", "GET, HEAD", ["POST", "PUT", "DELETE"]],
    ["/edge-clv/index.js", "GET, HEAD", ["POST", "PATCH"]],
  ]) {
    for (const method of methods) {
      const response = await fetch(base + path, { method });
      assert.equal(response.headers.get("allow"), allow);
      await problem(response, 405, "method-not-allowed");
    }
  }
});

test("a wrong path", async () => {
  for (const path of ["/predictions", "/predict/", "/models/", "/models/a/b", "/predict/batch/", "/PREDICT", "/.git/config", "/%00", "//predict"]) {
    await problem(await fetch(base + path), 404, "not-found");
    await problem(await fetch(base + path, { method: "POST", body: "{}" }), 404, "not-found");
  }
});

test("a CORS preflight", async () => {
  const ask = (origin) =>
    fetch(`${base}/predict`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      },
    });
  const response = await ask("https://shop.example");
  assert.equal(response.status, 204);
  secured(response);
  assert.equal(response.headers.get("access-control-allow-origin"), "https://shop.example");
  assert.match(response.headers.get("access-control-allow-methods"), /\bPOST\b/);
  assert.match(response.headers.get("access-control-allow-headers"), /\bcontent-type\b/);
  assert.equal(await response.text(), "");
  const refused = await ask("https://other.example");
  assert.equal(refused.headers.get("access-control-allow-origin"), null);
});

test("pages of listed sites and the Worker's own may ask, others may not", async () => {
  const ask = (origin) => post(seed.request, { ...json, origin });
  const listed = await ask("https://shop.example");
  assert.equal(listed.headers.get("access-control-allow-origin"), "https://shop.example");
  assert.match(listed.headers.get("access-control-expose-headers"), /x-model-version/);
  assert.equal(await listed.text(), seed.answer);
  const own = await ask(base);
  assert.equal(own.headers.get("access-control-allow-origin"), null);
  assert.equal(await own.text(), seed.answer);
  for (const origin of ["https://other.example", "https://shop.example.evil", "null"]) {
    const refused = await ask(origin);
    assert.equal(refused.headers.get("access-control-allow-origin"), null);
    await problem(refused, 403, "origin-refused");
  }
});

test("a batch of JSON is what single answers are", async () => {
  const rows = table("data/cdnow-rfm.csv").slice(0, 300).map(profile);
  const answer = await send("/predict/batch", customers(rows.map((row, id) => ({ id, ...row }))), json);
  const batch = await answer.json();
  assert.deepEqual([batch.scored, batch.refused], [300, 0]);
  assert.deepEqual(batch.model, { id: model.id, version: model.version });
  for (const [i, row] of rows.entries()) {
    const expected = JSON.parse(JSON.stringify(predict(row)));
    delete expected.model;
    assert.deepEqual(batch.customers[i], { id: i, ...expected });
  }
});

test("each form of a body in each form of an answer", async () => {
  const profiles = [
    { id: "a", frequency: 5, recency: 200, T: 300, monetary_value: 45.5 },
    { id: "b", frequency: 5, recency: 301, T: 300 },
    { id: "c, d", frequency: 0, recency: 0, T: 300 },
  ];
  const bodies = {
    "application/json": customers(profiles),
    "application/x-ndjson": profiles.map((row) => JSON.stringify(row)).join("\n"),
    "text/csv": 'id,frequency,recency,T,monetary_value\r\na,5,200,300,45.5\r\nb,5,301,300,\r\n"c, d",0,0,300,',
  };
  const scored = ({ id, ...row }) => {
    const { model, ...answer } = JSON.parse(JSON.stringify(predict(row, { horizons: [7, 30.5] })));
    return { id, ...answer };
  };
  for (const [type, body] of Object.entries(bodies)) {
    for (const accept of Object.keys(bodies)) {
      const answer = await send("/predict/batch?horizons=7,30.5", body, { "content-type": type, accept });
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      assert.equal(answer.headers.get("x-model"), model.id);
      assert.equal(answer.headers.get("content-type").split(";")[0], accept);
      if (accept === "text/csv") {
        const [header, first, second, third, end] = text.split("\r\n");
        assert.match(header, /^row,id,probability_alive,.*,customer_lifetime_value_30.5d,segment,model_id,model_version,errors$/);
        const [a] = [scored(profiles[0])];
        assert.ok(first.startsWith(`1,a,${a.probability_alive},${a.expected_average_profit},${a.horizons[0].expected_purchases},`));
        assert.match(second, /^2,b,,,,,,,,,,cdnow,[0-9a-f]{12},\/recency: recency <= T$/);
        assert.match(third, /^3,"c, d",1,/);
        assert.equal(end, "");
        continue;
      }
      const rows = accept === "application/json" ? JSON.parse(text).customers : text.trimEnd().split("\n").map((line) => JSON.parse(line));
      assert.equal(rows.length, 3);
      for (const i of [0, 2]) {
        const { model: named, ...row } = rows[i];
        assert.deepEqual(row, scored(profiles[i]));
        assert.deepEqual(named?.id, accept === "application/json" ? undefined : model.id);
      }
      assert.deepEqual(rows[1].model?.version, accept === "application/json" ? undefined : model.version);
      assert.deepEqual([rows[1].row, rows[1].id, rows[1].errors.length], [2, "b", 1]);
      assert.deepEqual([rows[1].errors[0].pointer, rows[1].errors[0].rule], ["/recency", "recency <= T"]);
    }
  }
});

test("a stream is answered while it is sent, and as slowly as it is taken", async () => {
  let sent = 0;
  const line = new TextEncoder().encode(`${JSON.stringify({ frequency: 5, recency: 200, T: 300 })}\n`.repeat(500));
  const body = new ReadableStream({
    pull(controller) {
      // Far more than all buffers on the way hold, were it not waited for.
      if (sent === 4000) return controller.close();
      sent++;
      controller.enqueue(line);
    },
  });
  const answer = await send("/predict/batch", body, { "content-type": "application/x-ndjson" });
  const reader = answer.body.getReader();
  const first = await reader.read();
  assert.ok(first.value.length > 0);
  const before = sent;
  assert.ok(before < 4000, "the whole body was taken before the first answer");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const held = sent;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.ok(sent - held < 100, `${sent - held} pieces were taken while no answer was`);
  assert.ok(held < 4000, "the Worker took everything while nobody took its answers");
  await reader.cancel();
  assert.equal(await (await post(seed.request)).text(), seed.answer);
});

test("a long table comes out whole", async () => {
  const rows = 50_000;
  let at = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (at === 0) controller.enqueue(new TextEncoder().encode("id,frequency,recency,T,monetary_value\n"));
      let piece = "";
      for (let i = 0; i < 1000; i++, at++) piece += at % 10 === 9 ? `${at},x,1,2,\n` : `${at},2,30.5,71,24.3\n`;
      controller.enqueue(new TextEncoder().encode(piece));
      if (at >= rows) controller.close();
    },
  });
  const answer = await send("/predict/batch", body, { "content-type": "text/csv", accept: "text/csv" });
  const lines = (await answer.text()).trimEnd().split("\r\n");
  assert.equal(lines.length, rows + 1);
  for (const [i, line] of lines.slice(1).entries()) {
    assert.ok(line.startsWith(`${i + 1},${i},`), line);
    assert.equal(line.endsWith("/frequency: is a number"), i % 10 === 9, line);
  }
});

test("what is wrong with a batch as a whole", async () => {
  const csv = { "content-type": "text/csv" };
  const wrong = async (response, errors) => {
    const document = await problem(response, 422, "broken-rules");
    assert.deepEqual(document.errors.map(({ pointer, rule }) => `${pointer} ${rule}`), errors);
  };
  await wrong(await send("/predict/batch", "recency,T,t\n1,2,3\n", csv), ["/t is a known key", "/frequency is given"]);
  await wrong(await send("/predict/batch", "", csv), ["/frequency is given", "/recency is given", "/T is given"]);
  await wrong(await send("/predict/batch?horizons=90,30&residual=1", "frequency,recency,T\n", csv), ["/horizons/1 horizons increase", "/residual is true or false"]);
  await wrong(await send("/predict/batch", "[]", json), [" is an object"]);
  await wrong(await send("/predict/batch", "{}", json), ["/customers is given"]);
  await wrong(await send("/predict/batch", '{"customers": 1, "horizon": 3}', json), ["/customers is a list", "/horizon is a known key"]);
  await wrong(await send("/predict/batch?horizons=30", '{"customers": [], "horizons": [30]}', json), ["/horizons is given once"]);
  await problem(await send("/predict/batch", '{"customers": [}', json), 400, "not-json");
  const many = customers(Array(10_001).fill({ frequency: 0, recency: 0, T: 1 }));
  await problem(await send("/predict/batch", many, json), 413, "too-many-customers");
  await problem(await send("/predict/batch", " ".repeat(4 * 1024 * 1024 + 1), json), 413, "too-large");
  await problem(await send("/predict/batch", "a=1", { "content-type": "application/x-www-form-urlencoded" }), 415, "wrong-type");
  await problem(await send("/predict/batch", "a", { "content-type": "text/csv; charset=latin1" }), 415, "wrong-type");
  await problem(await send("/predict/batch", "", { ...csv, accept: "text/html" }), 406, "not-acceptable");
  await problem(await send("/cohorts", "", { ...csv, accept: "text/csv" }), 406, "not-acceptable");
});

test("lines that are no customers are told in their place", async () => {
  const good = '{"frequency": 0, "recency": 0, "T": 300}';
  const lines = [good, "{", '"x"', `{"id": ${"9".repeat(70_000)}}`, "", '{"id": [1], "frequency": 0, "recency": 0, "T": 3}', '{"id": 12345678901234567890, "frequency": 0, "frequency": 1, "recency": 0, "T": 3}', good];
  const answer = await send("/predict/batch", lines.join("\n"), { "content-type": "application/x-ndjson" });
  const got = (await answer.text()).trimEnd().split("\n");
  const rules = got.map((line) => JSON.parse(line)).map(({ row, errors }) => errors && `${row}${errors.map(({ pointer, rule }) => ` ${pointer} ${rule}`)}`);
  assert.deepEqual(rules, [
    undefined,
    "2  is JSON",
    "3  is an object",
    "4  length of a line <= 65536",
    "5 /id is text or a number",
    "6 /frequency is given once, /recency recency = 0 exactly when frequency = 0",
    undefined,
  ]);
  assert.match(got[5], /"id":12345678901234567890,/);
});

test("cohorts are what their customers sum up to", async () => {
  const rows = table("data/cdnow-rfm.csv").slice(0, 200).map((row, i) => ({ cohort: i % 3 ? "web" : "shop", ...profile(row) }));
  const body = JSON.stringify({ customers: [...rows, { cohort: "web", frequency: 1, recency: 9, T: 8 }], ratio: 4, horizon: 30, residual: true });
  const response = await send("/cohorts", body, json);
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  assert.deepEqual(answer.cohorts.map(({ cohort }) => cohort), ["shop", "web"]);
  assert.deepEqual([answer.ratio, answer.horizon, answer.currency, answer.refused, answer.errors[0].row], [4, 30, model.currency, 1, 201]);
  const near = (got, expected) => assert.ok(Math.abs(got / expected - 1) < 1e-12, `${got}, not ${expected}`);
  for (const told of [...answer.cohorts, answer.all]) {
    const own = rows.filter(({ cohort }) => told.cohort === undefined || cohort === told.cohort);
    const answers = own.map(({ cohort, ...row }) => predict(row, { residual: true }));
    assert.equal(told.customers, own.length);
    for (const [i, { days, customer_lifetime_value, expected_purchases }] of told.horizons.entries()) {
      assert.equal(days, model.horizons[i]);
      const sum = (key) => answers.reduce((sum, answer) => sum + answer.horizons[i][key], 0);
      near(customer_lifetime_value.total, sum("customer_lifetime_value"));
      near(customer_lifetime_value.mean, sum("customer_lifetime_value") / own.length);
      near(expected_purchases.total, sum("expected_purchases"));
      near(expected_purchases.mean, sum("expected_purchases") / own.length);
    }
    const values = answers.map((answer) => answer.horizons[0].customer_lifetime_value).sort((a, b) => a - b);
    assert.deepEqual(Object.keys(told.quantiles), ["p10", "p25", "p50", "p75", "p90"]);
    for (const [name, quantile] of Object.entries(told.quantiles)) {
      const at = (Number(name.slice(1)) / 100) * (values.length - 1);
      const [low, high] = [values[Math.floor(at)], values[Math.ceil(at)]];
      near(quantile, low + (at - Math.floor(at)) * (high - low));
    }
    for (const key of ["probability_alive", "residual_lifetime_value"]) {
      const sum = answers.reduce((sum, answer) => sum + answer[key], 0);
      near(told[key].total, sum);
      near(told[key].mean, sum / own.length);
    }
    near(told.highest_acquisition_cost, told.horizons[0].customer_lifetime_value.mean / 4);
  }
  const csv = `cohort,frequency,recency,T,monetary_value\n${rows.map((row) => [row.cohort, row.frequency, row.recency, row.T, row.monetary_value].join(",")).join("\n")}`;
  const streamed = await (await send("/cohorts?ratio=4&horizon=30&residual=true", csv, { "content-type": "text/csv" })).json();
  assert.deepEqual(streamed.cohorts, answer.cohorts);
});

test("batch and cohorts ask for a key", async () => {
  for (const path of ["/predict/batch", "/cohorts", "/models/cdnow/predict/batch"]) {
    for (const [headers, challenge] of [
      [{}, /^Bearer realm="edge-clv"$/],
      [{ "x-api-key": "" }, /^Bearer realm="edge-clv"$/],
      [{ "x-api-key": "no-key" }, /invalid_token/],
      [{ authorization: "Bearer dev-key2" }, /invalid_token/],
      [{ authorization: "Basic dev-key" }, /^Bearer realm="edge-clv"$/],
    ]) {
      const response = await fetch(base + path, { method: "POST", headers: { ...json, ...headers }, body: "{}" });
      assert.match(response.headers.get("www-authenticate"), challenge);
      await problem(response, 401, "no-key");
    }
    const bearer = await fetch(base + path, { method: "POST", headers: { ...json, authorization: "bearer dev-key" }, body: '{"customers": []}' });
    assert.equal(bearer.status, 200, await bearer.text());
  }
});

test("a model is named by a path or a header", async () => {
  for (const [path, headers] of [[`/models/${model.id}/predict`, json], ["/predict", { ...json, "x-model": model.id }]]) {
    const response = await fetch(base + path, { method: "POST", headers, body: seed.request });
    assert.equal(await response.text(), seed.answer);
  }
  for (const id of ["spring", "default", "a%20b", "x".repeat(65)]) {
    await problem(await fetch(`${base}/models/${id}/predict`, { method: "POST", headers: json, body: seed.request }), 404, "no-such-model");
    await problem(await fetch(`${base}/models/${id}`), 404, "no-such-model");
    await problem(await post(seed.request, { ...json, "x-model": id }), 404, "no-such-model");
  }
  assert.equal(await (await fetch(`${base}/models/${model.id}`)).text(), JSON.stringify(model));
  const name = { id: model.id, version: model.version };
  assert.deepEqual(await (await fetch(`${base}/models`)).json(), { default: name, models: [name] });
});

test("the interface is described, and drawn without a network", async () => {
  const document = await fetch(`${base}/openapi.json`);
  assert.equal(await document.text(), text("worker/openapi.json"));
  const page = await fetch(`${base}/docs`);
  const html = await page.text();
  assert.match(page.headers.get("content-security-policy"), /script-src 'self'/);
  const sources = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1]);
  for (const source of sources.filter((source) => !source.startsWith("data:"))) {
    assert.match(source, /^\//);
    const response = await fetch(base + source);
    assert.equal(response.status, 200, source);
    await response.arrayBuffer();
  }
});

test("the bundle is small", () => {
  const files = ["worker/entry.js", "worker/build/index.js", "worker/build/index_bg.wasm"].map((name) => readFileSync(join(root, name)));
  const raw = files.reduce((sum, file) => sum + file.length, 0);
  const gzipped = files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0);
  assert.ok(raw < 400_000, `${raw} bytes`);
  assert.ok(gzipped < 150_000, `${gzipped} bytes gzipped`);
});

test("the model and the health", async () => {
  const file = await fetch(`${base}/model`);
  assert.equal(await file.text(), JSON.stringify(model));
  const health = await fetch(`${base}/healthz`);
  const name = { id: model.id, version: model.version };
  assert.deepEqual(await health.json(), { status: "ok", model: name });
  const head = await fetch(`${base}/healthz`, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
});

test("a client that goes away half-way harms nobody", async () => {
  const { hostname, port } = new URL(base);
  await new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      const head = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
      socket.write(`${head}Content-Length: 70\r\n\r\n{"frequency": 5`, () => socket.destroy());
    });
    socket.on("close", resolve);
    socket.on("error", reject);
  });
  assert.equal(await (await post(seed.request)).text(), seed.answer);
});

test("the site is served, with its security headers", async () => {
  for (const [path, type] of [
    ["/", /^text\/html/],
    ["/edge-clv/index.js", /javascript/],
    ["/edge-clv/widget.js", /javascript/],
    ["/cdnow-rfm.csv", /csv/],
  ]) {
    const response = await fetch(base + path);
    assert.equal(response.status, 200, path);
    assert.match(response.headers.get("content-type"), type);
    const policy = response.headers.get("content-security-policy");
    assert.match(policy, /default-src 'self'.*script-src 'self' 'wasm-unsafe-eval'/);
    assert.equal(response.headers.get("referrer-policy"), "no-referrer");
    assert.match(response.headers.get("strict-transport-security"), /max-age=\d{8}/);
    await response.arrayBuffer();
  }
});
