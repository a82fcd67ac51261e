// A headless Chromium for the tests, and a page that keeps track of what goes wrong in it.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const base = process.env.BASE;

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** A fresh page; `requests` is what it asked for, `done` fails on any error it met. */
export async function open(browser, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests = [];
  const errors = [];
  page.on("request", (request) => requests.push(request.url()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  const done = async () => {
    await context.close();
    assert.deepEqual(errors, []);
    // data: and blob: addresses ask nobody.
    const asked = requests.filter((url) => url.startsWith("http"));
    assert.deepEqual(asked.filter((url) => !url.startsWith(base)), [], "asked somebody else");
  };
  return { page, requests, done };
}
