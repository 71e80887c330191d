"""What the transform must write for well-formed messages, told plainly: fractions, local times, no Spark."""

import math
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction


@dataclass(frozen=True)
class Message:
    """A station's message: when it was measured and arrived, and what it says. The later in a list wins a tie."""

    location: str
    device: str
    time: datetime
    arrival: datetime
    temperature: Fraction
    direction: int


def rounded(value):
    """Three decimals, half away from zero."""
    return Fraction(math.floor(abs(value) * 1000 + Fraction(1, 2)), 1000) * (1 if value >= 0 else -1)


def latest(messages):
    """One message of each device, location and time as sent: the last arrival's."""
    kept = {}
    for message in sorted(messages, key=lambda m: m.arrival):
        kept[message.location, message.device, message.time] = message
    return kept


def expected_rows(messages, start, end, step):
    """{(location, device, window start): (samples, average, least, greatest temperature)} of the window."""
    windows = {}
    for (location, device, sent), message in latest(messages).items():
        time = min(sent, message.arrival)
        if start <= time < end:
            local = time.astimezone(start.tzinfo)
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            window = midnight + (local - midnight) // step * step
            windows.setdefault((location, device, window), []).append(message.temperature)
    return {
        key: (len(values), rounded(sum(values) / len(values)), rounded(min(values)), rounded(max(values)))
        for key, values in windows.items()
    }
