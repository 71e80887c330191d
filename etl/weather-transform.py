"""Turns raw weather messages into one CSV object per location and local day, with PySpark.

    python weather-transform.py --source URI --target URI --quarantine URI --metrics URI --devices URI \\
        --window-start 2026-01-02T00:00:00+07:00 --window-end 2026-01-09T00:00:00+07:00 \\
        [--utc-offset +07:00] [--aggregation "1 hour"] [--lateness "2 days"]

URIs are s3://bucket/prefix or file:///directory; unknown arguments are ignored, as Glue passes its own.
A bad argument ends the job before Spark starts: its name and what would be right on standard error, exit code 2.

Source: location={location}/date={YYYY-MM-DD}/{epoch-ms}[-suffix].json, date and epoch of arrival in UTC, partition
values percent-encoded; one JSON object or JSON lines, plain or gzip. Read are the objects that arrived from
--window-start until --window-end plus --lateness, in the partitions of those dates and no others. An object whose
name has no epoch is read with its date and counts as arrived at its end. Names that begin with _ or . are not data.

Target: location={location}/date={local date}/part-00000.csv, rows by window_start, device_id:

    window_start, window_end              ISO 8601 at --utc-offset
    device_id, samples                    text; count
    temperature_avg, _min, _max           °C
    humidity_avg, pressure_avg            %; hPa
    wind_direction_avg                    degrees in [0, 360): mean of unit vectors, empty when they cancel
    wind_speed_avg, wind_speed_max        m/s; the greatest gust, without gusts the greatest speed
    rainfall_1hr_max, rainfall_24hr_max   mm; the rolling sums that devices send, so never added up

At most three decimals, rounded half away from zero; missing values empty. Days of the window are recomputed whole
and each is replaced in one step, so a run that dies leaves a day old or new; a day without records is deleted.

Quarantine: date={local date of arrival}/part-00000.json, JSON lines of reason, source (key below --source) and record
(the JSON object as it came; anything else as text, for an unreadable object why it is). Metrics: one JSON object,
written last; records_read = records_aggregated + records_duplicate + all quarantined + records_outside_window.

The same input gives the same bytes, however Spark splits the work: values are exact integers, never sums of floats.
"""

import argparse
import gzip
import json
import math
import os
import re
import sys
import unicodedata
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from itertools import combinations, groupby
from urllib.parse import quote, unquote

from pyspark.sql import SparkSession

# Instants and spans are integer microseconds, instants since 1970-01-01 UTC; days are counted from there too.
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
CLOCK_SKEW = 5 * MINUTE
SPANS = {"second": SECOND, "minute": MINUTE, "hour": 60 * MINUTE, "day": DAY}

# A value is an integer in units of 1/SCALE. SCALE is divided by every denominator of UNITS, so that converted values
# and their sums are exact and a mean that lies half-way is seen to.
SCALE = 9 * 10**15
EXACT = Context(prec=60, Emax=10**9, Emin=-(10**9), traps=[])
UNITS = {
    # unit: (offset, numerator, denominator); canonical = (value + offset) * numerator / denominator
    "temperature": {"°C": ("0", 1, 1), "°F": ("-32", 5, 9), "K": ("-273.15", 1, 1)},
    "humidity": {"%": ("0", 1, 1)},
    "pressure": {"hPa": ("0", 1, 1), "Pa": ("0", 1, 100), "inHg": ("0", 3_386_389, 100_000)},
    "wind_direction": {"°": ("0", 1, 1)},
    "wind_speed": {"m/s": ("0", 1, 1), "km/h": ("0", 5, 18), "mph": ("0", 44_704, 100_000), "kn": ("0", 463, 900)},
    "rainfall_1hr": {"mm": ("0", 1, 1), "in": ("0", 254, 10)},
}
UNITS["wind_gust"] = UNITS["wind_speed"]
UNITS["rainfall_24hr"] = UNITS["rainfall_1hr"]
QUANTITIES = (
    "temperature",
    "humidity",
    "pressure",
    "wind_direction",
    "wind_speed",
    "wind_gust",
    "rainfall_1hr",
    "rainfall_24hr",
)
TIME_FORMATS = ("any", "iso8601", "epoch-seconds", "epoch-milliseconds")

CSV_OBJECT = "part-00000.csv"
JSON_OBJECT = "part-00000.json"
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"

# What a shuffled row is: its key begins with one of these, a location and a local day.
READING, REFUSED, TALLY = range(3)


# --- Object stores -----------------------------------------------------------------------------------------------


class Unreadable(Exception):
    """An object's content cannot be had; the message says why."""


