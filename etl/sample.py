"""Makes nine days of raw weather messages with known defects, and says what the transform must count in them.

    python sample.py DIRECTORY [--first-day 2026-01-02] [--utc-offset +07:00] [--days 7] > expected-metrics.json

Objects go below DIRECTORY/raw/location=…/date=…/. The days are local ones, as many as a weekly run makes: a week, and
the two days before it anew. Standard output is the metrics document of a run over the first of them (--days), which
reads what arrived on them and on two more, from the plan of the sample alone: nothing here knows the transform. The
same arguments give the same bytes.

Who sends what, every 20 minutes:

    Thủ Đức   one station (nested data), time with offset; now and then a clock three minutes ahead
    quan_1    one station that sends JSON lines four times a day, gzip
    Da Nang   one ESP32 module: neither time nor location nor device id
    Hà Nội    sensor-1 (flat, ISO 8601 in UTC) and sensor-2 (flat, epoch milliseconds)

Of sensor-1's messages each 24th arrives again a minute later and each 24th arrives 26 hours late. On each day each
reason of DEFECTS occurs twice; half of the not-json records lie among good JSON lines. Two messages were measured on
the eve of the first day, and one empty object a day holds no record.
"""

import argparse
import gzip
import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from urllib.parse import quote

WINDOW_DAYS, LATE_DAYS = 7, 2
STEP = timedelta(minutes=20)
DELAY = timedelta(seconds=2)


@dataclass(frozen=True)
class Reading:
    """What a good record must be taken for."""

    location: str
    device: str
    time: datetime


@dataclass
class Arrival:
    """An object: its bytes, when it counts as arrived, and what becomes of its records, the refused by reason."""

    body: bytes
    instant: datetime
    readings: list = field(default_factory=list)
    refused: list = field(default_factory=list)


@dataclass
class Sample:
    """Arrivals by key."""

    zone: timezone
    first_day: date
    arrivals: dict = field(default_factory=dict)

    def instant(self, day, clock=time()):
        """A local time of the sample's day, counted from 0."""
        return datetime.combine(self.first_day + timedelta(days=day), clock, self.zone)

    def put(self, partition, arrival, body, suffix="", name=None):
        """Adds an object that arrived at an instant in the partition of a location; without an epoch in its name it
        counts as arrived at the end of its date."""
        utc = arrival.astimezone(timezone.utc)
        key = f"raw/location={quote(partition, safe='')}/date={utc.date()}/"
        key += name or f"{round(arrival.timestamp() * 1000)}{suffix}.json"
        if key in self.arrivals:
            raise ValueError(f"two objects at {key}")
        if name:
            arrival = datetime.combine(utc.date(), time.max, timezone.utc)
        self.arrivals[key] = Arrival(body if isinstance(body, bytes) else text(body).encode(), arrival)
        return self.arrivals[key]

    def send(self, location, device, instant, arrival, record, suffix=""):
        """Adds an object of one good record, which is of an instant and in the partition of its location."""
        self.put(location, arrival, record, suffix).readings.append(Reading(location, device, instant))

    def write(self, directory):
        """Writes the objects below a directory."""
        for key, arrival in self.arrivals.items():
            path = directory / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(arrival.body)


def text(record):
    return json.dumps(record, ensure_ascii=False)


def weather(instant, shift):
    """Plausible values for an instant: temperature, humidity, pressure, direction, speed, gust, rain 1 h, rain 24 h."""
    hours = instant.timestamp() / 3600 + shift
    day_wave, week_wave = math.sin(hours * math.pi / 12), math.sin(hours * math.pi / 84)
    speed = 4 + 2 * day_wave + week_wave
    rain = max(0, week_wave) * 3
    values = (27 + 5 * day_wave, 70 - 15 * day_wave, 1010 + 4 * week_wave, hours * 7 % 360, speed, speed * 1.6)
    return [round(value, 1) for value in (*values, rain, rain * 6)]


