"""Random lakes: messages whose rows oracle.py tells, and bad records among them."""

import gzip
import json
from datetime import datetime, timedelta, timezone
from fractions import Fraction

from conftest import station
from oracle import Message

WARM = (
    "tru",
    "01",
    "1.",
    ".5",
    "+1",
    "0x1F",
    "1e",
    "--1",
    "1_0",
    "٣",
    "NaN",
    '"NaN"',
    '"warm"',
    '""',
    "true",
    "[]",
    "{}",
)
HANOI = timezone(timedelta(hours=7))
BAD = [f'{{"temperature": {value}}}' for value in (*WARM, "1e3", "-91", "60.0000001", "1e400")]


def fill(lake, chance, zone, objects=60):
    """Puts random messages around the lake's week; the good ones, and how many bad records lie among them."""
    start = datetime(2026, 1, 2, tzinfo=zone)
    messages, bad = [], 0
    for number in range(objects):
        arrival = start + timedelta(seconds=chance.randrange(9 * 86400), milliseconds=number)
        texts = []
        for _ in range(chance.randrange(1, 6)):
            delay = timedelta(seconds=chance.choice((-200, 0, 5, 3600, 86400, 170_000)))
            temperature = Fraction(chance.randrange(-900_000, 600_001), 10_000)
            place, device = chance.choice(("Hà Nội", "a b")), chance.choice(("d1", "d2"))
            message = Message(
                place, device, (arrival - delay).replace(microsecond=0), arrival, temperature, chance.randrange(361)
            )
            messages.append(message)
            texts.append(text_of(message))
        if chance.random() < 0.5:
            repeated = chance.choice(messages)  # sent again: the same time, another arrival, maybe the other side of it
            again = Message(repeated.location, repeated.device, repeated.time, arrival, Fraction(number), 7)
            if again.time <= arrival + timedelta(minutes=5):
                messages.append(again)
                texts.append(text_of(again))
        if chance.random() < 0.3:
            texts.append(chance.choice(BAD))
            bad += 1
        body = "\n".join(texts).encode()
        lake.put(arrival.isoformat(), gzip.compress(body) if chance.random() < 0.3 else body, suffix=f"-{number}")
    return messages, bad


def text_of(message):
    data = {"temperature": float(message.temperature), "winddirection": message.direction}
    stamp = message.time.astimezone(timezone.utc).isoformat()
    return json.dumps({"deviceId": message.device, **station(stamp, message.location, **data)})
