// The packed package in a project of each kind: installed, built where there is a build, run,
// and its answer compared with the golden one.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { answering, freePort, start } from "./child.mjs";
import { launch } from "./chromium.mjs";
import { programs } from "./examples.mjs";
import { serveFolder } from "./static.mjs";
import { fetch, root, seed, text } from "./support.mjs";
import { serve } from "./workerd.mjs";

const consumers = process.env.CONSUMERS;
const tarball = join(process.cwd(), readdirSync(".").find((file) => file.endsWith(".tgz")));
const environment = {
  ...process.env,
  NEXT_TELEMETRY_DISABLED: "1",
  WRANGLER_SEND_METRICS: "false",
};

/** What a program prints. */
async function run(folder, program, ...options) {
  const { stdout } = await promisify(execFile)(program, options, { cwd: folder, env: environment });
  return stdout.trimEnd();
}

const readme = text("pkg/README.md");

/** Has the page's slim script take its address as the README tells those who build so. */
function addressOf(folder, builder) {
  const row = readme.split("\n").find((line) => line.startsWith(`| ${builder} `));
  const [, address] = row.match(/\| `([^|]+;)` \|$/);
  const script = join(folder, "slim.js");
  writeFileSync(script, `${address}\n${readFileSync(script, "utf8")}`);
}

/** A program that is installed beside the projects. */
const tool = (name) => join(consumers, "node_modules/.bin", name);

/** A project of its own, made of folders of tests/consumers, with the package installed. */
async function project(name, ...sources) {
  const folder = join(consumers, name);
  rmSync(folder, { recursive: true, force: true });
  for (const source of sources) {
    cpSync(join(root, "tests/consumers", source), folder, { recursive: true });
  }
  writeFileSync(join(folder, "package.json"), '{"private": true, "type": "module"}\n');
  await run(folder, "npm", "install", "--offline", "--no-audit", "--no-fund", tarball);
  return folder;
}

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** Asserts that a page has the golden answer, and that nothing in it went wrong. */
async function assertPage(address, { widget = false } = {}) {
  const page = await browser.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  await page.goto(address);
  try {
    await page.waitForSelector("body[data-answer]", { state: "attached" });
  } catch (why) {
    assert.fail(`no answer: ${wrong.join("; ") || why}`);
  }
  assert.equal(await page.getAttribute("body", "data-answer"), seed.answer);
  if (widget) await page.waitForSelector('clv-score[data-segment="core"]');
  assert.deepEqual(wrong, []);
  await page.close();
}

/** The same of what a bundler has left in a folder, and of the page with the slim entry. */
async function assertBuilt(folder) {
  const address = await serveFolder(folder);
  await assertPage(`${address}/index.html`, { widget: true });
  await assertPage(`${address}/slim.html`);
}

for (const [host, program, ...options] of [
  ["Node", process.execPath],
  ["Deno", tool("deno"), "run"],
  ["Bun", tool("bun"), "run"],
]) {
  test(host, async () => {
    const folder = await project(host.toLowerCase(), "scripts");
    for (const script of ["import.mjs", "require.cjs"]) {
      assert.equal(await run(folder, program, ...options, script), seed.answer, script);
    }
  });
}

test("workerd, by wrangler, with the Worker of the README", async () => {
  const folder = await project("workerd", "workerd");
  const { program } = programs(readme).find(({ program }) => program.includes("export default"));
  writeFileSync(join(folder, "worker.ts"), program);
  const wrangler = join(root, "node_modules/.bin/wrangler");
  await run(folder, wrangler, "deploy", "--dry-run", "--outdir=dist");
  const wasm = readdirSync(join(folder, "dist")).filter((file) => file.endsWith(".wasm"));
  assert.equal(wasm.length, 1);
  const { url: address } = await serve(["worker.js", ...wasm].map((file) => join(folder, "dist", file)));
  const response = await fetch(address, { method: "POST", body: seed.request });
  assert.equal(await response.text(), seed.answer);
});

test("Vite, in development and in production", async () => {
  const folder = await project("vite", "page", "vite");
  addressOf(folder, "Vite");
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server = start(tool("vite"), ["--host=127.0.0.1", `--port=${port}`, "--strictPort"], {
    cwd: folder,
    stdio: "ignore",
  });
  await answering(address);
  await assertPage(`${address}/index.html`, { widget: true });
  await assertPage(`${address}/slim.html`);
  server.kill();
  await run(folder, tool("vite"), "build");
  await assertBuilt(join(folder, "dist"));
});

test("webpack", async () => {
  const folder = await project("webpack", "page", "webpack");
  addressOf(folder, "webpack 5");
  await run(folder, process.execPath, "build.mjs");
  copyPages(folder);
  await assertBuilt(join(folder, "dist"));
});

test("Rollup", async () => {
  const folder = await project("rollup", "page", "rollup");
  await run(folder, tool("rollup"), "--config", "--failAfterWarnings");
  copyPages(folder);
  await assertPage(`${await serveFolder(join(folder, "dist"))}/index.html`, { widget: true });
});

test("esbuild", async () => {
  const folder = await project("esbuild", "page");
  addressOf(folder, "esbuild");
  const options = ["--bundle", "--minify", "--format=esm", "--loader:.wasm=file", "--outdir=dist"];
  await run(folder, tool("esbuild"), "main.js", "slim.js", ...options);
  copyPages(folder);
  await assertBuilt(join(folder, "dist"));
});

/** Puts the pages beside the scripts, where a bundler does not. */
function copyPages(folder) {
  for (const page of ["index.html", "slim.html"]) {
    cpSync(join(folder, page), join(folder, "dist", page));
  }
}

test("Next.js: a server component, a client component and the edge runtime", async () => {
  const folder = await project("next", "next");
  await run(folder, tool("next"), "build");
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server = start(tool("next"), ["start", "--hostname=127.0.0.1", `--port=${port}`], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await answering(address);
  assert.equal(await (await fetch(`${address}/edge`)).text(), seed.answer);
  const html = await (await fetch(address)).text();
  assert.ok(html.includes(seed.answer.replaceAll('"', "&quot;")), "rendered on the server");
  await assertPage(address, { widget: true });
  server.kill();
});
