// How fast the package scores, on any host that has it.
import { columns, nanoseconds, sample } from "./measure.mjs";

const SIX = [
  "probability_alive",
  "expected_purchases",
  "expected_average_profit",
  "customer_lifetime_value",
];
const MODES = {
  "": { columns: SIX },
  ", exact": { columns: SIX, exact: true },
};
const CALLS = 20_000;

/** `files`: the bytes of each population. */
export function score({ Model, defaultModel, predict, predictBatch }, files, repetitions, size) {
  const times = {};
  const samples = {};
  for (const [population, file] of Object.entries(files)) {
    const profiles = columns(file);
    const rows = profiles.frequency.length;
    for (const [mode, options] of Object.entries(MODES)) {
      let answer;
      times[population + mode] = nanoseconds(repetitions, rows, () => {
        answer = predictBatch(profiles, { ...options, reuse: answer });
      });
      samples[population + mode] = sample(sixOutputs(answer), size);
    }
  }

  const customers = columns(files.cdnow);
  const rows = customers.frequency.length;
  let answer;
  times["cdnow, every column"] = nanoseconds(repetitions, rows, () => {
    answer = predictBatch(customers, { reuse: answer });
  });
  times["cdnow, new columns"] = nanoseconds(repetitions, rows, () => {
    predictBatch(customers, MODES[""]);
  });

  // What makes the tables too: of a model that has answered nothing yet.
  const file = defaultModel().toJSON();
  for (const [measure, count] of [
    ["cdnow, first call", rows],
    ["cdnow, first 1,000", 1_000],
  ]) {
    const first = Object.fromEntries(
      Object.entries(customers).map(([name, column]) => [name, column.subarray(0, count)]),
    );
    times[measure] = Array.from({ length: repetitions }, () => {
      const model = new Model(file);
      const start = performance.now();
      model.predictBatch(first, MODES[""]);
      const time = ((performance.now() - start) * 1e6) / count;
      model.free();
      return time;
    });
  }

  const profiles = Array.from({ length: 1_000 }, (_, row) => ({
    frequency: customers.frequency[row],
    recency: customers.recency[row],
    T: customers.T[row],
    monetary_value: customers.monetary_value[row],
  }));
  times["one customer"] = nanoseconds(repetitions, CALLS, () => {
    for (let call = 0; call < CALLS; call++) predict(profiles[call % profiles.length]);
  });
  return { times, samples };
}

function sixOutputs({ probability_alive, expected_average_profit, horizons }) {
  const answers = { probability_alive, expected_average_profit };
  for (const { days, expected_purchases, customer_lifetime_value } of horizons) {
    answers[`expected_purchases_${days}d`] = expected_purchases;
    answers[`customer_lifetime_value_${days}d`] = customer_lifetime_value;
  }
  return answers;
}
