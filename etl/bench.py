"""Measures weather-transform.py on this machine: make bench-etl, or python bench.py [NAME …] [--records 1000000].

speed    one week of records in 100,000 small objects and in 100 large ones, beside the script of an earlier commit
rivals   a tenth of it in 10,000 and in 100 objects, beside a few plain lines of DuckDB and of Spark (rivals.py)
history  one week of 10,000 objects with 1, 4 and 16 weeks in the lake
growth   the driver's memory with 10,000, 100,000 and 1,000,000 objects

Records are of one shape and without defects, so that others can give the same figures; that they do is checked. CPU is
that of all of a run's processes, without what a run of a single record takes, which is Spark's start; seconds are of
the whole run, and memory is the greatest sum of the resident sets. Runs that are compared take turns, so that a machine
that is busy for a while is so for all, and the least of three counts.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import psutil

from rivals import COLUMNS

HERE = Path(__file__).parent
# The last commit in which the script was a single file: what it took is what may not be exceeded.
BEFORE = "c03e45b"
TURNS = 3
WEEK = timedelta(days=7)
START = datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=7)))
LOCATIONS = [f"station-{number}" for number in range(10)]


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
    return source


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


@dataclass
class Cost:
    """What a run took: seconds, CPU seconds, and bytes at their peak, of all processes and of the driver's Python
    alone."""

    seconds: float
    cpu: float
    memory: int
    driver: int


def measure(command):
    """The Cost of a command with all its children, sampled ten times a second."""
    submit = "--master local[2] --driver-memory 2g --conf spark.ui.enabled=false pyspark-shell"
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": submit, "PYSPARK_PYTHON": sys.executable}
    with tempfile.TemporaryFile() as log:
        began, cpu, memory, driver = time.perf_counter(), {}, 0, 0
        process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, env=environment)
        while process.poll() is None:
            resident = {}
            for each in family(process.pid):
                with suppress(psutil.Error):  # it ended while being looked at
                    times = each.cpu_times()
                    cpu[each.pid, each.create_time()] = times.user + times.system
                    resident[each.pid] = each.memory_info().rss
            memory = max(memory, sum(resident.values()))
            driver = max(driver, resident.get(process.pid, 0))
            time.sleep(0.1)
        seconds = time.perf_counter() - began
        if process.returncode:
            log.seek(0)
            sys.exit(log.read().decode())
    return Cost(seconds, sum(cpu.values()), memory, driver)


def family(pid):
    """A process and all its children."""
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def in_turns(commands, turns=TURNS):
    """The Cost of each command that took the least CPU, by its name."""
    costs = [{name: measure(command) for name, command in commands.items()} for _ in range(turns)]
    return {name: min((each[name] for each in costs), key=lambda cost: cost.cpu) for name in commands}


def transform(source, target, start=START, script=HERE / "weather-transform.py"):
    """The command of a run over a week."""
    uri = {name: (target / name).as_uri() for name in ("csv", "quarantine", "metrics.json")}
    return [
        sys.executable,
        script,
        f"--source={source.as_uri()}",
        f"--target={uri['csv']}",
        f"--quarantine={uri['quarantine']}",
        f"--metrics={uri['metrics.json']}",
        f"--devices={(script.parent / 'devices.json').as_uri()}",
        f"--window-start={start.isoformat()}",
        f"--window-end={(start + WEEK).isoformat()}",
    ]


def rival(name):
    """The command of a rival, of a source and a target."""
    return lambda source, target: [sys.executable, HERE / "rivals.py", name, source, target / "csv"]


def before(work):
    """The command of the earlier commit's script, of a source and a target."""
    folder = work / BEFORE
    folder.mkdir(exist_ok=True)
    for name in ("weather-transform.py", "devices.json"):
        found = subprocess.run(["git", "show", f"{BEFORE}:etl/{name}"], cwd=HERE, capture_output=True)
        if found.returncode:
            sys.exit(f"commit {BEFORE} is not in this clone: git fetch --unshallow")
        (folder / name).write_bytes(found.stdout)
    return lambda source, target: transform(source, target, script=folder / "weather-transform.py")


