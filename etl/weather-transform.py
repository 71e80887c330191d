"""Turns raw weather messages into a dataset of one CSV object a local day, with PySpark.

    python weather-transform.py --source URI --target URI --quarantine URI --metrics URI --devices URI \\
        --window-start 2026-01-02T00:00:00+07:00 --window-end 2026-01-09T00:00:00+07:00 \\
        [--utc-offset +07:00] [--aggregation "1 hour"] [--lateness "2 days"]

URIs are s3://bucket/prefix or file:///directory; unknown arguments are ignored, as Glue passes its own. A bad argument
ends the job before Spark starts: its name and what would be right on standard error, exit code 2.

Source: location={location}/date={YYYY-MM-DD}/[deeper/]{epoch-ms}[-suffix].json, date and epoch of arrival in UTC, the
location percent-encoded, names with _ or . first hidden; JSON objects or one array of them, plain or gzip. Read are
those that arrived from --window-start until --window-end plus --lateness, in the partitions of those dates; without an
epoch in its name an object arrived at the end of its date.

Target: date={local date}/part-00000.csv, rows by window_start, location, device_id:

    window_start, window_end              ISO 8601 at --utc-offset
    location, device_id, samples          texts; count
    temperature_avg, _min, _max           °C
    humidity_avg, pressure_avg            %; hPa
    wind_direction_avg                    degrees in [0, 360): mean of unit vectors, empty when they cancel
    wind_speed_avg, wind_speed_max        m/s; the greatest gust, without gusts the greatest speed
    rainfall_1hr_max, rainfall_24hr_max   mm; the rolling sums that devices send, so never added up

At most three decimals, half away from zero; missing values empty. Days of the window are made anew whole, each replaced
in one step; one without records is deleted, but when not one object was read the job fails instead and says which.

Quarantine: date={local date of arrival}/part-00000.json, JSON lines of reason, source (key below --source) and record
(a JSON object as it came, anything else as text). Metrics: one JSON object, written last; records_read =
records_aggregated + records_duplicate + all quarantined + records_outside_window.
"""

import json
import sys
import zipfile
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

from pyspark.sql import SparkSession

import weather
from weather.arguments import Arguments
from weather.arrivals import TASKS_A_SLOT, Folder, locations, partitions, shared_out
from weather.devices import load_devices
from weather.job import CSV_OBJECT, Job
from weather.steps import aggregate, read_objects, write
from weather.stores import object_at, store_at
from weather.times import DAY, parse_instant, parse_offset, parse_span, parse_step
from weather.writing import Tally, delete_stale, metrics, written_before


def run(job):
    """Runs the job; returns its metrics. SystemExit when not one object was read and there are days to lose."""
    with TemporaryDirectory() as directory:
        context = start_spark(Path(directory))
        folders, ignored = list_objects(job, context)
        tally = transform(job, context, folders) if folders else Tally()
    if not tally.objects_read and (lost := written_before(job.target, job.days, CSV_OBJECT)):
        sys.exit(
            f"no objects arrived for the window {job.window}, so nothing is written: --target would lose "
            f"{', '.join(key.split('/')[0] for key in lost)}. Check --source, or delete these days by hand"
        )
    summary = metrics(job, tally, ignored)
    if tally.objects_read:
        delete_stale(job, tally)
    store, key = job.metrics
    with store.replace(key) as file:
        file.write(f"{json.dumps(summary, ensure_ascii=False)}\n".encode())
    print(json.dumps(summary, ensure_ascii=False))
    return summary


def start_spark(directory):
    """Spark, whose workers are given the package: as the archive that it came in, or one that is made of it."""
    context = SparkSession.builder.appName("weather-transform").getOrCreate().sparkContext
    package = Path(weather.__file__).parent
    archive = package.parent
    if package.is_dir():
        archive = directory / "weather.zip"
        with zipfile.ZipFile(archive, "w") as file:
            for module in sorted(package.glob("*.py")):
                file.write(module, f"weather/{module.name}")
    context.addPyFile(str(archive))
    return context


def list_objects(job, context):
    """The folders that hold objects which arrived in time, and how many names are ignored."""
    names, ignored = locations(job)
    print(f"listing {len(names):,} locations for the window {job.window}", flush=True)
    tasks = max(1, min(TASKS_A_SLOT * context.defaultParallelism, len(names) // 100))
    listed = context.parallelize(names, tasks).mapPartitions(lambda names: partitions(job, list(names))).collect()
    folders = [each for each in listed if isinstance(each, Folder)]
    objects, size = sum(each.objects for each in folders), sum(each.size for each in folders)
    print(f"{objects:,} objects of {size:,} bytes arrived" if objects else "no objects arrived", flush=True)
    return folders, ignored + sum(each for each in listed if not isinstance(each, Folder))


def transform(job, context, folders):
    """Reads the objects, writes days and quarantine; the Tally of it."""
    tasks = shared_out(folders, context.defaultParallelism)
    takers, days = len(tasks), min(len(job.days), len(tasks))
    print(f"reading them in {len(tasks):,} tasks", flush=True)
    read = context.parallelize(tasks, len(tasks)).flatMap(lambda shares: read_objects(job, shares, takers))
    rows = by_taker(read, takers).mapPartitions(lambda readings: aggregate(job, readings, days))
    tally = Tally()
    for each in by_taker(rows, days).mapPartitions(lambda rows: write(job, rows)).collect():
        tally.add(each)
    return tally


def by_taker(rows, takers):
    """Rows in the tasks that take them, sorted."""
    return rows.repartitionAndSortWithinPartitions(takers, lambda key: key[0])


def parse_arguments(words):
    """The Job of a command line."""
    arguments = Arguments("weather-transform.py")
    for name in ("source", "target", "quarantine"):
        arguments.add(f"--{name}", store_at, "URI")
    arguments.add("--metrics", object_at, "URI")
    arguments.add("--devices", load_devices, "URI")
    arguments.add("--window-start", parse_instant, "TIME", dest="start")
    arguments.add("--window-end", parse_instant, "TIME", dest="end")
    arguments.add("--utc-offset", parse_offset, "OFFSET", dest="offset", default="+07:00")
    arguments.add("--aggregation", parse_step, "SPAN", dest="step", default="1 hour")
    arguments.add("--lateness", parse_span, "SPAN", default="2 days")
    given = arguments.parse(words)
    for one, other in combinations(("source", "target", "quarantine"), 2):
        if vars(getattr(given, one)) == vars(getattr(given, other)):
            arguments.error(f"argument --{other}: must not be the place of --{one}")
    for name, instant in (("--window-start", given.start), ("--window-end", given.end)):
        if (instant + given.offset) % DAY:
            arguments.error(f"argument {name}: not midnight at the offset of --utc-offset")
    if given.end <= given.start:
        arguments.error("argument --window-end: must be later than --window-start")
    return Job(**vars(given))


def main(words):
    """Runs the job of a command line; returns its metrics."""
    return run(parse_arguments(words))


if __name__ == "__main__":
    main(sys.argv[1:])
