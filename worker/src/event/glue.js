// The runtime's side of the Worker, where one call into it does the work of a dozen.

const LISTED = ["content-type", "content-length", "origin", "x-model"];
const CREDENTIALS = ["authorization", "x-api-key", "cf-connecting-ip", "accept"];
const fields = (headers, names) => names.map((name) => headers.get(name) ?? "").join("\n");

/**
 * The head of a request, a field a line: no field can have a line's end in it. Where a body comes
 * in chunks its length is unknown, whatever else is said: the runtime passes both headers on, and
 * the chunks count.
 */
export function head({ method, url, headers }) {
  const [type, length, origin, model] = LISTED.map((name) => headers.get(name) ?? "");
  const known = headers.has("transfer-encoding") ? "" : length;
  return `${method}\n${url}\n${type}\n${known}\n${origin}\n${model}`;
}

export function credentials(request) {
  return fields(request.headers, CREDENTIALS);
}

/** A variable's text. */
export function variable(env, name) {
  const value = env[name];
  return typeof value === "string" ? value : "";
}

/** Headers for `respond`, made once and used again: the runtime copies them as they are. */
export function headers(pairs) {
  return new Headers(pairs);
}

/** An answer that is short. */
export function respondText(status, headers, body) {
  return new Response(body === "" ? null : body, { status, headers });
}

/** An answer; what is passed as a view of the Worker's memory is copied. */
export function respond(status, headers, body) {
  return new Response(body.length === 0 ? null : body.slice(), { status, headers });
}

/**
 * What `answer` makes of the text of a body, of nothing if it broke off, of null if the client
 * asks too often.
 */
export function answered(request, limiter, key, answer, model, origin) {
  const text =
    limiter === undefined
      ? request.text()
      : limit(limiter, key).then((within) => (within ? request.text() : null));
  return text.then(
    (text) => answer(text, model, origin),
    () => answer(undefined, model, origin),
  );
}

/**
 * A body's bytes; `null` if it is longer than `limit`. Past the limit it is read on to
 * `patience` and thrown away: to break off in the middle would cost the client its connection
 * and the answer that says why.
 */
export async function whole(request, announced, limit, patience) {
  if (announced) return new Uint8Array(await request.arrayBuffer());
  if (request.body === null) return new Uint8Array(0);
  const chunks = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else if (length > patience) return null;
  }
  if (length > limit) return null;
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** What reads a body piece by piece; `undefined` if there is none. */
export function reader(request) {
  return request.body?.getReader({ mode: "byob" });
}

/** The next piece; `undefined` at the end. */
export async function read(reader) {
  if (reader === undefined) return undefined;
  const { done, value } = await reader.read(new Uint8Array(65536));
  return done ? undefined : value;
}

/**
 * Frees a table, wherever its answer was left. One of a memory that is lost went with it: the
 * memory is made anew first, or the place would be freed that is another's now.
 */
function drop(table) {
  try {
    table.constructor.settle();
    table.end();
  } catch {
    // It says that it is of the memory before.
  }
}

/** An answer that is made while it is taken: `first`, then what `table` makes of each piece. */
export function stream(status, headers, first, table, from) {
  const body = new ReadableStream(
    {
      start(controller) {
        if (first.length > 0) controller.enqueue(first.slice());
      },
      async pull(controller) {
        try {
          for (;;) {
            // To break off as well would not be seen: the runtime ends an answer as if it were whole.
            const piece = await read(from).catch(() => null);
            const made = piece ? table.push(piece) : table.finish(piece === undefined);
            if (made.length > 0) controller.enqueue(made);
            if (!piece) controller.close();
            if (made.length > 0 || !piece) return;
          }
        } catch (error) {
          if (error instanceof WebAssembly.RuntimeError) reportError(error);
          drop(table);
          throw error;
        }
      },
      async cancel(reason) {
        drop(table);
        await from?.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status, headers });
}

/** Whether a client may go on; a limiter that fails stops nobody. */
export async function limit(limiter, key) {
  try {
    return (await limiter.limit({ key })).success !== false;
  } catch {
    return true;
  }
}

export function waitUntil(context, promise) {
  context.waitUntil(promise);
}

/** The value of a key: text, `null` if there is none, `undefined` if the store fails or is slow. */
export async function stored(store, key, patience) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, patience);
  });
  try {
    const value = await Promise.race([store.get(key, { type: "text", cacheTtl: 30 }), late]);
    return value === null || typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** A file of the site; `undefined` where the Worker is served without one. */
export async function asset(env, request, url, method) {
  return env.ASSETS?.fetch(method === "GET" ? request : new Request(url, { method: "HEAD" }));
}

/** What answers with an error where the Worker's memory is lost; see `guarded`. */
const waiting = new Set();
/** The latest loss: who waits since then waits for the memory that was made anew. */
let latest;
addEventListener("error", ({ error }) => {
  if (!(error instanceof WebAssembly.RuntimeError) || error === latest) return;
  latest = error;
  for (const reject of waiting) reject(error);
  waiting.clear();
});

/** A promise of Rust's: after a panic nobody is left to keep it, and whoever waits is told. */
export function guarded(promise) {
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    promise.then(resolve, reject).finally(() => waiting.delete(reject));
  });
}
