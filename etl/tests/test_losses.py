"""What must not be lost: records of every kind of object, and a name for each that is refused."""

import gzip
import json

import pytest
from conftest import station
from lakes import BAD

HANOI = "2026-01-05T00:00:00Z"


def counts(written):
    return written.records_aggregated, written.records_duplicate, written.records_quarantined


def test_nulls_do_not_hide_the_values_beside_them(lake):
    lake.put(HANOI, {"data": {"temperature": None, "humidity": None}, "temperature": 21.5, "humidity": 40})
    lake.put(HANOI, {"temperature": None, "humidity": None}, "nothing")
    written = lake.run()
    assert counts(written) == (1, 0, {"unknown-shape": 1})
    assert [(row["location"], row["temperature_avg"], row["humidity_avg"]) for row in lake.rows()] == [
        ("Hanoi", "21.5", "40")
    ]


@pytest.mark.parametrize("join", ["\n", "", " "])
def test_records_of_a_batch_without_times_are_no_duplicates(lake, join):
    lake.put(HANOI, join.join(json.dumps({"temperature": 20 + number}) for number in range(20)), suffix="-a")
    assert counts(lake.run()) == (20, 0, {})
    # an object that arrived in the same millisecond: the places are the same, and its name is the greatest
    lake.put(HANOI, json.dumps([{"temperature": 1}, {"temperature": 1}]), suffix="-b")
    assert counts(lake.run()) == (20, 2, {})
    assert [(row["samples"], row["temperature_max"], row["temperature_min"]) for row in lake.rows()] == [
        ("20", "39", "1")
    ]


def test_a_record_without_a_time_never_equals_one_that_says_the_arrival(lake):
    lake.put(HANOI, [{"temperature": 20}, {"temperature": 21, "timestamp": HANOI}])
    assert counts(lake.run()) == (2, 0, {})


def test_of_duplicates_the_last_arrival_stays_then_the_greatest_name_then_the_last_line(lake):
    def sent(device, value):
        return {"deviceId": device, "timestamp": HANOI, "temperature": value}

    lake.put("2026-01-05T00:01:00Z", sent("arrival", 1), suffix="-z")
    lake.put("2026-01-05T00:02:00Z", sent("arrival", 2), suffix="-a")
    lake.put("2026-01-05T00:03:00Z", sent("name", 2), suffix="-b")
    lake.put("2026-01-05T00:03:00Z", sent("name", 1), suffix="-a")
    lake.put("2026-01-05T00:03:00Z", {**sent("name", 3), "location": "Hanoi"}, location="A", suffix="-c")
    lake.put("2026-01-05T00:04:00Z", [sent("line", 1), sent("line", 2)])
    lake.put("2026-01-05T00:05:00Z", [{**sent("written otherwise", 1), "timestamp": 1767571200}], suffix="-a")
    lake.put(
        "2026-01-05T00:05:00Z", [{**sent("written otherwise", 2), "timestamp": "2026-01-05T07:00+07"}], suffix="-b"
    )
    written = lake.run()
    assert {row["device_id"]: row["temperature_avg"] for row in lake.rows()} == {
        "arrival": "2",
        "line": "2",
        "name": "3",
        "written otherwise": "2",
    }
    assert counts(written) == (4, 5, {})


def test_a_duplicate_is_counted_before_the_window_is_looked_at(lake):
    eve = station("2026-01-01T12:00:00+07:00")
    lake.put("2026-01-02T12:00:00+07:00", [eve, eve])
    written = lake.run()
    assert (counts(written), written.records_outside_window) == ((0, 1, {}), 1)
    assert lake.files("out") == {}


def test_a_clock_ahead_and_its_repetition_are_one_reading_of_the_last_arrival(lake):
    lake.put("2026-01-05T00:58:00Z", station("2026-01-05T01:02:00Z", temperature=1))
    lake.put("2026-01-05T01:10:00Z", station("2026-01-05T01:02:00Z", temperature=2))
    lake.put("2026-01-05T01:58:00Z", station("2026-01-05T02:02:00Z", temperature=3))
    assert counts(lake.run()) == (2, 1, {})
    assert [(row["window_start"][11:16], row["temperature_avg"]) for row in lake.rows()] == [("08:00", "2.5")]


def test_a_late_arrival_joins_its_day(lake):
    lake.put("2026-01-08T23:00:00+07:00", station(temperature=10))
    lake.put("2026-01-10T22:00:00+07:00", station("2026-01-08T23:30:00+07:00", temperature=20))
    lake.run()
    assert [(row["samples"], row["temperature_avg"]) for row in lake.rows()] == [("2", "15")]


def test_gzip_is_told_by_content_not_by_name(lake):
    lines = b'{"temperature": 1}\n{"temperature": 2, "timestamp": "2026-01-05T00:00:00Z"}'
    lake.put("2026-01-05T01:00:00Z", gzip.compress(lines))
    lake.put("2026-01-05T02:00:00Z", gzip.compress(lines), name=f"{1767578400000}.json.gz")
    assert lake.run().records_read == 4


