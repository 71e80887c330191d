"""Values: units, scale, missing, text, ranges and exact numbers."""

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from conftest import description
from hypothesis import given
from hypothesis import strategies as st

from weather import memory
from weather.devices import parse_devices
from weather.quantities import QUANTITIES, SCALE, UNITS
from weather.records import DECODER

POINTS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")


def conversion(quantity="temperature", unit="°C", **more):
    shape = {"name": "s", "measurements": {quantity: {"from": ["x"], "unit": unit, **more}}}
    return parse_devices(json.dumps(description(shape))).shapes[0].measurements[0].conversion


def meaning(value, *which, **more):
    """What a JSON text means as a quantity: a Fraction of its canonical unit, None, or why it is refused."""
    meant = conversion(*which, **more)[DECODER.decode(value)]
    return Fraction(meant) / SCALE if isinstance(meant, (int, Fraction)) else meant


@pytest.mark.parametrize(
    ("quantity", "unit", "given", "expected"),
    [
        ("temperature", "°C", "21.5", "21.5"),
        ("temperature", "°F", "68", "20"),
        ("temperature", "°F", "-40", "-40"),
        ("temperature", "°F", "33", "5/9"),
        ("temperature", "K", "273.15", "0"),
        ("humidity", "%", "65.25", "65.25"),
        ("pressure", "hPa", "1013.25", "1013.25"),
        ("pressure", "mbar", "1013.25", "1013.25"),
        ("pressure", "Pa", "101325", "1013.25"),
        ("pressure", "kPa", "101.325", "1013.25"),
        ("pressure", "inHg", "29.92", "1013.2075888"),
        ("pressure", "mmHg", "760", "1013.250144354"),
        ("wind_direction", "°", "359.5", "359.5"),
        ("wind_speed", "m/s", "4.5", "4.5"),
        ("wind_speed", "km/h", "36", "10"),
        ("wind_speed", "km/h", "1", "5/18"),
        ("wind_speed", "mph", "10", "4.4704"),
        ("wind_gust", "kn", "9", "4.63"),
        ("wind_gust", "kn", "1", "463/900"),
        ("wind_gust", "ft/s", "10", "3.048"),
        ("rainfall_1hr", "mm", "0.2", "0.2"),
        ("rainfall_1hr", "cm", "1.5", "15"),
        ("rainfall_1hr", "in", "1", "25.4"),
        ("rainfall_24hr", "in", "0.01", "0.254"),
    ],
)
def test_units_convert_exactly(quantity, unit, given, expected):
    assert meaning(given, quantity, unit) == Fraction(expected)
    assert meaning(f'"{given}"', quantity, unit) == Fraction(expected)


# What a unit is in the canonical one: (the canonical value of its zero, and of one more).
OWN_UNITS = {
    "°F": (Fraction(-160, 9), Fraction(5, 9)),
    "K": (Fraction("-273.15"), 1),
    "kPa": (0, 10),
    "Pa": (0, Fraction(1, 100)),
    "inHg": (0, Fraction("33.86389")),
    "mmHg": (0, Fraction("1.33322387415")),
    "km/h": (0, Fraction(1000, 3600)),
    "mph": (0, Fraction("0.44704")),
    "kn": (0, Fraction(1852, 3600)),
    "ft/s": (0, Fraction("0.3048")),
    "cm": (0, 10),
    "in": (0, Fraction("25.4")),
}


@given(st.sampled_from([(q, unit) for q, units in UNITS.items() for unit in units]), st.data())
def test_any_value_of_any_unit_is_exact_or_out_of_range(which, data):
    zero, one = OWN_UNITS.get(which[1], (0, 1))
    number = data.draw(st.decimals(-200, 110_000, places=data.draw(st.integers(0, 25))))
    scale = data.draw(st.sampled_from(["1", "0.1", "0.25", "-1", "1e-3", "12.345678901234"]))
    exact = zero + Fraction(number) * Fraction(scale) * one
    bounds = description({})["ranges"][which[0]]
    expected = exact if bounds["min"] <= exact <= bounds["max"] else "out-of-range"
    assert meaning(f"{number:f}", *which, scale=json.loads(scale)) == expected


def test_every_conversion_is_a_whole_number_of_the_scale():
    for units in UNITS.values():
        for offset, numerator, denominator in units.values():
            assert numerator * SCALE % denominator == 0
            assert Fraction(offset) * numerator * SCALE % denominator == 0


