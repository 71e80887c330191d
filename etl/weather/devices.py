"""devices.json as what it describes, or what is wrong with it."""

import json
from dataclasses import dataclass
from datetime import timezone, tzinfo

from weather.paths import parse
from weather.quantities import QUANTITIES, SCALE, UNITS, Conversion, decimal_of
from weather.records import Decoder, Number
from weather.stores import Unreadable, object_at
from weather.times import FORMATS, parse_zone


@dataclass(frozen=True)
class Time:
    """Where a record holds its time, one of FORMATS, and the zone of text without an offset."""

    paths: tuple
    format: str = "any"
    zone: tzinfo = timezone.utc


@dataclass(frozen=True)
class Naming:
    """Where a record holds its device, its location and its time."""

    device: tuple
    location: tuple
    time: Time


@dataclass(frozen=True)
class Measurement:
    """Where a shape holds a quantity, by its place among QUANTITIES, and what the values there mean."""

    index: int
    paths: tuple
    conversion: Conversion


@dataclass(frozen=True)
class Shape:
    """One kind of message: the values it is known by, the array whose elements are its records if there is one, the
    names and the measurements of a record."""

    name: str
    when: tuple
    each: tuple | None
    naming: Naming
    measurements: tuple


@dataclass(frozen=True)
class Devices:
    """All that is described: what holds for shapes that don't say, the shapes, and all paths of both."""

    naming: Naming
    shapes: tuple
    paths: frozenset


class BadDescription(ValueError):
    """devices.json is wrong; the message names the entry and what would be right."""


def load_devices(uri):
    """Devices of the description at a URI; ValueError says what is wrong with it."""
    store, key = object_at(uri)
    try:
        return parse_devices(store.read(key).decode())
    except Unreadable as error:
        raise ValueError(f"{uri} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{uri} is not UTF-8: {error}") from error
    except BadDescription as error:
        raise ValueError(f"{uri}: {error}") from error


def parse_devices(text):
    """Devices of a description, or BadDescription."""
    try:
        root = Decoder(strict=True).decode(text)
    except (ValueError, RecursionError) as error:
        raise BadDescription(f"not JSON: {error}") from error
    fields = entry(root, "the description", ("ranges", "device", "location", "time", "shapes"), ("about",))
    naming = parse_naming(fields, "")
    ranges = parse_ranges(fields["ranges"])
    if not isinstance(fields["shapes"], list) or not fields["shapes"]:
        raise BadDescription("shapes: must be a list of at least one shape")
    shapes = []
    for number, each in enumerate(fields["shapes"]):
        shapes.append(parse_shape(each, f"shapes[{number}]", naming, ranges, [shape.name for shape in shapes]))
    return Devices(naming, tuple(shapes), frozenset(all_paths(naming, shapes)))


def all_paths(naming, shapes):
    for names in (naming, *(shape.naming for shape in shapes)):
        yield from (*names.device, *names.location, *names.time.paths)
    for shape in shapes:
        yield from (path for path, _ in shape.when)
        yield from (path for measurement in shape.measurements for path in measurement.paths)


def parse_naming(fields, where, default=None):
    """The device, location and time of an entry; the default's where it has none."""

    def paths(name):
        if name in fields:
            return parse_paths(fields[name], f"{where}{name}")
        return getattr(default, name)

    time = parse_time(fields["time"], f"{where}time") if "time" in fields else default.time
    return Naming(paths("device"), paths("location"), time)


def parse_time(value, where):
    fields = entry(value, where, ("from",), ("format", "offset"))
    form, zone = fields.get("format", "any"), fields.get("offset", "+00:00")
    if form not in FORMATS:
        raise BadDescription(f"{where}.format: {shown(form)} is not one of {', '.join(FORMATS)}")
    try:
        zone = parse_zone(zone) if type(zone) is str else None
    except ValueError as error:
        raise BadDescription(f"{where}.offset: {error}") from error
    if zone is None:
        raise BadDescription(f"{where}.offset: {shown(fields['offset'])} is not a text like +07:00 or Asia/Ho_Chi_Minh")
    return Time(parse_paths(fields["from"], f"{where}.from"), form, zone)


