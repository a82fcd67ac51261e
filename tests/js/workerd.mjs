// The Workers runtime by itself, serving a Worker of given modules.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import workerd from "workerd";

const kinds = { ".js": "esModule", ".mjs": "esModule", ".json": "json", ".wasm": "wasm" };

/** Serves on a free port; the first of the files is the Worker, the others what it imports. */
export async function serve(files) {
  const folder = mkdtempSync(join(tmpdir(), "edge-clv-"));
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
  const runtime = spawn(workerd.default, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const ended = once(runtime, "exit").then(() => {
    throw new Error("workerd ended before it served");
  });
  const [told] = await Promise.race([once(runtime.stdio[3], "data"), ended]);
  return {
    url: `http://127.0.0.1:${JSON.parse(told).port}/`,
    close() {
      runtime.kill();
      rmSync(folder, { recursive: true });
    },
  };
}