@pytest.mark.parametrize(
    ("value", "which", "more", "expected"),
    [
        # numbers as text
        ('"21.5"', (), {}, "21.5"),
        ('"-1e1"', (), {}, "-10"),
        ('"21.5 °C"', (), {}, "21.5"),
        ('"21.5°C"', (), {}, "21.5"),
        ('"70   °F"', ("temperature", "°F"), {}, "190/9"),
        ('"52%"', ("humidity", "%"), {}, "52"),
        ('"1007.3 hPa"', ("pressure", "hPa"), {}, "1007.3"),
        ('"3.4 m/s"', ("wind_speed", "m/s"), {}, "3.4"),
        ('"0.10 in"', ("rainfall_1hr", "in"), {}, "2.54"),
        ('"30.0°"', ("wind_direction", "°"), {}, "30"),
        # scale: after missing, before the unit
        ("685", ("temperature", "°F"), {"scale": 0.1}, "365/18"),
        ('"685 °F"', ("temperature", "°F"), {"scale": 0.1}, "365/18"),
        ("5", ("rainfall_1hr", "in"), {"scale": 0.01}, "1.27"),
        ("-215", (), {"scale": -0.1}, "21.5"),
        ("-9999", (), {"scale": 0.001, "missing": [-9999]}, None),
        ("-9.999", (), {"scale": 1000, "missing": [-9999]}, "out-of-range"),
        # missing: by the number that a value means, or else by the text
        *((value, (), {"missing": [-9999]}, None) for value in ("-9999", "-9999.0", "-9.999e3", '"-9999"')),
        *((value, (), {"missing": ["-9999"]}, None) for value in ("-9999", '"-9999.00"', '"-9999 °C"')),
        *((value, (), {"missing": [-9999]}, "out-of-range") for value in ("-9998", '"-9999.1"')),
        ('"--"', (), {"missing": ["--", ""]}, None),
        ('""', (), {"missing": ["--", ""]}, None),
        ('"-- "', (), {"missing": ["--"]}, "not-a-number"),
        ("0", (), {"missing": [0]}, None),
        ("false", (), {"missing": [0]}, "not-a-number"),
        # compass points
        *((f'"{point}"', ("wind_direction", "°"), {}, f"{number * 45}/2") for number, point in enumerate(POINTS)),
        ('"E"', ("wind_direction", "°"), {"scale": 2}, "90"),
        ('"n"', ("wind_direction", "°"), {}, "not-a-number"),
        ('"N "', ("wind_direction", "°"), {}, "not-a-number"),
        ('"N"', ("wind_speed", "m/s"), {}, "not-a-number"),
        ('"N"', ("wind_direction", "°"), {"missing": ["N"]}, None),
        # no numbers
        *((text, (), {}, "not-a-number") for text in ('""', '" 21"', '"21\\t°C"', '"21\\u00a0°C"', '"21,5"', '"+21"')),
        *((text, (), {}, "not-a-number") for text in ('"21 °F"', '"21 c"', '"21."', '"NaN"', '"٣"', '"0x1F"', '"1_0"')),
        *((text, (), {}, "not-a-number") for text in ("true", "false", "NaN", "Infinity", "-Infinity")),
        # numbers too large for any sense
        *((text, (), {}, "out-of-range") for text in ("1e400", "-1e400", '"1e99999999999999999999"', "9" * 5000)),
        ("0e400", (), {}, "0"),
        ("1e-400", (), {}, "0"),
        (f"0.{'0' * 4000}1", (), {}, "0"),
        (f"21.{'5' * 30}", (), {}, f"21.{'5' * 30}"),
    ],
)
def test_what_a_value_means(value, which, more, expected):
    if expected not in (None, "not-a-number", "out-of-range"):
        expected = Fraction(expected)
    assert meaning(value, *which, **more) == expected


@pytest.mark.parametrize(
    ("quantity", "low", "high"),
    [
        ("temperature", -90, 60),
        ("humidity", 0, 100),
        ("pressure", 850, 1090),
        ("wind_direction", 0, 360),
        ("wind_speed", 0, 120),
        ("wind_gust", 0, 150),
        ("rainfall_1hr", 0, 350),
        ("rainfall_24hr", 0, 2000),
    ],
)
def test_ranges_are_inclusive(quantity, low, high):
    unit = next(iter(UNITS[quantity]))
    for inside in (low, high):
        assert meaning(str(inside), quantity, unit) == inside
    tiny = Decimal("1e-15")
    for outside in (Decimal(low) - tiny, Decimal(high) + tiny):
        assert meaning(f"{outside:f}", quantity, unit) == "out-of-range"


def test_what_was_learned_of_values_is_bounded(monkeypatch):
    monkeypatch.setattr(memory, "KEPT", 10)
    learned = conversion()
    assert all(learned[f"{number}"] == number * SCALE for number in range(50))
    assert len(learned) <= 10


def test_the_quantities_in_order():
    assert QUANTITIES == (
        "temperature", "humidity", "pressure", "wind_direction", "wind_speed", "wind_gust", "rainfall_1hr",
        "rainfall_24hr",
    )  # fmt: skip
