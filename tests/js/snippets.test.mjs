// The snippets for plain HTML and React in a browser, and what www/integrations/ says of all.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { VIP, pageOf, integrations, library, read, visit } from "./integrations.mjs";
import { root, seed, text } from "./support.mjs";

test("plain HTML: the page as it stands shows the offer, under its own security policy", async () => {
  const html = read("plain-html/index.html");
  const files = { ...library("plain-html/edge-clv", "/edge-clv"), "/offers.js": read("plain-html/offers.js") };
  for (const [attributes, segment, support] of [
    [
      'frequency="5" recency="200" t="300" monetary-value="45.50"',
      "core",
      "We answer within a day.",
    ],
    ['frequency="20" recency="290" t="300" monetary-value="80"', "vip", "Call us, you go first."],
  ]) {
    const [standing] = html.match(/frequency="5"[^>]*/);
    const { page, done } = await visit({ ...files, "/": html.replace(standing, attributes) });
    await page.waitForSelector(`html[data-segment="${segment}"]`);
    assert.equal(await page.locator("clv-score [slot]:visible").count(), 1);
    assert.equal(await page.locator(`clv-score [slot="${segment}"]:visible`).count(), 1);
    assert.ok((await page.textContent("#support")).endsWith(support));
    await done();
  }
});

const APP = `
import { useState } from "react";
import { ClvOffer, useClv } from "./ClvOffer.jsx";

const core = JSON.parse(${JSON.stringify(seed.request)});
const vip = ${JSON.stringify(VIP)};

export function App() {
  const [profile, setProfile] = useState(core);
  const { answer } = useClv(profile);
  (globalThis.renders ??= []).push([profile.frequency, answer?.segment]);
  return (
    <main>
      <ClvOffer profile={profile} fallback={<p id="offer">Welcome.</p>} offers={{
        vip: <p id="offer">Private sale</p>, core: <p id="offer">Free delivery</p> }} />
      <output>{JSON.stringify(answer)}</output>
      <button id="vip" onClick={() => setProfile(vip)}>vip</button>
      <button id="wrong" onClick={() => setProfile({ ...core, recency: 301 })}>wrong</button>
    </main>
  );
}
`;

test("React: the fallback on the server, the offer in the browser", async () => {
  const folder = "react-app";
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(integrations, "react/ClvOffer.jsx"), join(folder, "ClvOffer.jsx"));
  writeFileSync(join(folder, "App.jsx"), APP);
  writeFileSync(
    join(folder, "server.jsx"),
    'import { renderToString } from "react-dom/server"; import { App } from "./App.jsx";\n' +
      "export const html = () => renderToString(<App />);\n",
  );
  writeFileSync(
    join(folder, "browser.jsx"),
    'import { hydrateRoot } from "react-dom/client"; import { App } from "./App.jsx";\n' +
      'const root = document.querySelector("#root");\n' +
      "hydrateRoot(root, <App />, { onRecoverableError: console.error });\n",
  );
  const options = {
    bundle: true,
    format: "esm",
    jsx: "automatic",
    logLevel: "error",
    // A development build says more of what is wrong.
    define: { "process.env.NODE_ENV": '"development"' },
  };
  const from = (name) => [join(folder, name)];
  const server = join(folder, "server.mjs");
  await build({
    ...options,
    entryPoints: from("server.jsx"),
    platform: "node",
    packages: "external",
    outfile: server,
  });
  const browserBuild = await build({ ...options, entryPoints: from("browser.jsx"), write: false });
  const { html } = await import(`./${server}`);
  const rendered = html();
  assert.match(rendered, /<p id="offer">Welcome\.<\/p><output>null<\/output>/);

  const { page, done } = await visit({
    "/": pageOf(`<div id="root">${rendered}</div><script type="module" src="/app.js"></script>`),
    "/app.js": browserBuild.outputFiles[0].text,
  });
  await page.waitForFunction(
    () => document.querySelector("#offer").textContent === "Free delivery",
  );
  assert.equal(await page.textContent("output"), seed.answer);
  await page.click("#vip");
  await page.waitForFunction(() => document.querySelector("#offer").textContent === "Private sale");
  // An answer is never shown beside another profile, not even for a moment.
  const renders = await page.evaluate(() => [...new Set(renders.map(String))]);
  assert.deepEqual(renders, ["5,", "5,core", "20,", "20,vip"]);
  const warned = page.waitForEvent("console", (message) => message.type() === "warning");
  await page.click("#wrong");
  assert.match((await warned).text(), /recency <= T/);
  assert.equal(await page.textContent("#offer"), "Welcome.");
  await done();
});

test("the table of the integrations names each, with files that are there", () => {
  const table = read("README.md");
  for (const folder of readdirSync(integrations, { withFileTypes: true })) {
    if (folder.isDirectory()) assert.ok(table.includes(`](${folder.name}/)`), folder.name);
  }
  for (const [, path] of table.matchAll(/\]\(([^)]*)\)/g)) readdirSync(join(integrations, path));
  assert.ok(text("README.md").includes("www/integrations/"));
  // They are for other sites than the demo store's.
  const served = readdirSync(join(root, "worker/build/site"), { recursive: true });
  assert.ok(served.includes("index.html"));
  assert.ok(!served.some((path) => path.endsWith("template.tpl")));
});
