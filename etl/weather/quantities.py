"""Measured values: units, ranges, exact numbers.

A value is an exact number in units of 1/SCALE of its quantity's canonical unit: an integer, or a Fraction for one with
more digits than that. SCALE is divided by the denominator of every unit, so conversions are exact too.
"""

import re
from decimal import ROUND_DOWN, Context, Decimal, InvalidOperation
from fractions import Fraction

from weather.memory import remember

SCALE = 9 * 10**15

# unit: (offset, numerator, denominator); canonical = (value + offset) * numerator / denominator
SPEEDS = {
    "m/s": ("0", 1, 1),
    "km/h": ("0", 5, 18),
    "mph": ("0", 44_704, 100_000),
    "kn": ("0", 463, 900),
    "ft/s": ("0", 3_048, 10_000),
}
DEPTHS = {"mm": ("0", 1, 1), "cm": ("0", 10, 1), "in": ("0", 254, 10)}
UNITS = {
    "temperature": {"°C": ("0", 1, 1), "°F": ("-32", 5, 9), "K": ("-273.15", 1, 1)},
    "humidity": {"%": ("0", 1, 1)},
    "pressure": {
        "hPa": ("0", 1, 1),
        "mbar": ("0", 1, 1),
        "Pa": ("0", 1, 100),
        "kPa": ("0", 10, 1),
        "inHg": ("0", 3_386_389, 100_000),
        "mmHg": ("0", 133_322_387_415, 10**11),
    },
    "wind_direction": {"°": ("0", 1, 1)},
    "wind_speed": SPEEDS,
    "wind_gust": SPEEDS,
    "rainfall_1hr": DEPTHS,
    "rainfall_24hr": DEPTHS,
}
QUANTITIES = tuple(UNITS)
POINTS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")

# What a Conversion gives where there is no value; the other two are reasons to refuse a record.
MISSING = None
NOT_A_NUMBER = "not-a-number"
OUT_OF_RANGE = "out-of-range"

# A number of more than 40 digits before the point is no measurement, and digits after the 40th behind it are cut off.
DIGITS = 40
SMALLEST = Decimal(10) ** -DIGITS
EXACT = Context(prec=300, Emax=10**6, Emin=-(10**6))
NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
JSON_NUMBER = re.compile(NUMBER)


def decimal_of(text):
    """The Decimal of a JSON number's text, its digits beyond the 40th cut off; None when it is too large."""
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent beyond any sense
        return None
    if number and number.adjusted() >= DIGITS:
        return None
    if number.as_tuple().exponent < -DIGITS:
        return number.quantize(SMALLEST, ROUND_DOWN, EXACT)
    return number


def is_number(value):
    """Whether a value is a JSON number or text that is one."""
    return isinstance(value, str) and JSON_NUMBER.fullmatch(value) is not None


class Conversion(dict):
    """What a field's values mean as one quantity: conversion[value] is exact, MISSING, NOT_A_NUMBER or OUT_OF_RANGE.

    A value is as records.read gives it; one that can't be a dictionary's key is no number. What was found out is kept,
    for devices send few different texts, and that is what makes exact numbers as quick as floats.
    """

    def __init__(self, quantity, unit, scale, missing, low, high):
        """scale is a Decimal, missing texts and Numbers, low and high are inclusive and in units of 1/SCALE."""
        super().__init__()
        offset, numerator, denominator = UNITS[quantity][unit]
        step = Decimal(numerator * SCALE // denominator)
        self.factor, self.shift = EXACT.multiply(step, scale), EXACT.multiply(step, Decimal(offset))
        self.text = re.compile(rf"({NUMBER})(?: *{re.escape(unit)})?")
        self.low, self.high = low, high
        self.points = POINTS if quantity == "wind_direction" else ()
        self.arguments = (quantity, unit, scale, missing, low, high)
        meanings = [(value, self.number(value)) for value in missing]
        self.missing_texts = {value for value, number in meanings if number is None}
        self.missing_numbers = {number for _, number in meanings if number is not None}

    def __reduce__(self):
        return Conversion, self.arguments

    def __missing__(self, value):
        return remember(self, value, self.meaning(value))

    def meaning(self, value):
        if value is None:
            return MISSING
        if not isinstance(value, str):
            return NOT_A_NUMBER
        match = self.text.fullmatch(value)
        number = decimal_of(match[1]) if match else None
        if number in self.missing_numbers if match else value in self.missing_texts:
            return MISSING
        if not match:
            if value not in self.points:
                return NOT_A_NUMBER
            exact = self.points.index(value) * 45 * SCALE // 2
        elif number is None:
            return OUT_OF_RANGE
        else:
            exact = EXACT.fma(number, self.factor, self.shift)
            exact = int(exact) if exact == exact.to_integral_value() else Fraction(exact)
        return exact if self.low <= exact <= self.high else OUT_OF_RANGE

    def number(self, value):
        """The number that a value means, None for other text."""
        match = self.text.fullmatch(value)
        return decimal_of(match[1]) if match else None
