"""Whole runs on Spark: what is read, written, replaced, quarantined and counted."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from fractions import Fraction

import pytest
from conftest import ETL, Lake, station, transform
from oracle import Message, expected_rows, latest

import sample

HEADER = (
    "window_start,window_end,device_id,samples,temperature_avg,temperature_min,temperature_max,humidity_avg,"
    "pressure_avg,wind_direction_avg,wind_speed_avg,wind_speed_max,rainfall_1hr_max,rainfall_24hr_max"
)


# --- What is written


def test_one_csv_object_per_location_and_local_day(lake):
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
    metrics = lake.run()
    assert lake.files("out") == {
        "location=H%C3%A0%20N%E1%BB%99i/date=2026-01-04/part-00000.csv": (
            f"{HEADER}\n2026-01-04T23:00:00+07:00,2026-01-05T00:00:00+07:00,Hà Nội,2,"
            "25.25,25,25.5,65.2,1013.25,0,5.2,8.1,0.5,2.3\n"
        ),
        "location=H%C3%A0%20N%E1%BB%99i/date=2026-01-05/part-00000.csv": (
            f"{HEADER}\n2026-01-05T00:00:00+07:00,2026-01-05T01:00:00+07:00,d-2,1,0,0,0,,,,,,,\n"
        ),
    }
    assert metrics.partitions == [["Hà Nội", "2026-01-04"], ["Hà Nội", "2026-01-05"]]
    assert (metrics.records_aggregated, metrics.windows_written, metrics.days_written) == (3, 2, 2)
    assert (metrics.locations, metrics.devices) == (1, 2)
    assert lake.files("quarantine") == {}


def test_rows_are_sorted_by_window_then_device(lake):
    records = [
        {"deviceId": d, "timestamp": f"2026-01-05T{h}:00:00Z", "temperature": 1} for d in "bBa" for h in ("05", "04")
    ]
    lake.put("2026-01-05T06:00:00Z", records)
    lake.run()
    assert [(row["window_start"][11:13], row["device_id"]) for row in lake.rows()] == [
        (hour, device) for hour in ("11", "12") for device in ("B", "a", "b")
    ]


def test_the_greatest_gust_else_the_greatest_speed(lake):
    lake.put("2026-01-05T00:01:00Z", [station(avgwindspeed=9), station("2026-01-05T00:00:00Z", maxwindspeed=7)])
    lake.put("2026-01-05T01:01:00Z", [station(avgwindspeed=9), station("2026-01-05T01:00:00Z", avgwindspeed=11)])
    lake.run()
    assert [(row["wind_speed_avg"], row["wind_speed_max"]) for row in lake.rows()] == [("9", "7"), ("10", "11")]


def test_an_empty_window_succeeds_and_says_so(lake, capsys):
    metrics = lake.run()
    assert (
        "no objects arrived for the window 2026-01-02T00:00:00+07:00 to 2026-01-09T00:00:00+07:00"
        in capsys.readouterr().out
    )
    assert (metrics.records_read, metrics.records_quarantined, metrics.partitions) == (0, {}, [])
    assert lake.files("out") == {}


# --- What is read


def test_only_arrivals_from_the_window_start_until_its_end_and_the_lateness(lake):
    measured = station("2026-01-03T12:00:00+07:00")
    for number, arrival in enumerate(
        ("2026-01-01T23:59:59.999", "2026-01-02T00:00:00", "2026-01-10T23:59:59.999", "2026-01-11T00:00:00")
    ):
        lake.put(f"{arrival}+07:00", {**measured, "location": f"at-{number}"})
    metrics = lake.run()
    assert metrics.partitions == [["at-2", "2026-01-03"]]
    assert metrics.records_quarantined == {"future": 1}  # at-1 arrived before its time
    assert lake.run(lateness="3 days").partitions == [["at-2", "2026-01-03"], ["at-3", "2026-01-03"]]


def test_partitions_of_other_dates_are_not_opened(lake, monkeypatch):
    for day in range(1, 29):
        lake.put(f"2026-01-{day:02}T12:00:00Z", station(), suffix="-a")
    listed = []
    objects = transform.FileStore.objects
    monkeypatch.setattr(
        transform.FileStore, "objects", lambda store, folder: listed.append(folder) or objects(store, folder)
    )
    job = transform.parse_arguments(lake.arguments())
    assert len(transform.arrivals(job)) == 9
    assert listed == [f"location=Hanoi/date=2026-01-{day:02}" for day in range(1, 11)]


def test_hidden_names_are_not_data_and_names_without_epoch_are(lake):
    for name in ("_SUCCESS", ".part.crc"):
        lake.put("2026-01-05T00:00:00Z", "x", name=name)
    lake.put("2026-01-05T00:00:00Z", [station("2026-01-05T03:00:00Z"), station()], name="by-hand.json")
    metrics = lake.run()
    assert (metrics.records_read, metrics.records_aggregated, metrics.records_quarantined) == (2, 1, {"no-time": 1})


def test_gzip_is_told_by_content_not_by_name(lake):
    lines = b'{"temperature": 1}\n{"temperature": 2, "timestamp": "2026-01-05T00:00:00Z"}'
    lake.put("2026-01-05T01:00:00Z", gzip.compress(lines))
    lake.put("2026-01-05T02:00:00Z", gzip.compress(lines), name=f"{1767578400000}.json.gz")
    assert lake.run().records_read == 4


# --- Duplicates and the window


def test_of_duplicates_the_last_arrival_stays_then_the_greatest_name_then_the_last_line(lake):
    def sent(device, value):
        return {"deviceId": device, "timestamp": "2026-01-05T00:00:00Z", "temperature": value}

    lake.put("2026-01-05T00:01:00Z", sent("arrival", 1), suffix="-z")
    lake.put("2026-01-05T00:02:00Z", sent("arrival", 2), suffix="-a")
    lake.put("2026-01-05T00:03:00Z", sent("name", 2), suffix="-b")
    lake.put("2026-01-05T00:03:00Z", sent("name", 1), suffix="-a")
    lake.put("2026-01-05T00:03:00Z", {**sent("name", 3), "location": "Hanoi"}, location="A", suffix="-c")
    lake.put("2026-01-05T00:04:00Z", [sent("line", 1), sent("line", 2)])
    metrics = lake.run()
    assert {row["device_id"]: row["temperature_avg"] for row in lake.rows()} == {
        "arrival": "2",
        "line": "2",
        "name": "3",
    }
    assert (metrics.records_duplicate, metrics.records_aggregated) == (4, 3)


def test_a_duplicate_is_counted_before_the_window_is_looked_at(lake):
    eve = station("2026-01-01T12:00:00+07:00")
    lake.put("2026-01-02T12:00:00+07:00", [eve, eve])
    metrics = lake.run()
    assert (metrics.records_duplicate, metrics.records_outside_window, metrics.records_aggregated) == (1, 1, 0)
    assert lake.files("out") == {}


def test_a_late_arrival_joins_its_day(lake):
    lake.put("2026-01-08T23:00:00+07:00", station(temperature=10))
    lake.put("2026-01-10T22:00:00+07:00", station("2026-01-08T23:30:00+07:00", temperature=20))
    lake.run()
    assert [(row["samples"], row["temperature_avg"]) for row in lake.rows()] == [("2", "15")]


# --- Running again


def test_a_second_run_writes_the_same_bytes_however_the_work_is_split(lake, monkeypatch):
    fill(lake, random.Random(1), timezone(timedelta(hours=7)))
    lake.run()
    before = [lake.files(folder) for folder in ("out", "quarantine", "metrics")]
    slices = transform.slices

    def interleaved(objects):
        (task,) = slices(objects)
        return [task[number::7] for number in range(7)]

    monkeypatch.setattr(transform, "slices", interleaved)
    lake.run()
    assert [lake.files(folder) for folder in ("out", "quarantine", "metrics")] == before


def test_days_and_quarantine_without_records_are_deleted_and_other_days_untouched(lake):
    key = lake.put("2026-01-05T00:00:00Z", station(), "Da Nang")
    bad = lake.put("2026-01-05T01:00:00Z", "{", "Da Nang")
    lake.put("2026-01-06T00:00:00Z", station(), "Da Nang")
    lake.run()
    for folder in (
        "out/location=Da%20Nang/date=2026-01-01",
        "out/location=Da%20Nang/date=2026-01-09",
        "quarantine/date=2026-01-01",
    ):
        path = lake.root / folder / ("part-00000.csv" if "out" in folder else "part-00000.json")
        path.parent.mkdir(parents=True)
        path.write_text("another run's\n")
    assert "date=2026-01-05/part-00000.json" in lake.files("quarantine")
    for gone in (key, bad):
        (lake.root / "raw" / gone).unlink()
    lake.run()
    assert [key.split("/")[1] for key in lake.files("out")] == ["date=2026-01-01", "date=2026-01-06", "date=2026-01-09"]
    assert lake.files("quarantine") == {"date=2026-01-01/part-00000.json": "another run's\n"}
    assert not (lake.root / "out/location=Da%20Nang/date=2026-01-05").exists()


def test_a_backfill_leaves_the_days_beside_it(lake):
    for day in (3, 4, 5):
        lake.put(f"2026-01-0{day}T12:00:00+07:00", station(temperature=day))
    lake.run()
    before = lake.files("out")
    lake.put("2026-01-06T12:00:00+07:00", station("2026-01-04T12:30:00+07:00", temperature=8))
    metrics = lake.run(window_start="2026-01-04T00:00:00+07:00", window_end="2026-01-05T00:00:00+07:00")
    after = lake.files("out")
    changed = [key for key in after if after[key] != before[key]]
    assert changed == ["location=Hanoi/date=2026-01-04/part-00000.csv"]
    assert metrics.partitions == [["Hanoi", "2026-01-04"]]
    lake.run()
    assert lake.files("out") == after


def test_a_run_killed_half_way_leaves_each_day_old_or_new(lake, monkeypatch):
    fill(lake, random.Random(2), timezone(timedelta(hours=7)))
    lake.run()
    old = lake.files("out")
    fill(lake, random.Random(3), timezone(timedelta(hours=7)))

    write = transform.FileStore.write

    def dying(store, key, body):
        if "date=2026-01-05" in key:
            with open(store.path(f"{key[: key.rindex('/')]}/.part-00000.csv.tmp"), "wb") as file:
                file.write(body[: len(body) // 2])
            raise RuntimeError("killed")
        write(store, key, body)

    (lake.root / "metrics" / "run.json").unlink()
    monkeypatch.setattr(transform.FileStore, "write", dying)
    with pytest.raises(Exception, match="killed"):
        transform.main(lake.arguments())
    assert not (lake.root / "metrics" / "run.json").exists()
    half = {key: body for key, body in lake.files("out").items() if not key.endswith(".tmp")}

    monkeypatch.setattr(transform.FileStore, "write", write)
    lake.run()
    new = lake.files("out")
    assert all(body in (old.get(key), new[key]) for key, body in half.items())
    assert any(half.get(key) == old[key] != new[key] for key in old)
    again = Lake(lake.root.parent / "again")
    os.symlink(lake.root / "raw", again.root.mkdir() or again.root / "raw")
    again.run()
    assert again.files("out") == new


def test_a_process_killed_outright_leaves_each_day_old_or_new(lake):
    fill(lake, random.Random(2), timezone(timedelta(hours=7)))
    lake.run()
    old = lake.files("out")
    fill(lake, random.Random(3), timezone(timedelta(hours=7)))
    command = [sys.executable, str(ETL / "weather-transform.py"), *lake.arguments()]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def untouched():
        try:
            return lake.files("out") == old
        except FileNotFoundError:  # a temporary file took its name between the listing and the look
            return False

    while process.poll() is None and untouched():
        pass
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    half = {key: body for key, body in lake.files("out").items() if not key.endswith(".tmp")}
    lake.run()
    new = lake.files("out")
    assert old != new
    assert all(body in (old.get(key), new[key]) for key, body in half.items())


# --- Quarantine


def test_quarantine_holds_the_record_as_it_came_by_local_date_of_arrival(lake):
    first = lake.put("2026-01-04T23:59:59+07:00", '{\n "temperature":  1.50e2}', "Hà Nội")
    second = lake.put("2026-01-05T00:00:00+07:00", "[1]\nnot json\n", "Hà Nội")
    third = lake.put("2026-01-05T00:00:01+07:00", gzip.compress(b"x" * 999)[:-4], "Hà Nội")
    metrics = lake.run()
    lines = lake.files("quarantine")
    assert lines["date=2026-01-04/part-00000.json"] == (
        f'{{"reason": "out-of-range", "source": "{first}", "record": {{  "temperature":  1.50e2}}}}\n'
    )
    found = lake.quarantined()["2026-01-05"]
    assert [(each["reason"], each["source"]) for each in found] == [
        ("not-an-object", second),
        ("not-json", second),
        ("unreadable-object", third),
    ]
    assert [each["record"] for each in found[:2]] == ["[1]", "not json"]
    assert metrics.records_quarantined == {"not-an-object": 1, "not-json": 1, "out-of-range": 1, "unreadable-object": 1}


MALFORMED = [
    *(f'{{"temperature": {value}}}' for value in ("tru", "01", "1.", ".5", "+1", "0x1F", "1e", "--1", "1_0", "٣")),
    *(
        f'{{"temperature": {value}}}'
        for value in ("NaN", "Infinity", "-Infinity", '"NaN"', '"21"', '""', "true", "[]", "{}", "[21]")
    ),
    *(
        f'{{"temperature": {value}}}'
        for value in ("1e3", "-91", "60.0000001", "1e400", "-1e400", "1e99999999999999999999")
    ),
    *(f'{{"data": {{"humidity": {value}}}}}' for value in ("-0.1", "101", '"wet"', "1E+2147483648")),
    *(f'{{"data": {value}}}' for value in ("null", "[]", '"x"', "5", "{}", '{"x": {"temperature": 1}}')),
    *(
        f'{{"temperature": 1, "timestamp": {value}}}'
        for value in ('""', '"now"', '"2026-13-01T00:00:00Z"', '"2026-01-05"')
    ),
    *(
        f'{{"temperature": 1, "timestamp": {value}}}'
        for value in ('"2026-01-05T24:00:00Z"', '"2026-01-05T00:00:60Z"', '"12:00"')
    ),
    *(
        f'{{"temperature": 1, "timestamp": {value}}}'
        for value in ("-1", "1e15", "NaN", "true", "[]", "{}", '"1767571200"')
    ),
    *(
        f'{{"temperature": 1, "timestamp": {value}}}'
        for value in ('"2026-01-05T00:00:00+25:00"', '"9999-12-31T23:59:59Z"', "99999999999")
    ),
    *(
        f'{{"temperature": 1, "location": {value}}}'
        for value in ('""', '"a/b"', '"a,b"', '"a\\nb"', '"\\u0000"', '"\\ud800"', '"😀"')
    ),
    *(
        f'{{"temperature": 1, "location": {value}}}'
        for value in ("1.5", "true", "[]", "{}", '"a=b"', '"a%20b"', f'"{"x" * 65}"')
    ),
    *(
        f'{{"temperature": 1, "deviceId": {value}}}'
        for value in ('""', '"\\""', '"a;b"', '"a\\tb"', "1e5", "false", "[1]", '"<b>"')
    ),
    *(
        "{}",
        '{"": 1}',
        '{"foo": "bar"}',
        '{"deviceId": "d"}',
        '{"timestamp": "2026-01-05T00:00:00Z"}',
        '{"temperatur": 1}',
    ),
    *("[]", "[{}]", '[{"temperature": 1}]', "null", "true", "0", '"text"', '"{\\"temperature\\": 1}"', "NaN", "-0"),
    *(
        "{",
        "}",
        "{]",
        "{'temperature': 1}",
        '{"temperature": 1,}',
        '{"temperature" 1}',
        '{"temperature": 1}}',
        "//",
        "<xml/>",
    ),
    *(
        '{"temperature": 1}{"temperature": 2}',
        '{"temperature": "\t"}',
        "\x00",
        "temperature=1",
        '{"a":' * 5000,
        "[" * 99_999,
    ),
    *(b"\xff\xfe", b'{"temperature": 1, "location": "\xe0\x80"}', b"\xc3("),
]


def test_a_hundred_kinds_of_malformed_record_cost_only_themselves(lake):
    assert len(MALFORMED) >= 100
    good = b'{"temperature": 21, "deviceId": "good"}'
    lines = [line if isinstance(line, bytes) else line.encode() for line in MALFORMED]
    source = lake.put(
        "2026-01-05T00:00:00Z", b"\n".join([good, *lines, b'{"temperature": 22, "deviceId": "good too"}'])
    )
    metrics = lake.run()
    assert metrics.records_read == len(MALFORMED) + 2
    assert [row["device_id"] for row in lake.rows()] == ["good", "good too"]
    assert sum(metrics.records_quarantined.values()) == len(MALFORMED)
    found = lake.quarantined()["2026-01-05"]
    assert {each["source"] for each in found} == {source}
    for each, line in zip(found, lines, strict=True):
        shown, came = each["record"], line.decode(errors="backslashreplace").strip()
        assert shown == came or (isinstance(shown, dict) and json.dumps(shown) == json.dumps(json.loads(came)))
    assert set(metrics.records_quarantined) == {
        "not-json", "not-an-object", "bad-time", "bad-name", "unknown-shape", "not-a-number", "out-of-range", "future",
    }  # fmt: skip


# --- Hard objects


def test_empty_objects_hold_no_record_and_unreadable_ones_one(lake):
    lake.put("2026-01-05T00:00:00Z", b"")
    lake.put("2026-01-05T00:00:01Z", b"\n \r\n")
    lake.put("2026-01-05T00:00:02Z", gzip.compress(b""))
    lake.put("2026-01-05T00:00:03Z", gzip.compress(b'{"temperature": 1}\n' * 9)[:-9])
    lake.put("2026-01-05T00:00:04Z", os.urandom(1).join([b"\xff\xfe"] * 2))
    metrics = lake.run()
    assert (metrics.records_read, metrics.records_quarantined) == (2, {"unreadable-object": 2})


def test_an_object_that_the_system_refuses_is_unreadable(lake, monkeypatch):
    def guarded(path, mode):
        if path.endswith("-secret.json"):
            raise PermissionError(13, "Permission denied")
        return open(path, mode)

    monkeypatch.setattr(transform, "open", guarded, raising=False)
    lake.put("2026-01-05T00:00:00Z", station(), suffix="-secret")
    lake.put("2026-01-05T00:00:01Z", station())
    metrics = lake.run()
    assert (metrics.records_aggregated, metrics.records_quarantined) == (1, {"unreadable-object": 1})
    assert lake.quarantined()["2026-01-05"][0]["record"] == "PermissionError: Permission denied"


def test_an_object_of_fifty_megabytes(lake):
    line = json.dumps({"deviceId": "big", "timestamp": 1767571200000, "note": "x" * 5000, "temperature": 20}) + "\n"
    count = (50 << 20) // len(line) + 1
    lake.put("2026-01-05T01:00:00Z", line * count)
    metrics = lake.run()
    assert (metrics.records_read, metrics.records_duplicate, metrics.records_aggregated) == (count, count - 1, 1)


@pytest.mark.parametrize("name", ["Thủ Đức", "Đà Nẵng-1", "東京", "a b", ". .", "..", "_x", "٣", "x" * 64])
def test_names_with_spaces_and_unicode(lake, name):
    job = transform.parse_arguments(lake.arguments())
    folder = job.csv_folder(name, 0)
    assert folder.isascii()
    assert transform.partition_location(folder.split("/")[0]) == name
    assert transform.is_name(name)


# --- Any lake


def fill(lake, chance, zone):
    """Puts random messages around the lake's week; the good ones, and how many bad records lie among them."""
    start = datetime(2026, 1, 2, tzinfo=zone)
    messages, bad = [], 0
    for number in range(60):
        arrival = start + timedelta(seconds=chance.randrange(9 * 86400), milliseconds=number)
        records = []
        for _ in range(chance.randrange(1, 6)):
            delay = timedelta(seconds=chance.choice((-200, 0, 5, 3600, 86400, 170_000)))
            temperature = Fraction(chance.randrange(-900_000, 600_001), 10_000)
            place, device = chance.choice(("Hà Nội", "a b")), chance.choice(("d1", "d2"))
            message = Message(
                place, device, (arrival - delay).replace(microsecond=0), arrival, temperature, chance.randrange(361)
            )
            messages.append(message)
            data = {"temperature": float(temperature), "winddirection": message.direction}
            stamp = message.time.astimezone(timezone.utc).isoformat()
            records.append(json.dumps({"deviceId": device, **station(stamp, place, **data)}))
        if chance.random() < 0.3:
            repeated = chance.choice(messages)
            if repeated.arrival == arrival:
                records.append(records[messages.index(repeated) - len(messages)])
                messages.append(repeated)
        if chance.random() < 0.3:
            records.append(chance.choice(MALFORMED[:20]))
            bad += 1
        body = "\n".join(records).encode()
        lake.put(arrival.isoformat(), gzip.compress(body) if chance.random() < 0.3 else body, suffix=f"-{number}")
    return messages, bad


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
def test_any_lake_at_any_offset_is_as_the_oracle_says(lake, offset, aggregation):
    zone = datetime.fromisoformat(f"2026-01-02T00:00:00{offset}").tzinfo
    start, end = datetime(2026, 1, 2, tzinfo=zone), datetime(2026, 1, 9, tzinfo=zone)
    messages, bad = fill(lake, random.Random(offset), zone)
    window = {"window_start": start.isoformat(), "window_end": end.isoformat()}
    metrics = lake.run(utc_offset=offset, aggregation=aggregation, **window)
    step = timedelta(microseconds=transform.parse_step(aggregation))
    expected = expected_rows(messages, start, end, step)
    found = {}
    for place in ("Hà Nội", "a b"):
        for row in lake.rows(place):
            time = datetime.fromisoformat(row["window_start"])
            assert datetime.fromisoformat(row["window_end"]) - time == step
            assert row["window_start"].endswith(offset)
            numbers = [Fraction(row[f"temperature_{name}"]) for name in ("avg", "min", "max")]
            found[place, row["device_id"], time] = (int(row["samples"]), *numbers)
    assert found == expected
    unique = latest(messages)
    assert metrics.records_read == len(messages) + bad
    assert metrics.records_duplicate == len(messages) - len(unique)
    assert metrics.records_aggregated == sum(samples for samples, *_ in expected.values())
    assert metrics.records_outside_window == len(unique) - metrics.records_aggregated
    assert sum(metrics.records_quarantined.values()) == bad
    assert metrics.windows_written == len(expected)


