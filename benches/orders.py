"""The summary of a big order log: `clv` beside DuckDB, in turns.

usage: orders.py CLV FOLDER ORDERS CUSTOMERS ROUNDS; prints {"seconds", "mebibytes"} by contestant,
the wall time and the peak of resident memory of each run, and "bounded", that peak of a run of clv
whose orders wait in a file. All read the same Parquet and write Parquet, and what they write has to
agree in every row.
"""

import json
import os
import subprocess
import sys

import duckdb

# Two rounds of a multiplicative hash decide who bought when and for how much; squaring
# gives some customers many orders and many customers few.
GENERATE = """
COPY (
    WITH numbers AS (
        SELECT i, (i * 2654435761 % 4294967296) / 4294967296.0 AS u,
            ((i + 12345) * 2246822519 % 4294967296) / 4294967296.0 AS v,
            ((i + 54321) * 3266489917 % 4294967296) / 4294967296.0 AS w
        FROM range({orders}) AS t(i)
    )
    SELECT 'customer-' || CAST(floor(u * u * {customers}) AS BIGINT) AS customer,
        DATE '2023-01-01' + CAST(floor(v * 1000) AS INTEGER) AS date,
        CAST(1 + floor(w * 20000) / 100 AS DECIMAL(12, 2)) AS amount
    FROM numbers
) TO '{path}' (FORMAT parquet)
"""

DUCKDB = "import duckdb, sys; duckdb.execute('SET enable_progress_bar = false'); duckdb.execute(sys.argv[1])"

# The plainest SQL for it: no refunds, no windows, no order of the rows.
SUMMARISE = """
COPY (
    WITH days AS (
        SELECT customer, date, sum(amount) AS amount FROM read_parquet('{orders}') GROUP BY ALL
    )
    SELECT customer, count(*) - 1 AS frequency,
        CAST(max(date) - min(date) AS DOUBLE) AS recency,
        CAST((SELECT max(date) FROM read_parquet('{orders}')) - min(date) AS DOUBLE) AS T,
        CASE WHEN count(*) > 1 THEN
            CAST((sum(amount) - arg_min(amount, date)) * 100 AS BIGINT)
                / (100.0::DOUBLE * (count(*) - 1)) END AS monetary_value
    FROM days GROUP BY customer
) TO '{summary}' (FORMAT parquet)
"""

# Rows of one that the other has not, to the bit.
DIFFERENCE = """
SELECT count(*) FROM (
    (FROM '{one}' EXCEPT ALL FROM '{other}') UNION ALL (FROM '{other}' EXCEPT ALL FROM '{one}')
)
"""


# A process counts what it was forked from too, so that this one has to be small.
MEASURE = """
import os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(time.perf_counter() - start, usage.ru_maxrss / 1024)
sys.exit(status != 0)
"""


def measured(command):
    """Seconds and mebibytes of a run of its own."""
    run = subprocess.run([sys.executable, "-c", MEASURE, *command], capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{command[0]} failed")
    seconds, mebibytes = map(float, run.stdout.split())
    return seconds, mebibytes


def main(clv, folder, orders, customers, rounds):
    source = f"{folder}/orders.parquet"
    results = {name: f"{folder}/{name}.parquet" for name in ["clv", "duckdb"]}
    duckdb.execute("SET enable_progress_bar = false")
    if not os.path.exists(source):
        duckdb.execute(GENERATE.format(orders=orders, customers=customers, path=source))
    summarise = SUMMARISE.format(orders=source, summary=results["duckdb"])
    commands = {
        "clv": [clv, "summary", source, "-o", results["clv"]],
        "duckdb": [sys.executable, "-c", DUCKDB, summarise],
    }
    figures = {name: {"seconds": [], "mebibytes": []} for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            seconds, mebibytes = measured(command)
            figures[name]["seconds"].append(seconds)
            figures[name]["mebibytes"].append(mebibytes)
    one = results["clv"]
    waiting = f"{folder}/waiting.parquet"
    _, bounded = measured([clv, "summary", source, "--memory", "0", "-o", waiting])
    (rows,) = duckdb.execute(f"SELECT count(*) FROM '{one}'").fetchone()
    for other in [results["duckdb"], waiting]:
        (different,) = duckdb.execute(DIFFERENCE.format(one=one, other=other)).fetchone()
        if different or not rows:
            sys.exit(f"{different} rows of {rows} differ between {one} and {other}")
    print(json.dumps({"customers": rows, "bounded": bounded, **figures}))


main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
