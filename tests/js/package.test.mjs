// The packed package: what is in it, what its entries do before and while they load, and what
// they say when they cannot.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { programs } from "./examples.mjs";
import { seed, text } from "./support.mjs";
import { serve } from "./workerd.mjs";

const folder = "node_modules/edge-clv";
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const readme = readFileSync(join(folder, "README.md"), "utf8");
const wasm = readFileSync(join(folder, "clv.wasm"));

/** What a program prints that is given as text, run by itself in this project. */
function run(program, name = "program.mjs", ...options) {
  writeFileSync(name, program);
  return execFileSync(process.execPath, [...options, name], { encoding: "utf8" });
}

/** What is thrown by an expression in which `slim` is the slim entry. */
function thrown(expression) {
  return run(`
    import * as slim from "edge-clv/slim";
    import { readFileSync } from "node:fs";
    const wasm = readFileSync("${folder}/clv.wasm");
    try { await (${expression}); } catch (why) { console.log(String(why)); }
  `);
}

test("it holds these files and no other", () => {
  const files = readdirSync(folder, { recursive: true }).sort();
  assert.deepEqual(files, [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clv-raw.wasm",
    "clv.wasm",
    "clv.wasm.d.ts",
    "custom-elements.json",
    "edge-light.js",
    "iife.d.ts",
    "iife.js",
    "index.d.ts",
    "index.js",
    "package.json",
    "slim.d.ts",
    "slim.js",
    "widget.d.ts",
    "widget.js",
    "workerd.js",
  ]);
  // Each is a target of the exports, or what every package has.
  const targets = JSON.stringify(manifest.exports);
  const used = files.filter((file) => !/LICENSE|README/.test(file) && !targets.includes(`"./${file}"`));
  assert.deepEqual(used, []);
});

test("it has the version of Cargo.toml", () => {
  const [, version] = text("Cargo.toml").match(/\nversion = "(.+)"/);
  assert.equal(manifest.version, version);
});

test("publint and arethetypeswrong find nothing", () => {
  const tarball = join(process.cwd(), `edge-clv-${manifest.version}.tgz`);
  const judge = (program, ...options) => {
    const path = join(process.env.CONSUMERS, "node_modules/.bin", program);
    return execFileSync(path, options, { encoding: "utf8", stdio: "pipe" });
  };
  assert.match(judge("publint", "run", tarball, "--strict"), /All good!/);
  // JavaScript imports no module for data engines. `require` of ESM, which the tool takes for an
  // error, is what the next test does.
  const apart = ["--exclude-entrypoints", "clv-raw.wasm", "--ignore-rules", "cjs-resolves-to-esm"];
  assert.match(judge("attw", tarball, ...apart), /No problems found/);
});

test("import and require give one module, and nothing is compiled or fetched by either", () => {
  const program = `
    const forbidden = () => { throw new Error("too early"); };
    const { compile, Module } = WebAssembly;
    WebAssembly.compile = WebAssembly.instantiate = WebAssembly.Instance = forbidden;
    WebAssembly.Module = globalThis.fetch = forbidden;
    const required = require("edge-clv");
    const entries = ["edge-clv", "edge-clv/slim", "edge-clv/widget", "edge-clv/iife"];
    Promise.all(entries.map((entry) => import(entry))).then(([imported]) => {
      console.log(imported === required, Object.keys(required).join());
    });
  `;
  const names = "Model,defaultModel,load,loadSync,newCustomer,predict,predictBatch";
  assert.equal(run(program, "program.cjs", "--no-warnings"), `true ${names}\n`);
});

test("each entry stands alone: what one has loaded, the other has not", () => {
  const program = `
    import { readFileSync } from "node:fs";
    import * as main from "edge-clv";
    import * as slim from "edge-clv/slim";
    slim.loadSync(readFileSync("${folder}/clv.wasm"));
    try { main.predict(${seed.request}); } catch (why) { console.log(why.message); }
    await main.load();
    for (const entry of [slim, main]) console.log(JSON.stringify(entry.predict(${seed.request})));
  `;
  const unloaded = "edge-clv is not loaded: call `await load()` (or `loadSync()`) first";
  assert.equal(run(program), [unloaded, seed.answer, seed.answer, ""].join("\n"));
});

