// What a customer's orders say of the customer, by the rules of `clv summary`: orders of one
// day are one purchase, refunds come off the day's and then off the latest purchases, money is
// counted in whole cents, and a time counts on the day it is written with.

const DAY = 86_400_000;
// Cents up to here are exact.
const MOST = Number.MAX_SAFE_INTEGER;
const MOST_TEXT = "90071992547409.91";

const TIME = /^[Tt ]([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)([.,]\d{1,9})?)?/;
const OFFSET = /^ ?([Zz]|UTC|GMT|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)$/;

/** The profile at the end of the day `until`, as `historyOfOrders` has it. */
export function profileOfOrders(orders, until) {
  return historyOfOrders(orders, until).profile;
}

/**
 * The profile at the end of the day `until`, today unless given, and not before the last order's
 * day; and the purchases, each with its day since the first. A mean of 0, which no model takes,
 * is left out of the profile. Throws a TypeError or RangeError with `.errors`, one for every
 * rule that is broken.
 */
export function historyOfOrders(orders, until) {
  const broken = [];
  const refuse = (pointer, rule, detail, kind = RangeError) =>
    broken.push({ error: { pointer, rule, detail }, kind });

  if (!Array.isArray(orders)) {
    refuse("/orders", "an array", "orders is an array of {date, amount}", TypeError);
    throw inputError(broken);
  }
  const latest = Date.now() + DAY;
  let form;
  const bought = orders.map((order, at) => {
    if (typeof order !== "object" || order === null) {
      refuse(`/orders/${at}`, "an object", "an order is an object {date, amount}", TypeError);
      return [];
    }
    const date = read(order.date);
    const refuseDate = (rule, detail) => refuse(`/orders/${at}/date`, rule, detail);
    if (date.wrong) refuseDate(...date.wrong);
    else if ((form ??= date.form) !== date.form) {
      const detail = `is written as ${date.form}, and the first date as ${form}; write all alike`;
      refuseDate("dates are written alike", detail);
    } else if (date.day * DAY > latest) {
      refuseDate("date <= tomorrow", "is in the future; look for a wrong date or unit");
    }
    const cents = centsOf(order.amount);
    if (typeof cents !== "number") refuse(`/orders/${at}/amount`, ...cents);
    return [date.day, cents];
  });
  let end = null;
  if (until !== undefined && until !== null) {
    const date = read(until);
    if (date.wrong) refuse("/until", ...date.wrong);
    end = date.day;
  }
  if (broken.length > 0) throw inputError(broken);

  bought.sort(([one], [other]) => one - other);
  end ??= Math.max(today(), bought.at(-1)?.[0] ?? 0);
  const purchases = purchasesOf(bought.filter(([day]) => day <= end));
  const spend = purchases?.slice(1).reduce((sum, { cents }) => sum + cents, 0);
  // A sum of safe integers that is not one itself still comes out as too large.
  if (!purchases || spend + (purchases[0]?.cents ?? 0) > MOST) {
    refuse("/orders", `sum <= ${MOST_TEXT}`, "the orders add up to too much; look for a wrong amount");
  } else if (purchases.length === 0) {
    const day = new Date(end * DAY).toISOString().slice(0, 10);
    refuse("/orders", "a purchase remains", `there is no purchase up to ${day} that was not refunded`);
  }
  if (broken.length > 0) throw inputError(broken);

  const first = purchases[0].day;
  const frequency = purchases.length - 1;
  const profile = { frequency, recency: purchases.at(-1).day - first, T: end - first };
  // Both operands are exact, so the one division rounds once.
  if (spend > 0) profile.monetary_value = spend / (100 * frequency);
  return {
    profile,
    purchases: purchases.map(({ day, cents }) => ({ day: day - first, amount: cents / 100 })),
  };
}

/** The purchases that [day, cents] in the order of days leave; undefined if too large. */
function purchasesOf(bought) {
  const purchases = [];
  for (let at = 0; at < bought.length; ) {
    const [day] = bought[at];
    let total = 0;
    let refunded = false;
    for (; bought[at]?.[0] === day; at++) {
      total += bought[at][1];
      refunded ||= bought[at][1] < 0;
      if (Math.abs(total) > MOST) return undefined;
    }
    // An order of 0 is one given away, and a purchase; a day refunded to 0 is none.
    if (total > 0 || !refunded) purchases.push({ day, cents: total });
    else giveBack(purchases, total);
  }
  return purchases;
}

