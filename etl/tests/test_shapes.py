"""Shapes: which one a record is of, with when, each and missing values."""

from fractions import Fraction

import pytest
from conftest import DESCRIPTION, description, station
from readings import NOON, named, outcomes, shape, values

from weather.times import SECOND


def test_the_three_observed_shapes_give_the_same_values():
    nested = {
        "temperature": 25.5,
        "humidity": 65.2,
        "pressure": 1013.25,
        "winddirection": 180,
        "avgwindspeed": 5.2,
        "maxwindspeed": 8.1,
        "rainfall1hr": 0.5,
        "rainfall24hr": 2.3,
    }
    spelled_out = {
        "Temperature": 25.5,
        "Humidity": 65.2,
        "Barometric Pressure": 1013.25,
        "Wind Direction": 180,
        "Avg Wind Speed": 5.2,
        "Max Wind Speed": 8.1,
        "Rainfall (1hr)": 0.5,
        "Rainfall (24hr)": 2.3,
    }
    expected = [Fraction(text) for text in ("25.5", "65.2", "1013.25", "180", "5.2", "8.1", "0.5", "2.3")]
    assert list(values({"data": nested}).values()) == expected
    assert list(values(spelled_out).values()) == expected
    assert list(values({"deviceId": "d", "temperature": 25.5, "humidity": 65.2}).values()) == expected[:2]


def test_a_record_is_of_the_shape_that_it_has_the_most_fields_of():
    assert set(values({"Temperature": 20, "humidity": 50, "pressure": 1000})) == {"temperature", "humidity", "pressure"}
    assert set(values({"Temperature": 20, "Barometric Pressure": 1000})) == {"temperature", "pressure"}


def test_measurements_are_counted_and_not_paths():
    two_paths = {"name": "a", "measurements": {"temperature": {"from": ["t", "u"], "unit": "°C"}}}
    one_path = {"name": "b", "measurements": {"humidity": {"from": ["h"], "unit": "%"}}}
    record = {"t": 1, "u": 2, "h": 3}
    assert values(record, description(two_paths, one_path)) == {"temperature": 1}
    assert values(record, description(one_path, two_paths)) == {"humidity": 3}


def test_null_is_no_field():
    assert values(station(temperature=None, humidity=50)) == {"humidity": 50}
    nulls = {"data": {"temperature": None, "humidity": None, "pressure": None}, "temperature": 21.5, "humidity": 40}
    assert values(nulls) == {"temperature": Fraction("21.5"), "humidity": 40}
    assert values({"temperature": None, "humidity": None}) == "unknown-shape"
    assert values({"data": None, "Data": {"temperature": 3}}) == {"temperature": 3}


def test_of_several_fields_for_a_value_the_first_that_has_one_is_taken():
    assert values({"temperature": 20, "Temperature": None}) == {"temperature": 20}
    assert values({"data": {"winddirection": None, "Wind_Direction": 90}}) == {"wind_direction": 90}


def test_a_missing_value_is_a_field_but_no_value():
    sensor = {"from": ["t", "u"], "unit": "°C", "missing": [-9999]}
    humidity = {"from": ["h"], "unit": "%"}
    devices = description({"name": "s", "measurements": {"temperature": sensor, "humidity": humidity}})
    assert values({"t": -9999, "u": 20, "h": 50}, devices) == {"humidity": 50}
    assert values({"t": "-9999.0", "u": 20}, devices) == "unknown-shape"
    assert values({"t": None, "u": 20}, devices) == {"temperature": 20}
    both = {"name": "s", "measurements": {"temperature": sensor, "humidity": {**humidity, "missing": ["--"]}}}
    counted = description(shape("few", path="u"), both)
    assert values({"t": -9999, "u": 20, "h": "--"}, counted) == "unknown-shape"


# --- when


@pytest.mark.parametrize(
    ("wanted", "is_it", "is_not"),
    [
        ("WX-200", ['"WX-200"'], ['"wx-200"', "null", "200"]),
        (1, ["1", "1.0", "1e0"], ["true", '"1"', "[1]", "2", "1e400"]),
        ("1", ['"1"'], ["1", "true"]),
        (True, ["true"], ["1", '"true"', "false"]),
        (False, ["false"], ["0", "null", '""']),
        (0, ["0", "-0", "0.00"], ["false", "null", '""']),
    ],
)
def test_when_compares_json_values_with_their_type(wanted, is_it, is_not):
    devices = description(shape("fahrenheit", when={"Rev": wanted}), shape("plain"))
    devices["shapes"][0]["measurements"]["temperature"]["unit"] = "°F"
    for rev, celsius in [*((rev, 10) for rev in is_it), *((rev, 50) for rev in is_not)]:
        assert values(f'{{"rev": {rev}, "t": 50}}', devices) == {"temperature": celsius}