def parse_ranges(value):
    """(lowest, highest) of each quantity, in units of 1/SCALE."""
    fields = entry(value, "ranges", QUANTITIES)
    ranges = {}
    for quantity in QUANTITIES:
        where = f"ranges.{quantity}"
        bounds = entry(fields[quantity], where, ("unit", "min", "max"))
        canonical = next(iter(UNITS[quantity]))
        if bounds["unit"] != canonical:
            raise BadDescription(f"{where}.unit: {shown(bounds['unit'])} is not {canonical}, the unit of the output")
        low, high = (parse_decimal(bounds[bound], f"{where}.{bound}") for bound in ("min", "max"))
        if low >= high:
            raise BadDescription(f"{where}: min {low} is not below max {high}")
        ranges[quantity] = (int(low * SCALE), int(high * SCALE))
    return ranges


def parse_decimal(value, where):
    """A number of the description."""
    if type(value) is not Number:
        raise BadDescription(f"{where}: {shown(value)} is not a number")
    number = decimal_of(value)
    if number is None or len(number.as_tuple().digits) > 15 or not -15 <= number.adjusted() <= 15:
        raise BadDescription(f"{where}: {value} has more than 15 digits")
    return number


def parse_shape(value, where, naming, ranges, taken):
    optional = ("about", "when", "each", "device", "location", "time")
    fields = entry(value, where, ("name", "measurements"), optional)
    name = fields["name"]
    if type(name) is not str or not name or name in taken:
        raise BadDescription(f"{where}.name: {shown(name)} is not a name of its own")
    measurements = entry(fields["measurements"], f"{where}.measurements", (), QUANTITIES)
    if not measurements:
        raise BadDescription(f"{where}.measurements: must name at least one of {', '.join(QUANTITIES)}")
    when = entry(fields.get("when", {}), f"{where}.when")
    return Shape(
        name,
        tuple((parse_path(path, f"{where}.when"), parse_wanted(when[path], f"{where}.when.{path}")) for path in when),
        parse_path(fields["each"], f"{where}.each") if "each" in fields else None,
        parse_naming(fields, f"{where}.", naming),
        tuple(
            parse_measurement(quantity, measurements[quantity], f"{where}.measurements.{quantity}", ranges[quantity])
            for quantity in QUANTITIES
            if quantity in measurements
        ),
    )


def parse_wanted(value, where):
    """A value that a record must have, with its type: Decimals are numbers."""
    if type(value) is Number:
        return parse_decimal(value, where)
    if type(value) in (str, bool):
        return value
    raise BadDescription(f"{where}: {shown(value)} is not a text, a number, true or false")


def parse_measurement(quantity, value, where, bounds):
    fields = entry(value, where, ("from", "unit"), ("scale", "missing"))
    unit, units = fields["unit"], UNITS[quantity]
    if type(unit) is not str or unit not in units:
        raise BadDescription(f"{where}.unit: {shown(unit)} is not one of {', '.join(units)}")
    scale = parse_decimal(fields.get("scale", Number("1")), f"{where}.scale")
    if not scale:
        raise BadDescription(f"{where}.scale: 0 makes every value 0; give a number to multiply by, such as 0.1")
    missing = fields.get("missing", [])
    if type(missing) is not list or any(type(each) not in (str, Number) for each in missing):
        raise BadDescription(
            f'{where}.missing: {shown(missing)} is not a list of numbers and texts, such as [-9999, "--"]'
        )
    paths = parse_paths(fields["from"], f"{where}.from")
    return Measurement(QUANTITIES.index(quantity), paths, Conversion(quantity, unit, scale, tuple(missing), *bounds))


def parse_paths(value, where):
    if type(value) is not list or not value:
        raise BadDescription(f"{where}: must be a list of at least one path")
    return tuple(parse_path(path, where) for path in value)


def parse_path(value, where):
    try:
        if type(value) is not str:
            raise ValueError("not a text")
        return parse(value)
    except ValueError as error:
        raise BadDescription(
            f"{where}: {shown(value)} is not a path, names joined by dots with [2] or [type=1] for an element"
        ) from error


def entry(value, where, required=None, optional=()):
    """A JSON object that has the required members and, unless anything goes (None), no others but the optional."""
    if type(value) is not dict:
        raise BadDescription(f"{where}: must be a JSON object")
    if required is not None:
        if missing := [name for name in required if name not in value]:
            raise BadDescription(f"{where}: has no {missing[0]!r}")
        known = (*required, *optional)
        if unknown := [name for name in value if name not in known]:
            raise BadDescription(f"{where}: {unknown[0]!r} is not one of {', '.join(known)}")
    return value


def shown(value):
    """A value of the description, as it is written there."""
    return str(value) if type(value) is Number else json.dumps(value, ensure_ascii=False)
