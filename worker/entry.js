// What the runtime calls. The class that worker-build makes costs each request two proxies,
// which are for Durable Objects; its method is taken as it is.
import Entrypoint from "./build/index.js";

const { fetch } = Entrypoint.prototype;

/** For what must not happen; the Worker's memory is made anew before the next request. */
function failed() {
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
    vary: "Origin",
  };
  return new Response(JSON.stringify(problem), { status: 500, headers });
}

export default {
  fetch(request, env, ctx) {
    try {
      return fetch.call({ env, ctx }, request).catch(failed);
    } catch {
      return failed();
    }
  },
};
