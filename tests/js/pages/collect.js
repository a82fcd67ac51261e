// The first script of every page under test: keeps what goes wrong, and what the widget tells.
window.wrong = [];
window.told = [];
addEventListener("error", (event) => wrong.push(`error: ${event.message}`));
addEventListener("unhandledrejection", (event) => wrong.push(`rejection: ${event.reason}`));
addEventListener("securitypolicyviolation", (event) =>
  wrong.push(`policy: ${event.violatedDirective} ${event.blockedURI}`),
);
for (const type of ["clv:ready", "clv:score", "clv:error"]) {
  addEventListener(type, ({ detail, target, bubbles, composed }) =>
    told.push({
      type,
      id: target.id,
      detail: detail instanceof Error ? { message: detail.message, errors: detail.errors } : detail,
      bubbles,
      composed,
    }),
  );
}

/** Waits until nothing more is to be expected of the widgets: once loaded they take microtasks. */
window.settled = () => new Promise((resolve) => setTimeout(resolve, 60));

/** Waits until what has just changed is drawn: in the next frame, and what follows at once. */
window.drawn = () =>
  new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 10)));
