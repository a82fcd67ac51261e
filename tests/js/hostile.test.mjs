// What an attacker or a broken client sends, against the Worker in the real Workers runtime,
// served by itself. Every answer is the right one or a problem document; none is a 500, nobody
// waits for ever, and afterwards the Worker answers as before.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import { assertProblem, chunked, exchange, head, post } from "./raw.mjs";
import { root, seed } from "./support.mjs";
import { serveBuilt } from "./workerd.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const keys = ["dev-key", "another key"];
let url, runtime;

before(async () => {
  const bindings = [
    `(name = "API_KEYS", text = "${keys.map(sha256).join(", ")}")`,
    `(name = "ALLOWED_ORIGINS", text = "https://shop.example")`,
  ];
  ({ url, runtime } = await serveBuilt(root, { bindings }));
});
after(() => runtime.kill());

afterEach(async () => {
  const { answers } = await exchange(url, post("/predict", seed.request));
  assert.equal(answers[0].status, 200);
  assert.equal(answers[0].text, seed.answer);
  assert.equal(runtime.exitCode, null);
});

/** The one answer to a request. */
async function answer(...pieces) {
  const { answers } = await exchange(url, pieces);
  assert.equal(answers.length, 1, "no answer");
  return answers[0];
}

/** Asserts an answer of a table: 200, or a problem's status and kind. */
async function assertAnswer(got, [status, kind]) {
  if (status === 200) assert.equal(got.status, 200, got.text);
  else assertProblem(got, status, kind);
}

const bytes = (...pieces) => Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
/** The seed with a number put in another way. */
const seedWith = (key, literal) =>
  seed.request.replace(new RegExp(`("${key}": )[^,}]+`), `$1${literal}`);
const notJson = [400, "not-json"];
const broken = [422, "broken-rules"];
const tooLarge = [413, "too-large"];
const wrongType = [415, "wrong-type"];
const ok = [200];

/** Bodies for /predict; each is sent with its length and in chunks, and answered the same. */
const bodies = [
  ["nothing", "", notJson],
  ["arrays 30,000 deep", `{"T": ${"[".repeat(30000)}${"]".repeat(30000)}}`, broken],
  ["arrays 60,000 deep that never close", "[".repeat(60000), notJson],
  ["objects 10,000 deep", `${'{"T":'.repeat(10000)}1${"}".repeat(10000)}`, broken],
  ["a number of 60,000 digits", seedWith("T", "3".repeat(60000)), broken],
  ["60,000 digits behind the point", seedWith("T", `300.${"3".repeat(60000)}`), ok],
  ["a number of a million digits", seedWith("T", "3".repeat(1e6)), tooLarge],
  ["an exponent of 60,000 digits", seedWith("T", `1e${"9".repeat(60000)}`), broken],
  ["1e400", seedWith("T", "1e400"), broken],
  ["-1e400", seedWith("T", "-1e400"), broken],
  ["1e308, as large as they come", seedWith("T", "1.7976931348623157e308"), ok],
  ["-0.0 for frequency and recency", '{"frequency": -0.0, "recency": -0.0, "T": 300}', ok],
  ["-0.0 for T", '{"frequency": 0, "recency": 0, "T": -0.0}', ok],
  ["subnormal times", '{"frequency": 1, "recency": 5e-324, "T": 5e-324, "monetary_value": 1}', ok],
  ["a subnormal value", seedWith("monetary_value", "5e-324"), ok],
  ["less than any number but 0", seedWith("recency", "1e-400"), broken],
  ["a fraction of a purchase", seedWith("frequency", "5.5"), broken],
  ["frequency beyond whole numbers", seedWith("frequency", "1e300"), ok],
  ["NaN", seedWith("T", "NaN"), notJson],
  ["Infinity", seedWith("T", "Infinity"), notJson],
  ["hexadecimal", seedWith("T", "0x12C"), notJson],
  ["a leading zero", seedWith("T", "0300"), notJson],
  ["a leading plus", seedWith("T", "+300"), notJson],
  ["a number as text", seedWith("T", '"300"'), broken],
  ["null", "null", broken],
  ["an array", `[${seed.request}]`, broken],
  ["a key twice", seed.request.replace("{", '{"T": 1, '), broken],
  ["a key twice, once escaped", seed.request.replace("{", '{"\\u0054": 1, '), broken],
  ["__proto__", seed.request.replace("{", '{"__proto__": {"T": 1}, '), broken],
  ["two objects", seed.request + seed.request, notJson],
  ["a comment", `/* */${seed.request}`, notJson],
  ["a trailing comma", seed.request.replace("}", ",}"), notJson],
  ["a NUL behind", `${seed.request}\0`, notJson],
  ["a lone surrogate, escaped", seed.request.replace("{", '{"\\ud800": 1, '), notJson],
  ["0xff for a key", bytes('{"', [0xff], '": 1}'), notJson],
  ["an overlong slash", bytes('{"', [0xc0, 0xaf], '": 1}'), notJson],
  ["a surrogate in UTF-8", bytes('{"', [0xed, 0xa0, 0x80], '": 1}'), notJson],
  ["half a character at the end", bytes(seed.request, [0xe2, 0x82]), notJson],
  ["UTF-16", Buffer.from(seed.request, "utf16le"), notJson],
  ["gzip", bytes([0x1f, 0x8b, 0x08, 0x00], "whatever"), notJson],
  ["64 KiB", seed.request.padEnd(64 * 1024), ok],
  ["64 KiB and a byte", seed.request.padEnd(64 * 1024 + 1), tooLarge],
  ["a megabyte", seed.request.padEnd(1 << 20), tooLarge],
  ["1,000 unknown keys", `{${Array.from({ length: 1000 }, (_, i) => `"k${i}":1`)}}`, broken],
];

