// The Workers runtime by itself, serving a Worker of given modules.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import workerd from "workerd";
import { heard, start, told } from "./child.mjs";

const kinds = { ".js": "esModule", ".mjs": "esModule", ".json": "json", ".wasm": "wasm" };

const folders = [];
process.once("exit", () => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/**
 * Where it serves, the running program, when that was started, and what it has said since. The
 * first of the files is the Worker, the others are what it imports, by their names or by their
 * paths in the folder `from`. `bindings` are the Worker's, in Cap'n Proto text; `others` are
 * further Workers that they may name, by the text of their one module.
 */
export async function serve(files, { bindings = [], others = {}, from } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "edge-clv-"));
  folders.push(folder);
  const modules = files.map((file) => {
    const name = from === undefined ? basename(file) : relative(from, file);
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(file, join(folder, name));
    return `(name = "${name}", ${kinds[extname(name)]} = embed "${name}")`;
  });
  const date = `compatibilityDate = "${workerd.compatibilityDate}"`;
  const services = Object.entries(others).map(([name, text]) => {
    writeFileSync(join(folder, `${name}.other.js`), text);
    const module = `(name = "${name}.js", esModule = embed "${name}.other.js")`;
    return `, (name = "${name}", worker = (${date}, modules = [${module}]))`;
  });
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "worker", worker = .worker)${services.join("")}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  ${date},
  modules = [${modules.join(", ")}],
  bindings = [${bindings.join(", ")}],
);
`,
  );
  const begun = performance.now();
  const runtime = start(workerd.default, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const pipes = [runtime.stdout, runtime.stderr];
  const said = heard(pipes);
  pipes.forEach((pipe) => pipe.unref());
  const { port } = JSON.parse(await told(runtime));
  return { url: `http://127.0.0.1:${port}/`, runtime, begun, said };
}

/** Serves the Worker as it is built, or as another folder has it. */
export function serveBuilt(root, { folder = "worker", ...options } = {}) {
  const from = resolve(root, folder);
  const files = ["entry.js", "build/index.js", "build/index_bg.wasm"];
  return serve(files.map((file) => join(from, file)), { from, ...options });
}
