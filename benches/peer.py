"""How fast the Python package `lifetimes` scores the customers of `CUSTOMERS`."""

import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter

REPETITIONS = int(os.environ["REPETITIONS"])
CALLS = 1_000


def fitted(fitter, parameters):
    fitter.params_ = pd.Series(parameters)
    return fitter


MODEL = json.loads(Path(os.environ["ROOT"], "model/cdnow.json").read_text())
PURCHASES = fitted(BetaGeoFitter(), MODEL["bg_nbd"])
PROFIT = fitted(GammaGammaFitter(), MODEL["gamma_gamma"])


def six_outputs(frequency, recency, T, monetary_value):
    """Values as profit times purchases: lifetimes' own `customer_lifetime_value` loops over
    months and would take many times as long."""
    within = PURCHASES.conditional_expected_number_of_purchases_up_to_time
    alive = PURCHASES.conditional_probability_alive(frequency, recency, T)
    purchases_30 = within(30.0, frequency, recency, T)
    purchases_90 = within(90.0, frequency, recency, T)
    profit = PROFIT.conditional_expected_average_profit(frequency, monetary_value)
    return {
        "probability_alive": alive,
        "expected_purchases_30d": purchases_30,
        "expected_purchases_90d": purchases_90,
        "expected_average_profit": profit,
        "customer_lifetime_value_30d": profit * purchases_30,
        "customer_lifetime_value_90d": profit * purchases_90,
    }


def nanoseconds(count, run):
    """Of each of some runs after one that warms up, for one of `count` customers."""
    run()
    times = []
    for _ in range(REPETITIONS):
        start = time.perf_counter_ns()
        run()
        times.append((time.perf_counter_ns() - start) / count)
    return times


def customers(population):
    """Frequency, recency, T and monetary value."""
    columns = np.fromfile(Path(os.environ["CUSTOMERS"], f"{population}.f64"), dtype="<f8")
    return columns.reshape(4, -1)


def sample(answers):
    """Some rows of every answer; null where it is not finite."""
    rows = len(answers["probability_alive"])
    every = rows // min(rows, int(os.environ["SAMPLE"]))
    return {
        name: [value if np.isfinite(value) else None for value in column[::every].tolist()]
        for name, column in answers.items()
    }


def main():
    np.seterr(all="ignore")
    times, samples = {}, {}
    for population in ["cdnow", "repeat-heavy", "old"]:
        columns = customers(population)
        times[population] = nanoseconds(columns.shape[1], lambda: six_outputs(*columns))
        samples[population] = sample(six_outputs(*columns))

    profiles = customers("cdnow")[:, :CALLS].T.tolist()

    def one_by_one():
        for profile in profiles:
            six_outputs(*profile)

    times["one customer"] = nanoseconds(len(profiles), one_by_one)
    print(json.dumps({"times": times, "samples": samples}))


main()
