"""Windows: duplicates, windows of time, aggregates and their rounding."""

import math
import shutil
from collections import Counter
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from conftest import Lake
from hypothesis import given, settings
from hypothesis import strategies as st

from weather import steps
from weather.quantities import QUANTITIES, SCALE
from weather.windows import COLUMNS, HEADER, aggregates, average, average_direction, decimal_text, value_text


def scaled(number):
    """A number in units of 1/SCALE, as a Conversion gives it."""
    exact = Fraction(number) * SCALE
    return exact.numerator if exact.denominator == 1 else exact


def test_the_columns():
    assert HEADER == (
        "window_start,window_end,location,device_id,samples,temperature_avg,temperature_min,temperature_max,"
        "humidity_avg,pressure_avg,wind_direction_avg,wind_speed_avg,wind_speed_max,rainfall_1hr_max,rainfall_24hr_max"
    )


# --- Rounding


def half_away(value):
    return Fraction(math.floor(abs(value) * 1000 + Fraction(1, 2)), 1000) * (1 if value >= 0 else -1)


@given(st.lists(st.decimals(-90, 60, places=4) | st.decimals(-90, 60, places=20), min_size=1, max_size=9))
def test_averages_round_half_away_from_zero_exactly(numbers):
    text = average([scaled(number) for number in numbers])
    assert Fraction(text) == half_away(sum(map(Fraction, numbers)) / len(numbers))
    assert text != "-0"
    assert not (text.endswith("0") and "." in text)


@given(st.integers(-90_000, 60_000), st.sampled_from([0, 1, -1]), st.integers(17, 38))
def test_a_value_half_way_is_rounded_away_and_one_just_beside_it_is_not(thousandths, side, digits):
    value = Fraction(2 * thousandths + 1, 2000) + side * Fraction(1, 10**digits)
    assert Fraction(value_text(scaled(value))) == half_away(value)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1.0005", "1.001"),
        ("-1.0005", "-1.001"),
        ("-0.0004", "0"),
        ("-0.0005", "-0.001"),
        ("12.3", "12.3"),
        ("1000", "1000"),
        ("0.0005", "0.001"),
        ("0.00049999999999999999999999", "0"),
        ("0", "0"),
        ("20/3", "6.667"),
    ],
)
def test_rounding(number, text):
    exact = Fraction(number)
    assert decimal_text(exact.numerator, exact.denominator) == text


# --- Directions


def direction(*degrees):
    return average_direction([scaled(Decimal(str(each))) for each in degrees])


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        ((350, 10), "0"),
        ((360,), "0"),
        ((359.9996,), "0"),
        ((359.9995,), "0"),
        ((359.9994,), "359.999"),
        ((0, 90), "45"),
        ((270, 0), "315"),
        ((0, 180), ""),
        ((0, 120, 240), ""),
        ((0, 180, 90), "90"),
        ((12.3455,), "12.346"),
        ((0, 180.0000001), ""),  # a length of 9e-10
        ((0, 180.000001), "270"),
    ],
)
def test_the_mean_direction(degrees, expected):
    assert direction(*degrees) == expected


@given(st.integers(0, 359_999), st.integers(0, 80_000), st.integers(0, 359))
def test_two_directions_average_to_the_middle_of_the_smaller_angle(first, half, turn):
    def degrees(thousandths):
        return Decimal(thousandths % 360_000) / 1000

    middle = (first + turn * 1000) % 360_000
    text = direction(degrees(middle - half), degrees(middle + half))
    assert Decimal(text) == degrees(middle)


@given(st.lists(st.integers(0, 360_000), min_size=1, max_size=20))
def test_a_mean_direction_is_below_360_and_free_of_order(thousandths):
    degrees = [Decimal(each) / 1000 for each in thousandths]
    text = direction(*degrees)
    assert text == direction(*reversed(degrees))
    assert text == "" or 0 <= Decimal(text) < 360


@given(st.decimals(0, Decimal("359.9994"), places=4))
def test_a_single_direction_is_itself_rounded(degrees):
    assert Decimal(direction(degrees)) == degrees.quantize(Decimal("0.001"), ROUND_HALF_UP)


# --- Aggregates


def values(**named):
    return tuple(scaled(Fraction(str(named[name]))) if name in named else None for name in QUANTITIES)


def aggregated(*readings):
    return dict(zip([name for name, *_ in COLUMNS], aggregates(readings), strict=True))


def test_a_quantity_that_no_reading_has_leaves_its_columns_empty():
    found = aggregated(values(temperature=1, humidity=50), values(temperature=2))
    assert {name: text for name, text in found.items() if text} == {
        "temperature_avg": "1.5",
        "temperature_min": "1",
        "temperature_max": "2",
        "humidity_avg": "50",
    }


def test_the_greatest_gust_else_the_greatest_speed():
    gusts = aggregated(values(wind_speed=9), values(wind_speed=3, wind_gust=7))
    assert (gusts["wind_speed_avg"], gusts["wind_speed_max"]) == ("6", "7")
    assert aggregated(values(wind_speed=9), values(wind_speed=11))["wind_speed_max"] == "11"


def test_rain_is_the_greatest_of_the_rolling_sums():
    found = aggregated(values(rainfall_1hr=1, rainfall_24hr=5), values(rainfall_1hr="0.2", rainfall_24hr=7))
    assert (found["rainfall_1hr_max"], found["rainfall_24hr_max"]) == ("1", "7")


