#!/usr/bin/env python3
"""Writes the golden tables of tests/golden, or checks them. See tests/golden/README.md.

    pip install -r tests/oracle/requirements.txt
    python tests/oracle/golden.py               write the tables
    python tests/oracle/golden.py --check       compute them again, compare cell by cell
    python tests/oracle/golden.py --selftest    compare each formula with its second form
"""

import argparse
import csv
import json
import multiprocessing
import random
import sys
import time
from collections import namedtuple
from pathlib import Path

import clv
import second
from mpmath import workdps

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"

Model = namedtuple("Model", "r alpha a b p q v rate margin")
Profile = namedtuple("Profile", "x tx T z")


# --- scoring ---

def while_alive(model, x, T, horizons, residual):
    """What depends on frequency and T only: a pair (purchases, discounted) for each
    horizon, and the residual."""
    bg_nbd = model[:4] + (x, T)
    pairs = []
    for h in horizons:
        purchases = clv.settled(clv.purchases_if_alive, *bg_nbd, h)
        discounted = (clv.settled(clv.discounted_purchases_if_alive, *bg_nbd, model.rate, h)
                      if model.rate else purchases)
        pairs.append((purchases, discounted))
    forever = (clv.settled(clv.residual_purchases_if_alive, *bg_nbd, model.rate)
               if residual else None)
    return pairs, forever


def outputs(model, profile, horizons, alive):
    """P(alive), E[M]; purchases, P(purchase) and value for each horizon; the residual."""
    pairs, forever = alive
    x, tx, T, z = profile
    probability = clv.settled(clv.probability_alive, *model[:4], x, tx, T)
    profit = clv.settled(clv.expected_average_profit, model.p, model.q, model.v, x, z)
    cells = [probability, profit]
    with workdps(clv.DIGITS):
        worth = probability * profit * model.margin
        for h, (purchases, discounted) in zip(horizons, pairs):
            any_purchase = clv.settled(clv.probability_of_purchase_if_alive,
                                       model.r, model.alpha, x, T, h)
            cells += [probability * purchases, probability * any_purchase, worth * discounted]
        cells.append(None if forever is None else worth * forever)
    return texts(cells)


def texts(cells):
    return ["" if cell is None else repr(clv.nearest(cell)) for cell in cells]


# --- the tables: each gives its header and its rows, as text ---

def cdnow():
    model, horizons = cdnow_model()
    customers = list(cdnow_customers())
    header = ["customer", "probability_alive", "expected_average_profit"]
    for h in horizons:
        header += [f"expected_purchases_{h:g}d", f"probability_of_purchase_{h:g}d",
                   f"customer_lifetime_value_{h:g}d"]
    header.append("residual_lifetime_value")

    groups = sorted({(profile.x, profile.T) for _, profile in customers})
    alive = dict(zip(groups, parallel("cdnow: frequency and T", cdnow_group,
                                      [(model, *group, horizons) for group in groups])))
    rows = parallel("cdnow: customers", cdnow_row,
                    [(customer, model, profile, horizons, alive[profile.x, profile.T])
                     for customer, profile in customers])
    return header, rows


def cdnow_group(task):
    model, x, T, horizons = task
    return while_alive(model, x, T, horizons, residual=True)


def cdnow_row(task):
    customer, *rest = task
    return [customer] + outputs(*rest)


def cdnow_model():
    file = json.loads((ROOT / "model" / "cdnow.json").read_text())
    if file["time_unit"] != "day":
        sys.exit("model/cdnow.json: the oracle expects time_unit day")
    parameters = {**file["bg_nbd"], **file["gamma_gamma"]}
    model = Model(**{name: float(value) for name, value in parameters.items()},
                  rate=float(file["annual_discount_rate"]), margin=float(file["margin"]))
    return model, [float(h) for h in file["horizons"]]


def cdnow_customers():
    with open(ROOT / "data" / "cdnow-rfm.csv", newline="") as file:
        for row in csv.DictReader(file):
            spend = row["monetary_value"]
            yield row["customer"], Profile(int(float(row["frequency"])), float(row["recency"]),
                                           float(row["T"]), float(spend) if spend else None)


