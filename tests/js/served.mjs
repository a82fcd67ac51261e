// A server for pages under test that counts what they ask for, in any engine.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const TYPES = { css: "text/css", html: "text/html", js: "text/javascript", json: "application/json" };

/**
 * Serves what `answer` returns for a request's path: {status, headers, body}, or nothing.
 * `requests` is what was asked for; `close` cuts the network off.
 */
export async function serve(answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const body = await new Response(request).text();
    requests.push(request.url);
    const found = await answer(request, body);
    const { status = 200, headers = {}, body: content } = found ?? { status: 404, body: "" };
    response.writeHead(status, headers).end(content);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  // A test that fails before it closes this must not keep the others waiting.
  server.unref();
  const url = `http://127.0.0.1:${server.address().port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url, requests, close };
}

/** A file with its type, or nothing. */
export function file(path, name = path) {
  const type = TYPES[name.split(".").pop()] ?? "text/plain";
  try {
    return { headers: { "content-type": `${type}; charset=utf-8` }, body: readFileSync(path) };
  } catch {
    return undefined;
  }
}

/** The script that comes first on every page. */
export const collector = "pages/collect.js";
