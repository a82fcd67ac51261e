// Programs that a test starts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const children = [];
process.once("exit", () => children.forEach((child) => child.kill()));

/** Starts a program that keeps nobody waiting and ends with this one, however that ends. */
export function start(program, args, options) {
  const child = spawn(program, args, options);
  child.unref();
  children.push(child);
  return child;
}

/** Passes on what pipes bring; the function it returns gives all of it so far. */
export function heard(pipes) {
  const pieces = [];
  for (const pipe of pipes) {
    pipe.on("data", (piece) => {
      pieces.push(piece);
      process.stderr.write(piece);
    });
  }
  return () => Buffer.concat(pieces).toString();
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

/** A port for a program that has to be told one. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** Waits until something answers at an address. */
export async function answering(address) {
  while (!(await fetch(address).catch(() => false))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
