"""Instants, local times and spans, in integer microseconds; instants since 1970-01-01 UTC, days counted from there
too."""

import re
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from weather.quantities import EXACT, decimal_of, is_number

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)
SPANS = {"second": SECOND, "minute": MINUTE, "hour": HOUR, "day": DAY}
# How far ahead a device's clock may be.
CLOCK_SKEW = 5 * MINUTE

FORMATS = ("any", "iso8601", "epoch-seconds", "epoch-milliseconds")
ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?", re.ASCII)


def microseconds(time):
    """The instant of a datetime that has an offset."""
    return (time - EPOCH) // MICROSECOND


def timestamp(value, form, zone, arrival):
    """The instant that a record says, as one of FORMATS; None when it is none.

    value is as records.read gives it; zone is where text without an offset was written; arrival decides which is meant
    of a local time that occurs twice: the later one that is not after it by more than CLOCK_SKEW.
    """
    if type(value) is str and form in ("any", "iso8601") and ISO_8601.fullmatch(value):
        return iso_8601(value, zone, arrival)
    if form == "iso8601" or not is_number(value):
        return None
    number = decimal_of(value)
    if number is None or not 0 <= number < 10**14:
        return None
    seconds = form == "epoch-seconds" or (form == "any" and number < 10**11)
    return int(EXACT.multiply(number, SECOND if seconds else 1000))


def iso_8601(text, zone, arrival):
    try:
        time = datetime.fromisoformat(text.upper())
        if time.tzinfo:
            return microseconds(time)
        earlier, later = (microseconds(time.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    except (ValueError, OverflowError):
        return None
    # In a gap the "later" is the earlier instant, with the offset after the change.
    return later if earlier < later <= arrival + CLOCK_SKEW else earlier


def parse_zone(text):
    """The zone of an offset like +07:00 or of an IANA name; ValueError says what it must be."""
    if re.match(r"[+-]", text):
        return timezone(timedelta(microseconds=parse_offset(text)))
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, LookupError) as error:
        raise ValueError(f"{text!r} is neither an offset like +07:00 nor a zone like Asia/Ho_Chi_Minh") from error


def parse_instant(text):
    """The instant of an ISO 8601 time with an offset; ValueError says what it must be."""
    try:
        time = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None or not 1970 < time.year < 9000:
        raise ValueError(f"{text!r} is not a time in ISO 8601 with an offset, like 2026-01-04T00:00:00+07:00")
    return microseconds(time)


def parse_offset(text):
    """The microseconds of an offset; ValueError says what it must be."""
    match = re.fullmatch(r"([+-])(\d\d):([0-5]\d)", text, re.ASCII)
    offset = match and int(match[1] + "1") * (int(match[2]) * 60 + int(match[3])) * MINUTE
    if not match or not -12 * HOUR <= offset <= 14 * HOUR:
        raise ValueError(f"{text!r} is not an offset from -12:00 to +14:00, like +07:00")
    return offset


def parse_span(text):
    """The microseconds of a span; ValueError says what it must be."""
    match = re.fullmatch(r"(\d{1,6}) (second|minute|hour|day)s?", text, re.ASCII)
    span = match and int(match[1]) * SPANS[match[2]]
    if not match or span > 366 * DAY:
        raise ValueError(f"{text!r} is not a span of at most 366 days, like '30 minutes', '1 hour' or '2 days'")
    return span


def parse_step(text):
    """The microseconds of a span that divides a day; ValueError says what it must be."""
    step = parse_span(text)
    if not step or DAY % step:
        raise ValueError(f"{text!r} does not divide 24 hours, like '15 minutes', '1 hour' or '1 day'")
    return step


@lru_cache(4096)
def local_time(instant, offset):
    """An instant in ISO 8601 at an offset."""
    return (EPOCH + timedelta(microseconds=instant)).astimezone(timezone(timedelta(microseconds=offset))).isoformat()


def day_text(day):
    """A day as YYYY-MM-DD."""
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
