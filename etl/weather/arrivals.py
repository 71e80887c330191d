"""Which objects a run reads, and how they are shared out among Spark's tasks.

Objects are listed in tasks, twice: once to count them, and once by the task that reads them. So the driver knows
folders only, however many objects lie in them.
"""

import heapq
import re
import zlib
from dataclasses import dataclass
from urllib.parse import unquote

from weather.normalize import Arrival
from weather.times import DAY, day_text

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
EPOCH_NAME = re.compile(r"(\d+)(-.*)?\.json(\.gz)?", re.ASCII)

# Opening an object costs as much as reading so many bytes of it; a task is worth its start from so many on.
OPENING = 4 << 10
WORTH_A_TASK = 64 << 20
# How many tasks there are for each of those that run side by side, at most: more would not share the work out any
# better.
TASKS_A_SLOT = 8


@dataclass(frozen=True)
class Folder:
    """A partition of the source: its key, which ends with a slash, the location that it names or None, its UTC day of
    arrival, and the number and bytes of its objects that arrived in time."""

    key: str
    location: str | None
    day: int
    objects: int = 0
    size: int = 0

    @property
    def weight(self):
        return self.size + self.objects * OPENING


@dataclass(frozen=True)
class Share:
    """Of a folder's objects those that are part of a task's work: every one whose key's checksum leaves part when
    divided by of."""

    folder: Folder
    part: int = 0
    of: int = 1


def hidden(name):
    """Whether a name is of no data, as Athena sees it."""
    return name.startswith(("_", "."))


def locations(job):
    """(folders of locations, number of other names beside them)."""
    folders, objects = job.source.list("")
    found = sorted(name for name in folders if name.startswith("location="))
    return found, sum(not hidden(name) for name in (*folders, *objects)) - len(found)


def partitions(job, names):
    """Yields each Folder of some locations with objects that arrived in time, and the number of names there that are
    ignored."""
    dates = {f"date={day_text(day)}": day for day in job.arrival_dates}
    for name, (folders, objects) in zip(names, job.source.map(lambda name: job.source.list(f"{name}/"), names)):
        yield sum(not hidden(each) and not each.startswith("date=") for each in folders) + sum(
            not hidden(each) for each in objects
        )
        location = unquote(name.removeprefix("location="))
        location = None if location in ("", NULL_PARTITION) else location
        found = [Folder(f"{name}/{each}/", location, dates[each]) for each in sorted(folders) if each in dates]
        yield from (folder for folder in job.source.map(lambda folder: counted(job, folder), found) if folder.objects)


def counted(job, folder):
    """A folder with the number and bytes of its objects."""
    sizes = [size for _, size, _ in arrived(job, Share(folder))]
    return Folder(folder.key, folder.location, folder.day, len(sizes), sum(sizes))


def arrived(job, share):
    """Yields (key, size, Arrival) of the objects of a share that arrived in time."""
    for key, size in job.source.walk(share.folder.key):
        name = key[key.rindex("/") + 1 :]
        if hidden(name) or (
            share.of > 1 and zlib.crc32(key.encode(errors="backslashreplace")) % share.of != share.part
        ):
            continue
        dated = EPOCH_NAME.fullmatch(name)
        instant = int(dated[1]) * 1000 if dated else (share.folder.day + 1) * DAY - 1
        if job.start <= instant < job.arrival_end:
            yield key, size, Arrival(instant, dated is not None, share.folder.location)


def shared_out(folders, slots):
    """The Shares of each task, for so many that run side by side: a multiple of them, and each task with as much
    work."""
    work = sum(folder.weight for folder in folders)
    tasks = slots * min(TASKS_A_SLOT, max(1, -(-work // (slots * WORTH_A_TASK))))
    limit = -(-work // tasks)
    shares = []
    for folder in folders:
        parts = min(folder.objects, -(-folder.weight // limit))
        shares += [(folder.weight // parts, Share(folder, part, parts)) for part in range(parts)]
    loads = [(0, task) for task in range(tasks)]
    result = [[] for _ in range(tasks)]
    for weight, share in sorted(shares, key=lambda each: (-each[0], each[1].folder.key, each[1].part)):
        load, task = heapq.heappop(loads)
        result[task].append(share)
        heapq.heappush(loads, (load + weight, task))
    return [task for task in result if task]
