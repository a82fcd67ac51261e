// The Google Tag Manager template, in a sandbox of stubs.
import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import * as edgeClv from "edge-clv";
import { VIP, pageOf, read, visit } from "./integrations.mjs";

edgeClv.loadSync();

const template = read("google-tag-manager/template.tpl");
const sections = Object.fromEntries(
  [...template.matchAll(/^___(\w+)___\n([^]*?)(?=^___|(?![^]))/gm)].map(([, name, body]) => [
    name,
    body.trim(),
  ]),
);

/** Runs the template's code with APIs of this table; `data` is what the fields hold. */
function runTag(apis, data) {
  const code = `"use strict"; ${sections.SANDBOXED_JS_FOR_WEB_TEMPLATE}`;
  const require = (name) => {
    assert.ok(Object.hasOwn(apis, name), `${name} is no API of the sandbox`);
    return apis[name];
  };
  // The sandbox has nothing else: no window, no pageOf, no Promise.
  vm.runInNewContext(`(require, data) => { ${code} }`, {})(require, data);
}

test("Google Tag Manager: the template's sections are whole", () => {
  assert.deepEqual(Object.keys(sections), [
    "INFO",
    "TEMPLATE_PARAMETERS",
    "SANDBOXED_JS_FOR_WEB_TEMPLATE",
    "WEB_PERMISSIONS",
    "TESTS",
    "NOTES",
  ]);
  assert.equal(JSON.parse(sections.INFO).type, "TAG");
  const fields = JSON.parse(sections.TEMPLATE_PARAMETERS);
  const code = sections.SANDBOXED_JS_FOR_WEB_TEMPLATE;
  for (const [, field] of code.matchAll(/\bdata\.(?!gtmOn)(\w+)/g)) {
    assert.ok(
      fields.some(({ name }) => name === field),
      field,
    );
  }
  const permissions = JSON.parse(sections.WEB_PERMISSIONS);
  const byId = (id) =>
    JSON.stringify(permissions.find(({ instance }) => instance.key.publicId === id));
  for (const [, name] of code.matchAll(/callInWindow\('([\w.]+)'/g)) {
    assert.ok(byId("access_globals").includes(`"${name}"`), name);
  }
  assert.ok(byId("access_globals").includes('"dataLayer"'));
  for (const { value } of fields.find(({ name }) => name === "consent").selectItems) {
    assert.ok(byId("access_consent").includes(`"${value}"`), value);
  }
  const { defaultValue } = fields.find(({ name }) => name === "script");
  assert.ok(byId("inject_script").includes(defaultValue));
  // What the sandbox does not know.
  assert.doesNotMatch(
    code,
    /\b(new|this|window|document|async|await|try|class|function)\b|`|\.\.\./,
  );
});

test("Google Tag Manager: the template's own tests pass", () => {
  const setup = sections.TESTS.match(/^setup: \|-\n((?: {2}.*\n?)*)/m)[1];
  const scenarios = [
    ...sections.TESTS.matchAll(/^- name: (.*)\n {2}code: \|-\n((?: {4}.*\n?)*)/gm),
  ];
  assert.equal(scenarios.length, 6);
  for (const [, name, code] of scenarios) {
    const calls = {};
    const apis = { makeNumber: Number, addConsentListener: () => {} };
    const mockApi = (name, value) => {
      apis[name] = (...given) => {
        calls[name] = (calls[name] ?? 0) + 1;
        return typeof value === "function" ? value(...given) : value;
      };
    };
    const ended = (name) => () => (calls[name] = (calls[name] ?? 0) + 1);
    const runCode = (data) =>
      runTag(apis, {
        ...data,
        gtmOnSuccess: ended("gtmOnSuccess"),
        gtmOnFailure: ended("gtmOnFailure"),
      });
    const plain = (value) => JSON.parse(JSON.stringify(value));
    const assertThat = (got) => ({
      isEqualTo: (value) => assert.deepEqual(plain(got), plain(value), name),
    });
    const assertApi = (api) => ({
      wasCalled: () => assert.ok(calls[api] > 0, `${name}: ${api} was not called`),
      wasNotCalled: () => assert.equal(calls[api], undefined, `${name}: ${api} was called`),
    });
    const context = { mock: mockApi, runCode, assertThat, assertApi };
    vm.runInNewContext(`{ ${setup}\n${code} }`, context);
  }
});

test("Google Tag Manager: with the package, the segment alone is told", () => {
  const told = [];
  let injected;
  const apis = {
    addConsentListener: () => assert.fail("consent was given"),
    // A path within the window.
    callInWindow: (path, ...given) =>
      path.split(".").reduce((within, key) => within[key], { edgeClv })(...given),
    createQueue: (name) => (entry) => told.push([name, entry]),
    injectScript: (url, done) => {
      injected = url;
      done();
    },
    isConsentGranted: () => true,
    makeNumber: Number,
  };
  let outcome;
  const end = (what) => () => (outcome = what);
  const { monetary_value: monetaryValue, ...rest } = VIP;
  const script = "https://shop.example/edge-clv/iife.js";
  const ends = { gtmOnSuccess: end("success"), gtmOnFailure: end("failure") };
  runTag(apis, { script, monetaryValue: String(monetaryValue), ...rest, ...ends });
  assert.equal(outcome, "success");
  assert.equal(injected, script);
  const { segment } = edgeClv.predict(VIP);
  assert.equal(
    JSON.stringify(told),
    JSON.stringify([["dataLayer", { event: "clv_segment", clv_segment: segment }]]),
  );
});

test("Google Tag Manager: in a page, with the script that is injected", async () => {
  const { page, asked, done } = await visit({
    "/": pageOf(""),
    "/edge-clv/iife.js": read("google-tag-manager/iife.js"),
  });
  /** The template's code with what a container would do for it. */
  const tag = (code, data) =>
    new Promise((resolve) => {
      const apis = {
        addConsentListener: () => {},
        // What it calls may throw; the sandbox, which knows no `try`, then has no answer.
        callInWindow: (path, ...given) => {
          try {
            return path.split(".").reduce((within, key) => within[key], window)(...given);
          } catch (why) {
            (window.thrown ??= []).push(why.message);
          }
        },
        createQueue: (name) => (entry) => (window[name] ??= []).push(entry),
        injectScript: (src, onload, onerror) =>
          document.head.append(Object.assign(document.createElement("script"), { src, onload, onerror })),
        isConsentGranted: () => true,
        makeNumber: Number,
      };
      const ends = { gtmOnSuccess: () => resolve("success"), gtmOnFailure: () => resolve("failure") };
      new Function("require", "data", code)((name) => apis[name], { ...data, ...ends });
    });
  const run = (data) =>
    page.evaluate(`(${tag})(${JSON.stringify(sections.SANDBOXED_JS_FOR_WEB_TEMPLATE)}, ${JSON.stringify(data)})`);
  const { monetary_value: monetaryValue, ...rest } = VIP;
  const script = "/edge-clv/iife.js";
  assert.equal(await run({ script, monetaryValue, ...rest }), "success");
  assert.equal(await run({ script, monetaryValue, ...rest, recency: rest.T + 1 }), "failure");
  const { segment } = edgeClv.predict(VIP);
  const [told, thrown] = await page.evaluate(() => [dataLayer, thrown]);
  assert.deepEqual(told, [{ event: "clv_segment", clv_segment: segment }]);
  assert.match(thrown.join(), /^\/recency: .*recency <= T/);
  assert.deepEqual([...new Set(asked)], ["/", script]);
  await done();
});
