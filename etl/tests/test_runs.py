"""Whole runs: what is written, replaced and counted. Spark gives the same bytes as this process."""

import os
import random
from datetime import datetime, timedelta
from fractions import Fraction

import pytest
from conftest import Lake, station
from here import Here
from lakes import HANOI, fill
from oracle import expected_rows, latest

from weather import arrivals
from weather.stores import FileStore
from weather.times import parse_step
from weather.windows import HEADER
from weather.writing import Tally, metrics

# --- What is written


def test_one_csv_object_a_local_day_for_all_locations(lake):
    full = {
        "temperature": 25.5,
        "humidity": 65.2,
        "pressure": 1013.25,
        "winddirection": 350,
        "avgwindspeed": 5.2,
        "maxwindspeed": 8.1,
        "rainfall1hr": 0.5,
        "rainfall24hr": 2.3,
    }
    lake.put("2026-01-04T23:10:00+07:00", station("2026-01-04T23:09:00+07:00", **full), "Hà Nội")
    lake.put("2026-01-04T23:30:00+07:00", station(**{**full, "winddirection": 10, "temperature": 25}), "Hà Nội")
    lake.put("2026-01-05T00:00:00+07:00", {"deviceId": "d-2", "temperature": -0.0001}, "Hà Nội")
    lake.put("2026-01-05T00:30:00+07:00", {"humidity": 50}, "Đà Nẵng")
    written = lake.run()
    assert lake.files("out") == {
        "date=2026-01-04/part-00000.csv": (
            f"{HEADER}\n2026-01-04T23:00:00+07:00,2026-01-05T00:00:00+07:00,Hà Nội,Hà Nội,2,"
            "25.25,25,25.5,65.2,1013.25,0,5.2,8.1,0.5,2.3\n"
        ),
        "date=2026-01-05/part-00000.csv": (
            f"{HEADER}\n2026-01-05T00:00:00+07:00,2026-01-05T01:00:00+07:00,Hà Nội,d-2,1,0,0,0,,,,,,,\n"
            "2026-01-05T00:00:00+07:00,2026-01-05T01:00:00+07:00,Đà Nẵng,Đà Nẵng,1,,,,50,,,,,,\n"
        ),
    }
    assert vars(written) == {
        "window_start": "2026-01-02T00:00:00+07:00",
        "window_end": "2026-01-09T00:00:00+07:00",
        "objects_read": 4,
        "objects_ignored": 0,
        "records_read": 4,
        "records_aggregated": 4,
        "records_duplicate": 0,
        "records_quarantined": {},
        "records_outside_window": 0,
        "windows_written": 3,
        "days_written": 2,
        "locations": 2,
        "devices": 3,
        "dates": ["2026-01-04", "2026-01-05"],
    }
    assert lake.files("quarantine") == {}


def test_rows_are_sorted_by_window_then_location_then_device_by_code_point(lake):
    names = ("b", "B", "a", "é", "Z", "a b", "a-b")
    hours = ("05", "04")
    for location in names:
        records = [
            {"deviceId": device, "timestamp": f"2026-01-05T{hour}:00:00Z", "temperature": 1}
            for device in names
            for hour in hours
        ]
        lake.put("2026-01-05T06:00:00Z", records, location)
    lake.run(Here(slots=5))
    rows = [(row["window_start"], row["location"], row["device_id"]) for row in lake.rows()]
    assert rows == sorted(rows)
    assert len(rows) == len(names) ** 2 * 2


def test_devices_are_pairs_of_location_and_device_and_only_those_with_rows(lake):
    for location in ("a", "b"):
        lake.put("2026-01-05T06:00:00Z", [{"deviceId": "d", "temperature": 1}, {"temperature": 1}], location)
    lake.put("2026-01-05T07:00:00Z", {"deviceId": "e", "temperature": 1, "timestamp": "2026-01-01T00:00:00Z"}, "c")
    written = lake.run()
    assert (written.locations, written.devices, written.records_outside_window) == (2, 4, 1)


def test_metrics_stay_small_however_large_the_run(lake):
    for number in range(300):
        lake.put("2026-01-05T06:00:00Z", station(), f"a location with a name {number}")
    lake.run()
    assert len(lake.files("metrics")["run.json"]) < 1000


def test_an_empty_window_succeeds_and_says_so(lake, capsys):
    written = lake.run()
    said = capsys.readouterr().out
    assert "no objects arrived" in said
    assert "2026-01-02T00:00:00+07:00 to 2026-01-09T00:00:00+07:00" in said
    assert (written.records_read, written.records_quarantined, written.dates) == (0, {}, [])
    assert (lake.files("out"), lake.files("quarantine")) == ({}, {})


