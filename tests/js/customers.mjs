// Made-up customers by a rule in integers: tests/customers/mod.rs in JavaScript, draw by draw.

/** An endless row of customers: [frequency, recency, T, monetary value or NaN]. */
export function* customers(seed) {
  let state = seed;
  /** A whole number below `bound`, by mulberry32. */
  const draw = (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
  const frequency = () => {
    const kind = draw(8);
    if (kind < 2) return 0;
    return draw(kind === 2 ? 301 : 41);
  };
  for (;;) {
    const x = frequency();
    const age = 1 + (draw(16) === 0 ? 320_000 + draw(640_000) : draw(96_000));
    const lately = draw(2) === 0;
    const silence = draw(lately ? Math.trunc(age / 16) + 1 : age);
    const recency = x === 0 ? 0 : age - silence;
    const monetaryValue = draw(8) === 0 ? NaN : (1 + draw(30_000)) / 100;
    const wrong = draw(512) === 0;
    yield [x, recency / 64, (wrong ? recency - 1 : age) / 64, monetaryValue];
  }
}
