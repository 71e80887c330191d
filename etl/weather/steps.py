"""What Spark's tasks do, from objects to objects, with two shuffles of rows between.

    read        objects         → batches of readings by location and device, refused records by local day of arrival
    aggregate   such batches    → rows of the dataset by day; writes quarantine
    write       rows of a day   → writes days

A row is (key, value); its key begins with the task that takes it, what it is, and two names of what it belongs to; what
follows sorts it. Each step passes on Tallies of what was done.
"""

import json
import zlib
from itertools import groupby

from weather.arrivals import arrived
from weather.normalize import Normalizer
from weather.paths import follow
from weather.records import element_texts, quarantined, read, unzipped
from weather.stores import Unreadable
from weather.times import HOUR
from weather.windows import Device
from weather.writing import Tally, write_day, write_quarantine

READING, REFUSED, ROW, TALLY = range(4)
FIRST = 0  # the task that takes the tallies
BATCHED = 20_000  # how many readings a task holds before it passes them on
UNREADABLE = "unreadable-object"


def read_objects(job, shares, takers):
    """Yields the rows of the objects in a task's shares, for so many tasks that take them."""
    tally, normalize, batches = Tally(), Normalizer(job.devices), Batches(takers)
    for (key, _, arrival), body in job.source.read_all(each for share in shares for each in arrived(job, share)):
        day, name, number = job.local_day(arrival.instant), key.rpartition("/")[2], 0
        for number, (outcome, record) in enumerate(outcomes(normalize, arrival, body), 1):
            if record is None:
                location, device, sent, own, instant, values = outcome
                batches.add(location, device, (sent, own, arrival.instant, name, key, number, instant, values))
                if batches.held >= BATCHED:
                    yield from batches.rows()
            else:
                yield (day % takers, REFUSED, day, None, key, number), (outcome, record)
        tally.objects_read += 1
        tally.records_read += number
    yield from batches.rows()
    yield (FIRST, TALLY, None, None), tally


class Batches:
    """Readings of a device at a location, by the hour in which they were sent: a row for many costs little more than a
    row for one, and an hour is few enough to be sorted in memory."""

    def __init__(self, takers):
        self.takers, self.held, self.batches = takers, 0, {}

    def add(self, location, device, reading):
        key = (location, device, reading[0] // HOUR)
        if key in self.batches:
            self.batches[key].append(reading)
        else:
            self.batches[key] = [reading]
        self.held += 1

    def rows(self):
        """Yields all that is held, and holds nothing then."""
        for (location, device, hour), readings in self.batches.items():
            taker = zlib.crc32(f"{location}/{device}".encode()) % self.takers
            yield (taker, READING, location, device, hour), readings
        self.batches, self.held = {}, 0


def outcomes(normalize, arrival, body):
    """Yields of each record of an object's bytes (reading, None), or (why it is refused, its JSON for quarantine)."""
    try:
        if isinstance(body, Unreadable):
            raise body
        content = unzipped(body)
    except Unreadable as error:
        yield UNREADABLE, json.dumps(str(error), ensure_ascii=False)
        return
    number = 0
    for message, text in read(content):
        if type(message) is str:
            number += 1
            yield message, quarantined(text)
            continue
        found, array = normalize(message, arrival, number)
        number += len(found)
        texts = [text]
        if array and any(type(outcome) is str for outcome in found):
            texts = element_texts(text, lambda record, array=array: follow(record, array))
        for place, outcome in enumerate(found):
            yield outcome, quarantined(texts[place]) if type(outcome) is str else None


def aggregate(job, rows, takers):
    """Yields the dataset's rows of a task's sorted readings, for so many tasks that take them; writes quarantine."""
    tally = Tally()
    for (kind, *of), group in groupby(rows, key=lambda row: row[0][1:4]):
        if kind == READING:
            device = Device(job, *of)
            for day, window, text in device.rows((key[4], batch) for key, batch in group):
                yield (day % takers, ROW, day, None, window, *of), text
            tally.count_device(device)
        elif kind == REFUSED:
            tally.reasons += write_quarantine(job, of[0], ((key[4], *value) for key, value in group))
            tally.refused_days.add(of[0])
        else:
            for _, other in group:
                tally.add(other)
    yield (FIRST, TALLY, None, None), tally


def write(job, rows):
    """Writes the days of a task's sorted rows; yields the Tally of all steps that it took."""
    tally = Tally()
    for (kind, day, _), group in groupby(rows, key=lambda row: row[0][1:4]):
        if kind == ROW:
            write_day(job, day, (text for _, text in group))
            tally.days.add(day)
        else:
            for _, other in group:
                tally.add(other)
    yield tally
