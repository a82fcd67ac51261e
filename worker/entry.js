// What the runtime calls. The class that worker-build makes costs each request two proxies,
// which are for Durable Objects; its method is taken as it is.
import Entrypoint, { Streamed } from "./build/index.js";

const { fetch } = Entrypoint.prototype;

/** For what must not happen: to the letter the answer of the Worker itself where it fails. */
function failed(error) {
  // In a panic the Worker's memory is lost, and whoever waits for an answer from it hears of it
  // where errors are listened for.
  if (error instanceof WebAssembly.RuntimeError) reportError(error);
  try {
    // The memory is made anew at once, so that what is left of the one before is known as that.
    Streamed.settle();
  } catch {
    // The next request tries again.
  }
  const problem = {
    type: "urn:edge-clv:problem:failed",
    title: "Something went wrong here",
    status: 500,
    detail: "The request was not answered; ask again.",
  };
  const headers = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    vary: "Origin",
  };
  return new Response(JSON.stringify(problem), { status: 500, headers });
}

export default {
  fetch(request, env, ctx) {
    try {
      return fetch.call({ env, ctx }, request).catch(failed);
    } catch (error) {
      return failed(error);
    }
  },
};
