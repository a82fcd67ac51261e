// One of three browsers, the one that ENGINE names, behind the few calls that the tests of the
// widget and the demo store make of it: all three run the same tests.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./support.mjs";

export const engine = process.env.ENGINE;

const screenshots = join(root, "target/screenshots");
mkdirSync(screenshots, { recursive: true });

/** How each engine opens a page: its size, and whether the visitor likes the dark. */
const openers = { Chromium: inChromium, Firefox: inFirefox, WebKit: inWebKit };

/** Where a site under test has an empty page. */
export const FRAME = "/frame.html";

const DESKTOP = { width: 1280, height: 900 };

/** What two pages may share: a browser. It is told of the dark when it starts. */
export async function start({ dark = false } = {}) {
  const { open, close } = await openers[engine](dark);
  return {
    /** A page that knows nothing of earlier ones. */
    async open(url, size = DESKTOP) {
      const page = await open(size);
      await page.goto(url);
      return {
        ...page,
        /** Runs a function in the page, which may take a while; with arguments of JSON. */
        run: (inPage, ...given) =>
          page.evaluate(`(${inPage})(...${JSON.stringify(given)})`),
        /** Waits until a function of the page returns something true. */
        async until(inPage, ...given) {
          // Long after the slowest machine has done it.
          const end = Date.now() + 60_000;
          for (;;) {
            const found = await page.evaluate(`(${inPage})(...${JSON.stringify(given)})`);
            if (found) return found;
            if (Date.now() > end) throw new Error(`in vain: ${inPage}`);
            await new Promise((resolve) => setTimeout(resolve, 30));
          }
        },
        /** Keeps a picture in target/screenshots, to be looked at: of the page, or what one sees of it. */
        async picture(name, whole = true) {
          const file = `${name}-${engine.toLowerCase()}.png`;
          writeFileSync(join(screenshots, file), await page.screenshot(whole));
        },
      };
    },
    close,
  };
}

async function inChromium(dark) {
  const { launch } = await import("./chromium.mjs");
  const browser = await launch();
  const open = async (size) => {
    const colorScheme = dark ? "dark" : "light";
    const context = await browser.newContext({ viewport: size, colorScheme });
    const page = await context.newPage();
    return {
      goto: (url) => page.goto(url),
      evaluate: (expression) => page.evaluate(expression),
      click: (selector) => page.click(selector),
      type: (selector, text) => page.locator(selector).pressSequentially(text),
      press: (key) => page.keyboard.press(key),
      screenshot: (whole) => page.screenshot({ fullPage: whole }),
      close: () => context.close(),
    };
  };
  return { open, close: () => browser.close() };
}

async function inFirefox(dark) {
  const { launch } = await import("./firefox.mjs");
  const browser = await launch({
    extraPrefsFirefox: { "layout.css.prefers-color-scheme.content-override": dark ? 0 : 1 },
  });
  const open = async (size) => {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport(size);
    return {
      goto: (url) => page.goto(url),
      evaluate: (expression) => page.evaluate(expression),
      click: (selector) => page.click(selector),
      type: (selector, text) => page.type(selector, text),
      press: (key) => page.keyboard.press(key),
      screenshot: (whole) => page.screenshot({ fullPage: whole }),
      close: () => context.close(),
    };
  };
  return { open, close: () => browser.close() };
}

async function inWebKit(dark) {
  const { newSession } = await import("./webkit.mjs");
  const { By, Key } = await import("selenium-webdriver");
  const KEYS = {
    Enter: Key.ENTER,
    Tab: Key.TAB,
    ArrowDown: Key.ARROW_DOWN,
    ArrowRight: Key.ARROW_RIGHT,
  };
  // Its windows are no narrower, and what is goes into a frame, for which sites under test serve
  // an empty page.
  const LEAST = 500;
  let session;
  const open = async ({ width, height }) => {
    // There is one at a time.
    await session?.quit();
    session = await newSession({ dark });
    const rect = { x: 0, y: 0, width: Math.max(width, LEAST), height };
    await session.manage().window().setRect(rect);
    const inFrame = async (url) => {
      await session.get(new URL(FRAME, url).href);
      await session.executeScript(
        (src, width) =>
          new Promise((onload) => {
            const frame = Object.assign(document.createElement("iframe"), { src, width, onload });
            frame.style = "border: 0; height: 100vh";
            document.body.append(frame);
          }),
        url,
        width,
      );
      await session.switchTo().frame(0);
    };
    const found = (selector) => session.findElement(By.css(selector));
    return {
      goto: (url) => (width < LEAST ? inFrame(url) : session.get(url)),
      // In a task of the page's own: what the driver calls is followed by the microtasks of
      // each step, not of all.
      evaluate: (expression) =>
        session.executeScript(`return new Promise(setTimeout).then(() => ${expression})`),
      click: (selector) => found(selector).click(),
      type: (selector, text) => found(selector).sendKeys(text),
      press: async (key) => (await session.switchTo().activeElement()).sendKeys(KEYS[key] ?? key),
      screenshot: async () => Buffer.from(await session.takeScreenshot(), "base64"),
      close: async () => {
        await session?.quit();
        session = undefined;
      },
    };
  };
  return { open, close: async () => session?.quit() };
}
