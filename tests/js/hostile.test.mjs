// What an attacker or a broken client sends, against the Worker in the real Workers runtime,
// served by itself. Every answer is the right one or a problem document; none is a 500, nobody
// waits for ever, and afterwards the Worker answers as before.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { request } from "node:http";
import { Readable } from "node:stream";
import { after, afterEach, before, test } from "node:test";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { loadSync, predict } from "edge-clv";
import { assertProblem, chunked, exchange, head, post } from "./raw.mjs";
import { fetch, root, seed, sha256 } from "./support.mjs";
import { serve, serveBuilt } from "./workerd.mjs";

loadSync();

const keys = ["dev-key", "another key"];
let url, runtime, said;

before(async () => {
  const bindings = [
    `(name = "API_KEYS", text = "${keys.map(sha256).join(", ")}")`,
    `(name = "ALLOWED_ORIGINS", text = "https://shop.example")`,
  ];
  ({ url, runtime, said } = await serveBuilt(root, { bindings }));
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
  ["a byte order mark", `\ufeff${seed.request}`, ok],
  ["two byte order marks", `\ufeff\ufeff${seed.request}`, notJson],
  ["1,000 unknown keys", `{${Array.from({ length: 1000 }, (_, i) => `"k${i}":1`)}}`, broken],
];

test("bodies meant to break the reader", async () => {
  for (const [name, body, expected] of bodies) {
    const [head, ...rest] = post("/predict", body);
    // That it is too large is answered without waiting for it.
    const whole = await answer(head, ...(expected === tooLarge ? [] : rest));
    await assertAnswer(whole, expected).catch((error) => assert.fail(`${name}: ${error.message}`));
    const half = Math.floor(Buffer.from(body).length / 2);
    const halves = [Buffer.from(body).subarray(0, half), Buffer.from(body).subarray(half)];
    const pieces = chunked("/predict", halves.filter(({ length }) => length > 0));
    const inChunks = await answer(...pieces);
    await assertAnswer(inChunks, expected).catch((e) => assert.fail(`${name}, in chunks: ${e.message}`));
    if (expected[0] !== 200) continue;
    assert.equal(inChunks.text, whole.text, name);
    // The package's own answer, of what JavaScript reads of the same text.
    const request = JSON.parse(body.replace(/^\ufeff/, ""));
    assert.equal(whole.text, JSON.stringify(predict(request)), name);
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
  // So does the limit: a length that is less lets nothing longer in.
  const megabyte = Buffer.alloc(1 << 20, " ");
  for (const [path, megabytes, headers] of [
    ["/predict", 1, {}],
    ["/predict/batch", 5, known],
    ["/cohorts", 5, known],
  ]) {
    const pieces = Array(megabytes).fill(megabyte);
    assertProblem(await answer(...chunked(path, pieces, { ...own, ...headers })), ...tooLarge);
  }
});

test("bodies that break off", async () => {
  // Cohorts are answered in the end, batches from the first row on.
  for (const type of ["application/x-ndjson", "text/csv"]) {
    const body = type === "text/csv" ? `cohort,frequency,recency,T\n${"a,5,200,300\n".repeat(9999)}` : '{"cohort":"a","frequency":5,"recency":200,"T":300}\n'.repeat(9999);
    for (const path of ["/cohorts", "/predict/batch"]) {
      const rows = path === "/cohorts" ? body : body.replaceAll(/"cohort":"a",|^cohort,|^a,/gm, "");
      const headers = { ...known, "content-type": type };
      for (const pieces of [
        post(path, rows, { ...headers, "content-length": 1e9 }),
        chunked(path, [rows], headers).slice(0, -1),
        chunked(path, [rows], headers).slice(0, 2),
      ]) {
        const { answers, closed } = await exchange(url, pieces, { end: true });
        assert.ok(closed || answers.length > 0);
        for (const got of answers) {
          // What has begun says so in its last row.
          if (got.status === 200) assert.match(got.text, /body is read to its end[^\n]*\n$/);
          else assertProblem(got, 400, "body-not-read");
        }
      }
    }
  }
  // Nor does an answer to lines, which has begun before they have, lack its beginning.
  for (const pieces of [
    (headers) => post("/predict/batch", "", { ...headers, "content-length": 200 }),
    (headers) => [...chunked("/predict/batch", [], headers).slice(0, 1), "zz\r\n"],
  ]) {
    for (const [accept, begun] of [["application/json", /^\{"customers":\[\{"row":1,/], ["text/csv", /^row,id,.*\r\n1,/]]) {
      const { answers: [got] } = await exchange(url, pieces({ ...ndjson, accept }), { end: true });
      assert.equal(got.status, 200, got.text);
      assert.match(got.text, begun);
      if (accept === "application/json") assert.equal(JSON.parse(got.text).refused, 1);
    }
  }
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
  // Many customers that come byte by byte are answered as if they had come at once.
  for (const [path, body, headers] of [
    ["/predict/batch", `{"customers": [${row}, ${row}]}`, json],
    ["/predict/batch", `${row}\n${row}\n`, ndjson],
    ["/predict/batch", `${header}\n${cells}\n${cells}\n`, csv],
    ["/cohorts", `cohort,frequency,recency,T\na,5,200,300\nb,0,0,3\n`, csv],
  ]) {
    const whole = await answer(...post(path, body, headers));
    assert.equal(whole.status, 200, whole.text);
    const [head] = post(path, body, headers);
    const byBytes = answer(head, ...[...body].flatMap((byte) => [5, byte]));
    const pieces = chunked(path, [...body], headers).flatMap((piece) => (piece === "\r\n" ? [piece, 5] : [piece]));
    for (const got of await Promise.all([byBytes, answer(...pieces)])) assert.equal(got.text, whole.text);
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

const known = { authorization: `Bearer ${keys[0]}` };
const ndjson = { ...known, "content-type": "application/x-ndjson" };
const csv = { ...known, "content-type": "text/csv" };
const json = known;

test("keys of the guarded paths", async () => {
  const noKey = [401, "no-key"];
  const body = `{"customers": [${seed.request}]}`;
  for (const path of ["/predict/batch", "/cohorts", "/models/cdnow/predict/batch"]) {
    const cohorts = path === "/cohorts";
    const sent = cohorts ? body.replace("{\"frequency", "{\"cohort\": 1, \"frequency") : body;
    for (const [headers, expected] of [
      [{}, noKey],
      [{ authorization: "Bearer dev-key" }, ok],
      [{ authorization: "bearer   dev-key" }, ok],
      [{ "x-api-key": "another key" }, ok],
      [{ authorization: "Bearer another key" }, ok],
      [{ authorization: "Bearer" }, noKey],
      [{ authorization: "Bearer " }, noKey],
      [{ authorization: "dev-key" }, noKey],
      [{ authorization: "Bearer dev-ke" }, noKey],
      [{ authorization: "Bearer dev-key2" }, noKey],
      [{ authorization: "Bearer DEV-KEY" }, noKey],
      [{ authorization: `Bearer ${sha256("dev-key")}` }, noKey],
      [{ authorization: `Bearer ${"x".repeat(8000)}` }, noKey],
      [{ authorization: "Bearer dev-key\t\u00ff" }, noKey],
      [{ authorization: "Basic ZGV2LWtleTo=" }, noKey],
      [{ "x-api-key": "dev-key, another key" }, noKey],
      [{ "x-api-key": "*" }, noKey],
      [{ cookie: "api_key=dev-key" }, noKey],
    ]) {
      const got = await answer(...post(path, sent, headers));
      await assertAnswer(got, expected).catch((error) => {
        assert.fail(`${path} ${JSON.stringify(headers)}: ${error.message}`);
      });
      if (expected === noKey) {
        assert.match(got.headers.get("www-authenticate"), /^Bearer/);
        for (const key of keys) assert.ok(!got.text.includes(key));
      }
    }
    // A key in the URL would be in somebody's log.
    assertProblem(await answer(...post(`${path}?api_key=dev-key`, sent)), 401, "no-key");
  }
});

/** What came of each row: null, or the rules it broke. */
const rules = (text) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).errors?.map(({ rule }) => rule) ?? null);

const row = '{"frequency": 5, "recency": 200, "T": 300}';
const isJson = ["is JSON"];
const twice = ["is given once"];

/** Lines of NDJSON, and the rules each breaks. */
const lines = [
  ["plain", row, [null]],
  ["nothing", "", []],
  ["empty lines", `\n\r\n${row}\n\n \n${row}`, [null, null]],
  ["a byte order mark", `\ufeff${row}\n\ufeff${row}`, [null, isJson]],
  ["CR LF", `${row}\r\n${row}\r\n`, [null, null]],
  ["no JSON", `{\n${row}\nnonsense\n"text"\nnull\n[]`, [isJson, null, isJson, ["is an object"], ["is an object"], ["is an object"]]],
  ["two on a line", `${row}${row}\n${row}`, [isJson, null]],
  ["a key twice", `{"T": 1, ${row.slice(1)}\n{"id": 1, "id": 2, ${row.slice(1)}\n${row}`, [twice, twice, null]],
  ["a line of a megabyte", `${row}\n${" ".repeat(1 << 20)}\n${row}`, [null, ["length of a line <= 65536"], null]],
  ["a last line of a megabyte", `${row}\n${"x".repeat(1 << 20)}`, [null, ["length of a line <= 65536"]]],
  ["arrays 30,000 deep", `{"T": ${"[".repeat(30000)}${"]".repeat(30000)}}\n${row}`, ["some", null]],
  ["a number of 60,000 digits", `${row.replace("300", "3".repeat(60000))}\n${row}`, [["is finite"], null]],
  ["invalid UTF-8", bytes(row, '\n{"id": "', [0xff], `", ${row.slice(1)}\n`, row), [null, "some", null]],
  ["ids", `{"id": ["x"], ${row.slice(1)}\n{"id": 1e400, ${row.slice(1)}\n{"id": "\\ud800", ${row.slice(1)}`, [["is text or a number"], null, null]],
  ["a customer's horizons", `{"horizons": [1], ${row.slice(1)}`, ["some"]],
];

test("NDJSON meant to break the reader", async () => {
  for (const [name, body, expected] of lines) {
    for (const pieces of [post("/predict/batch", body, ndjson), chunked("/predict/batch", [...Buffer.from(body.slice(0, 100))].map((byte) => Buffer.of(byte)).concat(Buffer.from(body).subarray(Buffer.from(body.slice(0, 100)).length)).filter(({ length }) => length > 0), ndjson)]) {
      const got = await answer(...pieces);
      assert.equal(got.status, 200, `${name}: ${got.text}`);
      const came = got.text === "" ? [] : rules(got.text);
      assert.equal(came.length, expected.length, `${name}: ${got.text.slice(0, 500)}`);
      came.forEach((broken, i) => {
        if (expected[i] === "some") assert.ok(broken.length > 0, name);
        else assert.deepEqual(broken, expected[i], name);
      });
    }
  }
});

const header = "id,frequency,recency,T,monetary_value";
const cells = "a,5,200,300,45.5";
/** CSV, and of each row whether it is scored; or the problem that all of it is. */
const files = [
  ["plain", `${header}\n${cells}`, [true]],
  ["CR LF", `${header}\r\n${cells}\r\n`, [true]],
  ["a byte order mark", `\ufeff${header}\n${cells}`, [true]],
  ["nothing", "", broken],
  ["a header alone", header, []],
  ["no value", `${header}\na,5,200,300,`, [true]],
  ["cells in quotes", `"id","frequency",recency,T,monetary_value\n"a",5,"200",300,45.5`, [true]],
  ["a comma, a quote and a line's end in an id", `${header}\n"a,""b""\r\nc",5,200,300,45.5\n${cells}`, [true, true]],
  ["a quote that never closes", `${header}\n${cells}\n"a,5,200,300,45.5\n${cells}`, [true, false]],
  ["a quote within a cell", `${header}\na"b"c,5,200,300,45.5`, [true]],
  ["text behind a quote", `${header}\n"a"b,5,200,300,45.5`, [true]],
  ["too few cells", `${header}\na,5\n${cells}`, [false, true]],
  ["too many cells", `${header}\n${cells},\n${cells}`, [false, true]],
  ["1,000 cells", `${header}\n${",".repeat(1000)}\n${cells}`, [false, true]],
  ["1,000 columns", `${header}${",x".repeat(1000)}\n`, broken],
  ["an unknown column", `${header},email\n${cells},x`, broken],
  ["a column twice", `${header},T\n${cells},1`, broken],
  ["a missing column", "frequency,recency\n1,2", broken],
  ["semicolons", `${header}\n${cells}`.replaceAll(",", ";"), broken],
  ["a row of a megabyte", `${header}\n"${"x".repeat(1 << 20)}",5,200,300,45.5\n${cells}`, [false, true]],
  ["a header of a megabyte", `${"x".repeat(1 << 20)}\n${cells}`, broken],
  ["numbers that are none", `${header}\n${["x", "0x5", "five", "5 5", "1_000", "\u0665"].map((x) => `a,${x},200,300,45.5`).join("\n")}`, [false, false, false, false, false, false]],
  ["infinity and 1e400", `${header}\na,5,200,inf,1\na,5,200,1e400,1\na,5,200,nan,1`, [false, false, false]],
  ["invalid UTF-8", bytes(`${header}\n`, [0xff], `,5,200,300,45.5\n${cells}`), [false, true]],
  ["NUL", `${header}\na\0b,5,200,300,45.5\n${cells}`, [true, true]],
  ["formulas", `${header}\n"=HYPERLINK(""x"")",5,200,300,45.5`, [true]],
];

/** The rows of CSV, the plain way. */
function table(text) {
  const found = [];
  let row = [""];
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted && c === '"' && text[i + 1] === '"') row[row.length - 1] += text[++i];
    else if (c === '"') quoted = !quoted;
    else if (!quoted && c === ",") row.push("");
    else if (!quoted && c === "\r" && text[i + 1] === "\n") {
      found.push(row);
      row = [""];
      i++;
    } else row[row.length - 1] += c;
  }
  assert.deepEqual(row, [""], "the last row has no end");
  return found;
}

test("CSV meant to break the reader", async () => {
  for (const [name, body, expected] of files) {
    const whole = Buffer.from(body);
    const singles = [...whole.subarray(0, 200)].map((byte) => Buffer.of(byte));
    const rest = whole.length > 200 ? [whole.subarray(200)] : [];
    for (const pieces of [post("/predict/batch", whole, csv), chunked("/predict/batch", [...singles, ...rest], csv)]) {
      const got = await answer(...pieces);
      if (expected === broken) {
        assertProblem(got, ...broken);
        continue;
      }
      assert.equal(got.status, 200, `${name}: ${got.text}`);
      const [head, ...rows] = table(got.text);
      assert.equal(head.at(-1), "errors", name);
      assert.ok(rows.every((row) => row.length === head.length), name);
      assert.deepEqual(rows.map((row) => row.at(-1) === ""), expected, `${name}: ${got.text.slice(0, 1000)}`);
      assert.deepEqual(rows.map(([number]) => Number(number)), expected.map((_, i) => i + 1), name);
    }
  }
});

test("JSON of many customers meant to break the reader", async () => {
  const many = (customers) => `{"customers": [${customers}]}`;
  for (const [name, body, expected] of [
    ["nothing", "", notJson],
    ["none", many(""), ok],
    ["no list", '{"customers": {}}', broken],
    ["no customers", "{}", broken],
    ["a list alone", `[${row}]`, broken],
    ["customers twice", `{"customers": [], "customers": [${row}]}`, broken],
    ["10,001", many(Array.from({ length: 10_001 }, () => row)), [413, "too-many-customers"]],
    ["5 MiB", many(row).padEnd(5 << 20), tooLarge],
    ["a number of a million digits", many(row.replace("300", "3".repeat(1e6))), ok],
    ["arrays a million deep", `{"customers": ${"[".repeat(1e6)}${"]".repeat(1e6)}}`, ok],
    ["a customer a million deep", many(`${"[".repeat(1e6)}${"]".repeat(1e6)}`), ok],
    ["an unclosed list", `{"customers": [${row}`, notJson],
    ["no horizons", `{"customers": [${row}], "horizons": []}`, broken],
    ["a million horizons", `{"customers": [${row}], "horizons": [${Array.from({ length: 5e5 }, (_, i) => i + 1)}]}`, broken],
    ["ratio of cohorts", `{"customers": [${row}], "ratio": 3}`, broken],
    ["invalid UTF-8", bytes('{"customers": [{"id": "', [0xff], `", ${row.slice(1)}]}`), notJson],
  ]) {
    const whole = post("/predict/batch", body, json);
    for (const pieces of [
      // The answer does not wait for the body.
      expected === tooLarge ? whole.slice(0, 1) : whole,
      chunked("/predict/batch", body.length > 0 ? [body] : [], json),
    ]) {
      const got = await answer(...pieces);
      await assertAnswer(got, expected).catch((error) => assert.fail(`${name}: ${error.message.slice(0, 300)}`));
    }
  }
});

test("queries, types and forms of many customers", async () => {
  for (const [path, headers, expected] of [
    ["/predict/batch?horizons=30,x", ndjson, broken],
    ["/predict/batch?horizons=", ndjson, broken],
    ["/predict/batch?horizons=90,30", ndjson, broken],
    ["/predict/batch?horizons=30&horizons=60", ndjson, broken],
    ["/predict/batch?residual=yes", ndjson, broken],
    ["/predict/batch?unknown=1", ndjson, broken],
    ["/predict/batch?%ff=%00", ndjson, broken],
    [`/predict/batch?horizons=${"1,".repeat(20000)}1`, ndjson, broken],
    ["/predict/batch?horizons=30%2C90&residual=true", ndjson, ok],
    ["/predict/batch", { ...ndjson, accept: "image/png" }, [406, "not-acceptable"]],
    ["/predict/batch", { ...ndjson, accept: "text/csv;q=0, */*;q=0" }, [406, "not-acceptable"]],
    ["/predict/batch", { ...ndjson, accept: "text/csv" }, ok],
    ["/predict/batch", { ...ndjson, accept: `${"x/y,".repeat(2000)}*/*` }, ok],
    ["/predict/batch", { ...ndjson, accept: ";;;,,,q=q=q" }, [406, "not-acceptable"]],
    ["/predict/batch", { ...ndjson, "content-type": "text/csv; charset=utf-16" }, wrongType],
    ["/predict/batch", { ...ndjson, "content-type": "text/tab-separated-values" }, wrongType],
    ["/cohorts?ratio=0", ndjson, broken],
    ["/cohorts?ratio=NaN", ndjson, broken],
    ["/cohorts?horizon=7", ndjson, broken],
  ]) {
    const got = await answer(...post(path, row, headers));
    await assertAnswer(got, expected).catch((error) => assert.fail(`${path.slice(0, 99)}: ${error.message}`));
  }
});

/** Kilobytes of memory that the runtime has. */
const resident = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${runtime.pid}/status`, "utf8"))[1]);

test("a million rows stream, in bounded memory, to a client that reads slowly", async () => {
  const rows = 1_000_000;
  const block = `${cells}\n`.repeat(1000);
  async function* body() {
    yield `${header}\n`;
    for (let i = 0; i < rows / 1000; i++) yield Buffer.from(block);
  }
  const before = resident();
  let most = before;
  const response = await fetch(`${url}predict/batch`, {
    method: "POST",
    headers: { ...csv, accept: "text/csv" },
    body: Readable.toWeb(Readable.from(body())),
    duplex: "half",
  });
  assert.equal(response.status, 200);
  let lines = 0;
  let pieces = 0;
  for await (const piece of response.body) {
    for (const byte of piece) if (byte === 10) lines++;
    if (++pieces % 100 === 0) most = Math.max(most, resident());
    // At first it reads as a mobile phone would.
    if (pieces < 50) await setTimeout(10);
  }
  assert.equal(lines, rows + 1);
  // All that an instance may have on Cloudflare; half of it is what the engine has not tidied.
  assert.ok(most - before < 128 * 1024, `it took ${most - before} kB more`);
});

test("cohorts of names that fill the memory", async () => {
  const before = resident();
  const names = 4000;
  async function* body() {
    for (let i = 0; i < names; i++) {
      yield Buffer.from(`{"cohort": "${`${i} `.padEnd(60 * 1024, "x")}", ${row.slice(1)}\n`);
    }
  }
  const response = await fetch(`${url}cohorts`, {
    method: "POST",
    headers: ndjson,
    body: Readable.toWeb(Readable.from(body())),
    duplex: "half",
  });
  const { cohorts, refused, errors } = await response.json();
  assert.deepEqual([cohorts, refused], [[], names]);
  assert.equal(errors[0].errors[0].rule, "length of a cohort's name <= 256");
  assert.ok(resident() - before < 128 * 1024, `it took ${resident() - before} kB more`);
});

test("a stream without an end, and a client that leaves", async () => {
  const before = resident();
  for (let i = 0; i < 20; i++) {
    const sending = request(`${url}predict/batch`, { method: "POST", headers: ndjson });
    const piece = `${row}\n`.repeat(1000);
    const more = () => {
      while (!sending.destroyed && sending.write(piece));
    };
    sending.on("drain", more).on("error", () => {});
    more();
    const [response] = await once(sending, "response");
    let pieces = 0;
    for await (const _ of response) if (++pieces === 20) break;
    sending.destroy();
  }
  // A line that never ends is not kept.
  const endless = [head("POST /predict/batch HTTP/1.1", { ...ndjson, "transfer-encoding": "chunked" })];
  const piece = Buffer.alloc(1 << 16, "x");
  for (let i = 0; i < 200; i++) endless.push("10000\r\n", piece, "\r\n");
  const got = await answer(...endless, "0\r\n\r\n");
  assert.deepEqual(rules(got.text), [["length of a line <= 65536"]]);
  assert.ok(resident() - before < 128 * 1024, `it took ${resident() - before} kB more`);
});

test("nothing of a request is logged", async () => {
  const logging = await serve([join(root, "tests/js/logging-worker.mjs")]);
  await fetch(`${logging.url}?heard-address`, { method: "POST", body: "heard-body" });
  const marked = "marked-19283";
  const profile = '"frequency": 5, "recency": 200, "T": 300, "monetary_value": 45.19283746';
  for (const [path, body, headers] of [
    ["/predict", `{${profile}}`, { "x-model": marked }],
    ["/predict", `{${profile}}`, { origin: `https://${marked}.example` }],
    ["/predict", `{${profile}}`, {}],
    ["/predict", `{${profile}, "${marked}": 1}`, {}],
    ["/predict", `{${profile}, ${marked}`, {}],
    [`/${marked}?${marked}`, `{${profile}}`, {}],
    ["/predict/batch", `{"customers": [{"id": "${marked}", ${profile}}]}`, json],
    ["/predict/batch", `{"customers": []}`, { authorization: `Bearer ${marked}` }],
    [`/predict/batch?${marked}=1`, row, ndjson],
    ["/predict/batch", `{"id": "${marked}", ${profile}}\n{"id": "${marked}", "${marked}": 1}`, ndjson],
    ["/predict/batch", `${header}\n${marked},5,200,300,45.19283746\n${marked},6`, csv],
    ["/cohorts", `{"cohort": "${marked}", ${profile}}`, ndjson],
  ]) {
    await answer(...post(path, body, headers));
  }
  await exchange(url, post("/predict", `{${profile}}`, { "content-length": 1000 }), { end: true });
  await setTimeout(500);
  for (const heard of ["heard-body", "heard-address"]) assert.ok(logging.said().includes(heard));
  for (const word of [marked, "45.19283746", seed.request, seed.answer, ...keys, ...keys.map(sha256)]) {
    assert.ok(!said().includes(word), `it says ${word}: ${said()}`);
  }
});