/** Takes a refund off the latest purchases; what exceeds all of them is lost. */
function giveBack(purchases, refund) {
  for (let at = purchases.length - 1; at >= 0 && refund < 0; at--) {
    const purchase = purchases[at];
    // What was given away cannot be given back.
    if (purchase.cents === 0) continue;
    purchase.cents += refund;
    if (purchase.cents > 0) return;
    refund = purchase.cents;
    purchases.splice(at, 1);
  }
}

/** The day of a date, counted from 1970, and how it is written; or what is wrong with it. */
function read(date) {
  // A Date is what JSON makes of it: its day is that of UTC.
  const text = String(date instanceof Date ? date.toJSON() : date);
  if (/^\d+$/.test(text)) return readDigits(text);
  const rest = text.slice(10);
  if (!rest) return readDay(text, "YYYY-MM-DD");
  const [time] = rest.match(TIME) ?? [];
  const offset = time && rest.slice(time.length);
  if (!time || (offset && !OFFSET.test(offset))) return readDay("", "");
  return readDay(
    text.slice(0, 10),
    offset ? "RFC 3339, with an offset from UTC" : "YYYY-MM-DD hh:mm:ss",
  );
}

function readDigits(text) {
  // Eight digits are a day: as seconds they would be of 1970 to 1973.
  if (text.length === 8) {
    return readDay(text.replace(/(....)(..)(..)/, "$1-$2-$3"), "YYYYMMDD");
  }
  const unit = [9, 10].includes(text.length) ? "seconds" : "milliseconds";
  if (text.length < 9 || text.length > 13) return readDay("", "");
  const day = Math.floor((text * (unit === "seconds" ? 1000 : 1)) / DAY);
  return { day, form: `${unit} since 1970` };
}

function readDay(text, form) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) {
    const detail =
      "is not a date; write YYYY-MM-DD, with a time of day after it or not, YYYYMMDD, " +
      "RFC 3339, or seconds or milliseconds since 1970";
    return { wrong: ["a date", detail] };
  }
  const time = Date.parse(text);
  // Some engines take the 30th of February for a day in March.
  if (Number.isNaN(time) || !new Date(time).toISOString().startsWith(text)) {
    const detail = "is no day of the calendar; write YYYY-MM-DD, such as 1997-01-31";
    return { wrong: ["a day of the calendar", detail] };
  }
  return { day: time / DAY, form };
}

/** The cents of an amount in currency, or what is wrong with it. */
function centsOf(amount) {
  let cents = NaN;
  let exact;
  if (typeof amount === "number") {
    cents = amount * 100;
    // But for the rounding of a sum.
    exact = Math.abs(cents - Math.round(cents)) <= 1e-3;
  } else if (typeof amount === "string" && /^-?\d+(\.\d+)?$/.test(amount)) {
    const [whole, decimals = ""] = amount.split(".");
    exact = decimals.length <= 2;
    cents = Number(whole + decimals.slice(0, 2).padEnd(2, "0"));
  }
  if (!Number.isFinite(cents)) {
    const detail =
      "is not an amount; write a number, or digits and at most two decimals after a point, " +
      "without a currency sign, thousands separator or exponent";
    return ["an amount", detail];
  }
  if (Math.abs(cents) > MOST) return [`amount <= ${MOST_TEXT}`, "is too large"];
  return exact ? Math.round(cents) : ["whole cents", "has more than two decimals; round it"];
}

/** Today, by the calendar on the visitor's wall. */
function today() {
  const now = new Date();
  return Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) / DAY;
}

/** In one voice with the library: a TypeError if any rule is about the kind of a value. */
function inputError(broken) {
  const errors = broken.map(({ error }) => error);
  const message = errors
    .map(({ pointer, rule, detail }) => `${pointer}: ${detail} (${rule})`)
    .join("; ");
  const Kind = broken.some(({ kind }) => kind === TypeError) ? TypeError : RangeError;
  return Object.assign(new Kind(message), { errors });
}
