"""Fits drawn populations with `clv` and with lifetimes, and compares likelihoods.

Called by `cargo xtask test` with the path of `clv`. lifetimes' own likelihood judges both: the
parameters of `clv` must never be less likely by more than a millionth. Where lifetimes does not
converge, `clv` fits or says why not; where lifetimes does, `clv` must fit.
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore")

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter

CLV = os.path.abspath(sys.argv[1])
RELATIVE = 1e-6

# Customers, days, days of first purchases; r, alpha (days), a, b; p, q, v.
POPULATIONS = [
    # CDNOW, small to large.
    (1_000, 273, 90, (0.2426, 30.9, 0.793, 2.426), (6.25, 3.74, 15.44)),
    (2_357, 273, 90, (0.2426, 30.9, 0.793, 2.426), (6.25, 3.74, 15.44)),
    (30_000, 273, 90, (0.2426, 30.9, 0.793, 2.426), (6.25, 3.74, 15.44)),
    (100_000, 273, 90, (0.2426, 30.9, 0.793, 2.426), (6.25, 3.74, 15.44)),
    # Heavy one-time buyers.
    (20_000, 365, 180, (0.03, 40.0, 0.6, 1.8), (2.0, 4.0, 60.0)),
    (100_000, 365, 365, (0.02, 60.0, 1.2, 2.0), (3.0, 2.5, 40.0)),
    (10_000, 365, 60, (0.06, 10.0, 2.0, 1.0), (8.0, 6.0, 20.0)),
    (5_000, 365, 120, (0.3, 200.0, 0.9, 1.1), (1.2, 3.0, 100.0)),
    # a near 1, where the formulas of the expectations are singular.
    (5_000, 365, 180, (0.8, 50.0, 1.0, 3.0), (4.0, 5.0, 30.0)),
    (5_000, 365, 180, (0.8, 50.0, 1.001, 1.5), (4.0, 5.0, 30.0)),
    (20_000, 730, 365, (0.5, 20.0, 0.99, 4.0), (10.0, 2.2, 9.0)),
    # Frequent buyers: groceries, subscriptions.
    (2_000, 365, 120, (3.0, 20.0, 0.5, 8.0), (15.0, 8.0, 25.0)),
    (5_000, 180, 60, (1.5, 8.0, 0.3, 5.0), (5.0, 12.0, 80.0)),
    (1_000, 365, 90, (2.0, 5.0, 0.2, 10.0), (20.0, 5.0, 4.0)),
    # Hardly anybody leaves; almost everybody does.
    (10_000, 365, 180, (0.6, 40.0, 0.1, 3.0), (3.0, 6.0, 50.0)),
    (10_000, 365, 180, (1.0, 30.0, 3.0, 2.0), (3.0, 6.0, 50.0)),
    # Homogeneous customers, and very different ones.
    (20_000, 365, 90, (6.0, 300.0, 4.0, 16.0), (2.0, 20.0, 300.0)),
    (10_000, 730, 365, (0.15, 15.0, 0.15, 0.5), (1.0, 1.8, 20.0)),
    # Seen for a short time, and for long.
    (5_000, 60, 30, (0.4, 12.0, 0.7, 2.0), (6.0, 4.0, 15.0)),
    (3_000, 3_650, 1_825, (0.4, 80.0, 0.6, 3.0), (6.0, 4.0, 15.0)),
    # Beyond the twenty: where lifetimes has its troubles. Amounts in millions, hundreds of
    # purchases, too few customers.
    (2_000, 365, 120, (1.0, 30.0, 0.8, 3.0), (6.0, 4.0, 15.0e6)),
    (1_000, 365, 30, (4.0, 4.0, 0.05, 12.0), (40.0, 30.0, 2.0e4)),
    (200, 365, 120, (0.3, 40.0, 0.9, 2.0), (6.0, 4.0, 15.0)),
    (250, 90, 30, (0.2, 30.0, 0.5, 1.0), (1.0, 1.2, 5.0)),
]


def clv(*arguments):
    return subprocess.run([CLV, *map(str, arguments)], capture_output=True, text=True)


def drawn(folder, seed, population):
    """The RFM table of a population drawn from its parameters."""
    customers, days, acquired_over, purchases, spend = population
    orders, table = os.path.join(folder, "orders.csv"), os.path.join(folder, "rfm.csv")
    model = os.path.join(folder, "model.json")
    named = lambda names, values: ",".join(f"{n}={v}" for n, v in zip(names, values))
    steps = [
        ("model", "new", "--bg-nbd", named(("r", "alpha", "a", "b"), purchases),
         "--gamma-gamma", named("pqv", spend), "-o", model),
        ("simulate", "-m", model, "--customers", customers, "--days", days,
         "--acquired-over", acquired_over, "--seed", seed, "-o", orders),
        ("summary", orders, "-o", table),
    ]
    for step in steps:
        done = clv(*step)
        assert done.returncode == 0, (step, done.stderr)
    return table


def likelihood(fitter, parameters, *columns):
    """The log-likelihood over all customers, by lifetimes."""
    mean = fitter._negative_log_likelihood(np.log(parameters), *columns, 0.0)
    return -mean * len(columns[0])


def lifetimes(fitter, columns):
    """lifetimes' parameters, or None where it does not converge."""
    try:
        with open(os.devnull, "w") as nowhere:
            stdout, sys.stdout = sys.stdout, nowhere
            try:
                return fitter.fit(*columns).params_.to_numpy()
            finally:
                sys.stdout = stdout
    except Exception as error:
        print(f"    lifetimes: {str(error).strip().splitlines()[0]}")
        return None