# --- Duplicates and windows of one device


def at(minute):
    """An ISO 8601 instant, so many minutes after the window's start."""
    return (datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=7))) + timedelta(minutes=minute)).isoformat()


def message(sent, temperature=20, arrival=None, place="x", name=""):
    """What arrived of a device at Hanoi: (minute of arrival, partition, suffix of the object's name, record)."""
    record = {"timestamp": None if sent is None else at(sent), "location": "Hanoi", "temperature": temperature}
    return sent if arrival is None else arrival, place, name, record


def rows_of(lake, messages, **changes):
    """(window's minute, samples, temperature_avg) of each row, and the metrics. Messages of one name are one object."""
    shutil.rmtree(lake.root / "raw", ignore_errors=True)
    objects = {}
    for arrival, place, name, record in messages:
        objects.setdefault((arrival, place, name), []).append(record)
    for (arrival, place, name), records in objects.items():
        lake.put(at(arrival), records, place, f"-{name}")
    written = lake.run(**changes)
    start = datetime.fromisoformat(at(0))
    return [
        (
            (datetime.fromisoformat(row["window_start"]) - start) // timedelta(minutes=1),
            int(row["samples"]),
            row["temperature_avg"],
        )
        for row in lake.rows()
    ], written


@pytest.mark.parametrize(
    "same",
    [
        [message(5, 1, arrival=6), message(5, 2, arrival=7)],  # the last arrival
        [message(5, 1, 6, "z", "a"), message(5, 2, 6, "a", "b")],  # the greatest object name
        [message(5, 1, 6, "a", "b"), message(5, 2, 6, "z", "b")],  # the greatest key
        [*[message(5, 1, 6)] * 10, message(5, 2, 6)],  # the last record
        [message(5, 3, 6, "z", "z"), message(5, 1, 7), message(5, 2, 7)],
        [message(5, 1, arrival=1), message(5, 2, arrival=3)],  # the same time as sent, though not the same corrected
    ],
)
def test_of_readings_sent_at_the_same_instant_one_stays(lake, same):
    rows, written = rows_of(lake, same)
    assert rows == [(0, 1, "2")]
    assert (written.records_aggregated, written.records_duplicate) == (1, len(same) - 1)


def test_a_duplicate_across_clock_skew_is_in_the_window_of_the_one_that_stays(lake):
    ahead, later = message(62, 1, arrival=58), message(62, 2, arrival=70)
    assert rows_of(lake, [ahead])[0] == [(0, 1, "1")]
    assert rows_of(lake, [ahead, later])[0] == [(60, 1, "2")]
    early, still_ahead = message(62, 1, arrival=57), message(62, 2, arrival=59)
    rows, written = rows_of(lake, [early, still_ahead, message(61, 5)])
    assert (rows, written.records_duplicate) == ([(0, 1, "2"), (60, 1, "5")], 1)


def test_a_reading_without_a_time_equals_only_one_of_its_epoch_and_place(lake):
    untimed = [message(None, 20, 5), message(None, 21, 5), message(5, 22, 5)]
    rows, written = rows_of(lake, untimed)
    assert (rows, written.records_duplicate) == ([(0, 3, "21")], 0)
    rows, written = rows_of(lake, [*untimed, message(None, 30, 5, name="z")])
    assert (rows, written.records_duplicate) == ([(0, 3, "24.333")], 1)


def test_what_is_outside_the_window_is_counted(lake):
    week = 7 * 24 * 60
    messages = [message(minute, arrival=week + 9) for minute in (-1, 0, week - 1, week, -1)]
    rows, written = rows_of(lake, messages)
    assert [minute for minute, *_ in rows] == [0, week - 60]
    counted = (written.records_aggregated, written.records_outside_window, written.records_duplicate)
    assert counted == (2, 2, 1)
    # a clock that is ahead: sent after the window, measured in it
    assert rows_of(lake, [message(week + 2, arrival=week - 1)])[0] == [(week - 60, 1, "20")]


@pytest.fixture(scope="module")
def module_lake(tmp_path_factory):
    return Lake(tmp_path_factory.mktemp("windows"))


@settings(max_examples=50)
@given(st.randoms(use_true_random=False))
def test_each_reading_is_in_its_window_however_far_clocks_are_ahead(module_lake, chance):
    messages, latest = [], {}
    for number in range(chance.randrange(1, 40)):
        arrival = 10 + number * 7
        sent = arrival + chance.choice((-60, -3, 0, 0, 2, 5))
        messages.append(message(sent, 20, arrival))
        latest[sent] = min(sent, arrival)
    step = chance.choice((1, 2, 5, 15, 60))
    rows, written = rows_of(module_lake, messages, aggregation=f"{step} minutes")
    minutes = [minute // step * step for minute in latest.values() if minute >= 0]
    assert [(minute, samples) for minute, samples, _ in rows] == sorted(Counter(minutes).items())
    counted = (written.records_duplicate, written.records_outside_window)
    assert counted == (len(messages) - len(latest), len(latest) - len(minutes))


def test_a_run_of_readings_longer_than_is_held_at_a_time(lake, monkeypatch):
    messages = [message(number // 3, number % 50, 1000 + number % 3, name=f"{number % 3}") for number in range(900)]
    before = rows_of(lake, messages)
    monkeypatch.setattr(steps, "BATCHED", 7)
    assert rows_of(lake, messages) == before
    assert [samples for _, samples, _ in before[0]] == [60] * 5
