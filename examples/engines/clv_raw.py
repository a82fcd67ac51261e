"""A host of clv-raw.wasm: scores columns of customers in wasmtime, with the npm package's bits.

As a program it scores a table of profiles, such as `clv summary` makes:

    python clv_raw.py clv-raw.wasm profiles.csv scored.csv [model.json]

The other examples beside it use it as a module.
"""

import json
import sys
import threading

import numpy as np
from pyarrow import csv, float64, string, table
from wasmtime import Instance, Module, Store

PROFILE = ["frequency", "recency", "T", "monetary_value"]

# The quantities in the order of their numbers, which are those of their bits.
QUANTITIES = [
    "probability_alive",
    "expected_average_profit",
    "expected_purchases",
    "probability_of_purchase",
    "customer_lifetime_value",
    "residual_lifetime_value",
    "segment",
]
# Those that have a column for each horizon.
AHEAD = QUANTITIES[2:5]
STATUSES = {
    -1: "a column is not in the room",
    -2: "no such column",
    -3: "horizons are 1 to 12 days that increase, each > 0 and <= 3650",
    -4: "a model that does not discount has no residual value",
    -5: "the model breaks a rule of the model file; `clv model show` says which",
}
# Scored from tables rather than each by itself.
FROM_TABLES = 128
# Customers scored at once: what they need fits the cache.
ROWS = 8192


class Clv:
    """An instance of the module with a model: that of a model file, or the one compiled in."""

    def __init__(self, module, model=None):
        self.store = Store()
        instance = Instance(self.store, Module.from_file(self.store.engine, module), [])
        self.exports = instance.exports(self.store)
        self.memory = self.exports["memory"]
        # wasmtime lets go of Python's own lock, and an instance is for one thread at a time.
        self.lock = threading.Lock()
        assert self.call("clv_abi") == 1
        if model is None:
            start, length = self.call("clv_model_file"), self.call("clv_model_file_bytes")
            self.model = json.loads(self.memory.read(self.store, start, start + length))
        else:
            with open(model, encoding="utf-8") as file:
                self.model = json.load(file)
            self.load()

    def call(self, name, *arguments):
        return self.exports[name](self.store, *arguments)

    def room(self, numbers):
        """The address of room for so many numbers."""
        address = self.call("clv_room", 8 * numbers)
        if address == 0:
            raise MemoryError
        return address

    def view(self, address, numbers):
        """These numbers of the memory, as it is now: a call may make it grow."""
        size = self.memory.data_len(self.store)
        memory = np.ctypeslib.as_array(self.memory.data_ptr(self.store), (size,))
        return memory[address : address + 8 * numbers].view("<f8")

    def load(self):
        bg_nbd, gamma_gamma = self.model["bg_nbd"], self.model["gamma_gamma"]
        segments = self.model["segments"]
        days = {"day": 1, "week": 7}[self.model["time_unit"]]
        numbers = [bg_nbd["r"], bg_nbd["alpha"] * days, bg_nbd["a"], bg_nbd["b"]]
        numbers += [gamma_gamma["p"], gamma_gamma["q"], gamma_gamma["v"]]
        numbers += [self.model["annual_discount_rate"], self.model["margin"], segments["horizon"]]
        numbers += [band["min_value"] for band in segments["bands"]]
        address = self.room(len(numbers))
        self.view(address, len(numbers))[:] = numbers
        check(self.call("clv_load", address, len(numbers)))

    def quantity(self, name, frequency, recency, T, monetary_value=np.nan, days=0.0):
        """The quantity of this name of one customer, which needs no room; NaN if a rule is broken.
        `days` are those ahead, for what has them."""
        numbers = map(float, (frequency, recency, T, monetary_value, days))
        with self.lock:
            return self.call("clv_predict", QUANTITIES.index(name), *numbers)

    def score(
        self,
        frequency,
        recency,
        T,
        monetary_value=None,
        columns=None,
        horizons=None,
        exact=True,
    ):
        """The columns of these names by name, `customer_lifetime_value_30d` for one of 30 days;
        and how many rows broke a rule, which are NaN and have no segment. Without names all but
        the residual value, for the horizons of the model. Each has the bits of `predict`; if not
        `exact` those of `predictBatch`, which is many times as fast."""
        given = [frequency, recency, T] + ([] if monetary_value is None else [monetary_value])
        given = [np.asarray(column, dtype="<f8") for column in given]
        columns = columns or [name for name in QUANTITIES if name != "residual_lifetime_value"]
        bits = sum(1 << QUANTITIES.index(name) for name in columns)
        bits += 0 if exact else FROM_TABLES
        ahead = any(name in AHEAD for name in columns)
        horizons = list(horizons or self.model["horizons"]) if ahead else []
        names = output_names(columns, horizons)

        rows = len(given[0])
        answer = np.empty((len(names), rows))
        broken = 0
        with self.lock:
            # The horizons, then column after column, each with room for so many customers.
            size = max(1, min(rows, ROWS))
            width = len(given) + len(names)
            room = self.room(len(horizons) + width * size)
            self.view(room, len(horizons))[:] = horizons
            at = [room + 8 * (len(horizons) + i * size) for i in range(width)]
            monetary_value_at = 0 if monetary_value is None else at[3]
            output = at[len(given)]
            for start in range(0, rows, size):
                count = min(size, rows - start)
                for address, column in zip(at, given):
                    self.view(address, count)[:] = column[start : start + count]
                asked = (room, len(horizons), bits, output)
                status = self.call("clv_predict_batch", count, *at[:3], monetary_value_at, *asked)
                broken += check(status)
                filled = self.view(output, count * len(names))
                answer[:, start : start + count] = filled.reshape(len(names), count)
        scored = dict(zip(names, answer))
        if "segment" in scored:
            bands = [band["name"] for band in self.model["segments"]["bands"]]
            known = ~np.isnan(scored["segment"])
            index = np.where(known, scored["segment"], 0).astype(int)
            scored["segment"] = np.where(known, np.array(bands, dtype=object)[index], None)
        return scored, broken


def output_names(columns, horizons):
    """The names of the output's columns, in the order that the module writes them."""
    wanted = lambda names: [name for name in names if name in columns]
    ahead = [f"{name}_{days:g}d" for days in horizons for name in wanted(AHEAD)]
    return wanted(QUANTITIES[:2]) + ahead + wanted(QUANTITIES[5:])


def check(status):
    if status < 0:
        raise ValueError(STATUSES[status])
    return status


def main(module, profiles, scored, model=None):
    kinds = {"customer": string(), **dict.fromkeys(PROFILE, float64())}
    customers = csv.read_csv(profiles, convert_options=csv.ConvertOptions(column_types=kinds))
    clv = Clv(module, model)
    columns = [customers[name].to_numpy() for name in PROFILE]
    answer, broken = clv.score(*columns)
    as_needed = csv.WriteOptions(quoting_style="needed")
    csv.write_csv(table({"customer": customers["customer"], **answer}), scored, as_needed)
    print(f"{len(customers)} customers scored by {clv.model['id']} {clv.model['version']}")
    print(f"{broken} of them break a rule")


if __name__ == "__main__":
    main(*sys.argv[1:])
