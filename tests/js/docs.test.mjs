// The interactive page of the Worker's interface in headless Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { base, launch, open } from "./chromium.mjs";
import { seed, text } from "./support.mjs";

test("the page of the interface draws every operation and tries one, asking nobody else", async () => {
  const browser = await launch();
  try {
    const { page, done } = await open(browser);
    await page.goto(`${base}/docs`);
    const document = JSON.parse(text("worker/openapi.json"));
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const drawn = page.locator(".opblock");
    await drawn.first().waitFor();
    assert.equal(await drawn.count(), operations.length);
    const predict = page.locator("#operations-scores-predict");
    await predict.click();
    await predict.locator(".try-out__btn").click();
    await predict.locator(".execute").click();
    const shown = await predict.locator(".live-responses-table .highlight-code").first().innerText();
    const answer = JSON.parse(shown.slice(shown.indexOf("{"), shown.lastIndexOf("}") + 1));
    assert.deepEqual(answer, JSON.parse(seed.answer));
    // It is under the site's policy, which any breach of would have been an error here.
    await done();
  } finally {
    await browser.close();
  }
});
