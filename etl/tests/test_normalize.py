"""Readings: names, times, and each reason to refuse a record."""

import pytest
from conftest import description
from readings import DEVICES, NOON, named, normalize, shape

from weather import memory
from weather.normalize import Arrival, Normalizer, is_name
from weather.times import SECOND

# --- Names


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"deviceId": "d-1", "location": "Da Nang", "temperature": 1}, ("Da Nang", "d-1")),
        ({"location": "Da Nang", "temperature": 1}, ("Da Nang", "Da Nang")),
        ({"temperature": 1}, ("Hanoi", "Hanoi")),
        ({"DEVICEID": 17, "LOCATION": None, "temperature": 1}, ("Hanoi", "17")),
        ({"device_id": 0, "temperature": 1}, ("Hanoi", "0")),
        ({"location": "Ha\u0300 No\u0323\u0302i", "temperature": 1}, ("Hà Nội", "Hà Nội")),
        ({"deviceId": "AA:BB:CC:DD:EE:FF", "temperature": 1}, ("Hanoi", "AA:BB:CC:DD:EE:FF")),
    ],
)
def test_names_come_from_the_record_then_the_partition_then_the_location(record, expected):
    assert normalize(record)[:2] == expected


def test_a_shape_s_own_places_go_before_the_top_level_s():
    own = shape(device=["mac"], location=["site"], time={"from": ["at"]})
    record = {"mac": "m", "site": "s", "at": 7, "deviceId": "d", "location": "l", "timestamp": 9, "t": 1}
    assert normalize(record, description(own))[:3] == ("s", "m", 7 * SECOND)
    assert normalize(record, description(shape()))[:3] == ("l", "d", 9 * SECOND)


@pytest.mark.parametrize(
    "name",
    ["\ufffd", "Thủ Đức", "दिल्ली", "กรุงเทพ", "St. John’s", "Đà Nẵng-1", "東京", "a b", ". .", "..", "_x", "٣", " ",
     "x" * 64, "😀", "a=b", "a%20b", "a;b", "<b>", "'", "projects#1", "\u2028", "\u200d",
     "\u00a0", "é" * 30, "東" * 20],
)  # fmt: skip
def test_names_of_the_world(name):
    assert is_name(name)
    assert normalize({"location": name, "temperature": 1})[0] == name
    assert normalize({"temperature": 1}, partition=name)[0] == name


def test_names_are_made_nfc_and_then_measured():
    assert normalize({"location": "e\u0301" * 30, "temperature": 1})[0] == "é" * 30
    assert normalize({"location": "o\u0323\u0302" * 20, "temperature": 1})[0] == "ộ" * 20
    assert normalize({"location": "ộ" * 21, "temperature": 1}) == "bad-name"  # 189 bytes percent-encoded


# --- Reasons


@pytest.mark.parametrize(
    ("expected", "record", "context"),
    [
        ("no-time", {"temperature": 1}, {"dated": False}),
        ("bad-time", {"timestamp": "2026-01-02", "temperature": 1}, {}),
        ("bad-time", {"timestamp": "", "temperature": 1}, {}),
        ("bad-time", {"timestamp": True, "temperature": 1}, {}),
        ("bad-time", {"timestamp": -1, "temperature": 1}, {}),
        ("bad-time", {"timestamp": [1], "temperature": 1}, {}),
        ("bad-time", {"timestamp": -1, "time": 5, "temperature": 1}, {}),
        ("no-location", {"temperature": 1}, {"partition": None}),
        ("no-location", {"deviceId": "a/b", "temperature": 1}, {"partition": None}),
        *(("bad-name", {"location": name, "temperature": 1}, {}) for name in ("", "a,b", 'a"b', "a\\b", "a/b", "a\nb")),
        *(("bad-name", {"deviceId": name, "temperature": 1}, {}) for name in ("\0", "\x7f", "\x9f", "x" * 65)),
        *(("bad-name", {"deviceId": name, "temperature": 1}, {}) for name in (["x"], {}, True, False, 1.0, "é" * 31)),
        ("bad-name", '{"deviceId": 1e5, "temperature": 1}', {}),
        ("bad-name", '{"deviceId": NaN, "temperature": 1}', {}),
        ("bad-name", f'{{"deviceId": {"7" * 65}, "temperature": 1}}', {}),
        ("bad-name", '{"deviceId": "\\ud800", "temperature": 1}', {}),
        ("bad-name", {"temperature": 1}, {"partition": "a/b"}),
        ("unknown-shape", {}, {}),
        ("unknown-shape", {"data": 5}, {}),
        ("unknown-shape", {"data": {"battery": 3.7}}, {}),
        ("unknown-shape", {"temperature": None}, {}),
        ("not-a-number", {"temperature": "warm"}, {}),
        ("not-a-number", {"temperature": False}, {}),
        ("not-a-number", {"temperature": [21]}, {}),
        ("not-a-number", '{"temperature": NaN}', {}),
        ("not-a-number", '{"temperature": -Infinity}', {}),
        ("out-of-range", '{"temperature": 1e400}', {}),
        ("out-of-range", {"temperature": 20, "humidity": 100.001}, {}),
        ("future", {"timestamp": "2026-01-02T12:05:00.000001Z", "temperature": 1}, {}),
        # of several the first in the order of the list
        ("bad-time", {"timestamp": -1, "location": "a/b"}, {}),
        ("no-time", {"location": "a/b"}, {"dated": False}),
        ("bad-name", {"location": "a/b", "temperature": "warm"}, {}),
        ("not-a-number", {"temperature": 99, "humidity": {}}, {}),
        ("not-a-number", {"temperature": {}, "humidity": 999, "timestamp": 1767355501}, {}),
        ("out-of-range", {"temperature": 99, "timestamp": 1767355501}, {}),
        ("unknown-shape", {"timestamp": 1767355501}, {}),
    ],
)  # fmt: skip
def test_a_defective_record_is_refused_with_its_reason(expected, record, context):
    assert normalize(record, **context) == expected


def test_a_record_of_unknown_shape_is_judged_by_the_top_level():
    own = description(shape(device=["mac"], time={"from": ["at"]}))
    assert normalize({"at": "never", "mac": "a/b"}, own) == "unknown-shape"
    assert normalize({"timestamp": "never"}, own) == "bad-time"


def test_a_clock_up_to_five_minutes_ahead_becomes_the_arrival():
    sent = NOON + 300 * SECOND
    assert normalize({"timestamp": "2026-01-02T12:05:00Z", "temperature": 1})[2:5] == (sent, -1, NOON)


def test_what_was_learned_of_layouts_and_names_is_bounded(monkeypatch):
    monkeypatch.setattr(memory, "KEPT", 10)
    normalizer = Normalizer(DEVICES)
    for number in range(50):
        record = {f"extra-{number}": 1, "deviceId": f"d-{number}", "temperature": str(number)}
        ((outcome,), _) = normalizer(record, Arrival(NOON, True, "Hanoi"), 0)
        assert (outcome[1], named(outcome)) == (f"d-{number}", {"temperature": number})
    assert len(normalizer.names) <= 10
