"""Scores a table of customers in DuckDB: clv-raw.wasm as a vectorised function of SQL.

    python duckdb_udf.py clv-raw.wasm profiles.csv scored.csv
"""

import sys

import duckdb
import pyarrow as pa
from clv_raw import Clv

SCORE = """
    COPY (
        SELECT customer, unnest(clv(frequency, recency, T, monetary_value))
        FROM read_csv($profiles, types = {'customer': 'VARCHAR', 'frequency': 'DOUBLE',
            'recency': 'DOUBLE', 'T': 'DOUBLE', 'monetary_value': 'DOUBLE'})
    ) TO '{scored}' (HEADER)
"""


def register(connection, module, horizons):
    """Makes `clv(frequency, recency, T, monetary_value)` known; it returns a struct."""
    instance = Clv(module)

    def clv(frequency, recency, T, monetary_value):
        profile = [column.to_numpy() for column in (frequency, recency, T, monetary_value)]
        scored, _ = instance.score(*profile, horizons=horizons)
        return pa.StructArray.from_arrays(list(map(pa.array, scored.values())), list(scored))

    nothing, _ = instance.score([], [], [], horizons=horizons)
    kinds = {name: "VARCHAR" if name == "segment" else "DOUBLE" for name in nothing}
    connection.create_function(
        "clv",
        clv,
        ["DOUBLE"] * 4,
        duckdb.struct_type(kinds),
        type="arrow",
        # A customer whose monetary_value is not known has a score all the same.
        null_handling="special",
    )


def main(module, profiles, scored):
    connection = duckdb.connect()
    register(connection, module, [30, 90])
    connection.execute(SCORE.replace("{scored}", scored), {"profiles": profiles})


if __name__ == "__main__":
    main(*sys.argv[1:])
