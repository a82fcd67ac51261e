// The packed package and the widget in the browser that ENGINE names.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { engine, start } from "./engine.mjs";
import { collector, file, serve } from "./served.mjs";
import { answersDigest, digest, model, profile, seed, table, text } from "./support.mjs";

// The strictest policy a store can have; nothing may connect anywhere.
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src data:; " +
  "connect-src 'none'; base-uri 'none'; form-action 'none'";

const PROFILE = 'frequency="5" recency="200" t="300" monetary-value="45.5" locale="en-US"';
const BADGE = `<clv-score id="badge" ${PROFILE}></clv-score>`;
const WIDGET = '<script type="module" src="/edge-clv/widget.js"></script>';
const bands = model.segments.bands.map((band) => band.name);

let browser;
let site;
const bodies = new Map();
before(async () => {
  browser = await start();
  site = await serve(({ url }) => {
    const { pathname } = new URL(url, "http://127.0.0.1");
    if (bodies.has(pathname)) {
      const { body, policy } = bodies.get(pathname);
      const headers = { "content-type": "text/html" };
      if (policy) headers["content-security-policy"] = policy;
      const head =
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Test</title>' +
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="/pages/store.css">' +
        '<script src="/pages/collect.js"></script>';
      return { headers, body: head + body };
    }
    if (pathname === "/pages/store.css") return file("pages/store.css");
    if (pathname === `/${collector}`) return file(collector);
    // What was installed from the tarball; a second copy of it lies in another folder.
    return file(pathname.replace(/^\/(edge-clv|copy)\//, "node_modules/edge-clv/"));
  });
});
after(async () => {
  await browser.close();
  await site.close();
});

/** A page with this body, in which nothing has gone wrong when `done` is called. */
async function openWith(body, policy = POLICY) {
  const path = `/page-${bodies.size}.html`;
  bodies.set(path, { body, policy });
  const page = await browser.open(site.url + path);
  const done = async () => {
    const wrong = await page.run(() => wrong);
    await page.close();
    assert.deepEqual(wrong, []);
  };
  return { ...page, path, done };
}

const scored = () => document.querySelector("clv-score")?.result;

test(`the packed package answers the seed payload and every customer in ${engine}`, async () => {
  const page = await openWith("");
  const customers = table("data/cdnow-rfm.csv").map(profile);
  const [answer, answers, batch] = await page.run(
    async (request, customers) => {
      const { load, predict, predictBatch } = await import("/edge-clv/index.js");
      await load();
      const column = (name) => Float64Array.from(customers, (each) => each[name] ?? NaN);
      const columns = {
        frequency: column("frequency"),
        recency: column("recency"),
        T: column("T"),
        monetary_value: column("monetary_value"),
      };
      const exact = predictBatch(columns, { exact: true });
      const quick = predictBatch(columns);
      const ones = customers.map((customer) => predict(customer));
      let worst = 0;
      let different = 0;
      ones.forEach((one, i) => {
        const values = (of) => [
          of.probability_alive[i],
          ...of.horizons.flatMap((each) => [each.expected_purchases[i], each.customer_lifetime_value[i]]),
        ];
        const single = [
          one.probability_alive,
          ...one.horizons.flatMap((each) => [each.expected_purchases, each.customer_lifetime_value]),
        ];
        values(exact).forEach((value, k) => (different += value !== single[k]));
        values(quick).forEach((value, k) => {
          worst = Math.max(worst, Math.abs(value / single[k] - 1));
        });
        different += exact.segments[exact.segment[i]] !== one.segment;
      });
      const wrong = predictBatch({
        frequency: Float64Array.of(1),
        recency: Float64Array.of(5),
        T: Float64Array.of(4),
      });
      return [
        JSON.stringify(predict(JSON.parse(request))),
        customers.map((customer) => JSON.stringify(predict(customer, { residual: true }))),
        { different, worst, errors: wrong.errors },
      ];
    },
    seed.request,
    customers,
  );
  assert.equal(answer, seed.answer);
  assert.equal(digest(answers), answersDigest);
  assert.equal(batch.different, 0, "exact rows have the bits of predict");
  assert.ok(batch.worst <= 1e-13, `tables differ by ${batch.worst}`);
  assert.deepEqual(batch.errors.map(({ row, pointer }) => [row, pointer]), [[0, "/recency"]]);
  await page.done();
});

test("it scores its attributes, shows them and tells the page", async () => {
  const page = await openWith(WIDGET + BADGE);
  await page.until(scored);
  const seen = await page.run(async () => {
    await settled();
    const widget = document.querySelector("clv-score");
    const part = (name) => widget.shadowRoot.querySelector(`[part="${name}"]`).textContent;
    return {
      result: JSON.stringify(widget.result),
      profile: widget.profile,
      segment: widget.dataset.segment,
      parts: ["segment", "value", "alive", "error"].map(part),
      status: widget.shadowRoot.querySelector('[part="badge"]').closest('[role="status"]') !== null,
      told: told.map(({ type, id, bubbles, composed }) => ({ type, id, bubbles, composed })),
      detail: JSON.stringify(told[1].detail),
    };
  });
  assert.equal(seen.result, seed.answer);
  assert.equal(seen.detail, seed.answer);
  assert.deepEqual(seen.profile, JSON.parse(seed.request));
  assert.equal(seen.segment, "core");
  assert.deepEqual(seen.parts, ["core", "$32.19 / 90 days", "P(alive) 55%", ""]);
  assert.ok(seen.status, "the badge is in a live region");
  const event = (type) => ({ type, id: "badge", bubbles: true, composed: true });
  assert.deepEqual(seen.told, [event("clv:ready"), event("clv:score")]);

  // The changes of one task are one score.
  const later = await page.run(async () => {
    told.length = 0;
    const widget = document.querySelector("clv-score");
    widget.setAttribute("frequency", "0");
    widget.setAttribute("recency", "0");
    widget.monetaryValue = null;
    await settled();
    return told.map(({ type, detail }) => [type, detail.probability_alive]);
  });
  assert.deepEqual(later, [["clv:score", 1]]);
  await page.picture("widget");
  await page.done();
});

test("nothing is told of what changes no answer", async () => {
  const page = await openWith(WIDGET + BADGE);
  await page.until(scored);
  const counts = await page.run(async () => {
    const widget = document.querySelector("clv-score");
    const value = () => widget.shadowRoot.querySelector('[part="value"]').textContent;
    const counts = [];
    const after = async (change) => {
      told.length = 0;
      change();
      await settled();
      counts.push([told.length, value()]);
    };
    await after(() => (widget.frequency = 5));
    await after(() => widget.setAttribute("frequency", "5.0"));
    await after(() => (widget.currency = "EUR"));
    await after(() => (widget.locale = "de-DE"));
    await after(() => (widget.headless = true));
    await after(() => (widget.model = null));
    await after(() => (widget.report = "data-layer"));
    await after(() => {
      widget.remove();
      widget.frequency = 4;
      widget.frequency = 5;
    });
    await after(() => document.body.append(widget));
    await after(() => (widget.horizon = 365));
    return counts;
  });
  const expected = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
  assert.deepEqual(counts.map(([count]) => count), expected);
  assert.equal(counts[2][1], "€32.19 / 90 days");
  assert.equal(counts[3][1].replace(/\s/g, " "), "32,19 € / 90 Tage");
  assert.match(counts[9][1], / 365 Tage$/);
  await page.done();
});

test("attributes and properties mirror each other", async () => {
  const page = await openWith(WIDGET + BADGE);
  await page.until(scored);
  const seen = await page.run(() => {
    const widget = document.createElement("clv-score");
    const rows = [];
    const values = {
      frequency: 3, recency: 4, t: 5, monetaryValue: 6.5, horizon: 7,
      until: "2025-01-31", currency: "EUR", locale: "de", report: "shopify", headless: true,
    };
    const attribute = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    for (const [name, value] of Object.entries(values)) {
      const before = widget[name];
      widget[name] = value;
      const written = widget.getAttribute(attribute(name));
      const read = widget[name];
      widget[name] = name === "headless" ? false : null;
      rows.push([name, before, written, read === value, widget.hasAttribute(attribute(name))]);
    }
    widget.setAttribute("monetary-value", " ");
    return { rows, blank: widget.monetaryValue, properties: [widget.orders, widget.model, widget.result] };
  });
  for (const [name, before, written, same, left] of seen.rows) {
    assert.equal(before, name === "headless" ? false : null, name);
    assert.notEqual(written, null, name);
    assert.ok(same && !left, name);
  }
  assert.equal(seen.rows.length, 10);
  assert.deepEqual([seen.blank, ...seen.properties], [null, null, null, null]);
  await page.done();
});

test("properties set before it is defined count, and a page may define it twice", async () => {
  const page = await openWith(BADGE);
  const seen = await page.run(async () => {
    const early = document.createElement("clv-score");
    early.orders = [{ date: "2025-01-01", amount: 10 }, { date: "2025-02-01", amount: 20 }];
    early.until = "2025-03-01";
    early.locale = "de-DE";
    early.headless = true;
    document.body.append(early);
    const first = await import("/edge-clv/widget.js");
    const again = await import("/edge-clv/widget.js?again");
    const copy = await import("/copy/widget.js");
    // Compiling takes its time, once.
    while (!early.result || !document.querySelector("#badge").result) await settled();
    const late = new copy.ClvScore();
    document.body.append(late);
    return {
      profile: early.profile,
      locale: early.getAttribute("locale"),
      headless: early.hasAttribute("headless"),
      own: Object.keys(early),
      same: first.ClvScore === again.ClvScore && again.ClvScore === copy.ClvScore,
      late: late instanceof customElements.get("clv-score"),
      scored: document.querySelector("#badge").dataset.segment,
    };
  });
  assert.deepEqual(seen.profile, { frequency: 1, recency: 31, T: 59, monetary_value: 20 });
  assert.deepEqual(seen.own, []);
  assert.ok(seen.locale === "de-DE" && seen.headless && seen.same && seen.late);
  assert.equal(seen.scored, "core");
  await page.done();
});

test("it may be taken out and put back, hidden, and made by anyone", async () => {
  const page = await openWith(WIDGET + BADGE);
  await page.until(scored);
  const seen = await page.run(async () => {
    const widget = document.querySelector("clv-score");
    const display = () => getComputedStyle(widget).display;
    const shown = display();
    widget.hidden = true;
    const hidden = display();
    widget.headless = true;
    const both = display();
    widget.hidden = widget.headless = false;
    told.length = 0;
    // Away before the score that was asked for, and back with another.
    widget.frequency = 9;
    widget.remove();
    await settled();
    const away = told.length;
    widget.frequency = 8;
    document.body.append(widget);
    await settled();
    const back = widget.profile.frequency;
    // Moved while one is under way.
    widget.frequency = 7;
    document.body.prepend(widget);
    await settled();
    const made = new (customElements.get("clv-score"))();
    const bare = [made.attributes.length, made.childNodes.length];
    const clone = widget.cloneNode();
    document.body.append(clone);
    await settled();
    return { shown, hidden, both, away, back, told: told.length, bare, cloned: clone.result.segment };
  });
  assert.equal(seen.shown, "inline-block");
  assert.deepEqual([seen.hidden, seen.both], ["none", "none"]);
  // 8, 7, and ready and the score of the clone.
  assert.deepEqual([seen.away, seen.back, seen.told], [0, 8, 4]);
  // A constructor must not touch attributes or children.
  assert.deepEqual(seen.bare, [0, 0]);
  assert.equal(seen.cloned, "core");
  await page.done();
});

test("it waits for its first customer without a word", async () => {
  const page = await openWith(
    `${WIDGET}<clv-score id="later"><p slot="none">Welcome.</p></clv-score>` +
      '<clv-score id="empty"></clv-score><clv-score id="blank" frequency=""></clv-score>',
  );
  await page.until(() => document.querySelector("#blank").result === null && told.some(({ type }) => type === "clv:error"));
  const seen = await page.run(async () => {
    await settled();
    const [later, empty] = ["later", "empty"].map((id) => document.getElementById(id));
    const shown = (element) => element.getClientRects().length > 0;
    const badge = (widget) => widget.shadowRoot.querySelector('[part="badge"]');
    const lines = [told.map(({ type, id }) => `${id} ${type}`).sort()];
    const after = async (change) => {
      told.length = 0;
      change();
      await settled();
      lines.push(told.map(({ type, id }) => `${id} ${type}`));
    };
    const waiting = [shown(later.querySelector("p")), shown(badge(empty))];
    await after(() => Object.assign(empty, { locale: "de", headless: false, horizon: 30, until: "2025-03-01" }));
    await after(() => Object.assign(empty, { orders: [{ date: "2025-01-01", amount: 5 }] }));
    const scored = [empty.dataset.segment !== undefined, shown(badge(empty))];
    // Who had a customer and has none any more is told.
    await after(() => (empty.orders = null));
    return { lines, waiting, scored };
  });
  assert.deepEqual(seen.lines, [
    ["blank clv:error", "blank clv:ready", "empty clv:ready", "later clv:ready"],
    [],
    ["empty clv:score"],
    ["empty clv:error"],
  ]);
  assert.deepEqual(seen.waiting, [true, false]);
  assert.deepEqual(seen.scored, [true, true]);
  await page.done();
});

test("where WebAssembly is forbidden it says so of a customer, and waits until then", async () => {
  const page = await openWith(`${WIDGET}<clv-score></clv-score>`, POLICY.replace(" 'wasm-unsafe-eval'", ""));
  const waiting = await page.run(async () => {
    const { load } = await import("/edge-clv/index.js");
    const why = await load().catch((why) => why.message);
    await settled();
    return [why, told.length];
  });
  assert.match(waiting[0], /wasm-unsafe-eval/);
  assert.equal(waiting[1], 0);
  const seen = await page.run(async () => {
    Object.assign(document.querySelector("clv-score"), { frequency: 0, recency: 0, t: 30 });
    for (let i = 0; i < 50 && told.length === 0; i++) await settled();
    return told.map(({ type }) => type);
  });
  assert.deepEqual(seen, ["clv:error"]);
  await page.close();
});

test("where a browser knows no light-dark() the badge is light", async () => {
  const page = await openWith(BADGE);
  const seen = await page.run(async () => {
    CSS.supports = () => false;
    await import("/edge-clv/widget.js");
    const { shadowRoot } = document.querySelector("clv-score");
    const styles = ["badge", "segment", "alive"].map((part) => {
      const { backgroundColor, color } = getComputedStyle(shadowRoot.querySelector(`[part="${part}"]`));
      return [backgroundColor, color];
    });
    const rules = shadowRoot.adoptedStyleSheets.flatMap((sheet) => [...sheet.cssRules]);
    return { styles, uses: rules.some(({ cssText }) => cssText.includes("light-dark")) };
  });
  assert.deepEqual(seen.styles, [
    ["rgb(255, 255, 255)", "rgb(22, 33, 43)"],
    ["rgb(43, 74, 94)", "rgb(255, 255, 255)"],
    ["rgba(0, 0, 0, 0)", "rgb(82, 96, 107)"],
  ]);
  assert.equal(seen.uses, false);
  await page.done();
});

test("it tells what is wrong, once, and recovers", async () => {
  const page = await openWith(WIDGET + BADGE);
  await page.until(scored);
  const seen = await page.run(async () => {
    const widget = document.querySelector("clv-score");
    const errors = [];
    const after = async (change) => {
      told.length = 0;
      change();
      await settled();
      errors.push(told.map(({ type, detail }) => [type, detail.errors?.map((e) => `${e.pointer} ${e.rule}`) ?? detail.message]));
    };
    await after(() => {
      widget.setAttribute("recency", "301");
      widget.removeAttribute("frequency");
    });
    const shown = [widget.result, widget.profile, widget.dataset.segment ?? null, widget.shadowRoot.querySelector('[part="error"]').textContent];
    await after(() => (widget.locale = "de"));
    await after(() => Object.assign(widget, { frequency: 5, recency: 200, horizon: -1 }));
    await after(() => (widget.horizon = null));
    await after(() => (widget.currency = "no currency"));
    await after(() => (widget.currency = null));
    return { errors, shown };
  });
  assert.deepEqual(seen.errors[0], [["clv:error", ["/frequency is given", "/recency recency <= T"]]]);
  assert.deepEqual(seen.shown, [null, null, null, "No score"]);
  assert.deepEqual(seen.errors[1], []);
  assert.equal(seen.errors[2][0][0], "clv:error");
  assert.match(seen.errors[2][0][1][0], /^\/horizons/);
  assert.equal(seen.errors[3][0][0], "clv:score");
  assert.equal(seen.errors[4][0][0], "clv:error");
  assert.equal(seen.errors[5][0][0], "clv:score");
  await page.done();
});

test("a store shows an offer with HTML alone", async () => {
  const offers = [...bands, "none"].map((name) => `<div slot="${name}">For ${name}</div>`).join("");
  const page = await openWith(
    `${WIDGET}<clv-score id="all" ${PROFILE}>${offers}</clv-score>` +
      `<clv-score id="one" ${PROFILE}> <div slot="vip">For vip</div> </clv-score>` +
      `<clv-score id="headless" headless ${PROFILE}><p slot="vip">For vip</p></clv-score>`,
  );
  await page.until(scored);
  const seen = await page.run(async () => {
    const profiles = {
      vip: { frequency: 20, recency: 295 },
      core: { frequency: 5, recency: 200 },
      low: { frequency: 1, recency: 2 },
      none: { frequency: 1, recency: 0 },
    };
    const seen = {};
    for (const [name, profile] of Object.entries(profiles)) {
      seen[name] = {};
      for (const id of ["all", "one", "headless"]) {
        const widget = document.getElementById(id);
        Object.assign(widget, profile);
        await settled();
        const offers = [...widget.children].filter((each) => each.getClientRects().length > 0);
        const badge = widget.shadowRoot.querySelector('[part="badge"]');
        seen[name][id] = [offers.map((each) => each.textContent), badge.getClientRects().length > 0];
      }
    }
    return seen;
  });
  for (const name of [...bands, "none"]) {
    assert.deepEqual(seen[name].all, [[`For ${name}`], false], name);
    const vip = name === "vip";
    assert.deepEqual(seen[name].one, [vip ? ["For vip"] : [], !vip], name);
    assert.deepEqual(seen[name].headless, [vip ? ["For vip"] : [], false], name);
  }
  await page.done();
});

test("it takes a model's file, a Model, and a Model of another copy", async () => {
  const page = await openWith(WIDGET + BADGE);
  await page.until(scored);
  const file = {
    ...model,
    id: "mine",
    currency: "EUR",
    segments: { horizon: 30, bands: [{ name: "gold", min_value: 1 }, { name: "rest", min_value: 0 }] },
  };
  const seen = await page.run(async (file) => {
    const widget = document.querySelector("clv-score");
    const seen = [];
    const after = async (model) => {
      told.length = 0;
      widget.model = model;
      await settled();
      const value = widget.shadowRoot.querySelector('[part="value"]').textContent;
      seen.push([told.map((each) => each.type), widget.result?.model.id ?? null, widget.dataset.segment ?? null, value]);
    };
    const offer = document.createElement("p");
    offer.slot = "gold";
    offer.textContent = "Gold";
    widget.append(offer);
    await after(file);
    const slotted = offer.getClientRects().length > 0;
    const same = widget.model === file;
    await after(null);
    const own = await import("/edge-clv/index.js");
    const mine = new own.Model({ ...file, id: "model" });
    await after(mine);
    await after(file);
    // A Model of the store's own is not given back by the widget.
    const kept = mine.predict({ frequency: 0, recency: 0, T: 1 }).model.id;
    const other = await import("/copy/index.js");
    await other.load();
    await after(new other.Model({ ...file, id: "copy" }));
    await after({ ...file, bg_nbd: { ...file.bg_nbd, r: 0 } });
    return { seen, slotted, same, kept };
  }, file);
  const gold = (id) => [["clv:score"], id, "gold", "€11.35 / 30 days"];
  assert.deepEqual(seen.seen.slice(0, 5), [
    gold("mine"),
    [["clv:score"], "cdnow", "core", "$32.19 / 90 days"],
    gold("model"),
    gold("mine"),
    gold("copy"),
  ]);
  assert.deepEqual(seen.seen[5].slice(0, 3), [["clv:error"], null, null]);
  assert.ok(seen.slotted && seen.same);
  assert.equal(seen.kept, "model");
  await page.done();
});

test("it derives the profile of orders as clv summary does", async () => {
  const page = await openWith("");
  const cases = JSON.parse(text("tests/contract/orders.json"));
  const profiles = await page.run(async (cases) => {
    const { profileOfOrders } = await import("/edge-clv/widget.js");
    const of = (orders, until) => {
      try {
        return profileOfOrders(orders, until);
      } catch ({ errors }) {
        return errors[0].rule;
      }
    };
    return cases.map(({ orders, until }) => {
      const texts = orders.map(([date, amount]) => ({ date, amount }));
      const numbers = orders.map(([date, amount]) => ({ date, amount: Number(amount) }));
      const dates = orders.map(([date, amount]) => ({ date: new Date(date), amount }));
      return [of(texts, until), of(numbers, until), of(dates, until)];
    });
  }, cases);
  let none = 0;
  cases.forEach(({ case: name, orders, summary }, i) => {
    none += summary === null;
    const expected = summary === null ? "a purchase remains" : profile(named(summary));
    // A mean of 0, which no model takes, is left out.
    if (expected.monetary_value === 0) delete expected.monetary_value;
    const [texts, numbers, dates] = profiles[i];
    assert.deepEqual(texts, expected, name);
    // Numbers this large hold no cents.
    if (name !== "much money") assert.deepEqual(numbers, expected, name);
    if (/^\d{4}-\d\d-\d\d$/.test(orders[0][0])) assert.deepEqual(dates, expected, name);
  });
  assert.ok(cases.length > 100 && none > 5);

  const logs = new Map();
  for (const { customer, date, amount } of table("data/cdnow-orders.csv")) {
    logs.set(customer, [...(logs.get(customer) ?? []), [date, amount]]);
  }
  const history = await page.run(async () => {
    const { historyOfOrders } = await import("/edge-clv/widget.js");
    const amounts = [["2025-01-02", 5], ["2025-01-01", 3.1], ["2025-01-09", 7], ["2025-01-09", -7], ["2025-01-04", 2]];
    return historyOfOrders(amounts.map(([date, amount]) => ({ date, amount })), "2025-01-31");
  });
  assert.deepEqual(history, {
    profile: { frequency: 2, recency: 3, T: 30, monetary_value: 3.5 },
    purchases: [{ day: 0, amount: 3.1 }, { day: 1, amount: 5 }, { day: 3, amount: 2 }],
  });
  const rows = await page.run(async (logs) => {
    const { profileOfOrders } = await import("/edge-clv/widget.js");
    return logs.map((log) =>
      profileOfOrders(log.map(([date, amount]) => ({ date, amount })), "1997-09-30"),
    );
  }, [...logs.values()]);
  const summaries = table("data/cdnow-rfm.csv");
  assert.equal(summaries.length, logs.size);
  [...logs.keys()].forEach((customer, i) => {
    assert.equal(summaries[i].customer, customer);
    const expected = profile(summaries[i]);
    if (expected.monetary_value === 0) delete expected.monetary_value;
    assert.deepEqual(rows[i], expected, customer);
  });
  await page.done();
});

const named = ([frequency, recency, T, monetary_value]) => ({ frequency, recency, T, monetary_value });

test("it refuses the orders that clv summary refuses, and says all that is wrong", async () => {
  const page = await openWith(`${WIDGET}<clv-score id="badge"></clv-score>`);
  const seen = await page.run(async (noDates, noDays, noAmounts) => {
    const { profileOfOrders } = await import("/edge-clv/widget.js");
    const refused = (orders, until) => {
      try {
        return profileOfOrders(orders, until);
      } catch (error) {
        return [error.name, ...(error.errors ?? [error]).map((e) => `${e.pointer} ${e.rule}`)];
      }
    };
    const order = { date: "2025-01-01", amount: 1 };
    const tomorrow = new Date(Date.now() + 20 * 3_600_000);
    const later = new Date(Date.now() + 50 * 3_600_000);
    return {
      noDates: noDates.map((date) => refused([{ date, amount: 1 }])),
      noDays: noDays.map((date) => refused([{ date, amount: 1 }])),
      noAmounts: noAmounts.map((amount) => refused([{ date: "2025-01-01", amount }])),
      several: refused([order, { date: "x", amount: "x" }, { date: "20250101", amount: 0.001 }, null], "x"),
      kinds: [refused("orders"), refused({}), refused([])],
      tooMuch: [
        refused([{ ...order, amount: 1e15 }]),
        refused([{ ...order, amount: "90071992547409.91" }, order]),
        refused([order, { date: "2025-01-02", amount: 9e13 }, { date: "2025-01-03", amount: 9e13 }]),
      ],
      future: [refused([{ date: later, amount: 1 }]), refused([{ date: tomorrow, amount: 1 }]).T],
      notANumber: [NaN, Infinity].map((amount) => refused([{ ...order, amount }])),
      noDate: refused([{ date: new Date(NaN), amount: 1 }]),
      epoch: refused([{ date: new Date(0), amount: 1 }], "1970-01-01"),
    };
  }, NO_DATES, NO_DAYS, NO_AMOUNTS);
  for (const each of seen.noDates) assert.deepEqual(each, ["RangeError", "/orders/0/date a date"]);
  for (const each of seen.noDays) {
    assert.deepEqual(each, ["RangeError", "/orders/0/date a day of the calendar"]);
  }
  for (const [i, each] of seen.noAmounts.entries()) {
    const rule = /^-?\d+\.\d{3}/.test(NO_AMOUNTS[i]) ? "whole cents" : "an amount";
    assert.deepEqual(each, ["RangeError", `/orders/0/amount ${rule}`], NO_AMOUNTS[i]);
  }
  assert.deepEqual(seen.several, [
    "TypeError",
    "/orders/1/date a date",
    "/orders/1/amount an amount",
    "/orders/2/date dates are written alike",
    "/orders/2/amount whole cents",
    "/orders/3 an object",
    "/until a date",
  ]);
  assert.deepEqual(seen.kinds, [
    ["TypeError", "/orders an array"],
    ["TypeError", "/orders an array"],
    ["RangeError", "/orders a purchase remains"],
  ]);
  const most = "90071992547409.91";
  assert.deepEqual(seen.tooMuch, [
    ["RangeError", `/orders/0/amount amount <= ${most}`],
    ["RangeError", `/orders sum <= ${most}`],
    ["RangeError", `/orders sum <= ${most}`],
  ]);
  assert.deepEqual(seen.future, [["RangeError", "/orders/0/date date <= tomorrow"], 0]);
  for (const each of seen.notANumber) assert.deepEqual(each, ["RangeError", "/orders/0/amount an amount"]);
  assert.deepEqual(seen.noDate, ["RangeError", "/orders/0/date a date"]);
  assert.deepEqual(seen.epoch, { frequency: 0, recency: 0, T: 0 });

  // The widget tells them, and takes attributes again once there are no orders.
  const told = await page.run(async () => {
    const widget = document.querySelector("#badge");
    await settled();
    const seen = [];
    const after = async (change) => {
      told.length = 0;
      change();
      await settled();
      seen.push(told.map(({ type, detail }) => [type, ...(detail.errors ?? []).map((e) => e.pointer)]));
    };
    await after(() => (widget.orders = [{ date: "2025-01-01" }]));
    await after(() => (widget.orders = []));
    await after(() => Object.assign(widget, { frequency: 0, recency: 0, t: 9 }));
    await after(() => (widget.orders = [{ date: "2025-01-01", amount: 9 }]));
    const today = widget.profile.T;
    await after(() => (widget.until = "2025-01-31"));
    const until = widget.profile.T;
    await after(() => (widget.orders = null));
    const now = new Date();
    const days = (Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) - Date.UTC(2025, 0, 1)) / 86_400_000;
    return { seen, today, days, until, attributes: widget.profile.T };
  });
  assert.deepEqual(told.seen, [
    [["clv:error", "/orders/0/amount"]],
    [["clv:error", "/orders"]],
    [],
    [["clv:score"]],
    [["clv:score"]],
    [["clv:score"]],
  ]);
  assert.deepEqual([told.today, told.until, told.attributes], [told.days, 30, 9]);
  await page.done();
});

// Those of the tests of train/src/moment.rs and train/src/money.rs.
const NO_DATES = [
  "", "x", "-", "1997-1-31", "97-01-31", "01/31/1997", "1997/01/31", "1997-01-31x10:00", "1997-01-31T",
  "1997-01-31T25:00:00", "1997-01-31T10:00:00+25:00", "1997-01-31T10:00:00+é1", "1997-01-3é", "1997-01-31 é",
  "999999999999999999999", "1234567", "١٩٩٧", "NaN",
];
const NO_DAYS = ["1997-02-29", "19970229", "1997-02-29 10:00:00", "00000000", "1997-04-31", "1997-13-10"];
const NO_AMOUNTS = [
  "", "-", ".", "5.", ".5", "--5", "+5", "-+5", "NaN", "inf", "1e3", "0x10", "$5", "5 USD", "1,000.00", "29,33",
  "1.2.3", "1.-2", " 5", "٥", "29.333", "29.330", "0.001",
];

test("reports are off unless asked for, and say the band alone", async () => {
  const page = await openWith(WIDGET + BADGE);
  await page.until(scored);
  const seen = await page.run(async () => {
    const widget = document.querySelector("clv-score");
    const published = [];
    const consent = { given: false };
    const withPrivacy = {
      analytics: { publish: (...given) => published.push(given) },
      customerPrivacy: { analyticsProcessingAllowed: () => consent.given },
    };
    const seen = { off: typeof window.dataLayer };
    window.dataLayer = [];
    window.Shopify = { analytics: withPrivacy.analytics };
    consent.given = true;
    const vip = { frequency: 20, recency: 295, monetaryValue: 80 };
    Object.assign(widget, vip);
    await settled();
    seen.unasked = [dataLayer.length, published.length];

    widget.report = "data-layer shopify";
    await settled();
    // The data layer has it; without the customer privacy API nobody has allowed anything.
    seen.asked = [JSON.stringify(dataLayer), published.length];
    window.Shopify = withPrivacy;
    consent.given = false;
    Object.assign(widget, { frequency: 5, recency: 200, monetaryValue: 45.5 });
    await settled();
    document.dispatchEvent(new CustomEvent("visitorConsentCollected"));
    seen.withheld = [dataLayer.length, published.length];
    consent.given = true;
    document.dispatchEvent(new CustomEvent("visitorConsentCollected"));
    document.dispatchEvent(new CustomEvent("visitorConsentCollected"));
    seen.given = JSON.stringify(published);
    // Another value in the same band is no news.
    widget.monetaryValue = 45;
    await settled();
    seen.same = [dataLayer.length, published.length];
    widget.remove();
    Object.assign(widget, vip);
    document.dispatchEvent(new CustomEvent("visitorConsentCollected"));
    await settled();
    seen.away = [dataLayer.length, published.length];
    const failing = new Promise((resolve) => addEventListener("error", (event) => {
      event.stopImmediatePropagation();
      resolve(event.message);
    }, { once: true, capture: true }));
    window.Shopify.analytics.publish = () => { throw new Error("analytics are down"); };
    document.body.append(widget);
    seen.failure = await failing;
    await settled();
    seen.scored = widget.dataset.segment;
    const { pushToDataLayer, publishToShopify } = await import("/edge-clv/widget.js");
    consent.given = false;
    seen.functions = [pushToDataLayer("vip"), publishToShopify("vip"), JSON.stringify(dataLayer.at(-1))];
    wrong.length = 0;
    return seen;
  });
  const band = (segment) => ({ event: "clv_segment", clv_segment: segment });
  assert.equal(seen.off, "undefined");
  assert.deepEqual(seen.unasked, [0, 0]);
  assert.deepEqual(seen.asked, [JSON.stringify([band("vip")]), 0]);
  assert.deepEqual(seen.withheld, [2, 0]);
  assert.equal(seen.given, JSON.stringify([["clv_segment", { segment: "core" }]]));
  assert.deepEqual(seen.same, [2, 1]);
  assert.deepEqual(seen.away, [2, 1]);
  assert.match(seen.failure, /analytics are down/);
  assert.equal(seen.scored, "vip");
  assert.deepEqual(seen.functions, [true, false, JSON.stringify(band("vip"))]);
  await page.done();
});

/** Scores 16 widgets, one after the other, in all the ways there are. */
const scoreMany = async (file) => {
  for (let i = 0; i < 16; i++) {
    const widget = document.createElement("clv-score");
    Object.assign(widget, { frequency: i, recency: i && 200, t: 300, monetaryValue: 5 * i + 5, report: "data-layer shopify" });
    if (i % 3 === 0) widget.orders = [{ date: "2025-01-01", amount: i }];
    if (i % 4 === 0) widget.model = file;
    if (i % 5 === 0) widget.currency = "EUR";
    document.body.append(widget);
    await settled();
    if (!widget.result) throw new Error(`no score of ${i}`);
  }
  return wrong.splice(0);
};
/** What a page asked for after itself. */
const askedBy = (path) => site.requests.slice(site.requests.lastIndexOf(path) + 1);
const ITS_FILES = [
  "/edge-clv/index.js",
  "/edge-clv/widget.js",
  "/pages/collect.js",
  "/pages/store.css",
];

test("it asks nothing of the network, and is not let", async () => {
  const page = await openWith(WIDGET + BADGE);
  await page.until(scored);
  // Whatever it asked for would be refused, and told.
  assert.deepEqual(await page.run(scoreMany, model), []);
  const refused = await page.run(async () => {
    const refused = await fetch("/anything").then(() => false, () => true);
    await settled();
    return [refused, ...wrong.splice(0)];
  });
  assert.equal(refused.length, 2, refused.join());
  assert.equal(refused[0], true);
  assert.match(refused[1], /^policy: connect-src .*\/anything$/);
  assert.deepEqual(askedBy(page.path).sort(), ITS_FILES);
  await page.done();
});

test("nor does it ask where it would be let", async () => {
  const page = await openWith(WIDGET + BADGE, null);
  await page.until(scored);
  assert.deepEqual(await page.run(scoreMany, model), []);
  assert.deepEqual(askedBy(page.path).sort(), ITS_FILES);
  // It would have been counted.
  await page.run(() => fetch("/anything"));
  assert.deepEqual(askedBy(page.path).sort(), ["/anything", ...ITS_FILES]);
  await page.done();
});

test("a store's stylesheet reaches its parts and colours", async () => {
  const page = await openWith(`${WIDGET}<div class="styled">${BADGE}</div>`);
  await page.until(scored);
  const seen = await page.run(() => {
    const widget = document.querySelector("clv-score");
    const style = (part) => getComputedStyle(widget.shadowRoot.querySelector(`[part="${part}"]`));
    return {
      badge: [style("badge").backgroundColor, style("badge").color, style("badge").borderTopColor, style("badge").paddingLeft],
      segment: [style("segment").backgroundColor, style("segment").color, style("segment").textTransform],
      alive: style("alive").color,
      value: style("value").letterSpacing,
    };
  });
  assert.deepEqual(seen, {
    badge: ["rgb(1, 2, 3)", "rgb(4, 5, 6)", "rgb(10, 11, 12)", "33px"],
    segment: ["rgb(13, 14, 15)", "rgb(16, 17, 18)", "none"],
    alive: "rgb(7, 8, 9)",
    value: "2px",
  });
  await page.done();
});

test("the manifest says what the class is", async () => {
  const page = await openWith(WIDGET + BADGE);
  await page.until(scored);
  const seen = await page.run(() => {
    const ClvScore = customElements.get("clv-score");
    const own = Object.getOwnPropertyDescriptors(ClvScore.prototype);
    const { shadowRoot } = document.querySelector("clv-score");
    const sheet = [...shadowRoot.adoptedStyleSheets].flatMap((each) => [...each.cssRules]);
    const names = sheet.map((rule) => rule.cssText).join().match(/var\(--[\w-]+/g);
    return {
      attributes: ClvScore.observedAttributes,
      fields: Object.entries(own).filter(([, { get }]) => get).map(([name, { set }]) => [name, !set]),
      parts: [...shadowRoot.querySelectorAll("[part]")].map((each) => each.getAttribute("part")),
      properties: [...new Set(names.map((name) => name.slice(4)))],
      slot: shadowRoot.querySelectorAll("slot").length,
    };
  });
  const source = await (await fetch(`${site.url}/edge-clv/widget.js`)).text();
  const events = [...new Set(source.match(/clv:\w+/g))];
  const { exports, declarations } = JSON.parse(text("pkg/custom-elements.json")).modules[0];
  const [element] = declarations;
  const sorted = (list) => [...list].sort();
  const names = (list) => sorted(list.map((each) => each.name));
  assert.deepEqual(names(element.attributes), sorted(seen.attributes));
  for (const { name, fieldName, type } of element.attributes) {
    const field = element.members.find((member) => member.name === fieldName);
    assert.ok(field?.reflects && field.attribute === name, name);
    assert.equal(field.type.text.replace(" | null", ""), type.text);
  }
  const fields = element.members.map(({ name, readonly = false }) => [name, readonly]);
  assert.deepEqual(sorted(fields.map(String)), sorted(seen.fields.map(String)));
  assert.deepEqual(names(element.events), sorted(events));
  assert.deepEqual(names(element.slots), sorted([...bands, "none"]));
  assert.equal(seen.slot, 1);
  assert.deepEqual(names(element.cssParts), sorted(seen.parts));
  assert.deepEqual(names(element.cssProperties), sorted(seen.properties));
  const exported = await page.run(async () => Object.keys(await import("/edge-clv/widget.js")));
  const js = exports.filter((each) => each.kind === "js");
  assert.deepEqual(names(js), sorted(exported));
  assert.deepEqual(names(declarations), sorted(exported));
  await page.done();
});
