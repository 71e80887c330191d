"""The pure parts, without Spark: arguments, devices.json, records, units, rounding and angles."""

import json
import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from conftest import ETL, station, transform
from hypothesis import given
from hypothesis import strategies as st

DESCRIPTION = json.loads((ETL / "devices.json").read_text())
DEVICES = transform.parse_devices(json.dumps(DESCRIPTION))
NOON = 1_767_355_200_000_000  # 2026-01-02T12:00:00Z


def described(**shape):
    """Devices with one more shape, or with one changed."""
    changed = json.loads(json.dumps(DESCRIPTION))
    changed["shapes"].append({"name": "more", **shape})
    return changed


def normalize(record, devices=DEVICES, arrival=NOON, dated=True, partition="Hanoi"):
    text = record if isinstance(record, str) else json.dumps(record)
    return transform.Normalizer(devices)(transform.parse_record(text), arrival, dated, partition)


def values(record, devices=DEVICES):
    """A record's measurements by quantity, as fractions."""
    named = zip(transform.QUANTITIES, normalize(record, devices)[3])
    return {name: Fraction(value, transform.SCALE) for name, value in named if value is not None}


def reason(record, **context):
    with pytest.raises(transform.Refused) as refused:
        normalize(record, **context)
    return refused.value.reason


# --- Records


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


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"deviceId": "d-1", "location": "Da Nang", "temperature": 1}, ("Da Nang", "d-1")),
        ({"location": "Da Nang", "temperature": 1}, ("Da Nang", "Da Nang")),
        ({"temperature": 1}, ("Hanoi", "Hanoi")),
        ({"DEVICEID": 17, "LOCATION": None, "temperature": 1}, ("Hanoi", "17")),
        ({"location": "Thủ Đức", "temperature": 1}, ("Thủ Đức", "Thủ Đức")),
    ],
)
def test_names_come_from_the_record_then_the_partition_then_the_location(record, expected):
    assert normalize(record)[:2] == expected


@pytest.mark.parametrize(
    ("timestamp", "offset"),
    [
        (None, 0),
        ("2026-01-02T12:00:00Z", 0),
        ("2026-01-02T11:59:59", -1),
        ("2026-01-02 11:59:59.25", -0.75),
        ("2026-01-02T18:59+07:00", -60),
        ("2026-01-02t06:30:00-0530", 0),
        (1767355140, -60),
        (1767355140000, -60),
        (1767355140.5, -59.5),
        ("2026-01-02T12:05:00Z", 0),  # a clock up to five minutes ahead becomes the arrival
    ],
)
def test_times_are_iso_8601_or_epochs(timestamp, offset):
    assert normalize({"timestamp": timestamp, "temperature": 1})[2] == NOON + offset * transform.SECOND


@pytest.mark.parametrize(
    ("expected", "record", "context"),
    [
        ("not-json", '{"temperature": 21', {}),
        ("not-json", "", {}),
        ("not-json", "[" * 100_000, {}),
        ("not-an-object", "[1]", {}),
        ("not-an-object", "null", {}),
        ("no-time", {"temperature": 1}, {"dated": False}),
        ("bad-time", {"timestamp": "2026-01-02", "temperature": 1}, {}),
        ("bad-time", {"timestamp": "2026-02-30T00:00:00Z", "temperature": 1}, {}),
        ("bad-time", {"timestamp": "", "temperature": 1}, {}),
        ("bad-time", {"timestamp": True, "temperature": 1}, {}),
        ("bad-time", {"timestamp": -1, "temperature": 1}, {}),
        ("bad-time", '{"timestamp": 1e999999999999999999999, "temperature": 1}', {}),
        ("no-location", {"temperature": 1}, {"partition": None}),
        ("bad-name", {"location": "", "temperature": 1}, {}),
        ("bad-name", {"location": "a,b", "temperature": 1}, {}),
        ("bad-name", {"deviceId": "a/b", "temperature": 1}, {}),
        ("bad-name", {"deviceId": "x" * 65, "temperature": 1}, {}),
        ("bad-name", {"deviceId": ["x"], "temperature": 1}, {}),
        ("bad-name", '{"deviceId": "\\ud800", "temperature": 1}', {}),
        ("bad-name", {"temperature": 1}, {"partition": "a\ufffd"}),
        ("unknown-shape", {}, {}),
        ("unknown-shape", {"data": 5}, {}),
        ("unknown-shape", {"data": {"battery": 3.7}}, {}),
        ("not-a-number", {"temperature": "21.5"}, {}),
        ("not-a-number", {"temperature": False}, {}),
        ("not-a-number", '{"temperature": NaN}', {}),
        ("not-a-number", '{"temperature": -Infinity}', {}),
        ("not-a-number", {"temperature": 99, "humidity": {}}, {}),
        ("out-of-range", '{"temperature": 1e400}', {}),
        ("out-of-range", {"temperature": 20, "humidity": 100.001}, {}),
        ("future", {"timestamp": "2026-01-02T12:05:00.000001Z", "temperature": 1}, {}),
    ],
)
def test_a_defective_record_is_refused_with_its_reason(expected, record, context):
    assert reason(record, **context) == expected