def test_a_lost_record_fails_the_run(lake):
    job = transform.parse_arguments(lake.arguments())
    with pytest.raises(RuntimeError, match="2 records were read but 1 accounted for"):
        transform.summarize(job, [(transform.TALLY, 2), (transform.READING, "Hanoi", 20459, 1, 0, 1, {"d"})])


# --- The sample, and the script as it is started


def test_the_sample_gives_its_exact_metrics(lake):
    made = sample.make_sample(datetime(2026, 1, 2).date(), sample.offset_zone("+07:00"))
    for key, body in made.objects.items():
        path = lake.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    metrics = lake.run()
    places = ("Da Nang", "Hà Nội", "Thủ Đức", "quan_1")
    assert vars(metrics) == sample.expected_metrics(made) == {
        "window_start": "2026-01-02T00:00:00+07:00",
        "window_end": "2026-01-09T00:00:00+07:00",
        "records_read": 3467,
        "records_aggregated": 2520,
        "records_duplicate": 27,
        "records_quarantined": dict.fromkeys(sorted(sample.DEFECTS), 18),
        "records_outside_window": 722,
        "windows_written": 840,
        "days_written": 28,
        "locations": 4,
        "devices": 5,
        "partitions": [[place, f"2026-01-0{day}"] for place in places for day in range(2, 9)],
    }  # fmt: skip


def test_the_script_runs_on_its_own(lake):
    lake.put("2026-01-05T00:00:00Z", station())
    command = [sys.executable, str(ETL / "weather-transform.py"), *lake.arguments(), "--JOB_NAME", "x"]
    submit = "--master local[1] --conf spark.ui.enabled=false pyspark-shell"
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": submit}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert len(lake.rows()) == 1
    refused = subprocess.run([*command, "--lateness", "soon"], env=environment, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "--lateness: 'soon' is not a span" in refused.stderr
