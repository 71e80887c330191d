"""Paths: where a record holds a value."""

import pytest

from weather.paths import follow, parse
from weather.records import DECODER

RECORD = DECODER.decode(
    """{
    "Time": "now", "a b": 1, "a.b": 2, "Data": {"Temp": 20.50, "none": null}, "data": {"temp": 3, "NONE": 4},
    "values": [10, null, [11, 12]], "Straße": 5, "twice": 6, "twice": 7, "empty": [], "": 8, "b[0]": 9,
    "list": [
      5, null, [1], {"other": 1}, {"TYPE": null, "type": 1, "v": "number"}, {"type": "1", "v": "text"},
      {"type": 1.0, "v": "float"}, {"type": true, "v": "true"}, {"type": "true", "v": "text true"}, {"type": "2"},
      {"type": "2", "v": "second"}, {"type": "a.b=c d", "v": "odd"}, {"type": {"x": 1}, "v": "object"},
      {"type": "", "v": "empty"}, {"key=": "k", "v": "quoted"}
    ]}"""
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("time", "now"),
        ("TIME", "now"),
        ("a b", "1"),
        ('"a.b"', "2"),
        ("data.temp", "20.50"),  # of names that differ in case alone the first that is not null
        ("DATA.TEMP", "20.50"),
        ("data.none", "4"),
        ('"data"."temp"', "20.50"),
        ("twice", "7"),  # of a name that occurs twice the last
        ("strasse", "5"),
        ("values[0]", "10"),
        ("values[00]", "10"),
        ("values[1]", None),
        ("values[2][1]", "12"),
        ("values[9]", None),
        ("values.x", None),
        ("empty[0]", None),
        ("time[0]", None),
        ("time.x", None),
        ("data[0]", None),
        ("nothing", None),
        ('"b[0]"', "9"),
        ("list[type=1].v", "number"),  # the first whose value has that text, be it 1 or "1"
        ("list[TYPE=1].v", "number"),
        ("list[type=1.0].v", "float"),
        ("list[type=true].v", "true"),
        ("list[type=2].v", None),  # the first element that has the value, whatever else it has
        ("list[type=2].type", "2"),
        ("list[type=a.b=c d].v", "odd"),
        ("list[type=].v", "empty"),
        ("list[type=null].v", None),
        ("list[type=9].v", None),
        ('list["key="=k].v', "quoted"),
        ("list[3].other", "1"),
        ("list[2][0]", "1"),
        ("values[type=1].v", None),
        ("data[type=1].v", None),
    ],
)
def test_the_value_at_a_path(path, value):
    found = follow(RECORD, parse(path))
    assert found is value or str(found) == value


def test_text_and_numbers_are_found_alike():
    for record in ('[{"type": 1, "v": 5}]', '[{"type": "1", "v": 5}]'):
        assert follow(DECODER.decode(record), parse("[type=1].v")) == "5"


@pytest.mark.parametrize(
    "path",
    ["", ".", "a.", ".a", "a..b", "a[", "a]", "a[]", "a[-1]", "a[1.5]", "a[x]", "a[=1]", "a[type=1", 'a"b"', '"a', '""',
     "a.[0]", "a[0]b", '"a"b', "a[0].", "[0].", "a[0]..b"],
)  # fmt: skip
def test_what_is_no_path(path):
    with pytest.raises(ValueError):
        parse(path)


def test_an_element_may_begin_a_path():
    assert follow(["x", {"y": "z"}], parse("[1].y")) == "z"
