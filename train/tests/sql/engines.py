"""Runs sql/rfm_summary.sql on DuckDB and on Spark, and leaves what each of them makes of the same
orders, as CSV of the one and Parquet of the other.

usage: engines.py FOLDER; it has NAME.csv and NAME.end, the last day, for every NAME to be done,
and gets NAME.duckdb.csv and NAME.spark.parquet.
"""

import pathlib
import random
import shutil
import sys

import duckdb
from pyspark.sql import SparkSession

ORDERS = """
SELECT
    -- Both engines read an empty cell as NULL; up to February it is to be an empty text.
    COALESCE(customer, CASE WHEN date < '2024-03-01' THEN '' END) AS customer,
    CAST(date AS DATE) AS order_date,
    CAST(CAST(amount AS DECIMAL(18, 2)) * 100 AS BIGINT) AS cents
FROM raw
"""
QUERY = (pathlib.Path(__file__).parents[2] / "sql/rfm_summary.sql").read_text()


def hostile(path):
    """Refunds of every kind, zeros, equal orders, names and amounts of every size, nobody's."""
    draw = random.Random(4)
    rows = []
    for number in range(400):
        name = draw.choice(["{:03}", "{}", '"c, {}"', '"c\n{}"', "é{}", "e\u0301{}", "{}.0"])
        for _ in range(draw.choice([1, 1, 2, 5, 30])):
            day = draw.choice([1, 2, 3, 10, 28])
            month = draw.choice([1, 2, 12])
            cents = draw.choice([0, 1, 100, 5_000, draw.randrange(10_000), 10**13])
            sign = draw.choice([1, 1, 1, -1])
            amount = f"{'-' if sign < 0 and cents else ''}{cents // 100}.{cents % 100:02}"
            rows += [f"{name.format(number)},2024-{month:02}-{day:02},{amount}"] * draw.choice(
                [1, 1, 1, 2]
            )
        rows.append(f"{name.format(number)},2024-02-29,7.00")
    rows += [f",2024-{month:02}-{day:02},5.00" for month in [1, 2, 12] for day in [1, 2, 3]]
    draw.shuffle(rows)
    path.write_text("customer,date,amount\n" + "\n".join(rows) + "\n", encoding="utf-8")


def on_duckdb(orders, end, output):
    connection = duckdb.connect()
    connection.execute(
        f"CREATE VIEW raw AS FROM read_csv('{orders}', header = true, all_varchar = true)"
    )
    connection.execute(f"CREATE VIEW orders AS {ORDERS}")
    connection.execute(f"CREATE VIEW observation AS SELECT DATE '{end}' AS observed_to")
    connection.execute(f"COPY ({QUERY}) TO '{output}' (HEADER)")


def on_spark(spark, orders, end, output):
    raw = spark.read.csv(str(orders), header=True, multiLine=True, quote='"', escape='"')
    raw.createOrReplaceTempView("raw")
    spark.sql(ORDERS).createOrReplaceTempView("orders")
    spark.sql(f"SELECT DATE '{end}' AS observed_to").createOrReplaceTempView("observation")
    parts = output.with_suffix(".parts")
    spark.sql(QUERY).coalesce(1).write.mode("overwrite").parquet(str(parts))
    (part,) = parts.glob("part-*.parquet")
    shutil.move(part, output)


def main(folder):
    (folder / "hostile.end").write_text("2024-12-03")
    hostile(folder / "hostile.csv")
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    for end in sorted(folder.glob("*.end")):
        orders, last = end.with_suffix(".csv"), end.read_text().strip()
        on_duckdb(orders, last, end.with_suffix(".duckdb.csv"))
        on_spark(spark, orders, last, end.with_suffix(".spark.parquet"))
    spark.stop()


main(pathlib.Path(sys.argv[1]))
