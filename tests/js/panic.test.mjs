// What follows a panic, which must not happen: a Worker that is built to panic when it is told
// to loses that request, answers it all the same, and goes on. Whatever else was being answered
// gets the right answer or none that looks like one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { secured } from "./described.mjs";
import { assertProblem, chunked, exchange, head, post } from "./raw.mjs";
import { root, seed, sha256 } from "./support.mjs";
import { serveBuilt } from "./workerd.mjs";

const key = "dev-key";
const marked = "marked-19283";
let url, runtime, said;

before(async () => {
  const bindings = [
    `(name = "API_KEYS", text = "${sha256(key)}")`,
    `(name = "ALLOWED_ORIGINS", text = "https://shop.example")`,
  ];
  ({ url, runtime, said } = await serveBuilt(root, { folder: process.env.FOLDER, bindings }));
});
after(() => runtime.kill());

const panics = [
  // Its length is known: answered in a callback.
  ["in a callback", post("/predict", `panic ${marked}`)],
  // Its length is not: answered in a future.
  ["in a future", chunked("/predict", [`panic ${marked}`])],
];

async function assertAnswers() {
  const { answers } = await exchange(url, post("/predict", seed.request));
  assert.equal(answers[0].text, seed.answer);
  const health = await exchange(url, [head("GET /healthz HTTP/1.1")]);
  assert.equal(JSON.parse(health.answers[0].text).status, "ok");
  assert.equal(runtime.exitCode, null);
}

for (const [name, pieces] of panics) {
  test(`a panic ${name}`, async () => {
    for (let i = 0; i < 3; i++) {
      const { answers: [lost] } = await exchange(url, pieces);
      assertProblem(lost, 500, "failed");
      secured(lost);
      await assertAnswers();
    }
  });

  test(`a panic ${name} while others are being answered`, async () => {
    const row = "5,200,300\n";
    const headers = { authorization: `Bearer ${key}`, "content-type": "text/csv" };
    const [begun, ...rest] = chunked("/predict/batch", [`frequency,recency,T\n${row.repeat(5000)}`, row.repeat(5000)], headers);
    const [first, body] = post("/predict", seed.request, { origin: "https://shop.example", "x-model": "cdnow" });
    const [, late] = chunked("/predict", [seed.request]);
    for (let i = 0; i < 3; i++) {
      // They have begun, and wait for the rest of their bodies until the memory is lost.
      const waiting = [
        exchange(url, [begun, ...rest.slice(0, 3), 500, ...rest.slice(3)]),
        exchange(url, [begun, ...rest.slice(0, 3), 500], { end: true }),
        exchange(url, [first, body.subarray(0, 9), 500, body.subarray(9)]),
        exchange(url, [chunked("/predict", [])[0], late, 500, seed.request, "\r\n0\r\n\r\n"]),
      ];
      await setTimeout(250);
      const { answers: [lost] } = await exchange(url, pieces);
      assertProblem(lost, 500, "failed");
      const [table, left, ...singles] = await Promise.all(waiting.map((each) => each.catch((error) => error)));
      for (const each of [table, left]) {
        for (const { status, text } of each.answers ?? []) {
          const rows = text.trimEnd().split("\r\n").slice(1);
          assert.equal(status, 200, text);
          // All it says is right; that it ends early its client can count.
          for (const row of rows) assert.match(row, /^\d+,,0\.5512901199098105,.*,cdnow,|body is read to its end/);
        }
      }
      for (const single of singles) {
        const [{ status, headers, text }] = single.answers;
        if (status === 200) assert.equal(text, seed.answer);
        else assertProblem({ status, headers, text }, 500, "failed");
      }
      for (let again = 0; again < 5; again++) await assertAnswers();
    }
  });
}

test("a panic tells nothing of the request", () => {
  assert.match(said(), /RuntimeError/);
  for (const word of [marked, key, seed.request]) assert.ok(!said().includes(word), said());
});
