// The Workers runtime by itself, serving a Worker of given modules.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import workerd from "workerd";
import { start, told } from "./child.mjs";

const kinds = { ".js": "esModule", ".mjs": "esModule", ".json": "json", ".wasm": "wasm" };

/** Where it serves; the first of the files is the Worker, the others are what it imports. */
export async function serve(files) {
  const folder = mkdtempSync(join(tmpdir(), "edge-clv-"));
  process.once("exit", () => rmSync(folder, { recursive: true }));
  const modules = files.map((file) => {
    const name = basename(file);
    copyFileSync(file, join(folder, name));
    return `(name = "${name}", ${kinds[extname(name)]} = embed "${name}")`;
  });
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "worker", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  compatibilityDate = "${workerd.compatibilityDate}",
  modules = [${modules.join(", ")}],
);
`,
  );
  const runtime = start(workerd.default, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const { port } = JSON.parse(await told(runtime));
  return `http://127.0.0.1:${port}/`;
}