def test_a_shape_whose_when_holds_goes_before_one_with_more_fields():
    more = description(
        shape("first"), *DESCRIPTION["shapes"], shape("asks", path="temperature", when={"a": 1, "b[x=2].c": "y"})
    )
    record = {"a": 1, "b": [{"x": "2", "c": "y"}], "temperature": 20, "humidity": 5}
    assert values(record, more) == {"temperature": 20}
    assert values({**record, "b": []}, more) == {"temperature": 20, "humidity": 5}
    assert values({"a": 1, "b": record["b"], "humidity": 5}, more) == {"humidity": 5}  # none of its fields


# --- each


EACH = shape("batch", path="t", each="obs", device=["id"], time={"from": ["at"], "format": "epoch-seconds"})


def test_every_element_is_a_record_and_has_what_the_message_has():
    message = {"id": "m", "at": 5, "t": 9, "obs": [{"t": 1}, {"id": "own", "at": 6}, {"T": None}, {"at": None, "t": 2}]}
    found = outcomes(message, description(EACH))
    assert [(each[1], each[2] // SECOND, named(each)) for each in found] == [
        ("m", 5, {"temperature": 1}),
        ("own", 6, {"temperature": 9}),
        ("m", 5, {"temperature": 9}),
        ("m", 5, {"temperature": 2}),
    ]


def test_all_paths_are_tried_in_the_element_and_then_all_in_the_message():
    two = {"name": "s", "each": "obs", "measurements": {"temperature": {"from": ["t", "u"], "unit": "°C"}}}
    assert values({"t": 1, "obs": [{"u": 2}]}, description(two)) == {"temperature": 2}
    asks = shape("asks", each="obs", when={"type": "x"})
    assert values({"type": "y", "obs": [{"type": "x", "t": 1}]}, description(asks)) == {"temperature": 1}
    assert values({"type": "x", "obs": [{"type": "y", "t": 1}]}, description(asks)) == "unknown-shape"
    only_first = {"obs": [{"type": "x", "t": 1}, {"type": "y", "t": 2}]}
    assert [named(each) for each in outcomes(only_first, description(asks))] == [{"temperature": 1}, {"temperature": 2}]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"obs": [{"t": 1}, {"t": "warm"}, {"t": 99}, {}, None, 5]},
         [1, "not-a-number", "out-of-range", "unknown-shape", "unknown-shape", "unknown-shape"]),
        ({"obs": []}, ["unknown-shape"]),
        ({"obs": [], "t": 1}, ["unknown-shape"]),
        ({"obs": [], "at": "x", "t": 1}, ["bad-time"]),
        ({"obs": None, "t": 1}, ["unknown-shape"]),
        ({"obs": {"t": 1}}, ["unknown-shape"]),
        ({"obs": [None, {"t": 1}]}, ["unknown-shape"]),  # the first element has no field
        ({"obs": [None, {"t": 1}], "t": 2}, [2, 1]),
        ({"obs": [{"t": 1, "at": -1}, {"t": 2, "id": "a/b"}, {"t": 3, "at": 1767355501}]},
         ["bad-time", "bad-name", "future"]),
    ],
)  # fmt: skip
def test_elements_are_refused_one_by_one(message, expected):
    found = outcomes(message, description(EACH))
    assert [named(each)["temperature"] if isinstance(each, tuple) else each for each in found] == expected


def test_elements_that_are_arrays():
    shapes = shape("s", path="[7]", each="obs", time={"from": ["[0]"], "format": "epoch-seconds"})
    found = outcomes({"obs": [[100, *[0] * 6, 21], [160, *[0] * 6, 22], [220]]}, description(shapes))
    assert [(each[2] // SECOND, *named(each).values()) for each in found[:2]] == [(100, 21), (160, 22)]
    assert found[2] == "unknown-shape"


def test_records_without_a_time_are_told_apart_by_their_place_in_the_object():
    found = outcomes({"obs": [{"t": 1}, {"t": 2, "at": 5}, {"t": 3}]}, description(EACH), number=10)
    assert [each[2:5] for each in found] == [(NOON, 10, NOON), (5 * SECOND, -1, 5 * SECOND), (NOON, 12, NOON)]