def main():
    failures = unconverged = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, population in enumerate(POPULATIONS, 1):
            table = drawn(folder, number, population)
            done = clv("fit", table, "--json", "--quiet")
            data = pd.read_csv(table)
            x, t_x, age = (data[name].to_numpy(float) for name in ("frequency", "recency", "T"))
            repeat = data[(data.frequency > 0) & (data.monetary_value > 0)]
            spend = (repeat.frequency.to_numpy(float), repeat.monetary_value.to_numpy(float))
            ones, spend_ones = np.ones_like(x), np.ones_like(spend[0])
            print(f"{number:2} {population}")
            theirs = [
                ("purchases", BetaGeoFitter(), (x, t_x, age), ones),
                ("spend", GammaGammaFitter(), spend, spend_ones),
            ]
            if done.returncode not in (0, 3):
                print(f"    FAILED, exit code {done.returncode}: {done.stderr}")
                failures += 1
                continue
            fit = json.loads(done.stdout) if done.returncode == 0 else None
            if fit is None:
                print(f"    clv: {done.stderr.strip()}")
            converged = 0
            for what, fitter, columns, weights in theirs:
                parameters = lifetimes(fitter, columns)
                if parameters is None:
                    unconverged += 1
                    continue
                converged += 1
                if fit is None:
                    continue
                ours = [estimate["value"] for estimate in fit[what]["estimates"]]
                our = likelihood(fitter, ours, *columns, weights)
                their = likelihood(fitter, parameters, *columns, weights)
                told = fit[what]["log_likelihood"]
                kept = our >= their - RELATIVE * abs(their)
                same = abs(told - our) <= 1e-9 * abs(our)
                mark = "" if kept and same else "FAILED "
                failures += not (kept and same)
                print(f"    {mark}{what}: {our:.6f}, above lifetimes by {our - their:.2g}")
            if fit is None and converged == 2:
                print("    FAILED: lifetimes fits both models")
                failures += 1
    if failures:
        sys.exit(f"{failures} comparisons failed")
    print(f"lifetimes did not converge {unconverged} times")
    if not unconverged:
        sys.exit("FAILED: nothing shows what clv does there; add where lifetimes does not converge")


main()