def station(location, instant, shift):
    names = ("temperature", "humidity", "pressure", "winddirection", "avgwindspeed", "maxwindspeed")
    data = dict(zip((*names, "rainfall1hr", "rainfall24hr"), weather(instant, shift)))
    return {"timestamp": instant.isoformat(), "location": location, "data": data}


def esp32(instant, shift):
    temperature, humidity, pressure, direction, speed, gust, hour, day = weather(instant, shift)
    wind = {"Wind Direction": direction, "Avg Wind Speed": speed, "Max Wind Speed": gust}
    rain = {"Rainfall (1hr)": hour, "Rainfall (24hr)": day}
    return {**wind, **rain, "Temperature": temperature, "Humidity": humidity, "Barometric Pressure": pressure}


def flat(device, location, stamp, instant, shift):
    temperature, humidity, *_ = weather(instant, shift)
    return {
        "deviceId": device,
        "timestamp": stamp,
        "temperature": temperature,
        "humidity": humidity,
        "location": location,
    }


def utc_text(instant):
    return instant.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def add_thu_duc(sample, instants):
    for number, instant in enumerate(instants):
        ahead = timedelta(minutes=3) if number % 48 == 7 else timedelta()
        arrival = instant + DELAY
        record = station("Thủ Đức", instant + ahead, 1)
        sample.send("Thủ Đức", "Thủ Đức", arrival if ahead else instant, arrival, record, "-7f3a")


def add_quan_1(sample, instants):
    quarter_day = len(instants) // ((WINDOW_DAYS + LATE_DAYS) * 4)
    for number in range(0, len(instants), quarter_day):
        batch = instants[number : number + quarter_day]
        lines = [text(station("quan_1", instant, 2)) for instant in batch]
        refused = ["not-json"] if number // quarter_day % 4 == 1 else []
        if refused:
            lines.insert(5, '{"timestamp": "2026-01-')
        body = ("\n".join(lines) + "\n").encode()
        arrival = sample.put("quan_1", batch[-1] + DELAY, gzip.compress(body, mtime=0))
        arrival.readings = [Reading("quan_1", "quan_1", instant) for instant in batch]
        arrival.refused = refused


def add_da_nang(sample, instants):
    for instant in instants:
        sample.send("Da Nang", "Da Nang", instant + DELAY, instant + DELAY, esp32(instant, 3))


def add_ha_noi(sample, instants):
    end = instants[-1] + STEP
    for number, instant in enumerate(instants):
        record = flat("sensor-1", "Hà Nội", utc_text(instant), instant, 4)
        late = timedelta(hours=26) if number % 24 == 11 and instant + timedelta(hours=26) + DELAY < end else timedelta()
        arrival = instant + DELAY + late
        sample.send("Hà Nội", "sensor-1", instant, arrival, record, "-1-late" if late else "-1")
        if number % 24 == 3:
            sample.send("Hà Nội", "sensor-1", instant, arrival + timedelta(minutes=1), record, "-1-again")
        other = flat("sensor-2", "Hà Nội", round(instant.timestamp() * 1000), instant, 5)
        sample.send("Hà Nội", "sensor-2", instant, instant + DELAY, other, "-2")


def add_eve(sample):
    """Two messages of the day before the first that arrive on it: outside the window."""
    for hour in (22, 23):
        instant = sample.instant(-1, time(hour))
        sample.send("Thủ Đức", "Thủ Đức", instant, instant + timedelta(hours=3), station("Thủ Đức", instant, 1))


def add_empty(sample, day):
    sample.put("Da Nang", sample.instant(day, time(12, 5)), b"")


