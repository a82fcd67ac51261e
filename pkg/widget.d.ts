import type { Answer, Violation } from "./index.js";

/**
 * `<clv-score>`: a badge with the segment and the value of the customer whose profile its
 * attributes hold, scored in the page. Importing the module defines it; a second import,
 * or one where there is no DOM, does nothing.
 *
 * Each property but `result` mirrors an attribute; null where that is absent or blank.
 * A change is scored in a microtask, several at once as one. On itself the element sets
 * `data-segment`, which is absent while there is no score.
 *
 * Parts: `badge`, `segment`, `value`, `alive`, `error`. Colours: `--clv-background`,
 * `--clv-color`, `--clv-muted`, `--clv-border`, `--clv-accent`, `--clv-on-accent`.
 */
export class ClvScore extends HTMLElement {
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
  /** ISO 4217 code; attribute `currency`. Left out: the model's. Nothing is converted. */
  get currency(): string | null;
  set currency(value: string | null | undefined);
  /** BCP 47 tag for the numbers; attribute `locale`. Left out: the browser's. */
  get locale(): string | null;
  set locale(value: string | null | undefined);
  /** The last answer, or null before the first one and after an error. */
  readonly result: Answer | null;
}

/** What `clv:error` carries; `errors` where the profile or the horizon breaks a rule. */
export type ClvError = Error & { errors?: Violation[] };

declare global {
  interface HTMLElementTagNameMap {
    "clv-score": ClvScore;
  }
  /** Both events bubble and cross shadow roots. */
  interface HTMLElementEventMap {
    "clv:score": CustomEvent<Answer>;
    "clv:error": CustomEvent<ClvError>;
  }
}
