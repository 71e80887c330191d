"""Days, quarantine and metrics: what a run leaves behind."""

import json
from collections import Counter
from dataclasses import dataclass, field, fields

from weather.job import CSV_OBJECT, JSON_OBJECT, day_object
from weather.times import day_text
from weather.windows import HEADER


@dataclass
class Tally:
    """What tasks counted, refused (by reason) and wrote (local days). Locations are those that have windows."""

    objects_read: int = 0
    records_read: int = 0
    aggregated: int = 0
    duplicate: int = 0
    outside: int = 0
    windows: int = 0
    devices: int = 0
    reasons: Counter = field(default_factory=Counter)
    locations: set = field(default_factory=set)
    days: set = field(default_factory=set)
    refused_days: set = field(default_factory=set)

    def count_device(self, device):
        """Adds a device whose rows were all made."""
        self.aggregated += device.aggregated
        self.duplicate += device.duplicate
        self.outside += device.outside
        self.windows += device.windows
        if device.windows:
            self.devices += 1
            self.locations.add(device.location)

    def add(self, other):
        """Adds what other tasks did."""
        for each in fields(self):
            mine, theirs = getattr(self, each.name), getattr(other, each.name)
            setattr(self, each.name, mine | theirs if isinstance(mine, set) else mine + theirs)


def write_day(job, day, lines):
    """Replaces the object of a local day."""
    with job.target.replace(day_object(day, CSV_OBJECT)) as file:
        file.write(f"{HEADER}\n".encode())
        for line in lines:
            file.write(f"{line}\n".encode())


def write_quarantine(job, day, refused):
    """Replaces the quarantine of a local day of arrival by (source, reason, record as JSON); counts them by reason."""
    reasons = Counter()
    with job.quarantine.replace(day_object(day, JSON_OBJECT)) as file:
        for source, reason, record in refused:
            reasons[reason] += 1
            line = f'{{"reason": "{reason}", "source": {json.dumps(source, ensure_ascii=False)}, "record": {record}}}\n'
            file.write(line.encode(errors="backslashreplace"))
    return reasons


def written_before(store, days, name):
    """The keys of the objects of days that are there."""
    wanted = {f"date={day_text(day)}" for day in days}
    folders, _ = store.list("")
    return [f"{each}/{name}" for each in sorted(folders) if each in wanted and name in store.list(f"{each}/")[1]]


def delete_stale(job, tally):
    """Deletes what an earlier run wrote and this one did not: days of the window, quarantine of the arrivals that were
    read."""
    stale = [day for day in job.days if day not in tally.days]
    for key in written_before(job.target, stale, CSV_OBJECT):
        job.target.delete(key)
    stale = [day for day in job.arrival_days if day not in tally.refused_days]
    for key in written_before(job.quarantine, stale, JSON_OBJECT):
        job.quarantine.delete(key)


def metrics(job, tally, ignored):
    """The metrics of a run; RuntimeError if a record is unaccounted for."""
    quarantined = sum(tally.reasons.values())
    accounted = tally.aggregated + tally.duplicate + tally.outside + quarantined
    if accounted != tally.records_read:
        raise RuntimeError(f"{tally.records_read} records were read but {accounted} accounted for")
    return {
        "window_start": job.local_time(job.start),
        "window_end": job.local_time(job.end),
        "objects_read": tally.objects_read,
        "objects_ignored": ignored,
        "records_read": tally.records_read,
        "records_aggregated": tally.aggregated,
        "records_duplicate": tally.duplicate,
        "records_quarantined": dict(sorted(tally.reasons.items())),
        "records_outside_window": tally.outside,
        "windows_written": tally.windows,
        "days_written": len(tally.days),
        "locations": len(tally.locations),
        "devices": tally.devices,
        "dates": [day_text(day) for day in sorted(tally.days)],
    }
