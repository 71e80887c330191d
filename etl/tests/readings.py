"""Records as readings, for tests of what a description makes of them."""

import json
from fractions import Fraction

from conftest import DESCRIPTION

from weather.devices import parse_devices
from weather.normalize import Arrival, Normalizer
from weather.quantities import QUANTITIES, SCALE
from weather.records import read

NOON = 1_767_355_200_000_000  # 2026-01-02T12:00:00Z
DEVICES = parse_devices(json.dumps(DESCRIPTION))


def outcomes(record, devices=DEVICES, arrival=NOON, dated=True, partition="Hanoi", number=0):
    """What becomes of a message, a JSON object or its text: of each record a reading or a reason."""
    text = record if isinstance(record, str) else json.dumps(record)
    if isinstance(devices, dict):
        devices = parse_devices(json.dumps(devices))
    ((message, _),) = read(text.encode())
    assert isinstance(message, dict)
    return Normalizer(devices)(message, Arrival(arrival, dated, partition), number)[0]


def normalize(record, *more, **context):
    """The outcome of a message that is one record."""
    (outcome,) = outcomes(record, *more, **context)
    return outcome


def values(record, devices=DEVICES):
    """A record's measurements by quantity, as fractions; or why it is refused."""
    found = normalize(record, devices)
    return named(found) if isinstance(found, tuple) else found


def named(reading):
    """A reading's values by quantity, as fractions."""
    return {name: Fraction(value, SCALE) for name, value in zip(QUANTITIES, reading[5]) if value is not None}


def shape(name="s", quantity="temperature", path="t", **more):
    """A shape that has one measurement, in °C."""
    return {"name": name, "measurements": {quantity: {"from": [path], "unit": "°C"}}, **more}