test("bodies meant to break the reader", async () => {
  for (const [name, body, expected] of bodies) {
    const whole = await answer(...post("/predict", body));
    await assertAnswer(whole, expected).catch((error) => assert.fail(`${name}: ${error.message}`));
    const half = Math.floor(Buffer.from(body).length / 2);
    const halves = [Buffer.from(body).subarray(0, half), Buffer.from(body).subarray(half)];
    const pieces = chunked("/predict", halves.filter(({ length }) => length > 0));
    const inChunks = await answer(...pieces);
    await assertAnswer(inChunks, expected).catch((e) => assert.fail(`${name}, in chunks: ${e.message}`));
    if (expected[0] === 200) assert.equal(inChunks.text, whole.text, name);
  }
});

test("types of a body", async () => {
  for (const [type, expected] of [
    ["application/json;charset=utf-8", ok],
    ["APPLICATION/JSON ; charset=\"utf-16\"", ok],
    ["application/json;", ok],
    ["application/json, text/plain", wrongType],
    ["application/problem+json", wrongType],
    ["text/json", wrongType],
    ["text/plain", wrongType],
    ["multipart/form-data; boundary=x", wrongType],
    ["application/x-www-form-urlencoded", wrongType],
    ["json", wrongType],
    ["", wrongType],
    [";", wrongType],
    ["a".repeat(5000), wrongType],
  ]) {
    const got = await answer(...post("/predict", seed.request, { "content-type": type }));
    await assertAnswer(got, expected).catch((error) => assert.fail(`${type}: ${error.message}`));
  }
});

test("paths that are not quite /predict", async () => {
  const notFound = [404, "not-found"];
  for (const [path, expected] of [
    ["/predict?x=1", ok],
    ["/predict?", ok],
    ["/predict#x", ok],
    // The URL standard takes these dots away, and so does every client before it asks.
    ["/./predict", ok],
    ["/x/../predict", ok],
    ["/../../predict", ok],
    ["/%2e/predict", notFound],
    ["/x/%2E%2e/predict", notFound],
    ["//predict", notFound],
    ["/predict/", notFound],
    ["/predict//", notFound],
    ["/predict/.", notFound],
    ["/PREDICT", notFound],
    ["/predict%2f", notFound],
    ["/%2fpredict", notFound],
    ["/%70redict", notFound],
    ["/predict%00", notFound],
    ["/predict%20", notFound],
    ["/predict;x=1", notFound],
    ["/predict.json", notFound],
    ["/predict\u00e9", notFound],
    ["/predict/batch/", notFound],
    ["/predict/../../../etc/passwd", notFound],
    [`/${"x".repeat(10000)}`, notFound],
    ["/models//predict", [404, "no-such-model"]],
    ["/models/%0d%0aset-cookie:%20x/predict", [404, "no-such-model"]],
    ["/models/../predict", ok],
    [`/models/${"x".repeat(10000)}/predict`, [404, "no-such-model"]],
    ["/models/cdnow/predict", ok],
    ["/models/CDNOW/predict", [404, "no-such-model"]],
    ["/models/cdnow/predict/x", notFound],
  ]) {
    const got = await answer(...post(path, seed.request));
    await assertAnswer(got, expected).catch((error) => assert.fail(`${path}: ${error.message}`));
    assert.equal(got.headers.get("set-cookie"), null);
  }
});

test("methods, and headers that would change them", async () => {
  const wrong = [405, "method-not-allowed"];
  for (const method of ["GET", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "PURGE"]) {
    const got = await answer(head(`${method} /predict HTTP/1.1`));
    await assertAnswer(got, wrong).catch((error) => assert.fail(`${method}: ${error.message}`));
  }
  for (const name of ["x-http-method-override", "x-http-method", "x-method-override"]) {
    await assertAnswer(await answer(...post("/predict", seed.request, { [name]: "DELETE" })), ok);
    const pieces = head("GET /predict HTTP/1.1", { [name]: "POST" });
    await assertAnswer(await answer(pieces), wrong);
  }
});

/** What the runtime refuses by itself, in its own words, before the Worker hears of it. */
async function assertRefused(name, pieces) {
  const { answers, closed } = await exchange(url, pieces, { end: true });
  for (const { status, text } of answers) assert.ok(status >= 400, `${name}: ${status} ${text}`);
  assert.ok(closed || answers.length > 0, name);
}

