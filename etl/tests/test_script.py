"""The sample, and the script as it is started, on Spark."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime

import pytest
from conftest import ETL, QUICK, station
from lakes import HANOI, fill

import sample


def test_the_sample_gives_its_exact_metrics(lake, spark):
    made = sample.make_sample(datetime(2026, 1, 2).date(), sample.offset_zone("+07:00"))
    made.write(lake.root)
    written = lake.run(spark)
    assert vars(written) == sample.expected_metrics(made) == {
        "window_start": "2026-01-02T00:00:00+07:00",
        "window_end": "2026-01-09T00:00:00+07:00",
        "objects_read": 2853,
        "objects_ignored": 0,
        "records_read": 3465,
        "records_aggregated": 2520,
        "records_duplicate": 27,
        "records_quarantined": {**dict.fromkeys(sorted(sample.DEFECTS), 18), "no-time": 16},
        "records_outside_window": 722,
        "windows_written": 840,
        "days_written": 7,
        "locations": 4,
        "devices": 5,
        "dates": [f"2026-01-0{day}" for day in range(2, 9)],
    }  # fmt: skip


@pytest.mark.parametrize(("offset", "days"), [("+07:00", 9), ("-05:00", 7), ("+14:00", 3), ("+00:00", 1)])
def test_the_sample_at_any_offset_for_any_number_of_days(lake, offset, days):
    made = sample.make_sample(datetime(2026, 3, 28).date(), sample.offset_zone(offset))
    made.write(lake.root)
    expected = sample.expected_metrics(made, days)
    window = {"window_start": expected["window_start"], "window_end": expected["window_end"]}
    assert vars(lake.run(utc_offset=offset, **window)) == expected


def start(lake, *more):
    """(command, environment) of the script as a process of its own."""
    command = [sys.executable, str(ETL / "weather-transform.py"), *lake.arguments(), *more]
    submit = f"--master local[1] --conf spark.ui.enabled=false --driver-java-options '{QUICK}' pyspark-shell"
    return command, {**os.environ, "PYSPARK_SUBMIT_ARGS": submit}


def test_the_script_runs_on_its_own(lake):
    lake.put("2026-01-05T00:00:00Z", station())
    command, environment = start(lake, "--JOB_NAME", "x")
    subprocess.run(command, env=environment, cwd="/", check=True, capture_output=True)
    assert len(lake.rows()) == 1
    refused = subprocess.run([*command, "--lateness", "soon"], env=environment, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "--lateness: 'soon' is not a span" in refused.stderr


def test_a_process_killed_outright_leaves_each_day_old_or_new(lake):
    fill(lake, random.Random(2), HANOI)
    lake.run()
    old = lake.files("out")
    fill(lake, random.Random(3), HANOI)
    command, environment = start(lake)
    process = subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def untouched():
        try:
            return lake.files("out") == old
        except FileNotFoundError:  # a temporary file took its name between the listing and the look
            return False

    while process.poll() is None and untouched():
        time.sleep(0.01)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    half = {key: body for key, body in lake.files("out").items() if not key.endswith(".tmp")}
    lake.run()
    new = lake.files("out")
    assert old != new
    assert all(body in (old.get(key), new[key]) for key, body in half.items())


def test_a_description_of_many_shapes_travels_to_workers(lake, spark):
    shapes = [
        {"name": f"s-{n}", "when": {"type": n}, "each": "obs", "time": {"from": ["[0]"], "offset": "Asia/Ho_Chi_Minh"},
         "measurements": {"temperature": {"from": ["[1]"], "unit": "°F", "scale": 0.1, "missing": ["--"]}}}
        for n in range(20)
    ]  # fmt: skip
    lake.describe(*shapes)
    lake.put("2026-01-05T00:00:00Z", {"type": 7, "obs": [["2026-01-05T06:30:00", 680], ["2026-01-05T06:40:00", "--"]]})
    written = lake.run(spark)
    assert written.records_quarantined == {"unknown-shape": 1}
    assert [(row["window_start"], row["temperature_avg"]) for row in lake.rows()] == [
        ("2026-01-05T06:00:00+07:00", "20")
    ]
