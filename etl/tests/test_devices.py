"""devices.json: what it describes, and that a wrong one is refused by its entry with what would be right."""

import json
import pickle
from datetime import timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from conftest import DESCRIPTION, ETL, description

from weather.devices import BadDescription, load_devices, parse_devices
from weather.quantities import QUANTITIES

TEMPERATURE = {"temperature": {"from": ["t"], "unit": "°C"}}
SHAPE = {"name": "more", "measurements": TEMPERATURE}


def test_the_three_shapes():
    devices = parse_devices(json.dumps(DESCRIPTION))
    assert [shape.name for shape in devices.shapes] == ["station", "esp32", "flat"]
    for shape in devices.shapes:
        assert [QUANTITIES[each.index] for each in shape.measurements] == list(QUANTITIES)
        assert (shape.when, shape.each, shape.naming) == ((), None, devices.naming)


def test_a_shape_may_say_all_there_is():
    shape = {
        "name": "more",
        "about": ["what", "it is"],
        "when": {"type": "obs", "rev": 1, "ok": True, "x[0]": 1.5},
        "each": "data.obs",
        "device": ["id", "[0]"],
        "location": ["place"],
        "time": {"from": ["at"], "format": "iso8601", "offset": "Europe/Berlin"},
        "measurements": {"temperature": {"from": ["t", "u"], "unit": "°F", "scale": 0.1, "missing": [-9999, "--"]}},
    }
    (parsed,) = parse_devices(json.dumps(description(shape))).shapes
    assert parsed.when == ((("type",), "obs"), (("rev",), Decimal(1)), (("ok",), True), (("x", 0), Decimal("1.5")))
    assert parsed.each == ("data", "obs")
    assert (parsed.naming.device, parsed.naming.location) == ((("id",), (0,)), (("place",),))
    assert (parsed.naming.time.format, parsed.naming.time.zone) == ("iso8601", ZoneInfo("Europe/Berlin"))
    assert parsed.measurements[0].paths == (("t",), ("u",))


@pytest.mark.parametrize(
    ("time", "form", "zone"),
    [
        ({"from": ["t"]}, "any", timezone.utc),
        ({"from": ["t"], "format": "epoch-seconds"}, "epoch-seconds", timezone.utc),
        ({"from": ["t"], "offset": "-03:30"}, "any", timezone(-timedelta(hours=3, minutes=30))),
    ],
)
def test_a_shape_s_time_replaces_the_whole_of_the_top_level_s(time, form, zone):
    top = {"from": ["at"], "format": "iso8601", "offset": "Asia/Ho_Chi_Minh"}
    with_time, without = parse_devices(
        json.dumps(description({**SHAPE, "time": time}, {**SHAPE, "name": "other"}, time=top))
    ).shapes
    assert (with_time.naming.time.format, with_time.naming.time.zone) == (form, zone)
    assert without.naming.time.format == "iso8601"
    assert without.naming.time.zone == ZoneInfo("Asia/Ho_Chi_Minh")
    assert without.naming.device == with_time.naming.device


def test_what_is_described_travels_to_a_worker():
    devices = parse_devices(json.dumps(DESCRIPTION))
    again = pickle.loads(pickle.dumps(devices))
    assert again.naming == devices.naming
    for one, other in zip(devices.shapes, again.shapes, strict=True):
        assert [each.conversion["21"] for each in one.measurements] == [
            each.conversion["21"] for each in other.measurements
        ]


def broken(path, value):
    """The description with the entry at a path replaced, or removed by ..."""
    changed = json.loads(json.dumps(DESCRIPTION))
    *parents, last = path
    place = changed
    for name in parents:
        place = place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(changed)


def shaped(**changes):
    """A description with one shape that has these entries."""
    return json.dumps(description({**SHAPE, **changes}))


def measured(**changes):
    """A description with one measurement that has these entries."""
    return shaped(measurements={"temperature": {**TEMPERATURE["temperature"], **changes}})


