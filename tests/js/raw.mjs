// HTTP/1.1 byte by byte, for requests that no well-behaved client sends.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { assertDescribed } from "./described.mjs";

/** Longer nobody is left waiting. */
const PATIENCE = 10_000;

/**
 * What a server says to some bytes, until it closes the connection or falls silent for good:
 * every answer, and whether it closed. Pieces are sent one after the other, numbers between them
 * are milliseconds to wait; `end` closes our side afterwards.
 */
export async function exchange(url, pieces, { answers = 1, end = false } = {}) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const received = [];
  let closed = false;
  const enough = Promise.withResolvers?.() ?? withResolvers();
  const late = AbortSignal.timeout(PATIENCE);
  late.onabort = () => enough.reject(new Error("no answer in time"));
  socket.on("data", (data) => {
    received.push(data);
    if (parsed(Buffer.concat(received)).length >= answers) enough.resolve();
  });
  // A server that has said what there is to say may refuse to read on.
  socket.on("error", () => enough.resolve());
  socket.on("close", () => {
    closed = true;
    enough.resolve();
  });
  for (const piece of pieces.flat()) {
    if (typeof piece === "number") await setTimeout(piece);
    else if (!socket.destroyed) socket.write(piece);
  }
  if (end) socket.end();
  await enough.promise.finally(() => {
    late.onabort = null;
    socket.destroy();
  });
  return { answers: parsed(Buffer.concat(received)), closed };
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

/** The answers that are complete in what came. */
function parsed(bytes) {
  const answers = [];
  for (;;) {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return answers;
    const [status, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
    const headers = new Headers(lines.map((line) => /^([^:]+):\s*(.*)$/.exec(line).slice(1)));
    let body = bytes.subarray(end + 4);
    if (headers.get("transfer-encoding") === "chunked") {
      const whole = unchunked(body);
      if (whole === null) return answers;
      [body, bytes] = whole;
    } else {
      const length = Number(headers.get("content-length") ?? 0);
      if (body.length < length) return answers;
      [body, bytes] = [body.subarray(0, length), body.subarray(length)];
    }
    const [, code] = /^HTTP\/1\.[01] (\d{3})/.exec(status);
    answers.push({ status: Number(code), headers, text: body.toString() });
  }
}

function unchunked(bytes) {
  const chunks = [];
  for (;;) {
    const end = bytes.indexOf("\r\n");
    if (end < 0) return null;
    const length = Number.parseInt(bytes.subarray(0, end).toString(), 16);
    if (bytes.length < end + 2 + length + 2) return null;
    chunks.push(bytes.subarray(end + 2, end + 2 + length));
    bytes = bytes.subarray(end + 2 + length + 2);
    if (length === 0) return [Buffer.concat(chunks), bytes];
  }
}

/** A request of this first line, with the headers that every one has. */
export function head(line, headers = {}) {
  const lines = Object.entries({ host: "localhost", ...headers });
  return `${line}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

/** `POST` of a body whose length is announced. */
export function post(path, body, headers = {}) {
  const bytes = Buffer.from(body);
  const own = { "content-type": "application/json", "content-length": bytes.length, ...headers };
  return [head(`POST ${path} HTTP/1.1`, own), bytes];
}

/** The same in chunks, without its length. */
export function chunked(path, bodies, headers = {}) {
  const own = { "content-type": "application/json", "transfer-encoding": "chunked", ...headers };
  const chunks = bodies.flatMap((body) => {
    const bytes = Buffer.from(body);
    return [`${bytes.length.toString(16)}\r\n`, bytes, "\r\n"];
  });
  return [head(`POST ${path} HTTP/1.1`, own), ...chunks, "0\r\n\r\n"];
}

/** Asserts that an answer is a problem document of this status and kind. */
export function assertProblem({ status, headers, text }, expected, kind) {
  assert.equal(status, expected, text);
  assert.equal(headers.get("content-type"), "application/problem+json");
  const document = JSON.parse(text);
  assert.equal(document.status, status);
  assert.ok(document.title && document.detail, text);
  assertDescribed(status, headers, document);
  if (kind) assert.equal(document.type, `urn:edge-clv:problem:${kind}`, text);
  return document;
}
