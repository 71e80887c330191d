"""What a run is asked to do."""

from dataclasses import dataclass

from weather.devices import Devices
from weather.times import DAY, day_text, local_time

CSV_OBJECT = "part-00000.csv"
JSON_OBJECT = "part-00000.json"


@dataclass(frozen=True)
class Job:
    """A run's stores, its window and how it is cut up; instants and spans in microseconds. metrics is (store, key)."""

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
        return range(self.local_day(self.start), self.local_day(self.end))

    @property
    def arrival_days(self):
        """The local days of which arrivals are read."""
        return range(self.local_day(self.start), -(-(self.arrival_end + self.offset) // DAY))

    @property
    def arrival_dates(self):
        """The UTC days of which partitions are read."""
        return range(self.start // DAY, -(-self.arrival_end // DAY))

    @property
    def arrival_end(self):
        """The instant until which objects that arrived are read."""
        return self.end + self.lateness

    @property
    def window(self):
        return f"{self.local_time(self.start)} to {self.local_time(self.end)}"

    def local_day(self, instant):
        return (instant + self.offset) // DAY

    def local_time(self, instant):
        return local_time(instant, self.offset)


def day_object(day, name):
    """The key of a local day's object."""
    return f"date={day_text(day)}/{name}"