TEMPERATURES = "shapes[0].measurements.temperature"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ('{"ranges": NaN}', "not JSON: NaN is not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "the description: must be a JSON object"),
        # the top level
        (broken(["time"], ...), "has no 'time'"),
        (broken(["shapes"], ...), "has no 'shapes'"),
        (broken(["locations"], ["x"]), "'locations' is not one of ranges, device, location, time, shapes, about"),
        (broken(["device"], "deviceId"), "device: must be a list of at least one path"),
        (broken(["location"], []), "location: must be a list of at least one path"),
        (broken(["device"], [5]), "device: 5 is not a path"),
        (broken(["time"], ["t"]), "time: must be a JSON object"),
        (broken(["time", "from"], ...), "time: has no 'from'"),
        (broken(["time", "from"], ["a..b"]), 'time.from: "a..b" is not a path'),
        (broken(["time", "format"], "rfc822"), 'time.format: "rfc822" is not one of any, iso8601, epoch-seconds'),
        (broken(["time", "format"], ["any"]), 'time.format: ["any"] is not one of any, iso8601, epoch-seconds'),
        (broken(["time", "zone"], "UTC"), "time: 'zone' is not one of from, format, offset"),
        (broken(["time", "offset"], "Hanoi"), "time.offset: 'Hanoi' is neither an offset like +07:00 nor a zone like"),
        (broken(["time", "offset"], "+25:00"), "time.offset: '+25:00' is not an offset from -12:00 to +14:00"),
        (broken(["time", "offset"], 7), "time.offset: 7 is not a text like +07:00 or Asia/Ho_Chi_Minh"),
        (broken(["time", "offset"], None), "time.offset: null is not a text like +07:00"),
        # ranges
        (broken(["ranges", "humidity"], ...), "ranges: has no 'humidity'"),
        (broken(["ranges", "humidity", "min"], ...), "ranges.humidity: has no 'min'"),
        (broken(["ranges", "humidity", "min"], "0"), 'ranges.humidity.min: "0" is not a number'),
        (broken(["ranges", "humidity", "min"], 100), "ranges.humidity: min 100 is not below max 100"),
        (broken(["ranges", "humidity", "max"], 1e40), "ranges.humidity.max: 1e+40 has more than 15 digits"),
        (broken(["ranges", "temperature", "unit"], "°F"), 'ranges.temperature.unit: "°F" is not °C, the unit of'),
        # a shape
        (broken(["shapes"], []), "shapes: must be a list of at least one shape"),
        (broken(["shapes", 1], "esp32"), "shapes[1]: must be a JSON object"),
        (broken(["shapes", 1, "name"], "station"), 'shapes[1].name: "station" is not a name of its own'),
        (shaped(name=""), 'shapes[0].name: "" is not a name of its own'),
        (shaped(mesurements={}), "shapes[0]: 'mesurements' is not one of name, measurements"),
        (shaped(measurements={}), "shapes[0].measurements: must name at least one of temperature, humidity"),
        (shaped(measurements={"temprature": {}}), "shapes[0].measurements: 'temprature' is not one of temperature"),
        (shaped(device=[]), "shapes[0].device: must be a list of at least one path"),
        (shaped(location="x"), "shapes[0].location: must be a list of at least one path"),
        (shaped(time={}), "shapes[0].time: has no 'from'"),
        (shaped(time={"from": ["t"], "offset": "Mars"}), "shapes[0].time.offset: 'Mars' is neither an offset"),
        # each and when
        (shaped(each="obs["), 'shapes[0].each: "obs[" is not a path, names joined by dots with [2] or [type=1]'),
        (shaped(each=["obs"]), 'shapes[0].each: ["obs"] is not a path'),
        (shaped(each=None), "shapes[0].each: null is not a path"),
        (shaped(when="x"), "shapes[0].when: must be a JSON object"),
        (shaped(when={"a.": 1}), 'shapes[0].when: "a." is not a path'),
        (shaped(when={"type": None}), "shapes[0].when.type: null is not a text, a number, true or false"),
        (shaped(when={"type": ["a", "b"]}), 'shapes[0].when.type: ["a", "b"] is not a text, a number, true or false'),
        (shaped(when={"type": 1e40}), "shapes[0].when.type: 1e+40 has more than 15 digits"),
        # a measurement
        (measured(unit="°R"), f'{TEMPERATURES}.unit: "°R" is not one of °C, °F, K'),
        (measured(unit=["K"]), f'{TEMPERATURES}.unit: ["K"] is not one of °C, °F, K'),
        (measured(**{"from": [7]}), f"{TEMPERATURES}.from: 7 is not a path"),
        (measured(**{"from": "t"}), f"{TEMPERATURES}.from: must be a list of at least one path"),
        (measured(factor=2), f"{TEMPERATURES}: 'factor' is not one of from, unit, scale, missing"),
        (measured(scale=0), f"{TEMPERATURES}.scale: 0 makes every value 0; give a number to multiply by, such as 0.1"),
        (measured(scale="0.1"), f'{TEMPERATURES}.scale: "0.1" is not a number'),
        (measured(scale=True), f"{TEMPERATURES}.scale: true is not a number"),
        (measured(scale=0.1234567890123456), f"{TEMPERATURES}.scale: 0.1234567890123456 has more than 15 digits"),
        (measured(missing=-9999), f"{TEMPERATURES}.missing: -9999 is not a list of numbers and texts, such as [-9999,"),
        (measured(missing=[None]), f"{TEMPERATURES}.missing: [null] is not a list of numbers and texts"),
        (measured(missing=[False]), f"{TEMPERATURES}.missing: [false] is not a list of numbers and texts"),
        (measured(scale=1).replace('"scale": 1', '"scale": 1e99999999999999999999'), f"{TEMPERATURES}.scale: 1e999"),
    ],
)  # fmt: skip
def test_a_wrong_description_is_refused_by_its_entry(text, names):
    with pytest.raises(BadDescription) as refused:
        parse_devices(text)
    assert names in str(refused.value)


def test_a_refusal_names_the_file(tmp_path):
    path = tmp_path / "devices.json"
    path.write_text(shaped(each=5))
    with pytest.raises(ValueError) as refused:
        load_devices(path.as_uri())
    assert str(refused.value).startswith(f"{path.as_uri()}: shapes[0].each: 5 is not a path")


def test_the_about_explains_every_word_of_the_language():
    about = "\n".join(json.loads((ETL / "devices.json").read_text())["about"])
    words = ("each", "when", "device", "location", "time", "format", "offset", "from", "unit", "scale", "missing")
    units = ("mbar", "kPa", "mmHg", "ft/s", "cm", "compass", "Asia/Ho_Chi_Minh", "[2]", "[type=1]", "epoch-seconds")
    assert [word for word in (*words, *units, "counter") if word not in about] == []