@pytest.mark.parametrize(
    ("field", "low", "high", "step"),
    [
        ("temperature", -90, 60, "0.001"),
        ("humidity", 0, 100, "0.001"),
        ("pressure", 850, 1090, "0.001"),
        ("winddirection", 0, 360, "0.001"),
        ("avgwindspeed", 0, 120, "0.001"),
        ("maxwindspeed", 0, 150, "0.001"),
        ("rainfall1hr", 0, 350, "0.001"),
        ("rainfall24hr", 0, 2000, "0.001"),
    ],
)
def test_ranges_are_inclusive(field, low, high, step):
    for inside in (low, high):
        assert list(values(station(**{field: inside})).values()) == [inside]
    for outside in (Decimal(low) - Decimal(step), Decimal(high) + Decimal(step)):
        assert reason(f'{{"data": {{"{field}": {outside}}}}}') == "out-of-range"


def test_of_several_fields_for_a_value_the_first_that_has_one_is_taken():
    assert values({"temperature": 20, "Temperature": None}) == {"temperature": 20}
    assert values({"data": {"winddirection": None, "Wind_Direction": 90}}) == {"wind_direction": 90}


def test_null_is_a_missing_value():
    assert values(station(temperature=None, humidity=50)) == {"humidity": 50}
    assert values(station(temperature=None)) == {}


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"", []),
        (b" \r\n\n", []),
        (b'{"a": 1}', ['{"a": 1}']),
        (b'\xef\xbb\xbf{"a": 1}\n', ['{"a": 1}']),
        (b'{\n  "a": 1\n}\n', ['{\n  "a": 1\n}']),
        (b'{"a": 1}\r\n\n{"a": 2}', ['{"a": 1}', '{"a": 2}']),
        (b'{"a": 1\n{"a": 2}\n', ['{"a": 1', '{"a": 2}']),
        ('{"a": "\u2028"}\n{"b": 1}'.encode(), ['{"a": "\u2028"}', '{"b": 1}']),
        (b'{"a": 1}\n\xff\xfe\n', ['{"a": 1}', b"\xff\xfe"]),
    ],
)
def test_an_object_holds_one_json_value_or_json_lines(content, texts):
    assert transform.split_records(content) == texts


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"\x1f\x8b", b"\x1f\x8b\x08\x00garbage"])
def test_an_unreadable_object_says_why(body):
    with pytest.raises(transform.Unreadable, match=r"gzip|UTF-8"):
        transform.split_records(transform.decompress(body))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a":  1.50}', '{"a":  1.50}'),
        ('{\n"a": "x"}', '{ "a": "x"}'),
        ('{"a": NaN}', '"{\\"a\\": NaN}"'),
        ("[1]", '"[1]"'),
        (b"\xff", '"\\\\xff"'),
    ],
)
def test_quarantine_shows_an_object_as_it_came_and_all_else_as_text(text, shown):
    assert transform.quarantined(text) == shown


# --- Units


UNITS = [
    ("temperature", "°F", 68, "20"),
    ("temperature", "°F", -40, "-40"),
    ("temperature", "K", 273.15, "0"),
    ("wind_speed", "km/h", 36, "10"),
    ("wind_speed", "mph", 10, "4.4704"),
    ("wind_gust", "kn", 9, "4.63"),
    ("pressure", "inHg", 29.92, "1013.2075888"),
    ("pressure", "Pa", 101325, "1013.25"),
    ("rainfall_1hr", "in", 1, "25.4"),
    ("rainfall_24hr", "in", 0.01, "0.254"),
]