test("the slim entry takes an address, a response, bytes and a compiled module", async () => {
  const server = createServer((request, response) => response.end(wasm)).listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const address = `http://127.0.0.1:${server.address().port}/clv.wasm`;
  for (const load of [
    `await load("${address}")`,
    `await load(new URL("${address}"))`,
    `await load(fetch("${address}"))`,
    `await load(wasm)`,
    `await load(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length))`,
    `await load(readFile(file))`,
    `await load(WebAssembly.compile(wasm))`,
    `await Promise.all([load("http://127.0.0.1:1/").catch(() => {}), load(wasm), load(wasm)])`,
    `await load(new (runInNewContext("WebAssembly.Module"))(wasm))`,
    `loadSync(wasm)`,
    `loadSync(new WebAssembly.Module(wasm)); loadSync()`,
  ]) {
    const program = `
      import { readFileSync } from "node:fs";
      import { readFile } from "node:fs/promises";
      import { runInNewContext } from "node:vm";
      import { load, loadSync, predict } from "edge-clv/slim";
      const file = new URL(import.meta.resolve("edge-clv/clv.wasm"));
      const wasm = readFileSync(file);
      ${load};
      console.log(JSON.stringify(predict(${seed.request})));
    `;
    writeFileSync("program.mjs", program);
    // Without waiting for it alone: the server has to answer meanwhile.
    const { stdout } = await promisify(execFile)(process.execPath, ["program.mjs"]);
    assert.equal(stdout, `${seed.answer}\n`, load);
  }
});

test("the slim entry says what it cannot load", async () => {
  assert.match(thrown("slim.predict({})"), /call `await load\(\)` \(or `loadSync\(\)`\) first/);
  for (const nothing of ["slim.load()", "slim.load(null)", "slim.loadSync('clv.wasm')"]) {
    assert.match(thrown(nothing), /^TypeError: edge-clv\/slim carries no wasm: give `load`/);
  }
  assert.match(thrown("slim.load(new Response('', { status: 404 }))"), /cannot load .*: status 404/);
  assert.match(thrown("slim.load(wasm.subarray(0, 1000))"), /^CompileError/);
  const another = "Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)";
  const message = `Error: this is not the clv.wasm of edge-clv ${manifest.version}:`;
  for (const load of [`slim.load(${another})`, `slim.loadSync(${another})`]) {
    assert.ok(thrown(load).startsWith(message), thrown(load));
  }
});

test("where nothing may be compiled at run time, the entries say which to use", async () => {
  const worker = `
    import * as edgeClv from "./index.js";
    export default {
      async fetch() {
        const said = [];
        for (const load of [edgeClv.load, edgeClv.loadSync]) {
          try { await load(); } catch (why) { said.push(why.message, why.cause.name); }
        }
        return Response.json(said);
      },
    };
  `;
  writeFileSync("forbidden-worker.mjs", worker);
  const { url } = await serve(["forbidden-worker.mjs", join(folder, "index.js")]);
  const said = await (await fetch(url)).json();
  const name = "CompileError";
  assert.deepEqual(said, [said[0], name, said[0], name]);
  assert.match(said[0], /compiles no WebAssembly at run time: .* condition `workerd`/);
});

test("a bundle drops the package where nothing of it is used, but not the widget", () => {
  const esbuild = join(process.env.CONSUMERS, "node_modules/.bin/esbuild");
  const bundle = (program) => {
    writeFileSync("bundled.mjs", program);
    return execFileSync(esbuild, ["bundled.mjs", "--bundle", "--format=esm", "--log-level=error"], {
      encoding: "utf8",
    });
  };
  for (const entry of ["edge-clv", "edge-clv/slim"]) {
    assert.equal(bundle(`import { Model } from "${entry}"; import "${entry}";`), "", entry);
  }
  assert.match(bundle('import "edge-clv/widget";'), /"clv-score"/);
  assert.deepEqual(manifest.sideEffects, ["./widget.js"]);
});

test("the programs of its README print what stands there", () => {
  const esbuild = join(process.env.CONSUMERS, "node_modules/.bin/esbuild");
  writeFileSync("my-model.json", text("model/cdnow.json").replace('"cdnow"', '"my-shop"'));
  const examples = programs(readme);
  const [worker, ...others] = examples.filter(({ printed }) => printed === undefined);
  // That one is deployed in consumers.test.mjs.
  assert.match(worker.program, /export default/);
  assert.deepEqual(others, []);
  for (const { kind, program, printed } of examples) {
    if (printed === undefined) continue;
    const input = { input: program, encoding: "utf8" };
    const script = kind === "mts" ? execFileSync(esbuild, ["--loader=ts"], input) : program;
    const name = `example.${kind === "cjs" ? "cjs" : "mjs"}`;
    assert.equal(run(script, name, "--no-warnings"), printed, program);
  }
});

test("its README tells every entry, and the errors as they are thrown", () => {
  const section = (name) => readme.split(`\n## ${name}\n`)[1].split("\n## ")[0];
  for (const entry of Object.keys(manifest.exports)) {
    if (entry === "./package.json") continue;
    assert.ok(section("Entries").includes(`\`edge-clv${entry.slice(1)}\``), entry);
  }
  const code = readFileSync(join(folder, "slim.js"), "utf8");
  const messages = [...section("Errors").matchAll(/^\| `(.+?)` \|/gm)].map(([, message]) => message);
  assert.equal(messages.length, 6);
  for (const message of messages) assert.ok(code.includes(message), message);
});
