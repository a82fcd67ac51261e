// The textbook's formulas in plain JavaScript, as lifetimes has them; nothing is discounted.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { customers, ROOT, REPETITIONS, SAMPLE } from "./files.mjs";
import { columns, nanoseconds, sample } from "./measure.mjs";

const { bg_nbd, gamma_gamma } = JSON.parse(readFileSync(join(ROOT, "model/cdnow.json"), "utf8"));
const { r, alpha, a, b } = bg_nbd;
const { p, q, v } = gamma_gamma;

function hypergeometric(a, b, c, z) {
  let term = 1;
  let sum = 1;
  for (let k = 0; term > 1e-16 * sum; k++) {
    term *= (((a + k) * (b + k)) / ((c + k) * (k + 1))) * z;
    sum += term;
  }
  return sum;
}

function probabilityAlive(x, recency, T) {
  if (x === 0) return 1;
  return 1 / (1 + (a / (b + x - 1)) * ((alpha + T) / (alpha + recency)) ** (r + x));
}

function expectedPurchases(alive, x, T, t) {
  const f = hypergeometric(r + x, b + x, a + b + x - 1, t / (alpha + T + t));
  const bracket = 1 - f * ((alpha + T) / (alpha + T + t)) ** (r + x);
  return ((a + b + x - 1) / (a - 1)) * bracket * alive;
}

function expectedAverageProfit(x, monetaryValue) {
  const weight = (p * x) / (p * x + q - 1);
  return ((1 - weight) * v * p) / (q - 1) + weight * monetaryValue;
}

function sixOutputs({ frequency, recency, T, monetary_value }) {
  const column = () => new Float64Array(frequency.length);
  const answers = {
    probability_alive: column(),
    expected_purchases_30d: column(),
    expected_purchases_90d: column(),
    expected_average_profit: column(),
    customer_lifetime_value_30d: column(),
    customer_lifetime_value_90d: column(),
  };
  for (let i = 0; i < frequency.length; i++) {
    const x = frequency[i];
    const alive = probabilityAlive(x, recency[i], T[i]);
    const in30 = expectedPurchases(alive, x, T[i], 30);
    const in90 = expectedPurchases(alive, x, T[i], 90);
    const profit = expectedAverageProfit(x, monetary_value[i]);
    answers.probability_alive[i] = alive;
    answers.expected_purchases_30d[i] = in30;
    answers.expected_purchases_90d[i] = in90;
    answers.expected_average_profit[i] = profit;
    answers.customer_lifetime_value_30d[i] = profit * in30;
    answers.customer_lifetime_value_90d[i] = profit * in90;
  }
  return answers;
}

const profiles = columns(customers("cdnow"));
let answers;
const cdnow = nanoseconds(Number(REPETITIONS), profiles.frequency.length, () => {
  answers = sixOutputs(profiles);
});
console.log(
  JSON.stringify({ times: { cdnow }, samples: { cdnow: sample(answers, Number(SAMPLE)) } }),
);