@pytest.mark.parametrize(("quantity", "unit", "given", "expected"), UNITS)
def test_units_convert_exactly(quantity, unit, given, expected):
    devices = transform.parse_devices(json.dumps(described(measurements={quantity: {"from": ["x.y.z"], "unit": unit}})))
    assert values({"X": {"y": {"Z": given}}}, devices) == {quantity: Fraction(expected)}


@given(st.decimals(-130, 140, places=6))
def test_fahrenheit_is_five_ninths_to_the_last_digit(degrees):
    exact = transform.scaled(degrees, Decimal(-32), Decimal(5 * transform.SCALE // 9))
    assert Fraction(exact, transform.SCALE) == (Fraction(degrees) - 32) * 5 / 9


def test_every_conversion_is_a_whole_number_of_the_scale():
    for units in transform.UNITS.values():
        for _, numerator, denominator in units.values():
            assert numerator * transform.SCALE % denominator == 0


def test_a_shape_may_ask_for_values_of_its_own():
    devices = transform.parse_devices(
        json.dumps(
            described(when={"model": "WX-200"}, measurements={"temperature": {"from": ["temperature"], "unit": "°F"}})
        )
    )
    assert values({"Model": "WX-200", "temperature": 68, "humidity": 5}, devices) == {"temperature": 20}
    assert values({"model": "WX-100", "temperature": 20}, devices) == {"temperature": 20}


# --- Aggregates


@given(st.lists(st.decimals(-90, 60, places=4), min_size=1, max_size=9))
def test_averages_round_half_away_from_zero_exactly(numbers):
    scaled = [transform.scaled(number, Decimal(0), Decimal(transform.SCALE)) for number in numbers]
    exact = sum(map(Fraction, numbers)) / len(numbers)
    thousandths = math.floor(abs(exact) * 1000 + Fraction(1, 2)) * (1 if exact >= 0 else -1)
    text = transform.average(scaled)
    assert Fraction(text) == Fraction(thousandths, 1000)
    assert text != "-0"
    assert not (text.endswith("0") and "." in text)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1.0005", "1.001"),
        ("-1.0005", "-1.001"),
        ("-0.0004", "0"),
        ("12.3", "12.3"),
        ("1000", "1000"),
        ("0.0005", "0.001"),
    ],
)
def test_rounding(number, text):
    exact = Fraction(number)
    assert transform.decimal_text(exact.numerator, exact.denominator) == text


def direction(*degrees):
    return transform.average_direction([int(Decimal(str(each)) * transform.SCALE) for each in degrees])


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


# --- devices.json


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


MEASUREMENT = ("shapes", 0, "measurements", "temperature")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{", "not JSON"),
        ("[]", "the description: must be a JSON object"),
        (broken(["time"], ...), "has no 'time'"),
        (broken(["locations"], ["x"]), "'locations' is not one of"),
        (broken(["device"], "deviceId"), "device: must be a list"),
        (broken(["location"], []), "location: must be a list of at least one path"),
        (broken(["time", "format"], "rfc822"), 'time.format: "rfc822" is not one of any, iso8601'),
        (broken(["time", "from"], ["a..b"]), 'time.from: "a..b" is not a path'),
        (broken(["ranges", "humidity"], ...), "ranges: has no 'humidity'"),
        (broken(["ranges", "humidity", "min"], "0"), 'ranges.humidity.min: "0" is not a number'),
        (broken(["ranges", "humidity", "min"], 100), "ranges.humidity: min 100 is not below max 100"),
        (broken(["ranges", "temperature", "unit"], "°F"), 'ranges.temperature.unit: "°F" is not °C'),
        (broken(["shapes"], []), "shapes: must be a list"),
        (broken(["shapes", 1, "name"], "station"), 'shapes[1].name: "station" is not a name of its own'),
        (broken(["shapes", 0, "measurements"], {}), "shapes[0].measurements: must name at least one"),
        (broken(["shapes", 0, "measurements", "temprature"], {}), "shapes[0].measurements: 'temprature' is not one of"),
        (broken([*MEASUREMENT, "unit"], "°R"), 'shapes[0].measurements.temperature.unit: "°R" is not one of °C, °F, K'),
        (broken([*MEASUREMENT, "unit"], ["K"]), "is not one of °C, °F, K"),
        (broken([*MEASUREMENT, "from"], [7]), "shapes[0].measurements.temperature.from: 7 is not a path"),
        (broken([*MEASUREMENT, "scale"], 2), "'scale' is not one of from, unit"),
        (broken(["shapes", 2, "when"], "x"), "shapes[2].when: must be a JSON object"),
    ],
)
def test_a_wrong_description_is_refused_by_its_entry(text, names):
    with pytest.raises(transform.BadDescription) as refused:
        transform.parse_devices(text)
    assert names in str(refused.value)


