// What strict TypeScript says of the packed package: it accepts the examples of both READMEs
// and tests/types, which also holds what it has to refuse.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { programs } from "./examples.mjs";
import { root, text } from "./support.mjs";

/** Compiles all files of a folder, strictly, without writing any. */
function compile(folder, options) {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipDefaultLibCheck: true,
    target: "es2022",
    lib: ["es2022", "dom"],
    types: [],
    ...options,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const tsc = join(root, "node_modules/.bin/tsc");
  try {
    execFileSync(tsc, ["--project", folder], { encoding: "utf8", stdio: "pipe" });
  } catch ({ stdout }) {
    assert.fail(stdout);
  }
}

// The ways in which packages are found: in Node, where types of its own stand in for the DOM's;
// by a bundler; and as those ask who build for workerd.
const node = { module: "nodenext", moduleResolution: "nodenext" };
const inNode = {
  ...node,
  lib: ["es2022"],
  types: ["node"],
  typeRoots: [join(process.env.CONSUMERS, "node_modules/@types")],
};
const bundler = { module: "esnext", moduleResolution: "bundler" };
const workerd = { ...bundler, customConditions: ["workerd"] };

/** An empty folder of this project, so that the package is found. */
function fresh(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
}

test("the types accept what is right and refuse what is wrong", () => {
  const folder = fresh("types");
  cpSync(join(root, "tests/types"), folder, { recursive: true });
  const exact = { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
  for (const way of [node, bundler, workerd]) compile(folder, { ...way, ...exact });
});

test("a server without the DOM's types may import the widget, and what it is made of", () => {
  const folder = fresh("server-types");
  writeFileSync(
    join(folder, "server.mts"),
    `import { ClvScore, profileOfOrders, type Order } from "edge-clv/widget";
    import address from "edge-clv/clv.wasm";
    import { load } from "edge-clv/slim";

    await load(address);
    const orders: Order[] = [{ date: "2025-01-01", amount: 5 }];
    const T: number = profileOfOrders(orders, "2025-01-31").T;
    const segment: string | undefined = new ClvScore().result?.segment;
    // @ts-expect-error there is no DOM here
    document.body;
    // @ts-expect-error an order has an amount
    profileOfOrders([{ date: "2025-01-01" }]);
    void [T, segment];`,
  );
  compile(folder, inNode);
});

test("strict TypeScript accepts the READMEs' examples", () => {
  for (const [name, markdown] of [
    ["README", text("README.md")],
    ["package's README", text("pkg/README.md")],
  ]) {
    const folder = fresh("readme-types");
    // A client of the Worker has nothing of the package's, whose types these are.
    const found = programs(markdown).filter(({ program }) => program.includes('"edge-clv'));
    assert.ok(found.length > 0, name);
    found.forEach(({ kind, program }, i) => {
      writeFileSync(join(folder, `example-${i}.${kind}`), program);
    });
    compile(folder, { ...inNode, allowJs: true, checkJs: true });
  }
});