def compare(work, engines, records, counts):
    """Prints what engines (name → command of source and target) take for records in so many objects; ends the program
    unless they give the same figures."""
    tiny = make_week(work / "raw-tiny", START, len(LOCATIONS), len(LOCATIONS))
    targets = made(work, engines, "tiny")
    starts = in_turns({name: command(tiny, targets[name]) for name, command in engines.items()})
    print(f"{records:,} records of one week\n")
    print("| objects | engine | CPU s beyond the start | of the first | seconds | peak memory |")
    print("| ---: | --- | ---: | ---: | ---: | ---: |")
    for objects in counts:
        source = make_week(work / f"raw-{records}-{objects}", START, records, objects)
        targets = made(work, engines, f"{records}-{objects}")
        costs = in_turns({name: command(source, targets[name]) for name, command in engines.items()})
        beyond = {name: cost.cpu - starts[name].cpu for name, cost in costs.items()}
        first = next(iter(beyond.values()))
        for name, cost in costs.items():
            print(
                f"| {objects:,} | {name} | {beyond[name]:.1f} | {beyond[name] / first:.2f} | {cost.seconds:.1f} "
                f"| {cost.memory >> 20:,} MB |",
                flush=True,
            )
        check_same(targets)
    print()


def made(work, engines, name):
    """A new folder for what each engine writes."""
    targets = {engine: work / name / engine for engine in engines}
    for target in targets.values():
        target.mkdir(parents=True)
    return targets


def check_same(targets):
    """Ends the program unless all outputs agree; floats may round the last digit otherwise."""
    (one, ours), *others = [(name, rows(target / "csv")) for name, target in targets.items()]
    for other, theirs in others:
        same = ours.keys() == theirs.keys() and all(
            abs(x - y) < 0.0011 for key in ours for x, y in zip(ours[key], theirs[key])
        )
        if not same or not ours:
            sys.exit(f"outputs differ: {len(ours)} rows of {one}, {len(theirs)} of {other}")


def rows(folder):
    """The numbers of all rows of an output by (window_start, location), the latter from the folder's name if there is
    no such column."""
    found = {}
    for path in folder.rglob("*.csv"):
        of_folder = path.parent.parent.name.removeprefix("location=")
        with path.open() as file:
            for row in csv.DictReader(file):
                key = row["window_start"], row.get("location", of_folder)
                found[key] = [float(row[name]) for name in ("samples", *COLUMNS)]
    return found


def bench_speed(work, records):
    compare(work, {"before": before(work), "this": transform}, records, (records // 10, 100))


def bench_rivals(work, records):
    engines = {"this": transform, "DuckDB": rival("duckdb"), "Spark, a location at a time": rival("spark")}
    compare(work, engines, records // 10, (records // 100, 100))


def bench_history(work, records):
    objects = records // 100
    lakes = {weeks: work / f"lake-{weeks}" for weeks in (1, 4, 16)}
    for weeks, source in lakes.items():
        for back in range(weeks):
            make_week(source, START - WEEK * back, objects * 10, objects)
    costs = in_turns({weeks: transform(source, work / f"history-{weeks}") for weeks, source in lakes.items()})
    print(f"one week of {objects:,} objects, {objects * 10:,} records\n")
    print("| weeks in the lake | CPU s | of one week's | seconds |\n| ---: | ---: | ---: | ---: |")
    for weeks, cost in costs.items():
        print(f"| {weeks} | {cost.cpu:.1f} | {cost.cpu / costs[1].cpu:.2f} | {cost.seconds:.1f} |")
    print()


def bench_growth(work, records):
    print("one record an object\n")
    print("| objects | the driver's Python | of the first | all processes | seconds |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    first = None
    for objects in (records // 100, records // 10, records):
        source = make_week(work / f"growth-{objects}", START, objects, objects)
        cost = measure(transform(source, work / f"grown-{objects}"))
        first = first or cost.driver
        print(
            f"| {objects:,} | {cost.driver >> 20:,} MB | {cost.driver / first:.2f} | {cost.memory >> 20:,} MB "
            f"| {cost.seconds:.1f} |",
            flush=True,
        )
    print()


BENCHES = {"speed": bench_speed, "rivals": bench_rivals, "history": bench_history, "growth": bench_growth}


def main():
    parser = argparse.ArgumentParser(description="Measure weather-transform.py on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all by default")
    parser.add_argument("--records", type=int, default=1_000_000, help="records of the week (default 1,000,000)")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in BENCHES]:
        parser.error(f"{unknown[0]!r} is not one of {', '.join(BENCHES)}")
    with tempfile.TemporaryDirectory() as work:
        for name in given.names or BENCHES:
            BENCHES[name](Path(work), given.records)


if __name__ == "__main__":
    main()
