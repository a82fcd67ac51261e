"""Scores a table of customers on Spark: clv-raw.wasm in a pandas_udf.

    python spark_udf.py clv-raw.wasm profiles.csv scored

leaves the scored customers in the folder `scored`, CSV. Without SPARK_MASTER it starts a cluster of
two executors on this machine; on a cluster of one's own wasmtime, numpy, pandas and pyarrow
have to be where the executors' Python finds them.
"""

import os
import pathlib
import sys
from collections.abc import Iterator

import pandas as pd
from pyspark import SparkFiles
from pyspark.sql import SparkSession
from pyspark.sql.functions import pandas_udf

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)

PROFILES = "customer STRING, frequency DOUBLE, recency DOUBLE, T DOUBLE, monetary_value DOUBLE"
SCORED = """
    probability_alive DOUBLE, expected_average_profit DOUBLE,
    expected_purchases_30d DOUBLE, probability_of_purchase_30d DOUBLE,
    customer_lifetime_value_30d DOUBLE,
    expected_purchases_90d DOUBLE, probability_of_purchase_90d DOUBLE,
    customer_lifetime_value_90d DOUBLE,
    segment STRING
"""


def score(profiles: Iterator[tuple[pd.Series, ...]]) -> Iterator[pd.DataFrame]:
    # On the executor. An iterator, so that the module is compiled once for all parts of a task.
    from clv_raw import Clv

    instance = Clv(SparkFiles.get("clv-raw.wasm"))
    for frequency, recency, T, monetary_value in profiles:
        scored, _ = instance.score(frequency, recency, T, monetary_value, horizons=[30, 90])
        yield pd.DataFrame(scored)


def main(module, profiles, scored):
    spark = (
        SparkSession.builder.master(os.environ.get("SPARK_MASTER", "local-cluster[2,1,1024]"))
        .config("spark.executorEnv.PYTHONPATH", os.environ.get("PYTHONPATH", ""))
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )
    # Both travel to every executor.
    spark.sparkContext.addPyFile(str(pathlib.Path(__file__).with_name("clv_raw.py")))
    spark.sparkContext.addFile(module)

    customers = spark.read.csv(profiles, header=True, schema=PROFILES).repartition(4)
    # The types above say that it takes and gives parts of columns, one after the other.
    clv = pandas_udf(score, SCORED)
    answer = clv("frequency", "recency", "T", "monetary_value").alias("scored")
    customers.select("customer", answer).select("customer", "scored.*").write.csv(
        scored, header=True, mode="overwrite", nullValue=""
    )
    # The driver, which scores nobody, is one of those that Spark tells of.
    executors = len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) - 1
    print(f"scored on {executors} executors")
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