def test_an_empty_source_with_days_to_lose_fails_and_changes_nothing(lake, capsys):
    keys = [lake.put(f"2026-01-0{day}T12:00:00+07:00", [station(), {}], "a") for day in (1, 4, 6, 9)]
    window = {"window_start": "2026-01-01T00:00:00+07:00", "window_end": "2026-01-10T00:00:00+07:00"}
    lake.run(**window)
    before = lake.written()
    for key in keys:
        (lake.root / "raw" / key).unlink()
    (lake.root / "metrics/run.json").unlink()
    lake.put("2026-01-20T00:00:00Z", station())
    with pytest.raises(SystemExit) as ended:
        lake.run()
    assert "date=2026-01-04, date=2026-01-06" in str(ended.value)
    assert not any(day in str(ended.value) for day in ("2026-01-01,", "date=2026-01-01", "date=2026-01-09"))
    assert not isinstance(ended.value.code, int)  # a text: Python says it and exits 1
    assert lake.written() == {**before, "metrics": {}}
    # a window that has nothing to lose
    kept = {"window_start": "2026-01-05T00:00:00+07:00", "window_end": "2026-01-06T00:00:00+07:00"}
    assert lake.run(**kept, lateness="0 days").records_read == 0
    assert lake.written()["out"] == before["out"]
    assert lake.written()["quarantine"] == before["quarantine"]


def test_objects_that_went_after_they_were_listed_are_no_reason_to_delete(lake, monkeypatch):
    key = lake.put("2026-01-05T00:00:00Z", station())
    lake.run()
    before = lake.files("out")
    read_all = FileStore.read_all

    def gone(store, objects):
        (lake.root / "raw" / key).unlink()
        return read_all(store, objects)

    monkeypatch.setattr(FileStore, "read_all", gone)
    with pytest.raises(SystemExit, match="date=2026-01-05"):
        lake.run()
    assert lake.files("out") == before


# --- Running again


def spread(lake, monkeypatch):
    """Has even a little work cut into many tasks."""
    monkeypatch.setattr(arrivals, "WORTH_A_TASK", 1)


def test_the_same_bytes_however_the_work_is_split_and_in_whatever_order_it_arrives(lake, monkeypatch):
    fill(lake, random.Random(1), HANOI)
    lake.run(Here(slots=1))
    before = lake.written()
    assert len(before["out"]) == 7
    assert before["quarantine"]
    spread(lake, monkeypatch)
    for slots, seed in ((1, 1), (2, 2), (5, 3), (16, 4)):
        lake.run(Here(slots, seed))
        assert lake.written() == before


def test_spark_gives_the_same_bytes(lake, spark):
    fill(lake, random.Random(1), HANOI)
    lake.run()
    before = lake.written()
    lake.run(spark)
    assert lake.written() == before


def test_days_and_quarantine_without_records_are_deleted_and_other_days_untouched(lake):
    key = lake.put("2026-01-05T00:00:00Z", station(), "Da Nang")
    bad = lake.put("2026-01-05T01:00:00Z", "{", "Da Nang")
    lake.put("2026-01-06T00:00:00Z", station(), "Da Nang")
    lake.run()
    others = ["out/date=2026-01-01/part-00000.csv", "out/date=2026-01-09/part-00000.csv", "out/date=x/part-00000.csv",
              "out/date=2026-01-07/other.csv", "quarantine/date=2026-01-01/part-00000.json",
              "quarantine/date=2026-01-11/part-00000.json"]  # fmt: skip
    stale = ["out/date=2026-01-08/part-00000.csv", "quarantine/date=2026-01-10/part-00000.json"]
    for name in (*others, *stale):
        (lake.root / name).parent.mkdir(parents=True)
        (lake.root / name).write_text("another run's\n")
    assert "date=2026-01-05/part-00000.json" in lake.files("quarantine")
    for gone in (key, bad):
        (lake.root / "raw" / gone).unlink()
    lake.run()
    left = [f"{folder}/{name}" for folder in ("out", "quarantine") for name in lake.files(folder)]
    assert sorted(left) == sorted([*others, "out/date=2026-01-06/part-00000.csv"])
    assert not (lake.root / "out/date=2026-01-05").exists()


