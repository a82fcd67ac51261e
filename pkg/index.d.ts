/** What is known of one customer. Days, and money in the model's currency. */
export interface Profile {
  /** Repeat purchases: distinct purchase days minus one. A whole number >= 0. */
  frequency: number;
  /** Days from the first to the last purchase. 0 <= recency <= T; 0 exactly when frequency is 0. */
  recency: number;
  /** Days from the first purchase to the end of observation. */
  T: number;
  /** Mean profit per repeat purchase, > 0 when frequency > 0. Left out: the population's mean. */
  monetary_value?: number | undefined;
}

export interface PredictOptions {
  /** Days ahead: 1 to 12 of them, increasing, each > 0 and <= 3650. Default: the model's. */
  horizons?: readonly number[] | undefined;
  /** Whether to add `residual_lifetime_value`; it costs a quadrature. */
  residual?: boolean | undefined;
}

/** Exactly what `POST /predict` takes: a profile and its options in one object. */
export type PredictRequest = Profile & PredictOptions;

export interface HorizonAnswer {
  days: number;
  /** Expected purchases within the horizon. */
  expected_purchases: number;
  /** Probability of at least one purchase within the horizon, 0..1. */
  probability_of_purchase: number;
  /** Discounted profit within the horizon, currency. */
  customer_lifetime_value: number;
}

export interface ModelName {
  id: string;
  version: string;
}

/** The answer, key for key the JSON of `POST /predict`. */
export interface Answer {
  /** 0..1; always 1 for a customer without a repeat purchase, by the model's construction. */
  probability_alive: number;
  /** Currency per purchase. */
  expected_average_profit: number;
  /** One entry per horizon, nearest first. */
  horizons: HorizonAnswer[];
  /** Discounted profit without a horizon, currency. Present only if asked for. */
  residual_lifetime_value?: number;
  /** The model's name for the customer's value. */
  segment: string;
  model: ModelName;
}

/** The answer to one who asked for `residual`. */
export type AnswerWithResidual = Answer & { residual_lifetime_value: number };

/** One broken rule. */
export interface Violation {
  /** JSON pointer to the value, such as "/recency"; "" for the whole. */
  pointer: string;
  /** The rule, such as "recency <= T". */
  rule: string;
  /** The rule in words. */
  detail: string;
}

/** Thrown for broken rules: a `TypeError` or `RangeError` that lists every one. */
export type InputError = (TypeError | RangeError) & { errors: Violation[] };

/** Many profiles, one column a quantity, all of one length. */
export interface ProfileColumns {
  frequency: Float64Array;
  recency: Float64Array;
  T: Float64Array;
  /** NaN stands for not given. */
  monetary_value?: Float64Array | undefined;
}

export type ColumnName =
  | "probability_alive"
  | "expected_average_profit"
  | "expected_purchases"
  | "probability_of_purchase"
  | "customer_lifetime_value"
  | "residual_lifetime_value"
  | "segment";

/** What `predictBatch` works out unless told otherwise. */
export type DefaultColumns = readonly [
  "probability_alive",
  "expected_average_profit",
  "expected_purchases",
  "probability_of_purchase",
  "customer_lifetime_value",
  "segment",
];

export interface BatchOptions<Columns extends readonly ColumnName[] = readonly ColumnName[]> {
  horizons?: readonly number[] | undefined;
  /** Which columns to work out. Default: all but `residual_lifetime_value`. */
  columns?: Columns | undefined;
  /**
   * Whether each row is worked out by itself, to the very bits of `predict`. Default: from
   * tables, which are many times faster and agree to 1e-13 relative.
   */
  exact?: boolean | undefined;
  /**
   * An earlier answer that is no longer needed: its arrays are filled again where they have
   * the right length, which spares the engine and the operating system the clearing of fresh
   * memory.
   */
  reuse?: BatchAnswer | undefined;
}

/** `All` of the columns that were asked for; any of them where the list is not known here. */
type Asked<Columns extends readonly ColumnName[], All> = number extends Columns["length"]
  ? Partial<All>
  : Pick<All, Extract<keyof All, Columns[number] | ("segment" extends Columns[number] ? "segments" : never)>>;

/** One horizon of a batch; the columns that were asked for. */
export type HorizonColumns<Columns extends readonly ColumnName[] = readonly ColumnName[]> = {
  days: number;
} & Asked<
  Columns,
  {
    expected_purchases: Float64Array;
    probability_of_purchase: Float64Array;
    customer_lifetime_value: Float64Array;
  }
>;

/** One broken rule of one row, counted from 0. */
export interface RowViolation extends Violation {
  row: number;
}

/** The answers as columns; those not asked for are absent. A wrong row is NaN throughout. */
export type BatchAnswer<Columns extends readonly ColumnName[] = readonly ColumnName[]> = {
  horizons: HorizonColumns<Columns>[];
  model: ModelName;
  errors: RowViolation[];
} & Asked<
  Columns,
  {
    /** 0..1; always 1 for a customer without a repeat purchase, by the model's construction. */
    probability_alive: Float64Array;
    expected_average_profit: Float64Array;
    residual_lifetime_value: Float64Array;
    /** Indices into `segments`; 255 for a wrong row. */
    segment: Uint8Array;
    segments: string[];
  }
>;

/** The object of a model file, format `edge-clv-model/1`. */
export interface ModelFile {
  format: "edge-clv-model/1";
  id: string;
  version: string;
  time_unit: "day" | "week";
  currency: string;
  bg_nbd: { r: number; alpha: number; a: number; b: number };
  gamma_gamma: { p: number; q: number; v: number };
  horizons: number[];
  annual_discount_rate: number;
  margin: number;
  segments: { horizon: number; bands: { name: string; min_value: number }[] };
  training?: {
    source?: string;
    customers?: number;
    orders?: number;
    observed_from?: string;
    observed_to?: string;
    log_likelihood?: number;
    standard_errors?: Record<string, number>;
    source_sha256?: string;
  };
}