class FileStore:
    """Objects below a directory, keys as relative paths."""

    def __init__(self, root):
        self.root = root

    def map(self, function, items):
        """Results of a function that uses this store, in order. One by one: threads would only wait for each other."""
        return map(function, items)

    def path(self, key):
        return os.path.join(self.root, key)

    def folders(self):
        """Names of the folders directly below the root; none when it does not exist."""
        return sorted(entry.name for entry in self._entries("") if entry.is_dir())

    def objects(self, folder):
        """(name, size in bytes) of the objects directly in a folder, in any order."""
        return [(entry.name, entry.stat().st_size) for entry in self._entries(folder) if entry.is_file()]

    def _entries(self, folder):
        try:
            with os.scandir(self.path(folder)) as entries:
                return list(entries)
        except FileNotFoundError:
            return []

    def read(self, key):
        """Bytes of an object; Unreadable when the file system refuses this one."""
        try:
            with open(self.path(key), "rb") as file:
                return file.read()
        except OSError as error:
            raise Unreadable(f"{type(error).__name__}: {error.strerror}") from error

    def write(self, key, body):
        """Replaces an object; a reader sees the old bytes or the new ones."""
        folder, name = os.path.split(self.path(key))
        temporary = os.path.join(folder, f".{name}.tmp")
        os.makedirs(folder, exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(body)
        os.replace(temporary, self.path(key))

    def delete(self, key):
        """Deletes an object, and its folder if nothing else is in it: S3 has no empty folders."""
        os.remove(self.path(key))
        folder = os.path.dirname(self.path(key))
        if not os.listdir(folder):
            os.rmdir(folder)


class S3Store:
    """Objects below a prefix of a bucket, through boto3, which Glue provides."""

    threads = 16

    def __init__(self, bucket, prefix):
        self.bucket, self.prefix = bucket, prefix
        self._client = None

    def __reduce__(self):
        return S3Store, (self.bucket, self.prefix)  # a client cannot travel to a worker

    def map(self, function, items):
        """Results of a function that uses this store, in order, several at a time: S3 takes long to answer."""
        _ = self.client  # made here, for boto3 cannot make clients side by side
        with ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(function, items)

    @property
    def client(self):
        if self._client is None:
            import boto3  # here, so that files need no AWS library
            from botocore.config import Config

            retries = {"mode": "standard", "max_attempts": 10}
            self._client = boto3.client("s3", config=Config(retries=retries, max_pool_connections=self.threads))
        return self._client

    def folders(self):
        """Names of the folders directly below the prefix."""
        pages = self._pages(self.prefix)
        found = [common["Prefix"] for page in pages for common in page.get("CommonPrefixes", [])]
        return sorted(prefix[len(self.prefix) : -1] for prefix in found)

    def objects(self, folder):
        """(name, size in bytes) of the objects directly in a folder."""
        prefix = f"{self.prefix}{folder}/"
        found = [entry for page in self._pages(prefix) for entry in page.get("Contents", [])]
        return [(entry["Key"][len(prefix) :], entry["Size"]) for entry in found if entry["Key"] != prefix]

    def _pages(self, prefix):
        paginator = self.client.get_paginator("list_objects_v2")
        return paginator.paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")

    def read(self, key):
        """Bytes of an object; Unreadable when it is archived or gone. Anything else that S3 refuses ends the job: a
        missing permission must not pass for a week without data."""
        try:
            return self.client.get_object(Bucket=self.bucket, Key=self.prefix + key)["Body"].read()
        except (self.client.exceptions.InvalidObjectState, self.client.exceptions.NoSuchKey) as error:
            raise Unreadable(str(error)) from error

    def write(self, key, body):
        """Replaces an object in one PUT."""
        self.client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=body)

    def delete(self, key):
        """Deletes an object."""
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)


def store_at(uri):
    """The store at a URI; ValueError says what a URI must be."""
    if uri.startswith("file:///"):
        return FileStore(os.path.normpath(unquote(uri.removeprefix("file://"))))
    match = re.fullmatch(r"s3a?://([^/]+)(?:/(.*?)/?)?", uri)
    if not match:
        raise ValueError(f"{uri!r} is not a URI like s3://bucket/prefix or file:///directory")
    prefix = match[2] or ""
    return S3Store(match[1], f"{prefix}/" if prefix else "")


def object_at(uri):
    """The (store, key) of one object's URI; ValueError says what it must be."""
    folder, _, name = uri.rpartition("/")
    if not name or folder in ("s3:/", "s3a:/", "file://"):
        raise ValueError(f"{uri!r} is not the URI of an object, like s3://bucket/metrics.json or file:///metrics.json")
    return store_at(folder), unquote(name) if folder.startswith("file:") else name


# --- Devices -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measurement:
    """Where a shape holds a quantity, how it becomes units of 1/SCALE, and within which bounds it is believed."""

    index: int
    paths: tuple
    offset: Decimal
    factor: Decimal
    low: int
    high: int


@dataclass(frozen=True)
class Shape:
    """One kind of device: the values it is known by and its measurements."""

    name: str
    when: tuple
    measurements: tuple


@dataclass(frozen=True)
class Devices:
    """What devices.json describes. Paths are tuples of case-folded names."""

    device: tuple
    location: tuple
    time: tuple
    time_format: str
    shapes: tuple
    depth: int


class BadDescription(ValueError):
    """devices.json is wrong; the message names the entry and what would be right."""