def hard():
    header = ["r", "alpha", "a", "b", "p", "q", "v", "annual_discount_rate",
              "frequency", "recency", "T", "monetary_value", "t",
              "probability_alive", "expected_average_profit", "expected_purchases",
              "probability_of_purchase", "customer_lifetime_value", "residual_lifetime_value",
              "daily_rate", "population_mean", "discounted_purchases"]
    return header, parallel("hard", hard_row, hard_cases())


def hard_row(case):
    model, profile, t = case
    alive = while_alive(model, profile.x, profile.T, [t], residual=model.rate > 0)
    inputs = ["" if value is None else repr(value) for value in (*model[:8], *profile, t)]
    with workdps(clv.DIGITS):
        discounted = clv.settled(clv.probability_alive, *model[:4], *profile[:3]) * alive[0][0][1]
    parts = [clv.settled(clv.daily, model.rate),
             clv.settled(clv.population_mean, model.p, model.q, model.v), discounted]
    return inputs + outputs(model, profile, [t], alive) + texts(parts)


def hard_cases(count=600, seed=20050515):
    """A fixed sample of the hard grid: first its corners, then its inside."""
    rng = random.Random(seed)

    def spread(low, high, digits=6):
        """Log-uniform. Rounded, so that no platform's log decides an input."""
        corner = rng.random() < corners
        value = rng.choice((low, high)) if corner else low * (high / low) ** rng.random()
        return float(f"{value:.{digits}g}")

    cases = []
    for k in range(count):
        corners = 0.7 if k < count // 6 else 0.02
        r, alpha = spread(.01, 20), spread(.1, 1e4)
        # a = 1 is the textbook form's singularity, a + b = 1 and whole r are lesser ones.
        a = rng.choice((1.0, 1 + 1e-9, 1 - 1e-9, 2.0)) if rng.random() < .2 else spread(.01, 20)
        b = 1 - a if a < 1 and rng.random() < .1 else spread(.01, 100)
        r = rng.choice((1.0, 2.0)) if rng.random() < .05 else r
        x = rng.choice((0, 0, 0, 1, 1, 2)) if rng.random() < .5 else round(spread(3, 5000))
        T = 0.0 if x == 0 and rng.random() < .1 else spread(.1, 1e4)
        tx = 0.0 if x == 0 else recency(rng, T, x)
        z = None if rng.random() < .1 else spread(.01, 1e4)
        rate = rng.choice((0.0, 0.01, 0.1, 1.0))
        p, q, v = spread(.1, 50), float(f"{1 + spread(.01, 49):.6g}"), spread(.1, 50)
        t = spread(1e-3, 1e4)
        cases.append((Model(r, alpha, a, b, p, q, v, rate, 1.0), Profile(x, tx, T, z), t))
    return cases


def recency(rng, T, x):
    """Anywhere in (0, T]; often so near T that P(alive) is neither 0 nor 1."""
    kind = rng.random()
    if kind < .2:
        return T
    share = rng.random() if kind < .5 else max(0, 1 - 20 * rng.random() ** 2 / x)
    return min(T, max(float(f"{T * share:.9g}"), float(f"{T * 1e-3:.9g}")))


def counts():
    header = ["r", "alpha", "a", "b", "frequency", "recency", "T", "t", "n", "u",
              "probability_of_count", "time_to_next_purchase"]
    return header, parallel("counts", counts_row, counts_cases())


def counts_row(case):
    *history, t, n, u = case
    probability = clv.settled(clv.probability_of_count, *history, t, n)
    return [repr(value) for value in case] + texts([probability, wait(history, u)])


def wait(history, u):
    """None for a purchase that comes with a chance below u, or so late that it is never."""
    if u >= clv.settled(clv.probability_alive, *history):
        return None
    days = clv.settled(clv.time_to_next_purchase, *history, u)
    return days if days <= 1e300 else None


