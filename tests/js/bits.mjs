// The bits that every host shares: tests/bits.rs in JavaScript, for whatever runs it.
import { customers } from "./customers.mjs";

const ROWS = 25_000;
const HORIZONS = [1, 45.5, 3650];

/**
 * The text of tests/golden/bits.sha256: SHA-256 over each number of 200,000 answers, a line
 * a model and path. `edgeClv` is what the package exports, `files` the models besides the one
 * that is compiled in.
 */
export async function bits({ load, Model, defaultModel }, files) {
  await load();
  let lines = "";
  let seed = 0;
  for (const model of [defaultModel(), ...files.map((file) => new Model(file))]) {
    for (const answers of [predict, predictBatch]) {
      const numbers = answers(model, customers(++seed));
      lines += await line(bytes(numbers), `${model.id} ${answers.name}`);
    }
  }
  return lines + (await line(new TextEncoder().encode(lines), "all"));
}

async function line(bytes, name) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"));
  return `${hex.join("")}  ${name}\n`;
}

/** The numbers' bits, little-endian as all these hosts are; NaN has many, and here one. */
function bytes(numbers) {
  const words = new BigUint64Array(Float64Array.from(numbers).buffer);
  numbers.forEach((number, i) => {
    if (Number.isNaN(number)) words[i] = 0x7ff8000000000000n;
  });
  return words;
}

function predict(model, customers) {
  const numbers = [];
  const { annual_discount_rate, segments } = model.toJSON();
  const bands = segments.bands.map((band) => band.name);
  for (let i = 0; i < ROWS; i++) {
    const [frequency, recency, T, monetaryValue] = customers.next().value;
    const answer = answerOf(model, {
      frequency,
      recency,
      T,
      monetary_value: Number.isNaN(monetaryValue) ? undefined : monetaryValue,
      horizons: i % 5 === 0 ? HORIZONS : undefined,
      residual: i % 250 === 0 && annual_discount_rate > 0,
    });
    if (!answer) {
      numbers.push(NaN);
      continue;
    }
    numbers.push(answer.probability_alive, answer.expected_average_profit);
    for (const horizon of answer.horizons) {
      const { days, expected_purchases, probability_of_purchase } = horizon;
      numbers.push(days, expected_purchases, probability_of_purchase);
      numbers.push(horizon.customer_lifetime_value);
    }
    if ("residual_lifetime_value" in answer) numbers.push(answer.residual_lifetime_value);
    numbers.push(bands.indexOf(answer.segment));
  }
  return numbers;
}

/** Nothing for a customer who breaks a rule; anything else that goes wrong is thrown. */
function answerOf(model, request) {
  try {
    return model.predict(request);
  } catch (error) {
    if (!error.errors) throw error;
  }
}

const COLUMNS = [
  "probability_alive",
  "expected_average_profit",
  "expected_purchases",
  "probability_of_purchase",
  "customer_lifetime_value",
  "segment",
];

function predictBatch(model, customers) {
  const discounts = model.toJSON().annual_discount_rate > 0;
  const all = discounts ? [...COLUMNS, "residual_lifetime_value"] : COLUMNS;
  const few = 200;
  const many = (ROWS / 5) * 4;
  const numbers = [];
  for (const [rows, options] of [
    [many, {}],
    [ROWS - many - 2 * few, { horizons: HORIZONS }],
    [few, { columns: all }],
    [few, { exact: true }],
  ]) {
    append(numbers, model.predictBatch(columns(customers, rows), options));
  }
  return numbers;
}

/** The next customers as predictBatch takes them. */
function columns(customers, rows) {
  const columns = {};
  for (const name of ["frequency", "recency", "T", "monetary_value"]) {
    columns[name] = new Float64Array(rows);
  }
  for (let row = 0; row < rows; row++) {
    const customer = customers.next().value;
    Object.values(columns).forEach((column, i) => (column[row] = customer[i]));
  }
  return columns;
}

/** Column after column, then which rows are wrong. */
function append(numbers, answer) {
  const column = (column) => {
    for (const number of column ?? []) numbers.push(number);
  };
  column(answer.probability_alive);
  column(answer.expected_average_profit);
  for (const horizon of answer.horizons) {
    column([horizon.days]);
    column(horizon.expected_purchases);
    column(horizon.probability_of_purchase);
    column(horizon.customer_lifetime_value);
  }
  column(answer.residual_lifetime_value);
  column(answer.segment);
  column(answer.errors.map((error) => error.row));
}
