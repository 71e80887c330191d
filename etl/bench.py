"""Measures weather-transform.py on this machine: make bench-etl, or python bench.py [--records 1000000] [--only NAME].

objects   one week of records in 100,000 small objects and in 100 large ones: Spark beside a few plain lines of DuckDB.
history   one week of 10,000 objects read with 1, 4 and 16 weeks in the lake.

Records are of one shape and without defects, so that the plain lines can give the same output; that they do is
checked. Seconds are of the whole process, Spark's start included; memory is the resident sets of all its processes.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psutil

HERE = Path(__file__).parent
WEEK = timedelta(days=7)
START = datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=7)))
LOCATIONS = [f"station-{number}" for number in range(10)]

DUCKDB = """
SET TimeZone = 'UTC'; SET threads = 2;
COPY (
  WITH readings AS (
    SELECT location, time_bucket(INTERVAL '1 hour', timestamp) AS hour, data, timestamp
    FROM read_json('{source}/*/*/*.json', format = 'newline_delimited', hive_partitioning = false, filename = true,
      columns = {{timestamp: 'TIMESTAMP', location: 'VARCHAR', data: 'STRUCT(temperature DOUBLE, humidity DOUBLE,
        pressure DOUBLE, winddirection DOUBLE, avgwindspeed DOUBLE, maxwindspeed DOUBLE, rainfall1hr DOUBLE,
        rainfall24hr DOUBLE)'}})
    QUALIFY row_number() OVER (PARTITION BY location, timestamp ORDER BY filename DESC) = 1)
  SELECT strftime(hour + INTERVAL '7 hours', '%Y-%m-%dT%H:%M:%S+07:00') AS window_start,
    strftime(hour + INTERVAL '8 hours', '%Y-%m-%dT%H:%M:%S+07:00') AS window_end,
    location AS device_id, count(*) AS samples, round(avg(data.temperature), 3) AS temperature_avg,
    min(data.temperature) AS temperature_min, max(data.temperature) AS temperature_max,
    round(avg(data.humidity), 3) AS humidity_avg, round(avg(data.pressure), 3) AS pressure_avg,
    round((degrees(atan2(avg(sin(radians(data.winddirection))), avg(cos(radians(data.winddirection))))) + 360) % 360, 3)
      AS wind_direction_avg,
    round(avg(data.avgwindspeed), 3) AS wind_speed_avg, max(data.maxwindspeed) AS wind_speed_max,
    max(data.rainfall1hr) AS rainfall_1hr_max, max(data.rainfall24hr) AS rainfall_24hr_max,
    location, CAST(hour + INTERVAL '7 hours' AS DATE) AS date
  FROM readings GROUP BY location, hour ORDER BY location, hour
) TO '{target}' (FORMAT csv, PARTITION_BY (location, date), OVERWRITE_OR_IGNORE)
"""


def make_week(source, start, records, objects):
    """Writes a week of records, evenly over locations and time, in so many objects."""
    per_location = records // len(LOCATIONS)
    per_object = records // objects
    step = WEEK / per_location
    for shift, location in enumerate(LOCATIONS):
        for first in range(0, per_location, per_object):
            instants = [start + step * number for number in range(first, first + per_object)]
            lines = [message(location, first + number, shift, at) for number, at in enumerate(instants)]
            utc = instants[-1].astimezone(timezone.utc)
            folder = source / f"location={location}" / f"date={utc.date()}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{int(utc.timestamp() * 1000)}.json").write_text("\n".join(lines) + "\n")


def message(location, number, shift, instant):
    wave = number * 37 % 1000 / 100
    data = {
        "temperature": round(20 + wave, 2),
        "humidity": round(50 + wave, 1),
        "pressure": round(1005 + wave, 2),
        "winddirection": number * 7 % 90 + shift,
        "avgwindspeed": round(wave / 2, 2),
        "maxwindspeed": round(wave, 2),
        "rainfall1hr": 0.5,
        "rainfall24hr": round(wave / 3, 1),
    }
    stamp = instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return json.dumps({"timestamp": stamp, "location": location, "data": data})


def measure(command):
    """(seconds, peak bytes) of a command and all its children."""
    submit = "--master local[2] --driver-memory 2g --conf spark.ui.enabled=false pyspark-shell"
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": submit, "PYSPARK_PYTHON": sys.executable}
    with tempfile.TemporaryFile() as log:
        began, peak = time.perf_counter(), 0
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(0.2)
        seconds = time.perf_counter() - began
        if process.returncode:
            log.seek(0)
            sys.exit(log.read().decode())
    return seconds, peak


def resident(pid):
    """Bytes in memory of a process and its children, those that ended while being looked at left out."""
    total = 0
    try:
        main = psutil.Process(pid)
        for process in (main, *main.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total


def spark(source, target, start):
    uri = {name: (target / name).as_uri() for name in ("csv", "quarantine", "metrics.json")}
    return [
        sys.executable,
        str(HERE / "weather-transform.py"),
        f"--source={source.as_uri()}",
        f"--target={uri['csv']}",
        f"--quarantine={uri['quarantine']}",
        f"--metrics={uri['metrics.json']}",
        f"--devices={(HERE / 'devices.json').as_uri()}",
        f"--window-start={start.isoformat()}",
        f"--window-end={(start + WEEK).isoformat()}",
    ]


def duckdb(source, target):
    query = DUCKDB.format(source=source, target=target / "csv")
    return [sys.executable, "-c", "import duckdb, sys; duckdb.execute(sys.argv[1])", query]


def rows(target):
    """All rows of an output as (texts, numbers), sorted."""
    found = []
    for path in (target / "csv").rglob("*.csv"):
        with path.open() as file:
            next(file)
            found += [(row[:3], [float(value) for value in row[3:]]) for row in csv.reader(file)]
    return sorted(found)


def check_same(one, other):
    """Ends the program unless both outputs agree; DuckDB's floats may round the last digit otherwise."""
    ours, theirs = rows(one), rows(other)
    same = len(ours) == len(theirs) and all(
        a[0] == b[0] and all(abs(x - y) < 0.0011 for x, y in zip(a[1], b[1])) for a, b in zip(ours, theirs)
    )
    if not same or not ours:
        sys.exit(f"outputs differ: {len(ours)} rows of Spark, {len(theirs)} of DuckDB")


def bench_objects(work, records):
    print(f"{records:,} records of one week\n")
    print("| objects | engine | seconds | records/s | peak memory |\n| ---: | --- | ---: | ---: | ---: |")
    for objects in (records // 10, 100):
        source = work / f"raw-{objects}"
        make_week(source, START, records, objects)
        targets = {name: work / f"{name}-{objects}" for name in ("Spark", "DuckDB")}
        commands = {"Spark": spark(source, targets["Spark"], START), "DuckDB": duckdb(source, targets["DuckDB"])}
        for name, command in commands.items():
            targets[name].mkdir()
            seconds, peak = measure(command)
            print(
                f"| {objects:,} | {name} | {seconds:.1f} | {records / seconds:,.0f} | {peak >> 20:,} MB |", flush=True
            )
        check_same(*targets.values())
    print()


def bench_history(work, records):
    objects = records // 100
    lakes = {weeks: work / f"lake-{weeks}" for weeks in (1, 4, 16)}
    for weeks, source in lakes.items():
        for back in range(weeks):
            make_week(source, START - WEEK * back, objects * 10, objects)
    rounds = [
        {weeks: measure(spark(source, work / f"history-{weeks}", START))[0] for weeks, source in lakes.items()}
        for _ in range(3)
    ]  # in turns, so that a machine that is busy for a while is so for all
    print(f"one week of {objects:,} objects, {objects * 10:,} records, the best of three\n")
    print("| weeks in the lake | seconds | of one week's |\n| ---: | ---: | ---: |")
    best = {weeks: min(each[weeks] for each in rounds) for weeks in lakes}
    for weeks, seconds in best.items():
        print(f"| {weeks} | {seconds:.1f} | {seconds / best[1]:.2f} |")
    print()


def main():
    parser = argparse.ArgumentParser(description="Measure weather-transform.py on this machine.")
    parser.add_argument("--records", type=int, default=1_000_000, help="records of the week (default 1,000,000)")
    parser.add_argument("--only", choices=("objects", "history"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        if given.only != "history":
            bench_objects(Path(work), given.records)
        if given.only != "objects":
            bench_history(Path(work), given.records)


if __name__ == "__main__":
    main()