def test_names_of_the_world_and_names_that_cannot_be(lake):
    names = ("Ha\u0300 No\u0323\u0302i", "दिल्ली", "กรุงเทพ", "St. John’s", "AA:BB:CC:DD:EE:FF", "projects#1")
    lake.put(HANOI, [{"temperature": 21, "location": name} for name in (*names, "Zone/A", "", "a,b")])
    assert counts(lake.run()) == (len(names), 0, {"bad-name": 3})
    assert {row["location"] for row in lake.rows()} == {"Hà Nội", *names[1:]}


# --- Quarantine


def test_quarantine_holds_the_record_as_it_came_by_local_date_of_arrival(lake):
    first = lake.put("2026-01-04T23:59:59+07:00", '{\n "temperature":  1.50e2}', "Hà Nội")
    second = lake.put("2026-01-05T00:00:00+07:00", "[1]\nnot json\n", "Hà Nội")
    third = lake.put("2026-01-05T00:00:01+07:00", gzip.compress(b"x" * 999)[:-4], "Hà Nội")
    written = lake.run()
    assert lake.files("quarantine")["date=2026-01-04/part-00000.json"] == (
        f'{{"reason": "out-of-range", "source": "{first}", "record": {{  "temperature":  1.50e2}}}}\n'
    )
    found = lake.quarantined()["2026-01-05"]
    assert [(each["reason"], each["source"]) for each in found] == [
        ("not-an-object", second),
        ("not-json", second),
        ("unreadable-object", third),
    ]
    assert [each["record"] for each in found[:2]] == ["[1]", "not json"]
    reasons = {"not-an-object": 1, "not-json": 1, "out-of-range": 1, "unreadable-object": 1}
    assert written.records_quarantined == reasons


def test_quarantine_is_in_the_order_of_source_and_place(lake):
    for number in (3, 1, 2):
        lake.put(HANOI, "\n".join(f"bad {number} {place}" for place in range(12)), suffix=f"-{number}")
    lake.run()
    shown = [each["record"] for each in lake.quarantined()["2026-01-05"]]
    assert shown == [f"bad {number} {place}" for number in (1, 2, 3) for place in range(12)]


BATCH = {
    "name": "batch",
    "each": "obs",
    "time": {"from": ["[0]"]},
    "measurements": {"temperature": {"from": ["[1]"], "unit": "°C"}},
}


def test_quarantined_of_each_is_the_element_as_it_came(lake):
    lake.describe(BATCH)
    source = lake.put(
        HANOI, '{"id":  1, "obs": [[1767571000,  20.50], [1767571060, 150.0], [  -1, 20],["x"]]}\n{"obs": []}'
    )
    assert counts(lake.run()) == (1, 0, {"bad-time": 2, "out-of-range": 1, "unknown-shape": 1})
    assert lake.quarantined()["2026-01-05"] == [
        {"reason": "out-of-range", "source": source, "record": "[1767571060, 150.0]"},
        {"reason": "bad-time", "source": source, "record": "[  -1, 20]"},
        {"reason": "bad-time", "source": source, "record": '["x"]'},
        {"reason": "unknown-shape", "source": source, "record": {"obs": []}},
    ]


def test_a_bad_element_of_a_deep_message_costs_only_itself(lake):
    lake.describe(BATCH)
    deep = "[" * 600 + "]" * 600
    lake.put(HANOI, f'{{"deep": {deep}, "obs": [[1767571000, 20], [1767571060, "warm"]]}}')
    assert counts(lake.run()) == (1, 0, {"not-a-number": 1})


