// WebKitGTK's small browser for the tests, driven as the others are, as far as they need it.
import { Builder, Capabilities } from "selenium-webdriver";
import { answering, freePort, start, told } from "./child.mjs";

export async function launch() {
  const session = await newSession();
  return {
    newPage: () => ({
      goto: (url) => session.get(url),
      evaluate: (expression) => session.executeScript(`return ${expression}`),
    }),
    close: () => session.quit(),
  };
}

const drivers = {};

/** A browser that remembers nothing of those before it. */
export async function newSession({ dark = false } = {}) {
  const port = await (drivers[dark] ??= driver(dark));
  return new Builder()
    .usingServer(`http://127.0.0.1:${port}`)
    .withCapabilities(new Capabilities({ browserName: "MiniBrowser" }))
    .build();
}

/** What starts browsers, and the port that it answers at. */
async function driver(dark) {
  const port = await freePort();
  start(process.env.WEBKIT_DRIVER, ["--host=127.0.0.1", `--port=${port}`], {
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      DISPLAY: await display(),
      // (With WEBKIT_DISABLE_COMPOSITING_MODE it would never answer a call for a screenshot.)
      // Its sandbox does not start for root, and all it is shown is ours.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
      // Pages are told of the dark by the desktop's theme.
      GTK_THEME: dark ? "Adwaita:dark" : "Adwaita",
    },
  });
  await answering(`http://127.0.0.1:${port}/status`);
  return port;
}

/** A screen that nobody sees, for the browser has no headless mode. */
async function display() {
  const screen = start("Xvfb", ["-displayfd", "3", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  return `:${await told(screen)}`;
}
