"""Times: what a record's text or number means as an instant, and in which zone."""

from datetime import datetime
from fractions import Fraction

import pytest

from weather.records import DECODER
from weather.times import MINUTE, SECOND, local_time, microseconds, parse_step, parse_zone, timestamp

NOON = microseconds(datetime.fromisoformat("2026-01-02T12:00:00Z"))


def instant(text):
    return microseconds(datetime.fromisoformat(text))


def said(value, form="any", zone="+00:00", arrival=NOON):
    """What a JSON text says, in microseconds; None for a bad time."""
    return timestamp(DECODER.decode(value), form, parse_zone(zone), arrival)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ('"2026-01-02T12:00:00Z"', 0),
        ('"2026-01-02T12:00:00z"', 0),
        ('"2026-01-02t12:00:00Z"', 0),
        ('"2026-01-02 11:59:59"', -1),
        ('"2026-01-02 11:59:59.25"', -0.75),
        ('"2026-01-02T11:59:59,25"', -0.75),
        ('"2026-01-02T12:00:00.0000019999"', 0.000001),  # cut, not rounded
        ('"2026-01-02T12:00"', 0),
        ('"2026-01-02T12:00Z"', 0),
        ('"2026-01-02T18:59+07:00"', -60),
        ('"2026-01-02T06:30:00-0530"', 0),
        ('"2026-01-02T19:00:00+07"', 0),
        ("1767355140", -60),
        ("1767355140000", -60),
        ("1767355140.5", -59.5),
        ("1767355199.99999999", -0.000001),  # cut too, however many digits
        (f"1767355199.{'9' * 40}", -0.000001),
        ("1.76735514e12", -60),
        ('"1767355140"', -60),
        ('"1767355140000"', -60),
        ('"1767355140.5"', -59.5),
    ],
)
def test_any_is_iso_8601_or_epochs_as_numbers_or_text(value, seconds):
    assert said(value) == NOON + Fraction(str(seconds)) * SECOND


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        ("99999999999", "any", 99_999_999_999 * SECOND),
        ("1e11", "any", 100_000_000 * SECOND),
        ("99999999999999", "any", 99_999_999_999_999 * 1000),
        ("1e14", "any", None),
        ("0", "any", 0),
        ("-1", "any", None),
        ("5", "epoch-milliseconds", 5000),
        ('"5"', "epoch-milliseconds", 5000),
        ("99999999999", "epoch-milliseconds", 99_999_999_999_000),
        ("5", "epoch-seconds", 5 * SECOND),
        ("5", "iso8601", None),
        ('"5"', "iso8601", None),
        ('"1970-01-01T00:00:05Z"', "iso8601", 5 * SECOND),
        ('"1970-01-01T00:00:05Z"', "epoch-seconds", None),
        ('"1970-01-01T00:00:05Z"', "epoch-milliseconds", None),
        ('"1969-12-31T23:59:59Z"', "any", -SECOND),
    ],
)
def test_formats(value, form, expected):
    assert said(value, form) == expected


@pytest.mark.parametrize(
    "value",
    ['""', '"now"', '"2026-01-02"', '"20260102T120000Z"', '"2026-W01-5T12:00:00Z"', '"2026-002T12:00:00"', '"12:00"',
     '"2026-01-02T12"', '"2026-01-02T12:00,5"', '"2026-01-02T12:00:00 Z"', '" 2026-01-02T12:00:00"', '"2026-1-2T12:00"',
     '"2026-13-01T00:00:00Z"', '"2026-02-30T00:00:00Z"', '"2026-01-05T24:00:00Z"', '"2026-01-05T00:00:60Z"',
     '"2026-01-05T00:00:00+25:00"', '"2026-01-05T00:00:00+7:00"', '"2026-01-05T00:00:00."', '"٢026-01-05T00:00:00"',
     '"0000-01-01T00:00:00Z"', "true", "[]", "{}", "NaN", "Infinity", "1e999999999999999999999", '" 5"', '"5 "',
     '"+5"'],
)  # fmt: skip
def test_bad_times(value):
    assert said(value) is None


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-01-05T07:00:00", "Asia/Ho_Chi_Minh", "2026-01-05T00:00:00Z"),
        ("2026-01-05T07:00:00", "+07:00", "2026-01-05T00:00:00Z"),
        ("2026-01-05T07:00:00", "-03:30", "2026-01-05T10:30:00Z"),
        ("2026-01-05T07:00:00", "Europe/Berlin", "2026-01-05T06:00:00Z"),
        ("2026-07-05T07:00:00", "Europe/Berlin", "2026-07-05T05:00:00Z"),
        ("2026-01-05T07:00:00Z", "Europe/Berlin", "2026-01-05T07:00:00Z"),  # its own offset goes first
        ("2026-01-05T07:00:00+05", "Europe/Berlin", "2026-01-05T02:00:00Z"),
        # never: clocks go from 02:00+01:00 to 03:00+02:00; the offset before the change holds
        ("2026-03-29T01:59:59", "Europe/Berlin", "2026-03-29T00:59:59Z"),
        ("2026-03-29T02:30:00", "Europe/Berlin", "2026-03-29T01:30:00Z"),
        ("2026-03-29T03:00:00", "Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("2026-03-08T02:15:00", "America/New_York", "2026-03-08T07:15:00Z"),
        ("2026-10-04T02:15:00", "Australia/Lord_Howe", "2026-10-03T15:45:00Z"),  # changes by half an hour
    ],
)
def test_text_without_an_offset_is_in_the_zone_of_the_shape(text, zone, utc):
    assert said(f'"{text}"', zone=zone, arrival=instant("2027-01-01T00:00:00Z")) == instant(utc)


@pytest.mark.parametrize(
    ("arrival", "utc"),
    [
        ("2026-10-25T00:30:05Z", "2026-10-25T00:30:00Z"),  # the first time, at +02:00
        ("2026-10-25T01:24:59.999999Z", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:25:00Z", "2026-10-25T01:30:00Z"),  # five minutes ahead at most: the second, at +01:00
        ("2026-10-25T01:30:05Z", "2026-10-25T01:30:00Z"),
        ("2026-10-27T00:00:00Z", "2026-10-25T01:30:00Z"),  # the later one
        ("2026-10-24T00:00:00Z", "2026-10-25T00:30:00Z"),  # the earlier one, in the future
    ],
)
def test_of_a_local_time_that_occurs_twice_the_later_one_that_is_not_after_the_arrival(arrival, utc):
    assert said('"2026-10-25T02:30:00"', zone="Europe/Berlin", arrival=instant(arrival)) == instant(utc)


@pytest.mark.parametrize("zone", ["", "UTC+7", "Hanoi", "Asia", "../etc/passwd", "+7", "+07:00:00", "+15:00", "/etc"])
def test_what_is_no_zone(zone):
    with pytest.raises(ValueError, match=r"offset|zone"):
        parse_zone(zone)


def test_times_are_written_at_an_offset():
    assert local_time(NOON, 7 * 60 * MINUTE) == "2026-01-02T19:00:00+07:00"
    assert local_time(NOON, -570 * MINUTE) == "2026-01-02T02:30:00-09:30"
    assert local_time(NOON, 0) == "2026-01-02T12:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "minutes"), [("15 minutes", 15), ("1 hour", 60), ("6 hours", 360), ("1 day", 1440), ("90 seconds", 1.5)]
)
def test_steps(text, minutes):
    assert parse_step(text) == minutes * MINUTE