def parse_devices(text):
    """Devices of a description, or BadDescription."""
    try:
        root = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except ValueError as error:
        raise BadDescription(f"not JSON: {error}") from error
    fields = entry(root, "the description", ("ranges", "device", "location", "time", "shapes"), ("about",))
    ranges = parse_ranges(fields["ranges"])
    time = entry(fields["time"], "time", ("from", "format"))
    if time["format"] not in TIME_FORMATS:
        raise BadDescription(f"time.format: {shown(time['format'])} is not one of {', '.join(TIME_FORMATS)}")
    shapes = parse_shapes(fields["shapes"], ranges)
    named = [parse_paths(fields[name], name) for name in ("device", "location")] + [
        parse_paths(time["from"], "time.from")
    ]
    measured = [path for shape in shapes for measurement in shape.measurements for path in measurement.paths]
    conditions = [path for shape in shapes for path, _ in shape.when]
    depth = max(len(path) for path in [*measured, *conditions, *(path for paths in named for path in paths)])
    return Devices(*named, time["format"], shapes, depth)


def parse_ranges(value):
    fields = entry(value, "ranges", QUANTITIES)
    ranges = {}
    for quantity in QUANTITIES:
        where = f"ranges.{quantity}"
        bounds = entry(fields[quantity], where, ("unit", "min", "max"))
        canonical = next(iter(UNITS[quantity]))
        if bounds["unit"] != canonical:
            raise BadDescription(f"{where}.unit: {shown(bounds['unit'])} is not {canonical}, the unit of the output")
        for bound in ("min", "max"):
            if not is_number(bounds[bound]):
                raise BadDescription(f"{where}.{bound}: {shown(bounds[bound])} is not a number")
        if bounds["min"] >= bounds["max"]:
            raise BadDescription(f"{where}: min {bounds['min']} is not below max {bounds['max']}")
        ranges[quantity] = tuple(scaled(bounds[bound], Decimal(0), Decimal(SCALE)) for bound in ("min", "max"))
    return ranges


def parse_shapes(value, ranges):
    if not isinstance(value, list) or not value:
        raise BadDescription("shapes: must be a list of at least one shape")
    shapes = []
    for number, each in enumerate(value):
        where = f"shapes[{number}]"
        fields = entry(each, where, ("name", "measurements"), ("about", "when"))
        name = fields["name"]
        if not isinstance(name, str) or not name or name in [shape.name for shape in shapes]:
            raise BadDescription(f"{where}.name: {shown(name)} is not a name of its own")
        when = entry(fields.get("when", {}), f"{where}.when")
        measurements = entry(fields["measurements"], f"{where}.measurements", (), QUANTITIES)
        if not measurements:
            raise BadDescription(f"{where}.measurements: must name at least one of {', '.join(QUANTITIES)}")
        shapes.append(
            Shape(
                name,
                tuple((parse_path(path, f"{where}.when"), wanted) for path, wanted in when.items()),
                tuple(
                    parse_measurement(quantity, measurements[quantity], f"{where}.measurements.{quantity}", ranges)
                    for quantity in QUANTITIES
                    if quantity in measurements
                ),
            )
        )
    return tuple(shapes)


