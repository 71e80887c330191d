"""Readings as rows of the dataset: duplicates, windows of time, aggregates.

The columns after samples are aggregates of the readings of a window; a quantity that none of them has leaves its
columns empty.
"""

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from itertools import groupby

from weather.quantities import QUANTITIES, SCALE
from weather.times import CLOCK_SKEW, DAY, HOUR


def decimal_text(numerator, denominator):
    """A fraction with at most three decimals, half away from zero, without trailing zeros or a negative zero."""
    thousandths = (2000 * abs(numerator) + denominator) // (2 * denominator)
    sign = "-" if numerator < 0 and thousandths else ""
    whole, rest = divmod(thousandths, 1000)
    return f"{sign}{whole}.{rest:03}".rstrip("0").rstrip(".")


def value_text(value, count=1):
    """A value, or a sum divided by a count, as the dataset has it."""
    return decimal_text(value.numerator, value.denominator * count * SCALE)


def average(values):
    return value_text(sum(values), len(values))


def least(values):
    return value_text(min(values))


def greatest(values):
    return value_text(max(values))


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
HEADER = ",".join(["window_start", "window_end", "location", "device_id", "samples", *(name for name, _, _ in COLUMNS)])


def aggregates(readings):
    """The texts of COLUMNS over the values of some readings."""
    columns = dict(zip(QUANTITIES, ([v for v in column if v is not None] for column in zip(*readings))))
    texts = []
    for _, function, quantities in COLUMNS:
        values = next((columns[quantity] for quantity in quantities if columns[quantity]), None)
        texts.append(function(values) if values else "")
    return texts


def latest(readings):
    """Yields of readings each instant that was sent once, and how many others there were: the last arrival stays, then
    the greatest object name, then the greatest key, then the last record.

    A reading is (instant sent, number if it does not say its time, arrival, object's name, its key, place in the
    object, instant, values)."""
    kept, duplicates = None, 0
    for reading in sorted(readings):
        if kept and kept[:2] == reading[:2]:
            duplicates += 1
        elif kept:
            yield kept, duplicates
            duplicates = 0
        kept = reading
    yield kept, duplicates


class Device:
    """The windows of one device at one location, as rows; and what became of its readings."""

    def __init__(self, job, location, device):
        self.job, self.location, self.device = job, location, device
        self.open = {}
        self.aggregated = self.duplicate = self.outside = self.windows = 0

    def rows(self, batches):
        """Yields (day, window, text) of each window, from batches of the device's readings, (hour in which they were
        sent, readings), sorted by hour."""
        job = self.job
        for hour, group in groupby(batches, key=lambda batch: batch[0]):
            # An instant is at most CLOCK_SKEW before the one that was sent, so windows before are complete.
            closed = (hour * HOUR - CLOCK_SKEW + job.offset) // job.step
            yield from [self.row(window) for window in sorted(self.open) if window < closed]
            for reading, duplicates in latest(each for _, readings in group for each in readings):
                instant, values = reading[6:]
                self.duplicate += duplicates
                if job.start <= instant < job.end:
                    self.aggregated += 1
                    self.open.setdefault((instant + job.offset) // job.step, []).append(values)
                else:
                    self.outside += 1
        yield from [self.row(window) for window in sorted(self.open)]

    def row(self, window):
        readings, job = self.open.pop(window), self.job
        self.windows += 1
        start = window * job.step - job.offset
        times = [job.local_time(start), job.local_time(start + job.step)]
        fields = [*times, self.location, self.device, str(len(readings)), *aggregates(readings)]
        return window * job.step // DAY, window, ",".join(fields)
