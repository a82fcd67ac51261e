// A headless Firefox for the tests.
import puppeteer from "puppeteer-core";

export const launch = (options) =>
  puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX,
    headless: true,
    ...options,
  });