/** Compiles and starts the module, once; further calls cost nothing. */
export function load(): Promise<void>;

/** The same without waiting, for hosts without top-level await. */
export function loadSync(): void;

/** What answers: a model. */
interface Answering {
  /**
   * Answers for one customer.
   * @throws {InputError} for broken rules, every one in `.errors`
   */
  predict(
    profile: PredictRequest,
    options: PredictOptions & { residual: true },
  ): AnswerWithResidual;
  predict(
    request: PredictRequest & { residual: true },
    options?: PredictOptions,
  ): AnswerWithResidual;
  predict(profile: PredictRequest, options?: PredictOptions): Answer;

  /**
   * Answers for columns of customers.
   * @throws {InputError} if the columns as such are wrong; a wrong row is an entry of `errors`
   */
  predictBatch<const Columns extends readonly ColumnName[] = DefaultColumns>(
    columns: ProfileColumns,
    options?: BatchOptions<Columns>,
  ): BatchAnswer<Columns>;
}

/** `predict` of the model that was compiled in. */
export const predict: Answering["predict"];

/** `predictBatch` of the model that was compiled in. */
export const predictBatch: Answering["predictBatch"];

/** The model that was compiled in, shared by all: its `free()` does nothing. */
export function defaultModel(): Model;

/** A customer of whom nothing is known yet: what a profile says on the day of the first purchase. */
export const newCustomer: Readonly<Profile>;

export interface Model extends Answering {}

/**
 * A model loaded at run time. Its version is taken as the file states it: only `clv` and a
 * build check that it is the hash of the rest.
 *
 * Every method that takes a profile throws an {@link InputError} if it breaks a rule. Days
 * that are negative, not finite or no number give NaN. Accuracy, measured on models and customers sampled
 * from r .01..20, alpha .1..1e4, a .01..20, b .01..100, frequency to 5000, T and days to 1e4:
 * 2e-14 relative, of counts 1e-12, of waiting times 3e-13.
 *
 * In the equations x is the frequency, t_x the recency, m the monetary value, t the days ahead;
 * (c)_n is c (c+1) ... (c+n-1), [x>0] is 1 of a repeat customer and else 0.
 */
export class Model {
  /** @throws {InputError} if the file breaks a rule */
  constructor(file: ModelFile);
  readonly id: string;
  readonly version: string;
  /**
   * P(alive), 0..1: the probability that the customer has not left by T. For a customer
   * without a repeat purchase it is 1 by the model's construction, however long ago it was.
   *
   * 1 / (1 + [x>0] a/(b+x-1) ((alpha+T)/(alpha+t_x))^(r+x))
   */
  probabilityAlive(profile: Profile): number;
  /**
   * P(alive) as it stood, or will stand, at each of some dates: the equation above with what
   * was known on that date. Before the first repeat purchase it is 1 by the model's construction.
   * @param purchases days of the repeat purchases since the first purchase, > 0, increasing
   * @param dates days since the first purchase, >= 0, in any order; past those listed it is
   * assumed that nothing more is bought
   * @throws {InputError} if these do not hold
   */
  probabilityAlivePath(purchases: Iterable<number>, dates: Iterable<number>): Float64Array;
  /**
   * Expected purchases in the next `days` days; with {@link newCustomer}, of a new one.
   *
   * P(alive) G(t), G(t) being those of a living customer: the mean of
   * (1 - (1 + p t/(alpha+T))^-(r+x)) / p over p distributed as Beta(a, b+x)
   */
  expectedPurchases(profile: Profile, days: number): number;
  /**
   * The probability of at least one purchase in the next `days` days, 0..1.
   *
   * P(alive) (1 - (1 + t/(alpha+T))^-(r+x))
   */
  probabilityOfPurchase(profile: Profile, days: number): number;
  /**
   * Expected purchases in the next `days` days, each discounted from its day by the model's
   * annual rate; `days` may be Infinity if the model discounts.
   *
   * P(alive) times the integral of e^(-delta s) dG(s) over s = 0..t, with G as above and
   * delta = ln(1 + annual_discount_rate) / 365
   */
  discountedPurchases(profile: Profile, days: number): number;
  /**
   * The probabilities of exactly 0, 1, ... `most` purchases in the next `days` days; `most` is
   * whole, 0 <= most <= 1000000.
   *
   * Of n > 0: P(alive) (P(N=n) (b+x)_n / (a+b+x)_n + P(N>=n) a (b+x)_(n-1) / (a+b+x)_n), N
   * being negative binomial with shape r+x and probability t/(alpha+T+t); of 0 what
   * {@link Model.probabilityOfPurchase} leaves
   */
  probabilitiesOfCounts(profile: Profile, most: number, days: number): Float64Array;
  /**
   * Days from T that the next purchase comes within with this probability; 0.5, the default,
   * gives the median. Infinity if it never comes with that probability; NaN where there is no
   * such probability, outside 0..1.
   *
   * (alpha+T) ((1 - probability/P(alive))^(-1/(r+x)) - 1)
   */
  timeToNextPurchase(profile: Profile, probability?: number): number;
  /**
   * Expected profit per purchase, currency; of a new customer the population's mean.
   *
   * p (v + x m) / (p x + q - 1); p v / (q - 1) where x = 0 or m is not known
   */
  expectedAverageProfit(profile: Profile): number;

  /** The model file; so `JSON.stringify(model)` is the file's text. */
  toJSON(): ModelFile;
  /** Gives the model's memory back at once; it is given back anyway when unreachable. */
  free(): void;
}