def parse_measurement(quantity, value, where, ranges):
    fields = entry(value, where, ("from", "unit"))
    unit, known = fields["unit"], UNITS[quantity]
    if not isinstance(unit, str) or unit not in known:
        raise BadDescription(f"{where}.unit: {shown(unit)} is not one of {', '.join(known)}")
    offset, numerator, denominator = known[unit]
    paths = parse_paths(fields["from"], f"{where}.from")
    factor = Decimal(numerator * SCALE // denominator)
    return Measurement(QUANTITIES.index(quantity), paths, Decimal(offset), factor, *ranges[quantity])


def parse_paths(value, where):
    if not isinstance(value, list) or not value:
        raise BadDescription(f"{where}: must be a list of at least one path")
    return tuple(parse_path(path, where) for path in value)


def parse_path(value, where):
    if not isinstance(value, str) or not all(value.split(".")):
        raise BadDescription(f"{where}: {shown(value)} is not a path, names joined by dots")
    return tuple(name.casefold() for name in value.split("."))


def entry(value, where, required=None, optional=()):
    """A JSON object that has the required members and, unless anything goes (None), no others but the optional."""
    if not isinstance(value, dict):
        raise BadDescription(f"{where}: must be a JSON object")
    if required is not None:
        if missing := [name for name in required if name not in value]:
            raise BadDescription(f"{where}: has no {missing[0]!r}")
        known = (*required, *optional)
        if unknown := [name for name in value if name not in known]:
            raise BadDescription(f"{where}: {unknown[0]!r} is not one of {', '.join(known)}")
    return value


def shown(value):
    return str(value) if type(value) is Decimal else json.dumps(value, ensure_ascii=False, default=str)


# --- Records -----------------------------------------------------------------------------------------------------


class Refused(Exception):
    """A record goes to quarantine; its reason is the only argument."""

    @property
    def reason(self):
        return self.args[0]


def parse_number(text):
    """A JSON number, exactly; NaN for one whose exponent is beyond any sense."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def no_constant(text):
    raise ValueError(f"{text} is not JSON")


class Decoder(json.JSONDecoder):
    """Reads JSON with exact numbers, and NaN and Infinity by a function of their name."""

    def __init__(self, constant):
        super().__init__(parse_float=parse_number, parse_int=parse_number, parse_constant=constant)

    def __reduce__(self):
        return Decoder, (self.parse_constant,)  # its scanner cannot travel to a worker


# NaN and Infinity are no JSON but what devices send for a broken sensor: read as numbers, refused as not-a-number.
DECODER, STRICT_DECODER = Decoder(parse_number), Decoder(no_constant)


def is_number(value):
    return type(value) is Decimal and value.is_finite()


def decompress(body):
    """The content of an object, gzip or plain; Unreadable when it is broken gzip."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"broken gzip: {error}") from error


def split_records(content):
    """The texts of an object's records: the whole if it is one JSON value, else its lines; none for blank ones.

    A line that is not UTF-8 is given as bytes; when none is, the object is Unreadable."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode().strip(" \t\r\n")
    except UnicodeDecodeError as error:
        lines = [decoded(line.strip()) for line in content.split(b"\n") if line.strip()]
        if not any(isinstance(line, str) for line in lines):
            raise Unreadable(f"not UTF-8: {error.reason} at byte {error.start}") from error
        return lines
    first, newline, _ = text.partition("\n")
    if newline and not is_json(first) and is_json(text):
        return [text]
    return [line for line in (line.strip(" \t\r") for line in text.split("\n")) if line]


def decoded(line):
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line


def is_json(text, decoder=DECODER):
    try:
        decoder.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def parse_record(text):
    """The JSON object of a record's text; Refused not-json or not-an-object."""
    try:
        record = DECODER.decode(text.decode() if isinstance(text, bytes) else text)
    except (ValueError, RecursionError):
        raise Refused("not-json") from None
    if type(record) is not dict:
        raise Refused("not-an-object")
    return record


def find(record, paths):
    """The first value that is not null at the paths, which a record must have; None when there is none."""
    for path in paths:
        value = record
        for name in path:
            value = value[name]
        if value is not None:
            return value
    return None


def layout(record, depth):
    """The names in a record, so many levels deep. Records of one device mostly share one layout."""
    if depth == 1:
        return tuple(record)
    return tuple((name, layout(member, depth - 1)) if type(member) is dict else name for name, member in record.items())


def spellings(record, depth, parent=(), folded=()):
    """(case-folded path, path as spelled) of a record's fields, so many levels deep."""
    for name, member in record.items():
        path, key = (*parent, name), (*folded, name.casefold())
        yield key, path
        if depth > 1 and type(member) is dict:
            yield from spellings(member, depth - 1, path, key)


class Plan:
    """Where the records of one layout hold what is read: every path as they spell it, and those they have only."""

    def __init__(self, record, devices):
        self.spelled = {}
        for path, spelled in spellings(record, devices.depth):
            self.spelled.setdefault(path, []).append(spelled)
        self.device, self.location, self.time = map(self.present, (devices.device, devices.location, devices.time))
        ranked = sorted(devices.shapes, key=lambda shape: (not shape.when, -self.fields(shape)))
        self.shapes = [
            (
                [(self.present([path]), wanted) for path, wanted in shape.when],
                [(each, self.present(each.paths)) for each in shape.measurements],
            )
            for shape in ranked
            if self.fields(shape)
        ]

    def present(self, paths):
        return [spelled for path in paths for spelled in self.spelled.get(path, ())]

    def fields(self, shape):
        return sum(len(self.present(each.paths)) for each in shape.measurements)

    def measurements(self, record):
        """The measurements, with their paths, of the shape that a record has the most fields of; else None.

        Shapes that ask for values go first, if the record has these."""
        for when, measurements in self.shapes:
            if all(find(record, paths) == wanted for paths, wanted in when):
                return measurements
        return None


class Normalizer:
    """Normalizes records of all the devices that are described. Keeps what it learned from earlier records."""

    def __init__(self, devices):
        self.devices = devices
        self.names = {}
        self.plans = {}

    def __call__(self, record, arrival, dated, partition):
        """(location, device, instant, values) of a JSON object; Refused with the first reason that holds.

        arrival is when its object arrived, dated whether the object's name said so, partition its location or None.
        """
        plan = self.plan(record)
        instant = self.instant(find(record, plan.time), arrival, dated)
        location = find(record, plan.location)
        if location is None:
            location = partition
        if location is None:
            raise Refused("no-location")
        location = self.name(location)
        device = find(record, plan.device)
        device = location if device is None else self.name(device)
        measurements = plan.measurements(record)
        if measurements is None:
            raise Refused("unknown-shape")
        values = measured(record, measurements)
        if instant > arrival + CLOCK_SKEW:
            raise Refused("future")
        return location, device, min(instant, arrival), values

    def plan(self, record):
        names = layout(record, self.devices.depth)
        if names not in self.plans:
            self.plans[names] = Plan(record, self.devices)
        return self.plans[names]

    def instant(self, value, arrival, dated):
        if value is not None:
            return parse_time(value, self.devices.time_format)
        if not dated:
            raise Refused("no-time")
        return arrival

    def name(self, value):
        """A device or location name; a whole number is taken as its digits."""
        if type(value) is Decimal and is_number(value) and value.as_tuple().exponent == 0:
            value = str(value)
        if type(value) is not str:
            raise Refused("bad-name")
        if value not in self.names:
            self.names[value] = value if is_name(value) else None
        name = self.names[value]
        if name is None:
            raise Refused("bad-name")
        return name


def is_name(text):
    """Whether a text is 1 to 64 letters, numbers (of any script), spaces, dots, underscores and hyphens."""
    return 1 <= len(text) <= 64 and all(c in " ._-" or unicodedata.category(c)[0] in "LN" for c in text)


ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?", re.ASCII)


def parse_time(value, form):
    """The instant of a timestamp; Refused bad-time. Text without an offset is UTC; finer than 1 µs is cut off."""
    if type(value) is str and form in ("any", "iso8601") and ISO_8601.fullmatch(value):
        try:
            time = datetime.fromisoformat(value.upper())
        except ValueError:
            raise Refused("bad-time") from None
        return microseconds(time if time.tzinfo else time.replace(tzinfo=timezone.utc))
    if is_number(value) and form != "iso8601" and 0 <= value < 10**14:
        seconds = form == "epoch-seconds" or (form == "any" and value < 10**11)
        return int(value * SECOND) if seconds else int(value * 1000)
    raise Refused("bad-time")


def measured(record, measurements):
    """The values of a record in the order of QUANTITIES, None where it has none; not-a-number and out-of-range."""
    values = [None] * len(QUANTITIES)
    believable = True
    for measurement, paths in measurements:
        value = find(record, paths)
        if value is None:
            continue
        if not is_number(value):
            raise Refused("not-a-number")
        exact = scaled(value, measurement.offset, measurement.factor)
        believable = believable and exact is not None and measurement.low <= exact <= measurement.high
        values[measurement.index] = exact
    if not believable:
        raise Refused("out-of-range")
    return tuple(values)


def scaled(value, offset, factor):
    """A number in units of 1/SCALE; None when it is too large to be any measurement."""
    if value and value.adjusted() > 15:
        return None
    return int(EXACT.multiply(EXACT.add(value, offset) if offset else value, factor))


def quarantined(text):
    """A refused record as a JSON value: itself if it is a JSON object, else its text."""
    if isinstance(text, bytes):
        text = text.decode(errors="backslashreplace")
    if text.startswith("{") and is_json(text, STRICT_DECODER):
        return re.sub(r"[\r\n]+", " ", text)  # line ends in JSON lie between its values, never in them
    return json.dumps(text, ensure_ascii=False)


# --- Aggregates --------------------------------------------------------------------------------------------------


def decimal_text(numerator, denominator):
    """A fraction with at most three decimals, half away from zero, without trailing zeros or a negative zero."""
    thousandths = (2000 * abs(numerator) + denominator) // (2 * denominator)
    sign = "-" if numerator < 0 and thousandths else ""
    whole, rest = divmod(thousandths, 1000)
    return f"{sign}{whole}.{rest:03}".rstrip("0").rstrip(".")


def average(values):
    return decimal_text(sum(values), len(values) * SCALE)


def least(values):
    return decimal_text(min(values), SCALE)


def greatest(values):
    return decimal_text(max(values), SCALE)


def average_direction(values):
    """The direction of the mean of unit vectors in [0, 360) degrees; empty when its length is under 1e-9."""
    angles = [math.radians(value / SCALE) for value in values]
    # fsum does not depend on the order of its terms.
    east, north = math.fsum(map(math.sin, angles)), math.fsum(map(math.cos, angles))
    if math.hypot(east, north) / len(values) < 1e-9:
        return ""
    # Nine decimals shed the noise of the trigonometry, which would tip a value that lies half-way.
    degrees = Decimal(math.degrees(math.atan2(east, north)) % 360).quantize(Decimal("1e-9"), ROUND_HALF_EVEN)
    rounded = degrees.quantize(Decimal("0.001"), ROUND_HALF_UP)
    return decimal_text(int(rounded * 1000) % 360_000, 1000)


# Aggregated columns: name, function, quantities; the first quantity that has any value is taken.
COLUMNS = (
    ("temperature_avg", average, ("temperature",)),
    ("temperature_min", least, ("temperature",)),
    ("temperature_max", greatest, ("temperature",)),
    ("humidity_avg", average, ("humidity",)),
    ("pressure_avg", average, ("pressure",)),
    ("wind_direction_avg", average_direction, ("wind_direction",)),
    ("wind_speed_avg", average, ("wind_speed",)),
    ("wind_speed_max", greatest, ("wind_gust", "wind_speed")),
    ("rainfall_1hr_max", greatest, ("rainfall_1hr",)),
    ("rainfall_24hr_max", greatest, ("rainfall_24hr",)),
)
HEADER = ",".join(["window_start", "window_end", "device_id", "samples", *(name for name, _, _ in COLUMNS)])


def aggregates(readings):
    """The texts of COLUMNS over the values of some readings."""
    columns = dict(zip(QUANTITIES, ([v for v in column if v is not None] for column in zip(*readings))))
    texts = []
    for _, function, quantities in COLUMNS:
        values = next((columns[quantity] for quantity in quantities if columns[quantity]), None)
        texts.append(function(values) if values else "")
    return texts


# --- The job -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Job:
    """A run's arguments, instants and spans in microseconds."""

    source: object
    target: object
    quarantine: object
    metrics: tuple
    start: int
    end: int
    offset: int
    step: int
    lateness: int
    devices: Devices

    @property
    def days(self):
        """The local days of the window."""
        return range((self.start + self.offset) // DAY, (self.end + self.offset) // DAY)

    @property
    def arrival_days(self):
        """The local days of which arrivals are read."""
        return range((self.start + self.offset) // DAY, -(-(self.end + self.lateness + self.offset) // DAY))

    @property
    def arrival_dates(self):
        """The UTC days of which partitions are read."""
        return range(self.start // DAY, -(-(self.end + self.lateness) // DAY))

    def local_time(self, instant):
        """An instant in ISO 8601 at the job's offset."""
        zone = timezone(timedelta(microseconds=self.offset))
        return (EPOCH + timedelta(microseconds=instant)).astimezone(zone).isoformat()

    def csv_folder(self, location, day):
        return f"location={quote(location, safe='')}/date={day_text(day)}"

    def quarantine_folder(self, day):
        return f"date={day_text(day)}"


def microseconds(time):
    return (time - EPOCH) // timedelta(microseconds=1)


def day_text(day):
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


OBJECT_NAME = re.compile(r"(\d+)(-.*)?\.json(\.gz)?", re.ASCII)


def arrivals(job):
    """The objects to read, (key, arrival, dated, location, bytes), in the order in which the later wins."""
    folders = [
        (f"{folder}/date={day_text(day)}", partition_location(folder), day)
        for folder in job.source.folders()
        if folder.startswith("location=")
        for day in job.arrival_dates
    ]
    listings = job.source.map(lambda each: job.source.objects(each[0]), folders)
    found = []
    for (folder, location, day), listing in zip(folders, listings):
        for name, size in listing:
            arrival, dated = arrival_of(job, name, day)
            if not name.startswith(("_", ".")) and job.start <= arrival < job.end + job.lateness:
                found.append((arrival, name, f"{folder}/{name}", dated, location, size))
    return [(key, arrival, dated, location, size) for arrival, _, key, dated, location, size in sorted(found)]


def arrival_of(job, name, day):
    """When an object arrived and whether its name says so; else the last instant of its UTC day that is read."""
    if match := OBJECT_NAME.fullmatch(name):
        return int(match[1]) * 1000, True
    return min((day + 1) * DAY, job.end + job.lateness) - 1, False


def partition_location(folder):
    value = unquote(folder.removeprefix("location="))
    return value if value not in ("", NULL_PARTITION) else None


def slices(objects):
    """Objects with their ranks, in tasks of similar work: opening an object costs as much as reading 64 KB of it."""
    tasks, room = [], 0
    for rank, (key, arrival, dated, location, size) in enumerate(objects):
        if room <= 0:
            tasks.append([])
            room = 32 << 20
        tasks[-1].append((rank, key, arrival, dated, location))
        room -= size + (64 << 10)
    return tasks


def fetch(store, key):
    """An object's record texts, or why it is unreadable."""
    try:
        return split_records(decompress(store.read(key))), None
    except Unreadable as error:
        return [], str(error)


def read_objects(job, objects):
    """The rows, ((kind, location, local day, …), value), of a task's objects; what is after the day sorts them."""
    normalizer = Normalizer(job.devices)
    read = 0
    fetched = job.source.map(lambda each: fetch(job.source, each[1]), objects)
    for (rank, key, arrival, dated, partition), (texts, error) in zip(objects, fetched):
        arrival_day = (arrival + job.offset) // DAY
        if error is not None:
            read += 1
            record = json.dumps(error, ensure_ascii=False)
            yield (REFUSED, "", arrival_day, rank, 0), ("unreadable-object", key, record)
        for line, text in enumerate(texts):
            read += 1
            try:
                location, device, instant, values = normalizer(parse_record(text), arrival, dated, partition)
            except Refused as refused:
                yield (REFUSED, "", arrival_day, rank, line), (refused.reason, key, quarantined(text))
            else:
                local = instant + job.offset
                yield (READING, location, local // DAY, local // job.step, device, instant, rank, line), values
    yield (TALLY, "", 0), read


def task_of(key, tasks):
    """The task that writes a row: all rows of a location and day, and of a day's quarantine, meet in one."""
    return zlib.crc32(f"{key[0]}/{key[1]}/{key[2]}".encode()) % tasks


def write_objects(job, rows):
    """Writes the objects of a task's sorted rows; yields what it wrote, (kind, …)."""
    for (kind, location, day), group in groupby(rows, key=lambda row: row[0][:3]):
        if kind == READING:
            yield (READING, location, day, *write_day(job, location, day, group))
        elif kind == REFUSED:
            yield REFUSED, day, write_quarantine(job, day, group)
        else:
            yield TALLY, sum(read for _, read in group)


def write_day(job, location, day, rows):
    """Writes a local day of a location unless it is outside the window: (samples, duplicates, windows, devices)."""
    lines, devices, samples, duplicates = [HEADER], set(), 0, 0
    for (window, device), group in groupby(rows, key=lambda row: row[0][3:5]):
        arrived = [(key[5], values) for key, values in group]
        latest = dict(arrived)  # of one instant the last arrival stays
        samples += len(latest)
        duplicates += len(arrived) - len(latest)
        if day in job.days:
            start = window * job.step - job.offset
            fields = [job.local_time(start), job.local_time(start + job.step), device, str(len(latest))]
            lines.append(",".join([*fields, *aggregates(latest.values())]))
            devices.add(device)
    if day in job.days:
        job.target.write(f"{job.csv_folder(location, day)}/{CSV_OBJECT}", ("\n".join(lines) + "\n").encode())
    return samples, duplicates, len(lines) - 1, devices


def write_quarantine(job, day, rows):
    """Writes a local day of arrival's quarantine; counts by reason."""
    reasons, lines = Counter(), []
    for _, (reason, source, record) in rows:
        reasons[reason] += 1
        source = json.dumps(source, ensure_ascii=False)
        lines.append(f'{{"reason": "{reason}", "source": {source}, "record": {record}}}\n')
    body = "".join(lines).encode(errors="backslashreplace")
    job.quarantine.write(f"{job.quarantine_folder(day)}/{JSON_OBJECT}", body)
    return reasons


def transform(job, objects):
    """Reads the objects and writes days and quarantine in one Spark job with one shuffle; what the tasks wrote."""
    tasks = slices(objects)
    if not tasks:
        return []
    context = SparkSession.builder.appName("weather-transform").getOrCreate().sparkContext
    writers = max(2 * context.defaultParallelism, len(tasks) // 2)
    return (
        context.parallelize(tasks, len(tasks))
        .flatMap(lambda task: read_objects(job, task))
        .repartitionAndSortWithinPartitions(writers, lambda key: task_of(key, writers))
        .mapPartitions(lambda rows: write_objects(job, rows))
        .collect()
    )


def delete_stale(job, days, refused_days):
    """Deletes what an earlier run wrote and this one would not: days of the window, quarantine of arrivals read."""
    folders = [
        f"{folder}/date={day_text(day)}"
        for folder in job.target.folders()
        if folder.startswith("location=")
        for day in job.days
    ]
    kept = {job.csv_folder(location, day) for location, day in days}
    delete_objects(job.target, [folder for folder in folders if folder not in kept], CSV_OBJECT)
    stale = [job.quarantine_folder(day) for day in job.arrival_days if day not in refused_days]
    delete_objects(job.quarantine, stale, JSON_OBJECT)


def delete_objects(store, folders, name):
    """Deletes the objects of a name in folders; only those there are, for each would leave a delete marker."""

    def delete_in(folder):
        if name in [found for found, _ in store.objects(folder)]:
            store.delete(f"{folder}/{name}")

    for _ in store.map(delete_in, folders):
        pass


def summarize(job, written):
    """The metrics of what the tasks wrote; RuntimeError if a record is unaccounted for."""
    days = sorted((each for each in written if each[0] == READING), key=lambda each: each[1:3])
    inside = [each for each in days if each[2] in job.days]
    outside = [each for each in days if each[2] not in job.days]
    reasons = sum((reasons for kind, *_, reasons in written if kind == REFUSED), Counter())
    metrics = {
        "window_start": job.local_time(job.start),
        "window_end": job.local_time(job.end),
        "records_read": sum(each[1] for each in written if each[0] == TALLY),
        "records_aggregated": sum(samples for _, _, _, samples, *_ in inside),
        "records_duplicate": sum(duplicates for _, _, _, _, duplicates, *_ in days),
        "records_quarantined": dict(sorted(reasons.items())),
        "records_outside_window": sum(samples for _, _, _, samples, *_ in outside),
        "windows_written": sum(windows for *_, windows, _ in inside),
        "days_written": len(inside),
        "locations": len({location for _, location, *_ in inside}),
        "devices": len(set().union(*(devices for *_, devices in inside))),
        "partitions": [[location, day_text(day)] for _, location, day, *_ in inside],
    }
    named = ("records_aggregated", "records_duplicate", "records_outside_window")
    accounted = sum(metrics[name] for name in named) + sum(reasons.values())
    if accounted != metrics["records_read"]:
        raise RuntimeError(f"{metrics['records_read']} records were read but {accounted} accounted for")
    return metrics


def run(job):
    """Runs the job; returns its metrics."""
    objects = arrivals(job)
    window = f"{job.local_time(job.start)} to {job.local_time(job.end)}"
    if objects:
        print(f"{len(objects)} objects arrived for the window {window}")
    else:
        print(f"no objects arrived for the window {window}: it is empty")
    written = transform(job, objects)
    metrics = summarize(job, written)
    days = {(each[1], each[2]) for each in written if each[0] == READING}
    delete_stale(job, days, {each[1] for each in written if each[0] == REFUSED})
    store, key = job.metrics
    store.write(key, (json.dumps(metrics, ensure_ascii=False) + "\n").encode())
    print(json.dumps({name: value for name, value in metrics.items() if name != "partitions"}, ensure_ascii=False))
    return metrics


# --- Arguments ---------------------------------------------------------------------------------------------------


def argument(function):
    """An argparse type from a function whose ValueError says what would be right."""

    def parse(text):
        try:
            return function(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse


def parse_instant(text):
    try:
        time = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None or not 1970 < time.year < 9000:
        raise ValueError(f"{text!r} is not a time in ISO 8601 with an offset, like 2026-01-04T00:00:00+07:00")
    return microseconds(time)


def parse_offset(text):
    match = re.fullmatch(r"([+-])(\d\d):([0-5]\d)", text, re.ASCII)
    offset = match and int(match[1] + "1") * (int(match[2]) * 60 + int(match[3])) * MINUTE
    if not match or not -12 * 60 * MINUTE <= offset <= 14 * 60 * MINUTE:
        raise ValueError(f"{text!r} is not an offset from -12:00 to +14:00, like +07:00")
    return offset


def parse_span(text):
    match = re.fullmatch(r"(\d{1,6}) (second|minute|hour|day)s?", text, re.ASCII)
    span = match and int(match[1]) * SPANS[match[2]]
    if not match or span > 366 * DAY:
        raise ValueError(f"{text!r} is not a span of at most 366 days, like '30 minutes', '1 hour' or '2 days'")
    return span


def parse_step(text):
    step = parse_span(text)
    if not step or DAY % step:
        raise ValueError(f"{text!r} does not divide 24 hours, like '15 minutes', '1 hour' or '1 day'")
    return step


def load_devices(uri):
    store, key = object_at(uri)
    try:
        return parse_devices(store.read(key).decode())
    except Unreadable as error:
        raise ValueError(f"{uri} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{uri} is not UTF-8: {error}") from error
    except BadDescription as error:
        raise ValueError(f"{uri}: {error}") from error


def parse_arguments(words):
    """The Job of a command line; a bad one exits 2 with what would be right."""
    parser = argparse.ArgumentParser("weather-transform.py", allow_abbrev=False)
    for name in ("source", "target", "quarantine"):
        parser.add_argument(f"--{name}", required=True, type=argument(store_at), metavar="URI")
    parser.add_argument("--metrics", required=True, type=argument(object_at), metavar="URI")
    parser.add_argument("--devices", required=True, type=argument(load_devices), metavar="URI")
    parser.add_argument("--window-start", required=True, type=argument(parse_instant), metavar="TIME")
    parser.add_argument("--window-end", required=True, type=argument(parse_instant), metavar="TIME")
    parser.add_argument("--utc-offset", default="+07:00", type=argument(parse_offset), metavar="OFFSET")
    parser.add_argument("--aggregation", default="1 hour", type=argument(parse_step), metavar="SPAN")
    parser.add_argument("--lateness", default="2 days", type=argument(parse_span), metavar="SPAN")
    given, _ = parser.parse_known_args(joined(words))

    for one, other in combinations(("source", "target", "quarantine"), 2):
        if vars(getattr(given, one)) == vars(getattr(given, other)):
            parser.error(f"argument --{other}: must not be the place of --{one}")
    for name, instant in (("--window-start", given.window_start), ("--window-end", given.window_end)):
        if (instant + given.utc_offset) % DAY:
            parser.error(f"argument {name}: not midnight at the offset of --utc-offset")
    if given.window_end <= given.window_start:
        parser.error("argument --window-end: must be later than --window-start")
    return Job(
        source=given.source,
        target=given.target,
        quarantine=given.quarantine,
        metrics=given.metrics,
        start=given.window_start,
        end=given.window_end,
        offset=given.utc_offset,
        step=given.aggregation,
        lateness=given.lateness,
        devices=given.devices,
    )


def joined(words):
    """The words with an option and a negative value as one, for argparse takes a word like -05:00 for an option."""
    result = []
    for word in words:
        if result and re.match(r"--[^=]+$", result[-1]) and re.match(r"-\d", word):
            result[-1] = f"{result[-1]}={word}"
        else:
            result.append(word)
    return result


def main(words):
    """Runs the job of a command line; returns its metrics."""
    return run(parse_arguments(words))


if __name__ == "__main__":
    main(sys.argv[1:])
