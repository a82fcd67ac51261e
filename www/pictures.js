// The three pictures under the hood. What moves is set on elements that are made once, so that
// a frame makes nothing and can be drawn sixty times a second.

// The viewBox is 480 by 160.
const HEIGHT = 160;
const BOX = { left: 54, right: 468, top: 12, bottom: 130 };
const YEAR = 365;

/** What was done so far; the tests count it. */
export const work = { frames: 0, points: 0 };

/** Fills a picture's svg with what every one of them has. */
function frame(svg, classes, shares = [0, 0.5, 1]) {
  const make = (tag, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    // Its text is a node of its own from the start, which is only written to.
    if (text !== undefined) node.append(document.createTextNode(text));
    svg.append(node);
    return node;
  };
  const levels = shares.map((share) => {
    const y = up(share);
    make("path", { class: "grid", d: `M${BOX.left} ${y}H${BOX.right}` });
    return make("text", { "text-anchor": "end", x: BOX.left - 8, y: y + 4.5 }, "");
  });
  const lines = Object.fromEntries(classes.map((name) => [name, make("path", { class: name })]));
  return { make, levels, lines };
}

const write = (node, text) => {
  if (node.firstChild.data !== text) node.firstChild.data = text;
};
const set = (node, name, value) => {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
};
const across = (share) => BOX.left + share * (BOX.right - BOX.left);
const up = (share) => BOX.bottom - share * (BOX.bottom - BOX.top);

/** A path through points of shares of the box, 0 to 1. */
function through(points) {
  work.points += points.length;
  return points
    .map(([x, y], i) => `${i ? "L" : "M"}${across(x).toFixed(1)} ${up(y).toFixed(1)}`)
    .join("");
}

/** The least number that is no less and whose half reads well. */
function roundUp(number) {
  const ten = 10 ** Math.floor(Math.log10(number));
  return [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].map((step) => step * ten).find((step) => step >= number);
}

/** P(alive) from the first purchase to a year from today. */
export function alivePicture(svg) {
  const { make, levels, lines } = frame(svg, ["now", "ticks", "curve", "ahead"]);
  levels.forEach((level, i) => write(level, ["0", "50%", "100%"][i]));
  const labels = [["first purchase", "start"], ["today", "middle"], ["in a year", "end"]].map(
    ([text, anchor]) => make("text", { "text-anchor": anchor, y: HEIGHT - 8 }, text),
  );
  const dot = make("circle", { class: "dot", r: 5 });

  return ({ model, days, profile }) => {
    const span = profile.T + YEAR;
    const dates = [];
    for (let i = 0; i <= 200; i++) dates.push((i / 200) * span);
    // A purchase lifts the line at once: just before it, and at it.
    const repeats = days.slice(1);
    for (const day of repeats) dates.push(day - 1e-6, day);
    dates.push(profile.T);
    dates.sort((one, other) => one - other);
    const alive = model.probabilityAlivePath(repeats, dates);
    const points = dates.map((date, i) => [date / span, alive[i]]);
    const today = dates.lastIndexOf(profile.T);
    set(lines.curve, "d", through(points.slice(0, today + 1)));
    set(lines.ahead, "d", through(points.slice(today)));
    const x = across(profile.T / span);
    set(lines.now, "d", `M${x.toFixed(1)} ${BOX.top}V${BOX.bottom}`);
    const ticks = days.map((day) => `M${across(day / span).toFixed(1)} ${BOX.bottom}v8`);
    set(lines.ticks, "d", ticks.join(""));
    set(dot, "cx", x.toFixed(1));
    set(dot, "cy", up(alive[today]).toFixed(1));
    set(labels[0], "x", `${BOX.left}`);
    set(labels[2], "x", `${BOX.right}`);
    // Not upon the others.
    set(labels[1], "x", Math.min(Math.max(x, BOX.left + 122), BOX.right - 92).toFixed(1));
    return { now: alive[today], later: alive.at(-1) };
  };
}

/** What lies beyond the year of the picture is not drawn. */
const shown = (day) => (day <= YEAR ? "visible" : "hidden");