MALFORMED = [
    *(line for line in BAD if line != '{"temperature": {}}'),
    *(f'{{"temperature": {value}}}' for value in ("Infinity", "-Infinity", "{}", "[21]", '"21 F"', "-1e400")),
    '{"temperature": 1e99999999999999999999}',
    *(f'{{"data": {{"humidity": {value}}}}}' for value in ("-0.1", "101", '"wet"', "1E+2147483648")),
    *(f'{{"data": {value}}}' for value in ("null", "[]", '"x"', "5", "{}", '{"x": {"temperature": 1}}')),
    *(
        f'{{"temperature": 1, "timestamp": {value}}}'
        for value in ('""', '"now"', '"2026-13-01T00:00:00Z"', '"2026-01-05"', '"2026-01-05T24:00:00Z"', '"12:00"',
                      '"2026-01-05T00:00:60Z"', "-1", "1e15", "NaN", "true", "[]", "{}", '"-1"', "99999999999",
                      '"2026-01-05T00:00:00+25:00"', '"9999-12-31T23:59:59Z"')
    ),
    *(
        f'{{"temperature": 1, "location": {value}}}'
        for value in ('""', '"a/b"', '"a,b"', '"a\\nb"', '"\\u0000"', '"\\ud800"', "1.5", "true", "[]", "{}",
                      f'"{"x" * 65}"', f'"{"😀" * 16}"')
    ),
    *(f'{{"temperature": 1, "deviceId": {value}}}' for value in ('""', '"\\""', '"a\\tb"', "1e5", "false", "[1]")),
    *("{}", '{"": 1}', '{"foo": "bar"}', '{"deviceId": "d"}', '{"timestamp": 1767571200}', '{"temperatur": 1}'),
    *("[1]", "[{}, 1]", "[[]]", "null", "true", "0", '"text"', '"{\\"temperature\\": 1}"', "NaN", "-0"),
    *("{", "}", "{]", "{'temperature': 1}", '{"temperature": 1,}', '{"temperature" 1}', '{"temperature": 1}}'),
    *("//", "<xml/>", '{"temperature": 1}{"temperature": 2}x', '{"temperature": "\t"}', "\x00", "temperature=1"),
    '{"a":' * 5000,
    "[" * 99_999,
    *(b"\xff\xfe", b'{"temperature": 1, "location": "\xe0\x80"}', b"\xc3("),
]  # fmt: skip


def test_a_hundred_kinds_of_malformed_record_cost_only_themselves(lake):
    assert len(MALFORMED) >= 100
    good = b'{"temperature": 21, "deviceId": "good"}'
    lines = [line if isinstance(line, bytes) else line.encode() for line in MALFORMED]
    source = lake.put(HANOI, b"\n".join([good, *lines, b'{"temperature": 22, "deviceId": "good too"}']))
    written = lake.run()
    assert written.records_read == len(MALFORMED) + 2
    assert [row["device_id"] for row in lake.rows()] == ["good", "good too"]
    assert sum(written.records_quarantined.values()) == len(MALFORMED)
    found = lake.quarantined()["2026-01-05"]
    assert {each["source"] for each in found} == {source}
    for each, line in zip(found, lines, strict=True):
        shown, came = each["record"], line.decode(errors="backslashreplace").strip()
        assert shown == came or (isinstance(shown, dict) and json.dumps(shown) == json.dumps(json.loads(came)))
    assert set(written.records_quarantined) == {
        "not-json", "not-an-object", "bad-time", "bad-name", "unknown-shape", "not-a-number", "out-of-range", "future",
    }  # fmt: skip


# --- Hard objects


def test_empty_objects_hold_no_record_and_unreadable_ones_one(lake):
    lake.put("2026-01-05T00:00:00Z", b"")
    lake.put("2026-01-05T00:00:01Z", b"\n \r\n")
    lake.put("2026-01-05T00:00:02Z", gzip.compress(b""))
    lake.put("2026-01-05T00:00:03Z", b"[]")
    lake.put("2026-01-05T00:00:04Z", gzip.compress(b'{"temperature": 1}\n' * 9)[:-9])
    lake.put("2026-01-05T00:00:05Z", b"\x1f\x8b\x08\x00garbage")
    written = lake.run()
    assert (written.objects_read, written.records_read) == (6, 2)
    assert written.records_quarantined == {"unreadable-object": 2}
    assert all("gzip" in each["record"] for each in lake.quarantined()["2026-01-05"])


def test_an_object_of_fifty_megabytes(lake):
    line = json.dumps({"deviceId": "big", "timestamp": 1767571200000, "note": "x" * 5000, "temperature": 20}) + "\n"
    count = (50 << 20) // len(line) + 1
    lake.put("2026-01-05T01:00:00Z", line * count)
    assert counts(lake.run()) == (1, count - 1, {})


def test_a_message_of_ten_thousand_elements_of_which_many_are_bad(lake):
    lake.describe(BATCH)
    elements = [[1767571200 - number, 20 if number % 3 else "warm"] for number in range(10_000)]
    lake.put("2026-01-05T01:00:00Z", {"obs": elements})
    assert counts(lake.run()) == (6666, 0, {"not-a-number": 3334})


def test_descriptions_with_a_zone_of_their_own(lake):
    lake.describe({"name": "s", "time": {"from": ["Time"], "offset": "Europe/Berlin"}, "measurements": {
        "temperature": {"from": ["t"], "unit": "°C"}}})  # fmt: skip
    window = {"window_start": "2026-10-25T00:00:00+00:00", "window_end": "2026-10-26T00:00:00+00:00"}
    for arrival in ("00:30", "01:30"):
        lake.put(f"2026-10-25T{arrival}:02Z", {"Time": "2026-10-25T02:30:00", "t": 9})
    assert counts(lake.run(utc_offset="+00:00", **window)) == (2, 0, {})
    assert [row["window_start"][11:13] for row in lake.rows()] == ["00", "01"]
