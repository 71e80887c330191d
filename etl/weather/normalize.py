"""A record as a reading of a device at a location, or why it is refused."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from weather.memory import remember
from weather.paths import find
from weather.records import Number
from weather.shapes import UNKNOWN_SHAPE, Views
from weather.times import CLOCK_SKEW, timestamp

NO_TIME = "no-time"
BAD_TIME = "bad-time"
NO_LOCATION = "no-location"
BAD_NAME = "bad-name"
FUTURE = "future"


@dataclass(frozen=True)
class Arrival:
    """What is known of a record by the object that it came in: when that arrived, whether its name says so, and the
    location that its partition names, or None."""

    instant: int
    dated: bool
    location: str | None


class Normalizer:
    """Makes readings of records of all the devices that are described."""

    def __init__(self, devices):
        self.views = Views(devices)
        self.names = {}

    def __call__(self, message, arrival, number):
        """The outcomes of a message's records, of which the first has a number in its object: readings, or reasons
        (texts) to refuse one; and the path of the array that the records are elements of, or None.

        A reading is (location, device, instant as sent, number or -1 if it says its time, instant, values in the order
        of QUANTITIES, None where it has none). The number tells those apart that don't say their time.
        """
        best = self.views.best(message)
        if best is None:
            records = (message,)
            return [self.outcome(self.views.of(None, records), records, (), arrival, number)], None
        view, records, said, elements = best
        if not elements:
            said = said if elements is None else ()
            return [self.outcome(view, records, said, arrival, number)], None
        outcomes = []
        for place, element in enumerate(elements, number):
            records = (element, message)
            view = self.views.of(view.shape, records)
            outcomes.append(self.outcome(view, records, view.fields.said(records), arrival, place))
        return outcomes, view.shape.each

    def outcome(self, view, records, said, arrival, number):
        """A reading, or the first reason that holds; said is what records say where the view's fields are, or
        nothing."""
        time = find(records, view.times)
        if time is not None:
            sent, number = timestamp(time, view.time.format, view.time.zone, arrival.instant), -1
            if sent is None:
                return BAD_TIME
        elif arrival.dated:
            sent = arrival.instant
        else:
            return NO_TIME
        location = find(records, view.location)
        if location is None:
            location = arrival.location
        if location is None:
            return NO_LOCATION
        location = self.name(location)
        device = find(records, view.device)
        device = location if device is None else self.name(device)
        if location is None or device is None:
            return BAD_NAME
        values = view.fields.values(said) if said else UNKNOWN_SHAPE
        if type(values) is str:
            return values
        if sent > arrival.instant + CLOCK_SKEW:
            return FUTURE
        return location, device, sent, number, min(sent, arrival.instant), values

    def name(self, value):
        """A device's or location's name in NFC, a whole number being its digits; None when it is none."""
        if type(value) is Number and WHOLE.fullmatch(value):
            value = str(value)
        if type(value) is not str:
            return None
        if value not in self.names:
            name = unicodedata.normalize("NFC", value)
            remember(self.names, value, name if is_name(name) else None)
        return self.names[value]


WHOLE = re.compile(r"-?[0-9]+")
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f,"\\/]')


def is_name(text):
    """Whether a text is 1 to 64 characters, none of them a control character, comma, double quote, backslash or slash,
    that take at most 180 bytes percent-encoded."""
    if not 1 <= len(text) <= 64 or FORBIDDEN.search(text):
        return False
    try:
        return len(quote(text, safe="")) <= 180
    except UnicodeEncodeError:  # a lone surrogate
        return False