/** A curve over the year ahead, with a dot at the segments' horizon. */
function yearPicture(svg, classes) {
  const { make, levels, lines } = frame(svg, classes);
  for (const [at, text, anchor] of [[0, "today", "start"], [0.5, "half a year", "middle"], [1, "a year", "end"]]) {
    make("text", { "text-anchor": anchor, x: across(at), y: HEIGHT - 8 }, text);
  }
  const dot = make("circle", { class: "dot", r: 5 });
  const days = Array.from({ length: 61 }, (_, i) => (i / 60) * YEAR);
  return {
    make,
    lines,
    days,
    /** Draws the values of those days below the scale's top; and the dot's. */
    draw(line, values, top) {
      set(lines[line], "d", through(values.map((value, i) => [days[i] / YEAR, value / top])));
    },
    scale(top, text) {
      levels.forEach((level, i) => write(level, text((i / 2) * top)));
    },
    point(day, value, top) {
      set(dot, "visibility", shown(day));
      set(dot, "cx", across(day / YEAR).toFixed(1));
      set(dot, "cy", up(value / top).toFixed(1));
    },
  };
}

/** Expected purchases, beside those of a new customer. */
export function expectedPicture(svg, model, newCustomer, horizon) {
  const { days, draw, scale, point } = yearPicture(svg, ["other", "curve"]);
  const other = days.map((day) => model.expectedPurchases(newCustomer, day));
  return ({ profile }) => {
    const own = days.map((day) => model.expectedPurchases(profile, day));
    const top = roundUp(Math.max(own.at(-1), other.at(-1)));
    scale(top, (value) => `${+value.toPrecision(2)}`);
    draw("other", other, top);
    draw("curve", own, top);
    point(horizon, model.expectedPurchases(profile, horizon), top);
    return { later: own.at(-1), other: other.at(-1) };
  };
}

/** Discounted value, over the steps that part the segments. */
export function valuePicture(svg, model, { segments, margin, currency }, money) {
  // A thousand in full is too wide for the scale on a phone.
  const thousands = new Intl.NumberFormat("en-US", { style: "currency", currency, notation: "compact" });
  const { make, lines, days, draw, scale, point } = yearPicture(svg, ["steps", "now", "curve"]);
  const steps = segments.bands.filter((band) => band.min_value > 0);
  const labels = steps.map((band) =>
    make("text", { "text-anchor": "end", x: BOX.right - 4 }, `${band.name} from ${money(band.min_value)}`),
  );
  const x = across(segments.horizon / YEAR).toFixed(1);
  set(lines.now, "d", `M${x} ${BOX.top}V${BOX.bottom}`);
  set(lines.now, "visibility", shown(segments.horizon));
  // A model of one segment has no step; nor need there be any value.
  const highest = steps.length > 0 ? steps[0].min_value : 0;
  return ({ profile }) => {
    const mean = model.expectedAverageProfit(profile) * margin;
    const own = days.map((day) => mean * model.discountedPurchases(profile, day));
    const top = roundUp(Math.max(own.at(-1), 1.3 * highest) || 1);
    scale(top, (value) => (value < 1000 ? money(value) : thousands.format(value)));
    set(lines.steps, "d", steps.map((band) => `M${BOX.left} ${up(band.min_value / top).toFixed(1)}H${BOX.right}`).join(""));
    steps.forEach((band, i) => {
      const y = up(band.min_value / top) - 5;
      set(labels[i], "y", y.toFixed(1));
      // Two steps that lie upon each other have one label.
      const close = i > 0 && (steps[i - 1].min_value - band.min_value) / top < 0.09;
      set(labels[i], "visibility", close ? "hidden" : "visible");
    });
    draw("curve", own, top);
    point(segments.horizon, mean * model.discountedPurchases(profile, segments.horizon), top);
    return { later: own.at(-1) };
  };
}

/** Customers by how long ago and how often they bought, a dot each, coloured by segment. */
export function crowdPicture(svg, { frequency, recency, T }, segment, names) {
  const most = Math.max(...T);
  // A doubling of the purchases is a step of the same height.
  const steps = [0, 1, 3, 7, 15, 31];
  const height = (purchases) => Math.log2(1 + purchases) / (steps.length - 1);
  const { make, levels } = frame(svg, [], steps.map(height));
  levels.forEach((level, i) => write(level, `${steps[i]}`));
  for (const [at, text, anchor] of [[0, "bought today", "start"], [1, `${most} days ago`, "end"]]) {
    make("text", { "text-anchor": anchor, x: across(at), y: HEIGHT - 6 }, text);
  }
  // The few above the many.
  names.toReversed().forEach((name) => {
    const band = names.indexOf(name);
    const dots = [...segment].flatMap((own, i) =>
      own === band
        ? [`M${across((T[i] - recency[i]) / most).toFixed(1)} ${up(height(frequency[i])).toFixed(1)}h0`]
        : [],
    );
    make("path", { class: `crowd ${name}`, d: dots.join("") });
  });
}
