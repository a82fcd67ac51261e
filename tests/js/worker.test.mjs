// The Worker in the real Workers runtime, over loopback.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { before, test } from "node:test";
import { load, predict } from "edge-clv";
import { answersDigest, assertGolden, digest, model, profile, requests, seed, table } from "./support.mjs";

const base = process.env.BASE;
const json = { "content-type": "application/json" };
const post = (body, headers = json) => fetch(`${base}/predict`, { method: "POST", headers, body });

before(load);

/** Asserts that an answer is a problem document of this status, and gives it. */
async function problem(response, status, type) {
  const document = await response.json();
  assert.equal(response.status, status, JSON.stringify(document));
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.equal(document.status, status);
  assert.equal(document.type, `urn:edge-clv:problem:${type}`);
  assert.ok(document.title && document.detail);
  return document;
}

test("the seed payload, byte for byte", async () => {
  const response = await post(seed.request);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
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
  await problem(await fetch(`${base}/predict`, { method: "POST", headers: json }), 400, "not-json");
});

test("a body that is not said to be JSON", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
    await problem(await post(seed.request, { "content-type": type }), 415, "not-json-type");
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
  for (const path of ["/predictions", "/predict/", "/PREDICT", "/.git/config", "/%00", "//predict"]) {
    await problem(await fetch(base + path), 404, "not-found");
    await problem(await fetch(base + path, { method: "POST", body: "{}" }), 404, "not-found");
  }
});

test("a CORS preflight", async () => {
  const response = await fetch(`${base}/predict`, {
    method: "OPTIONS",
    headers: {
      origin: "https://shop.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  });
  assert.equal(response.status, 204);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.match(response.headers.get("access-control-allow-methods"), /\bPOST\b/);
  assert.equal(response.headers.get("access-control-allow-headers"), "content-type");
  assert.equal(await response.text(), "");
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
    await response.arrayBuffer();
  }
});