def counts_cases(size=400, seed=20050517):
    """Rows of the hard grid, each with a count n and a probability u."""
    rng = random.Random(seed)
    cases = []
    for model, (x, tx, T, _), t in hard_cases(size, seed):
        history = (*model[:4], x, tx, T)
        mean = (model.r + x) * t / (model.alpha + T)
        n = number(rng, mean)
        with workdps(20):   # enough to tell which counts are too unlikely to ask about
            while clv.probability_of_count(*history, t, n) < 1e-300:
                n = number(rng, mean)
        odds = 10 ** rng.uniform(-6, 6)
        u = .5 if rng.random() < .2 else float(f"{odds / (1 + odds):.6g}")
        cases.append((*history, t, n, u))
    return cases


def number(rng, mean):
    """A small number, one around the mean, or any up to 5000."""
    kind = rng.random()
    if kind < .3:
        return rng.choice((0, 0, 1, 2))
    if kind < .75 and mean >= 1:
        return min(round(mean * 3 ** rng.uniform(-1, 1)), 5000)
    return round(5000 ** rng.random())


def paths():
    header = ["r", "alpha", "a", "b", "purchases", "date", "probability_alive_path"]
    return header, parallel("paths", paths_row, paths_cases())


def paths_row(case):
    *bg_nbd, purchases, date = case
    probability = clv.settled(clv.probability_alive_on, date, *bg_nbd, purchases)
    inputs = [repr(value) for value in bg_nbd]
    return [*inputs, " ".join(map(repr, purchases)), repr(date)] + texts([probability])


def paths_cases(size=60, seed=20080820):
    """Models of the hard grid, each with a customer's days and six dates to look back from,
    and forward: day 0, a purchase, just before it, between, at the end and far beyond."""
    rng = random.Random(seed)
    cases = []
    for model, (_, _, T, _), _ in hard_cases(size, seed):
        T = T or 30.0
        number = rng.choice((0, 1, 2, 5, 12, 30))
        purchases = sorted({float(f"{T * (1 - rng.random()) ** 2:.6g}") for _ in range(number)})
        some = rng.choice(purchases) if purchases else T / 2
        for date in (0.0, some, some * (1 - 1e-9), T * rng.random(), T, T * (1 + 9 * rng.random())):
            cases.append((*model[:4], purchases, date))
    return cases


TABLES = {"cdnow": cdnow, "hard": hard, "counts": counts, "paths": paths}


# --- write, check, selftest ---

def path(name):
    return GOLDEN / f"{name}.csv"


