// schemathesis over the Worker's OpenAPI document, every check on, against the Worker in the real
// Workers runtime: at least CASES cases, and nothing found but what hooks.py passes over, of which
// there may not be much.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serveBuilt } from "../js/workerd.mjs";

const { ROOT, PYTHON, CASES } = process.env;
const key = "schemathesis";
const sha256 = createHash("sha256").update(key).digest("hex");
const bindings = [`(name = "API_KEYS", text = "${sha256}")`];
const { url, runtime } = await serveBuilt(ROOT, { bindings });

const report = join(ROOT, "target/schemathesis.json");
const { status } = spawnSync(
  PYTHON,
  [
    ...["-m", "schemathesis.cli"],
    ...["run", join(ROOT, "worker/openapi.json"), "--url", url, "--checks", "all"],
    ...["--header", `Authorization: Bearer ${key}`, "--max-examples", "260", "--seed", "1"],
    ...["--continue-on-failure", "--no-color", "--no-shrink"],
    ...["--report", "json", "--report-json-path", report],
  ],
  {
    // It keeps notes where it runs.
    cwd: join(ROOT, "target"),
    env: { ...process.env, SCHEMATHESIS_HOOKS: join(import.meta.dirname, "hooks.py") },
    stdio: "inherit",
  },
);
assert.equal(status, 0, "schemathesis found something");
assert.equal(runtime.exitCode, null);
const { test_cases, failures, errors, filtered } = JSON.parse(readFileSync(report, "utf8"));
console.log({ ...test_cases, filtered });
assert.deepEqual([failures, errors], [[], []]);
assert.ok(test_cases.generated >= Number(CASES), `only ${test_cases.generated} cases`);
// Most are of rules between values, such as recency <= T, that no schema states.
const most = Math.ceil(test_cases.generated / 5);
assert.ok(filtered <= most, `${filtered} findings were passed over, more than ${most}`);
process.exit();