# Defects as one-record objects, twice a day but for not-json, whose other half add_quan_1 makes.
DEFECTS = {
    "not-json": (1, lambda at: b'{"temperature": 21.5, "humid'),
    "not-an-object": (2, lambda at: [21.5, 60]),
    "unreadable-object": (2, lambda at: gzip.compress(text(esp32(at, 0)).encode(), mtime=0)[:-9]),
    "no-time": (2, lambda at: {"deviceId": "sensor-9", "temperature": 21.5}),
    "bad-time": (2, lambda at: {"deviceId": "sensor-9", "timestamp": "yesterday", "temperature": 21.5}),
    "no-location": (2, lambda at: {"deviceId": "sensor-9", "timestamp": utc_text(at), "temperature": 21.5}),
    "bad-name": (2, lambda at: {"deviceId": "sensor/9", "temperature": 21.5}),
    "unknown-shape": (2, lambda at: {"deviceId": "sensor-9", "battery": 3.7}),
    "not-a-number": (2, lambda at: {"deviceId": "sensor-9", "temperature": "warm"}),
    "out-of-range": (2, lambda at: {"deviceId": "sensor-9", "temperature": 150}),
    "future": (2, lambda at: {"deviceId": "sensor-9", "timestamp": utc_text(at + STEP), "temperature": 21.5}),
}


def add_defects(sample, day):
    for position, (reason, (times, make)) in enumerate(DEFECTS.items()):
        for turn in range(times):
            arrival = sample.instant(day, time(9 + turn, 3, position))
            partition = "__HIVE_DEFAULT_PARTITION__" if reason == "no-location" else "Hà Nội"
            name = f"copied-by-hand-{day}-{turn}.json" if reason == "no-time" else None
            sample.put(partition, arrival, make(arrival), "-9", name).refused.append(reason)


def make_sample(first_day, zone):
    sample = Sample(zone, first_day)
    days = WINDOW_DAYS + LATE_DAYS
    instants = [sample.instant(0) + STEP * number for number in range(days * (timedelta(days=1) // STEP))]
    for add in (add_thu_duc, add_quan_1, add_da_nang, add_ha_noi):
        add(sample, instants)
    add_eve(sample)
    for day in range(days):
        add_empty(sample, day)
        add_defects(sample, day)
    return sample


def expected_metrics(sample, days=WINDOW_DAYS):
    """The metrics of a run over the sample's first days with hourly windows, that waits two days for late arrivals."""
    start, end = sample.instant(0), sample.instant(days)
    arrivals = [a for a in sample.arrivals.values() if start <= a.instant < end + timedelta(days=LATE_DAYS)]
    readings = [reading for arrival in arrivals for reading in arrival.readings]
    refused = Counter(reason for arrival in arrivals for reason in arrival.refused)
    distinct = set(readings)
    inside = {reading for reading in distinct if start <= reading.time < end}
    hours = {(r.location, r.device, r.time.astimezone(sample.zone).strftime("%Y-%m-%d %H")) for r in inside}
    dates = sorted({reading.time.astimezone(sample.zone).date().isoformat() for reading in inside})
    return {
        "window_start": start.isoformat(),
        "window_end": end.isoformat(),
        "objects_read": len(arrivals),
        "objects_ignored": 0,
        "records_read": len(readings) + refused.total(),
        "records_aggregated": len(inside),
        "records_duplicate": len(readings) - len(distinct),
        "records_quarantined": dict(sorted(refused.items())),
        "records_outside_window": len(distinct) - len(inside),
        "windows_written": len(hours),
        "days_written": len(dates),
        "locations": len({r.location for r in inside}),
        "devices": len({(r.location, r.device) for r in inside}),
        "dates": dates,
    }


def offset_zone(value):
    match = re.fullmatch(r"([+-])(\d\d):(\d\d)", value)
    if not match:
        raise argparse.ArgumentTypeError(f"{value!r} is not an offset like +07:00")
    span = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-span if match[1] == "-" else span)


def main():
    parser = argparse.ArgumentParser(description="Make nine days of raw weather messages with known defects.")
    parser.add_argument("directory", type=Path, help="where raw/ goes")
    parser.add_argument("--first-day", type=date.fromisoformat, default=date(2026, 1, 2), metavar="YYYY-MM-DD")
    parser.add_argument("--utc-offset", type=offset_zone, default="+07:00", metavar="±HH:MM")
    parser.add_argument("--days", type=int, default=WINDOW_DAYS, metavar="N", help="how many days the run's window has")
    given = parser.parse_args()
    sample = make_sample(given.first_day, given.utc_offset)
    sample.write(given.directory)
    print(json.dumps(expected_metrics(sample, given.days), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