def write(name):
    header, rows = TABLES[name]()
    with open(path(name), "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    print(f"wrote tests/golden/{name}.csv: {len(rows)} rows")


def check(name):
    """The number of rows; or the end of the program, at the first cell that differs."""
    if not path(name).exists():
        differs(name, "the file is missing")
    with open(path(name), newline="") as file:
        have = list(csv.reader(file))
    header, rows = TABLES[name]()
    want = [header, *rows]
    for line, (old, new) in enumerate(zip(have, want), 1):
        if len(old) != len(new):
            differs(name, f"line {line} has {len(old)} cells, not {len(new)}")
        for column, is_now, should_be in zip(header, old, new):
            if is_now != should_be:
                differs(name, f"line {line}, column {column}: "
                              f"the file has {is_now!r}, the oracle {should_be!r}")
    if len(have) != len(want):
        differs(name, f"the file has {len(have) - 1} rows, not {len(rows)}")
    print(f"tests/golden/{name}.csv: {len(rows)} rows as the oracle has them")
    return len(rows)


def differs(name, what):
    sys.exit(f"tests/golden/{name}.csv: {what}\n"
             f"to make it again: python tests/oracle/golden.py --only {name}")


def selftest():
    """Every quantity by both forms, on both grids and on some of CDNOW's customers."""
    model, horizons = cdnow_model()
    cases = [(model, profile, h) for _, profile in list(cdnow_customers())[::40]
             for h in horizons] + hard_cases()
    # The double integral takes half a minute: a few cases whose weights have no long tail.
    short = [case for case in cases if case[0].rate and case[1].x and case[0].a > .3]
    tasks = [(double_opinion, case) for case in short[::len(short) // 8]]
    tasks += [(second_opinion, case) for case in cases]
    tasks += [(counts_opinion, case) for case in counts_cases()]
    tasks += [(paths_opinion, case) for case in paths_cases()]

    errors = {}
    for found in parallel("selftest", opinion, tasks):
        for name, error, where in found:
            errors.setdefault(name, []).append((error, where))
    bad = 0
    for name, found in errors.items():
        worst, where = max(found)
        bad += not worst < 1e-25
        print(f"{name:33} {len(found):4} cases, worst {worst:.0e} at {where}")
    if bad:
        sys.exit("two forms of one quantity differ by 1e-25 or more")
    print("two forms of every quantity agree to 1e-25")


def opinion(task):
    form, case = task
    return form(*case)


def second_opinion(model, profile, t):
    x, tx, T, z = profile
    bg_nbd = model[:4]
    quantities = {
        "probability_alive": (*bg_nbd, x, tx, T),
        "probability_of_purchase_if_alive": (model.r, model.alpha, x, T, t),
        "purchases_if_alive": (*bg_nbd, x, T, t),
        "discounted_purchases_if_alive": (*bg_nbd, x, T, model.rate, t),
        "expected_average_profit": (model.p, model.q, model.v, x, z),
        "population_mean": (model.p, model.q, model.v),
    }
    if model.rate:
        quantities["residual_purchases_if_alive"] = (*bg_nbd, x, T, model.rate)
    return [compared(name, name, args, clv.DIGITS) for name, args in quantities.items()]


def counts_opinion(*case):
    *history, t, n, u = case
    r, alpha, a, b, x, tx, T = history
    found = [compared("probability_of_count", "probability_of_count", (*history, t, n), clv.DIGITS)]
    if wait(history, u) is not None:
        found.append(compared("time_to_next_purchase", "time_to_next_purchase", (*history, u),
                              clv.DIGITS))
    # All counts one by one, where they are few.
    if t < alpha + T and (r + x) * t < 50 * (alpha + T):
        found.append(compared("purchases_if_alive", "purchases_by_count",
                              (r, alpha, a, b, x, T, t), 32))
    return found


def paths_opinion(*case):
    *bg_nbd, purchases, date = case
    name = "probability_alive_on"
    return [compared(name, name, (date, *bg_nbd, purchases), clv.DIGITS)]


def double_opinion(model, profile, t):
    args = (*model[:4], profile.x, profile.T, model.rate, t)
    return [compared("discounted_purchases_if_alive", "discounted_purchases_by_both", args, 30)]


def compared(name, other, args, digits):
    ours = clv.settled(getattr(clv, name), *args)
    with workdps(digits):
        theirs = getattr(second, other)(*args)
    with workdps(clv.DIGITS):
        return other, float(abs(ours - theirs) / abs(ours)), args


def parallel(what, work, tasks):
    """The work on every task, on all cores, in order; tells how far it is."""
    start = told = time.monotonic()
    results = []
    with multiprocessing.Pool() as pool:
        for result in pool.imap(work, tasks, chunksize=1):
            results.append(result)
            if time.monotonic() - told > 2:
                told = time.monotonic()
                print(f"  {what}: {len(results)} of {len(tasks)}, {told - start:.0f} s",
                      file=sys.stderr, flush=True)
    return results


def main():
    parser = argparse.ArgumentParser(description="Write or check the golden tables.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--only", choices=TABLES, help="one table, not all")
    parser.add_argument("--selftest", action="store_true",
                        help="compare each formula with its second form")
    options = parser.parse_args()
    start = time.monotonic()
    if options.selftest:
        selftest()
    else:
        names = [options.only] if options.only else list(TABLES)
        if options.check:
            rows = sum(check(name) for name in names)
            print(f"checked {rows} rows in {len(names)} tables")
        else:
            for name in names:
                write(name)
    print(f"{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
