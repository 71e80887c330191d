"""Other ways to the same figures, to measure weather-transform.py against: python rivals.py duckdb|spark SOURCE TARGET.

duckdb  a few plain lines of DuckDB: one process, no workers spark   a few plain lines of Spark as they are often
written: DataFrames, a location at a time, all of the source read for
        each, a directory of part files for each

Both know one shape, take numbers as floats and the week's messages alone, and quarantine nothing: a message that isn't
JSON ends them or becomes null. Neither keeps the days that it does not write, nor replaces one in one step.
"""

import sys

COLUMNS = {
    "temperature_avg": "round(avg(temperature), 3)",
    "temperature_min": "min(temperature)",
    "temperature_max": "max(temperature)",
    "humidity_avg": "round(avg(humidity), 3)",
    "pressure_avg": "round(avg(pressure), 3)",
    "wind_direction_avg": (
        "round((degrees(atan2(avg(sin(radians(winddirection))), avg(cos(radians(winddirection))))) + 360) % 360, 3)"
    ),
    "wind_speed_avg": "round(avg(avgwindspeed), 3)",
    "wind_speed_max": "max(maxwindspeed)",
    "rainfall_1hr_max": "max(rainfall1hr)",
    "rainfall_24hr_max": "max(rainfall24hr)",
}
FIELDS = (
    "temperature",
    "humidity",
    "pressure",
    "winddirection",
    "avgwindspeed",
    "maxwindspeed",
    "rainfall1hr",
    "rainfall24hr",
)


def duckdb(source, target):
    """DuckDB's way."""
    import duckdb as engine

    fields = ", ".join(f"{name} DOUBLE" for name in FIELDS)
    aggregates = ", ".join(f"{expression} AS {name}" for name, expression in COLUMNS.items())
    engine.execute(f"""
        SET TimeZone = 'UTC'; SET threads = 2;
        COPY (
          WITH readings AS (
            SELECT location, timestamp + INTERVAL '7 hours' AS time, unnest(data)
            FROM read_json('{source}/*/*/*.json', format = 'newline_delimited', hive_partitioning = false,
              filename = true, columns = {{timestamp: 'TIMESTAMP', location: 'VARCHAR', data: 'STRUCT({fields})'}})
            QUALIFY row_number() OVER (PARTITION BY location, timestamp ORDER BY filename DESC) = 1)
          SELECT strftime(time_bucket(INTERVAL '1 hour', time), '%Y-%m-%dT%H:00:00+07:00') AS window_start,
            location, count(*) AS samples, {aggregates}, CAST(time_bucket(INTERVAL '1 hour', time) AS DATE) AS date
          FROM readings GROUP BY location, time_bucket(INTERVAL '1 hour', time) ORDER BY window_start, location
        ) TO '{target}' (FORMAT csv, PARTITION_BY (date), OVERWRITE_OR_IGNORE)
    """)


def spark(source, target):
    """Spark's way, a location at a time."""
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import col, expr

    session = SparkSession.builder.config("spark.sql.session.timeZone", "+07:00").getOrCreate()
    messages = session.read.option("recursiveFileLookup", "true").json(source)
    readings = messages.selectExpr("location", "to_timestamp(timestamp) AS time", "data.*")
    hour = expr("date_format(time, \"yyyy-MM-dd'T'HH:00:00+07:00\")").alias("window_start")
    aggregates = [expr(expression).alias(name) for name, expression in COLUMNS.items()]
    for (location,) in readings.select("location").distinct().collect():
        here = readings.where(col("location") == location).dropDuplicates(["time"])
        windows = here.groupBy(hour, "location").agg(expr("count(*)").alias("samples"), *aggregates)
        windows.coalesce(1).write.mode("overwrite").csv(f"{target}/{location}", header=True)


if __name__ == "__main__":
    {"duckdb": duckdb, "spark": spark}[sys.argv[1]](*sys.argv[2:])