# --- Arguments


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"source": None}, "required: --source"),
        ({"source": "raw"}, "--source: 'raw' is not a URI like s3://bucket/prefix or file:///directory"),
        ({"target": "https://x/y"}, "--target: 'https://x/y' is not a URI"),
        ({"quarantine": ""}, "--quarantine: '' is not a URI"),
        ({"metrics": "file:///lake/"}, "--metrics: 'file:///lake/' is not the URI of an object"),
        ({"metrics": "s3://bucket"}, "--metrics: 's3://bucket' is not the URI of an object"),
        ({"devices": "file:///nowhere/devices.json"}, "--devices: file:///nowhere/devices.json cannot be read"),
        ({"window_start": "2026-01-02"}, "--window-start: '2026-01-02' is not a time in ISO 8601 with an offset"),
        ({"window_start": "2026-01-02T00:00:00"}, "--window-start: '2026-01-02T00:00:00' is not a time"),
        ({"window_start": "2026-01-02T01:00:00+07:00"}, "--window-start: not midnight at the offset of --utc-offset"),
        ({"window_end": "2026-01-09T00:00:00Z"}, "--window-end: not midnight"),
        ({"window_end": "2026-01-02T00:00:00+07:00"}, "--window-end: must be later than --window-start"),
        ({"utc_offset": "-05:00"}, "--window-start: not midnight"),
        ({"utc_offset": "7"}, "--utc-offset: '7' is not an offset from -12:00 to +14:00, like +07:00"),
        ({"utc_offset": "-12:15"}, "--utc-offset: '-12:15' is not an offset"),
        ({"utc_offset": "+07:60"}, "--utc-offset: '+07:60' is not an offset"),
        ({"aggregation": "7 hours"}, "--aggregation: '7 hours' does not divide 24 hours"),
        ({"aggregation": "0 hours"}, "--aggregation: '0 hours' does not divide 24 hours"),
        ({"aggregation": "hourly"}, "--aggregation: 'hourly' is not a span"),
        ({"lateness": "-1 days"}, "--lateness: '-1 days' is not a span"),
        ({"lateness": "400 days"}, "--lateness: '400 days' is not a span of at most 366 days"),
    ],
)
def test_a_bad_argument_ends_the_job_at_once(lake, capsys, change, names):
    with pytest.raises(SystemExit) as ended:
        transform.main(lake.arguments(**change))
    assert ended.value.code == 2
    assert names in capsys.readouterr().err
    assert not (lake.root / "metrics").exists()


def test_a_wrong_description_is_a_bad_argument(lake, capsys):
    lake.devices = lake.root / "devices.json"
    lake.devices.write_text(broken([*MEASUREMENT, "unit"], "°R"))
    with pytest.raises(SystemExit):
        transform.main(lake.arguments())
    assert "--devices" in (said := capsys.readouterr().err)
    assert "shapes[0].measurements.temperature.unit" in said


def test_source_target_and_quarantine_are_three_places(lake, capsys):
    with pytest.raises(SystemExit):
        transform.main(lake.arguments(target=(lake.root / "raw").as_uri()))
    assert "--target: must not be the place of --source" in capsys.readouterr().err


def test_arguments_as_glue_passes_them(lake):
    window = {"window_start": "2026-01-02T05:00:00Z", "window_end": "2026-01-03T05:00:00+00:00"}
    words = [*lake.arguments(utc_offset="-05:00", **window), "--JOB_NAME", "x", "--enable-metrics", "--shift", "-3"]
    job = transform.parse_arguments(words)
    assert (job.offset, job.step, job.lateness) == (
        -5 * 60 * transform.MINUTE,
        60 * transform.MINUTE,
        2 * transform.DAY,
    )
    assert job.local_time(job.start) == "2026-01-02T00:00:00-05:00"


def test_options_are_not_abbreviated(lake):
    assert transform.parse_arguments([*lake.arguments(), "--late", "1 day"]).lateness == 2 * transform.DAY
