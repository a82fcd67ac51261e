// Programs that a test starts.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Starts a program that keeps nobody waiting and ends with this one, however that ends. */
export function start(program, args, options) {
  const child = spawn(program, args, options);
  child.unref();
  process.once("exit", () => child.kill());
  return child;
}

/** The first line that a program writes to its file descriptor 3. */
export async function told(child) {
  const pipe = child.stdio[3];
  for await (const line of createInterface({ input: pipe })) {
    // Closed, it could end a program that has more to write.
    pipe.unref();
    return line;
  }
  throw new Error(`${child.spawnfile} ended without a word`);
}
