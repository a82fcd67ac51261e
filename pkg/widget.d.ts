import type { Answer, Model, ModelFile, Profile, Violation } from "./index.js";

/** One order of the customer. */
export interface Order {
  /**
   * When it was placed: `YYYY-MM-DD`, with a time of day after it or not, `YYYYMMDD`, RFC 3339,
   * or seconds or milliseconds since 1970; all orders alike. A time counts on the day it is
   * written with, a number and a Date on the day of UTC.
   */
  date: string | number | Date;
  /** What was paid, at most two decimals; 0 for an order given away, below 0 for a refund. */
  amount: number | string;
}

/** The DOM's, where the types of the host know of it; a server may import the rest without. */
declare const Base: typeof globalThis extends {
  HTMLElement: infer Element extends abstract new () => object;
}
  ? Element
  : new () => object;

/** To whom the widget may report the segment; see the attribute `report`. */
export type Report = "data-layer" | "shopify";

/**
 * `<clv-score>`: scores a customer in the page and shows a badge, or what is in the slot of the
 * customer's segment. Importing the module defines it; a second import, or one where there is
 * no DOM, does nothing.
 *
 * The customer is the `orders` it is given, or else the profile that its attributes hold. Each
 * property but `orders`, `model`, `profile` and `result` mirrors an attribute; null where that
 * is absent or blank. A change is scored in a microtask, several at once as one. On itself the
 * element sets `data-segment`, which is absent while there is no score. Until it is first given
 * orders or an attribute of the profile it waits: no badge, no `clv:error`.
 *
 * Slots: the name of each of the model's segments, and `none` for no score. What is in the slot
 * of the segment takes the badge's place.
 *
 * Parts: `badge`, `segment`, `value`, `alive`, `error`. Colours: `--clv-background`,
 * `--clv-color`, `--clv-muted`, `--clv-border`, `--clv-accent`, `--clv-on-accent`.
 */
export class ClvScore extends Base {
  /** Repeat purchases; attribute `frequency`. */
  get frequency(): number | null;
  set frequency(value: number | null | undefined);
  /** Days from the first to the last purchase; attribute `recency`. */
  get recency(): number | null;
  set recency(value: number | null | undefined);
  /** Days from the first purchase to the end of observation, a profile's `T`; attribute `t`. */
  get t(): number | null;
  set t(value: number | null | undefined);
  /** Mean profit per repeat purchase; attribute `monetary-value`. Left out: the population's. */
  get monetaryValue(): number | null;
  set monetaryValue(value: number | null | undefined);
  /**
   * Days ahead; attribute `horizon`. Left out: the answer is the default one, and the badge
   * shows the horizon of the model's segments, or else the answer's last.
   */
  get horizon(): number | null;
  set horizon(value: number | null | undefined);
  /**
   * The last day of the orders that count, such as `2025-01-31`; attribute `until`. Left out:
   * today, by the visitor's calendar, or the last order's day if that is later.
   */
  get until(): string | null;
  set until(value: string | null | undefined);
  /** ISO 4217 code; attribute `currency`. Left out: the model's. Nothing is converted. */
  get currency(): string | null;
  set currency(value: string | null | undefined);
  /** BCP 47 tag for the numbers; attribute `locale`. Left out: the browser's. */
  get locale(): string | null;
  set locale(value: string | null | undefined);
  /** Whether the badge is never shown: slots and events remain; attribute `headless`. */
  get headless(): boolean;
  set headless(value: boolean | null | undefined);
  /**
   * To whom a new segment is reported, by name and without amount or id, of {@link Report} any
   * with spaces between; attribute `report`. Left out: to nobody. `shopify` asks Shopify's customer
   * privacy API, which is there once `Shopify.loadFeatures` has called back: set it then.
   */
  get report(): string | null;
  set report(value: Report | (string & {}) | null | undefined);
  /**
   * The customer's orders; while they are set the attributes that hold a profile are not read.
   * Null, the default: they are. A change within the array is seen when it is set again.
   */
  get orders(): readonly Order[] | null;
  set orders(value: readonly Order[] | null | undefined);
  /** A model file's object or a {@link Model}; null, the default: the one compiled in. */
  get model(): ModelFile | Model | null;
  set model(value: ModelFile | Model | null | undefined);
  /** The profile that was scored, or null while there is no score. */
  readonly profile: Profile | null;
  /** The last answer, or null before the first one and after an error. */
  readonly result: Answer | null;
}

/**
 * The profile that the orders of one customer make, by the rules of the command `clv summary`:
 * orders of one day are one purchase, refunds come off the purchases of that day and then off
 * the latest, and orders after the day `until` are left out. A mean of 0, which no model takes,
 * is left out of the profile.
 * @param until the last day, as {@link ClvScore.until}
 * @throws {InputError} for every broken rule; also where no purchase remains
 */
export function profileOfOrders(orders: readonly Order[], until?: string | null): Profile;

/** What a customer bought and kept on one day. */
export interface Purchase {
  /** Days since the first purchase, 0 for that itself. */
  day: number;
  /** What was paid and not given back, currency. */
  amount: number;
}

/**
 * The same with the purchases themselves, in the order of time; the days of all but the first
 * are what {@link Model.probabilityAlivePath} takes.
 * @throws {InputError} as {@link profileOfOrders}
 */
export function historyOfOrders(
  orders: readonly Order[],
  until?: string | null,
): { profile: Profile; purchases: Purchase[] };

/** Pushes `{event: "clv_segment", clv_segment}` to Google Tag Manager's `dataLayer`. */
export function pushToDataLayer(segment: string): true;

/**
 * Publishes `clv_segment` with `{segment}` to Shopify's web pixels if the visitor allows
 * analytics; returns whether it did.
 */
export function publishToShopify(segment: string): boolean;

/** What `clv:error` carries; `errors` where the profile, the orders or the horizon break a rule. */
export type ClvError = Error & { errors?: Violation[] };

declare global {
  interface HTMLElementTagNameMap {
    "clv-score": ClvScore;
  }
  /** All bubble and cross shadow roots. None repeats what was told last. */
  interface HTMLElementEventMap {
    /** The library has started; once, before the first score. */
    "clv:ready": CustomEvent<null>;
    "clv:score": CustomEvent<Answer>;
    "clv:error": CustomEvent<ClvError>;
  }
}