test("requests that are no HTTP", async () => {
  const length = (value) => head("POST /predict HTTP/1.1", { "content-type": "application/json", "content-length": value });
  for (const [name, ...pieces] of [
    ["an unknown method", head("BREW /predict HTTP/1.1")],
    ["no version", "POST /predict\r\n\r\n"],
    ["HTTP/9.9", head("POST /predict HTTP/9.9", { "content-length": "2" }), "{}"],
    ["TLS", Buffer.from("1603010200010001fc0303", "hex"), "\r\n\r\n"],
    ["a negative length", length("-1"), seed.request],
    ["a length beyond every integer", length("9".repeat(30)), seed.request],
    ["a length that is no number", length("4x"), seed.request],
    ["a header without a colon", "POST /predict HTTP/1.1\r\nhost: x\r\nnonsense\r\n\r\n"],
    ["NUL in a header", "GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n"],
    ["a megabyte of headers", head("POST /predict HTTP/1.1", { x: "x".repeat(1 << 20) })],
    ["100,000 headers", `POST /predict HTTP/1.1\r\nhost: x\r\n${"a: b\r\n".repeat(1e5)}\r\n`],
    ["a path of a megabyte", head(`POST /${"x".repeat(1 << 20)} HTTP/1.1`)],
    ["a chunk whose length is no number", ...chunked("/predict", []).slice(0, 1), "zz\r\n{}\r\n0\r\n\r\n"],
    ["a chunk longer than memory", ...chunked("/predict", []).slice(0, 1), "fffffffffffffffff\r\n{}"],
  ]) {
    await assertRefused(name, pieces);
  }
});

test("a length and chunks at once: the chunks count, as the standard has it", async () => {
  const own = { "content-length": 6, "transfer-encoding": "chunked", connection: "close" };
  const got = await answer(...chunked("/predict", [seed.request], own));
  assert.equal(got.text, seed.answer);
  assertProblem(await answer(...chunked("/predict", [], own)), 400, "not-json");
});

test("bodies that break off", async () => {
  for (const pieces of [
    [post("/predict", seed.request, { "content-length": 1000 })],
    [chunked("/predict", [seed.request]).slice(0, 3)],
    [chunked("/predict", [seed.request]).slice(0, 2), "}"],
  ]) {
    const { answers, closed } = await exchange(url, pieces, { end: true });
    assert.ok(closed || answers.length > 0);
    for (const got of answers) assertProblem(got, 400, "body-not-read");
  }
});

test("a slow body waits and keeps nobody else waiting", async () => {
  const [first, body] = post("/predict", seed.request);
  const slow = exchange(url, [...[...first].flatMap((byte, i) => (i % 20 ? [byte] : [5, byte])), ...[...body].flatMap((byte) => [10, Buffer.of(byte)])]);
  const idle = Array.from({ length: 50 }, () => exchange(url, [first, body.subarray(0, 10), 1500, body.subarray(10)]));
  const begun = performance.now();
  await assertAnswer(await answer(...post("/predict", seed.request)), ok);
  assert.ok(performance.now() - begun < 1000, "it had to wait");
  for (const { answers } of [await slow, ...(await Promise.all(idle))]) {
    assert.equal(answers[0].text, seed.answer);
  }
});

test("HTTP/1.0, pipelining and Expect", async () => {
  const [, body] = post("/predict", seed.request);
  const own = { "content-type": "application/json", "content-length": body.length };
  const old = await exchange(url, [head("POST /predict HTTP/1.0", own), body]);
  assert.equal(old.answers[0].text, seed.answer);
  const line = [...post("/predict", seed.request), ...post("/predict", "{"), head("GET /healthz HTTP/1.1"), ...chunked("/predict", [seed.request])];
  const { answers } = await exchange(url, [Buffer.concat(line.map((piece) => Buffer.from(piece)))], { answers: 4 });
  assert.deepEqual(answers.map(({ status }) => status), [200, 400, 200, 200]);
  assert.equal(answers[3].text, seed.answer);
  const expecting = await exchange(url, [head("POST /predict HTTP/1.1", { ...own, expect: "100-continue" }), 50, body]);
  assert.ok([100, 200, 417].includes(expecting.answers[0].status));
});

test("headers that try to get into the answer", async () => {
  for (const headers of [
    { "x-model": "cdnow\tx" },
    { "x-model": "\u00e9" },
    { "x-model": "../cdnow" },
    { "x-model": "x".repeat(8000) },
  ]) {
    assertProblem(await answer(...post("/predict", seed.request, headers)), 404, "no-such-model");
  }
  for (const origin of ["https://evil.example", "null", "https://shop.example.evil.example", "https://shop.example, https://evil.example", "x".repeat(8000), "HTTPS://SHOP.EXAMPLE"]) {
    const got = await answer(...post("/predict", seed.request, { origin }));
    assertProblem(got, 403, "origin-refused");
    assert.equal(got.headers.get("access-control-allow-origin"), null);
    assert.match(got.headers.get("vary"), /Origin/i);
  }
  const folded = `${head("POST /predict HTTP/1.1", { origin: "https://shop.example" }).slice(0, -2)} x: y\r\n\r\n`;
  await assertRefused("a folded header", [folded]);
});
