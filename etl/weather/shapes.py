"""Which shape a message is of, and the values that a record of it has."""

from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter

from weather.memory import remember
from weather.paths import Layouts, find, follow, leading_names
from weather.quantities import MISSING, NOT_A_NUMBER, OUT_OF_RANGE, QUANTITIES, decimal_of
from weather.records import Number

UNKNOWN_SHAPE = "unknown-shape"


class Fields:
    """Where records of one layout have a shape's measurements, and what these mean. Those that they can't have are left
    out."""

    def __init__(self, measurements, places):
        """Of measurements and the places of each."""
        present = [(measurement, where) for measurement, where in zip(measurements, places) if where]
        self.places = [where for _, where in present]
        self.conversions = [measurement.conversion for measurement, _ in present]
        order = {measurement.index: number for number, (measurement, _) in enumerate(present)}
        self.in_order = itemgetter(*[order.get(index, len(present)) for index in range(len(QUANTITIES))])
        # Mostly all values are members of one object: then one call gets them.
        parents = {(where[0][0], where[0][1][:-1]) for where in self.places}
        self.parent = self.members = None
        if len(parents) == 1 and len(present) > 1 and all(len(where) == 1 and not where[0][2] for where in self.places):
            (self.parent,) = parents
            self.members = itemgetter(*[where[0][1][-1] for where in self.places])

    def said(self, records):
        """What records say, None where they have nothing."""
        if self.members is None:
            return [find(records, where) for where in self.places]
        value = records[self.parent[0]]
        for name in self.parent[1]:
            value = value[name]
        return self.members(value)

    def values(self, said):
        """What was said as values in the order of QUANTITIES, None where there is none; or why it is refused."""
        try:
            meanings = [conversion[each] for conversion, each in zip(self.conversions, said)]
        except TypeError:  # an object or an array
            return NOT_A_NUMBER
        for reason in (NOT_A_NUMBER, OUT_OF_RANGE):
            if reason in meanings:
                return reason
        if meanings.count(MISSING) == len(meanings):
            return UNKNOWN_SHAPE
        meanings.append(MISSING)
        return self.in_order(meanings)


@dataclass(frozen=True)
class View:
    """Where records of one layout have what a shape's records have; of no shape, what holds for all.

    Places are as paths.find takes them, in the record alone, or in the element and then in its message."""

    shape: object
    device: list
    location: list
    time: object
    times: list
    when: list
    fields: Fields

    def holds(self, records):
        """Whether records have the values that the shape asks for."""
        return all(same(find(records, places), wanted) for places, wanted in self.when)


def same(value, wanted):
    """Whether a value is a wanted one, with its type: a Decimal is a number."""
    if type(wanted) is Decimal:
        return type(value) is Number and decimal_of(value) == wanted
    return type(value) is type(wanted) and value == wanted


class Views:
    """The views of all shapes. Keeps what it learned from earlier records."""

    def __init__(self, devices):
        self.devices = devices
        self.layouts = Layouts([leading_names(path) for path in devices.paths])
        self.known, self.plans = {}, {}

    def best(self, message):
        """(view, records, what they say, elements or None) of the shape that a message is of; None when it is of none.

        Shapes that ask for values go first, then those of which it has the most measurements; of equals the first."""
        best, most = None, (False, 0)
        for view, records, elements in self.candidates(message):
            if not view.when or view.holds(records):
                said = view.fields.said(records)
                rank = (bool(view.when), len(said) - said.count(None))
                if rank[1] and rank > most:
                    best, most = (view, records, said, elements), rank
        return best

    def candidates(self, message):
        """(view, records, elements or None) of each shape that a message may be of."""
        layout = self.layouts.of(message)
        plan = self.plans.get(layout)
        if plan is None:
            views = [(None if shape.each else self.of(shape, (message,)), shape) for shape in self.devices.shapes]
            plan = [(view, shape) for view, shape in views if not view or view.fields.places]
            remember(self.plans, layout, plan)
        found = []
        for view, shape in plan:
            if view:
                found.append((view, (message,), None))
            elif type(elements := follow(message, shape.each)) is list:
                records = (elements[0] if elements else None, message)
                found.append((self.of(shape, records), records, elements))
        return found

    def of(self, shape, records):
        """The view of a shape, or of none, in records like these."""
        key = (shape and shape.name, *[self.layouts.of(record) for record in records])
        return self.known.get(key) or remember(self.known, key, self.view(shape, records))

    def view(self, shape, records):
        def places(paths):
            return self.layouts.places(records, paths)

        naming, measurements = (shape.naming, shape.measurements) if shape else (self.devices.naming, ())
        return View(
            shape,
            places(naming.device),
            places(naming.location),
            naming.time,
            places(naming.time.paths),
            [(places([path]), wanted) for path, wanted in (shape.when if shape else ())],
            Fields(measurements, [places(measurement.paths) for measurement in measurements]),
        )
