// What follows a panic, which must not happen: a Worker that is built to panic when it is told
// to loses that request, answers it all the same, and goes on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertProblem, chunked, exchange, head, post } from "./raw.mjs";
import { root, seed } from "./support.mjs";
import { serveBuilt } from "./workerd.mjs";

let url, runtime;

before(async () => {
  ({ url, runtime } = await serveBuilt(root, { folder: process.env.FOLDER }));
});
after(() => runtime.kill());

for (const [name, pieces] of [
  // Its length is known: answered in a callback.
  ["in a callback", post("/predict", "panic")],
  // Its length is not: answered in a future.
  ["in a future", chunked("/predict", ["panic"])],
]) {
  test(`a panic ${name}`, async () => {
    for (let i = 0; i < 3; i++) {
      const { answers: [lost] } = await exchange(url, pieces);
      assertProblem(lost, 500, "failed");
      const { answers } = await exchange(url, post("/predict", seed.request));
      assert.equal(answers[0].text, seed.answer);
      const health = await exchange(url, [head("GET /healthz HTTP/1.1")]);
      assert.equal(JSON.parse(health.answers[0].text).status, "ok");
    }
    assert.equal(runtime.exitCode, null);
  });
}