def test_a_backfill_leaves_the_days_beside_it(lake):
    for day in (3, 4, 5):
        lake.put(f"2026-01-0{day}T12:00:00+07:00", station(temperature=day))
    lake.run()
    before = lake.files("out")
    lake.put("2026-01-06T12:00:00+07:00", station("2026-01-04T12:30:00+07:00", temperature=8))
    written = lake.run(window_start="2026-01-04T00:00:00+07:00", window_end="2026-01-05T00:00:00+07:00")
    after = lake.files("out")
    assert [key for key in after if after[key] != before[key]] == ["date=2026-01-04/part-00000.csv"]
    assert written.dates == ["2026-01-04"]
    lake.run()
    assert lake.files("out") == after


def test_a_run_that_dies_leaves_each_day_old_or_new(lake, monkeypatch):
    fill(lake, random.Random(2), HANOI)
    lake.run()
    old = lake.files("out")
    fill(lake, random.Random(3), HANOI)
    (lake.root / "metrics" / "run.json").unlink()
    replace = FileStore.replace

    def dying(store, key):
        block = replace(store, key)
        if "date=2026-01-05" in key and key.endswith(".csv"):
            block.__enter__().write(b"half a")
            raise RuntimeError("killed")
        return block

    with monkeypatch.context() as patch:
        patch.setattr(FileStore, "replace", dying)
        with pytest.raises(RuntimeError, match="killed"):
            lake.run()
    assert not (lake.root / "metrics" / "run.json").exists()
    half = {key: body for key, body in lake.files("out").items() if not key.endswith(".tmp")}
    lake.run()
    new = lake.files("out")
    assert all(body in (old.get(key), new[key]) for key, body in half.items())
    assert any(half.get(key) == old[key] != new[key] for key in old)
    assert not any(key.endswith(".tmp") for key in new)
    again = Lake(lake.root.parent / "again")
    os.symlink(lake.root / "raw", again.root.mkdir() or again.root / "raw")
    again.run()
    assert again.files("out") == new


def test_a_folder_in_the_place_of_a_day_s_object_ends_the_run(lake):
    lake.put("2026-01-05T00:00:00Z", station())
    (lake.root / "out/date=2026-01-05/part-00000.csv/x").mkdir(parents=True)
    with pytest.raises(OSError):
        lake.run()
    assert not (lake.root / "metrics" / "run.json").exists()


def test_a_lost_record_fails_the_run(lake):
    with pytest.raises(RuntimeError, match="2 records were read but 1 accounted for"):
        metrics(lake.job(), Tally(records_read=2, aggregated=1), 0)


# --- Any lake


@pytest.mark.parametrize(
    ("offset", "aggregation"),
    [
        ("-12:00", "1 hour"),
        ("-09:30", "15 minutes"),
        ("-05:00", "1 day"),
        ("+00:00", "6 hours"),
        ("+05:45", "30 minutes"),
        ("+07:00", "1 hour"),
        ("+12:45", "8 hours"),
        ("+14:00", "90 seconds"),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_any_lake_at_any_offset_is_as_the_oracle_says(lake, monkeypatch, offset, aggregation, seed):
    zone = datetime.fromisoformat(f"2026-01-02T00:00:00{offset}").tzinfo
    start, end = datetime(2026, 1, 2, tzinfo=zone), datetime(2026, 1, 9, tzinfo=zone)
    messages, bad = fill(lake, random.Random(f"{offset}{seed}"), zone)
    window = {"window_start": start.isoformat(), "window_end": end.isoformat()}
    spread(lake, monkeypatch)
    written = lake.run(Here(slots=2, seed=seed), utc_offset=offset, aggregation=aggregation, **window)
    step = timedelta(microseconds=parse_step(aggregation))
    expected = expected_rows(messages, start, end, step)
    found = {}
    for row in lake.rows():
        begin = datetime.fromisoformat(row["window_start"])
        assert datetime.fromisoformat(row["window_end"]) - begin == step
        assert row["window_start"].endswith(offset)
        numbers = [Fraction(row[f"temperature_{name}"]) for name in ("avg", "min", "max")]
        found[row["location"], row["device_id"], begin] = (int(row["samples"]), *numbers)
    assert found == expected
    unique = latest(messages)
    assert written.objects_read == 60
    assert written.records_read == len(messages) + bad
    assert written.records_duplicate == len(messages) - len(unique)
    assert written.records_aggregated == sum(samples for samples, *_ in expected.values())
    assert written.records_outside_window == len(unique) - written.records_aggregated
    assert sum(written.records_quarantined.values()) == bad
    assert written.windows_written == len(expected)
    assert written.dates == sorted({begin.date().isoformat() for *_, begin in expected})
