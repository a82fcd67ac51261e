// Who is measured, each started as it would be served.
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { start } from "../../tests/js/child.mjs";
import { serve, serveBuilt } from "../../tests/js/workerd.mjs";

const { ROOT, PICKLED, PYTHON } = process.env;
export const key = "bench";

/** The Worker, which has to know the key that it is asked with. */
export function worker() {
  const sha256 = createHash("sha256").update(key).digest("hex");
  return serveBuilt(ROOT, { bindings: [`(name = "API_KEYS", text = "${sha256}")`] });
}

const floor = () => serve([join(import.meta.dirname, "floor.js")]);

/** As `pip install fastapi uvicorn` has it, or with the loop and the parser in C that may be added. */
async function fastapi(loop = "asyncio", http = "h11") {
  const { port } = await new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(address));
    });
  });
  const begun = performance.now();
  const quiet = ["--no-access-log", "--log-level", "warning"];
  const made = ["--loop", loop, "--http", http];
  const args = ["-m", "uvicorn", "api:app", "--port", `${port}`, ...made, ...quiet];
  const runtime = start(PYTHON, args, {
    cwd: import.meta.dirname,
    env: { ...process.env, PICKLED },
    stdio: "inherit",
  });
  return { url: `http://127.0.0.1:${port}/`, runtime, begun };
}

export const contestants = {
  worker,
  floor,
  fastapi: () => fastapi(),
  tuned: () => fastapi("uvloop", "httptools"),
};

export const profile = readFileSync(join(ROOT, "tests/golden/seed-request.json"), "utf8").trim();

/** The first answer to the profile, as soon as there is one; nobody may take a minute. */
export async function firstAnswer({ url, runtime, begun }) {
  while (performance.now() - begun < 60_000 && runtime.exitCode === null) {
    try {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}predict`, { method: "POST", headers, body: profile });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`status ${answer.status}: ${text}`);
      return { text, milliseconds: performance.now() - begun };
    } catch (error) {
      if (error.cause?.code !== "ECONNREFUSED") throw error;
      await setTimeout(2);
    }
  }
  throw new Error(`${url} does not answer`);
}

export function ended({ runtime }) {
  runtime.ref();
  const gone = new Promise((resolve) => runtime.once("exit", resolve));
  runtime.kill();
  return gone;
}
