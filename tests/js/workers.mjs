// The built Worker in the real Workers runtime, with settings and bindings of a test's own.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { heard } from "./child.mjs";
import { root } from "./support.mjs";

const module = (path, type) => ({
  type,
  path,
  contents: readFileSync(join(root, "worker", path), type === "ESModule" ? "utf8" : undefined),
});

/** A store of models that a test moulds: `mode` is what it does when asked. */
const STORE = `
import { WorkerEntrypoint } from "cloudflare:workers";
const values = new Map();
let mode = "answers";
let asked = 0;
export default class extends WorkerEntrypoint {
  async fetch(request) {
    const told = await request.json();
    if (told.mode !== undefined) mode = told.mode;
    for (const [key, value] of told.values ?? []) values.set(key, value);
    return Response.json({ asked });
  }
  async get(key) {
    asked++;
    if (mode === "fails") throw new Error("the store is down");
    if (mode === "hangs") await new Promise((resolve) => setTimeout(resolve, 60000));
    if (mode === "rambles") return { not: "text" };
    return values.get(key) ?? null;
  }
}`;

/**
 * Starts the Worker; `store` gives it the store above, `said` is what the runtime has written.
 * Dispose of it in the end.
 */
export async function start({ bindings = {}, store = false, ...options } = {}) {
  const worker = {
    name: "worker",
    modules: [
      module("entry.js", "ESModule"),
      module("build/index.js", "ESModule"),
      module("build/index_bg.wasm", "CompiledWasm"),
    ],
    compatibilityDate: "2026-04-01",
    bindings,
    serviceBindings: {
      ASSETS: () => new Response("no such file", { status: 404 }),
      ...(store ? { MODELS: "store" } : {}),
    },
    ...options,
  };
  const workers = [worker];
  if (store) {
    const contents = { type: "ESModule", path: "store.js", contents: STORE };
    workers.push({ name: "store", modules: [contents], compatibilityDate: "2026-04-01" });
  }
  let said;
  const handleRuntimeStdio = (...pipes) => {
    said = heard(pipes);
  };
  const runtime = new Miniflare({ host: "127.0.0.1", port: 0, cf: false, handleRuntimeStdio, workers });
  const base = (await runtime.ready).origin;
  const tell = async (told) => {
    const worker = await runtime.getWorker("store");
    const answer = await worker.fetch("http://store/", { method: "POST", body: JSON.stringify(told) });
    return answer.json();
  };
  return { base, tell, said, dispose: () => runtime.dispose() };
}
