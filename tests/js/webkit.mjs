// WebKitGTK's small browser for the tests, driven as the others are, as far as they need it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { Builder, Capabilities } from "selenium-webdriver";

export async function launch() {
  const screen = spawn("Xvfb", ["-displayfd", "3", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  const port = await freePort();
  const [display] = await once(screen.stdio[3], "data");
  const driver = spawn(process.env.WEBKIT_DRIVER, ["--host=127.0.0.1", `--port=${port}`], {
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      DISPLAY: `:${String(display).trim()}`,
      // It has no headless mode; without a GPU it need not try to use one.
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
      // Its sandbox does not start for root; all it is shown is ours.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
    },
  });
  await answering(port);
  const session = await new Builder()
    .usingServer(`http://127.0.0.1:${port}`)
    .withCapabilities(new Capabilities({ browserName: "MiniBrowser" }))
    .build();
  return {
    newPage: () => ({
      goto: (url) => session.get(url),
      evaluate: (expression) => session.executeScript(`return ${expression}`),
    }),
    async close() {
      await session.quit();
      driver.kill();
      screen.kill();
    },
  };
}

/** The driver does not tell which port it takes, so it is told one. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

async function answering(port) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await fetch(`http://127.0.0.1:${port}/status`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
