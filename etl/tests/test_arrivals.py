"""Arrivals: which objects a run reads and counts, how they are shared out, and how many bytes are read at a time."""

import os
import threading
from collections import Counter
from io import BytesIO
from types import SimpleNamespace

import pytest
from conftest import millis, station
from here import Here
from hypothesis import given
from hypothesis import strategies as st

from weather import arrivals, stores
from weather.arrivals import TASKS_A_SLOT, WORTH_A_TASK, Folder, Share, arrived, locations, partitions, shared_out
from weather.stores import FileStore, S3Store, Unreadable


def listed(job):
    """The keys that a run reads, and how many names it ignores."""
    names, ignored = locations(job)
    found = list(partitions(job, names))
    folders = [each for each in found if isinstance(each, Folder)]
    keys = {key for folder in folders for key, *_ in arrived(job, Share(folder))}
    assert len(keys) == sum(folder.objects for folder in folders)
    return keys, ignored + sum(each for each in found if isinstance(each, int))


# --- What is read


def test_only_arrivals_from_the_window_start_until_its_end_and_the_lateness(lake):
    measured = station("2026-01-03T12:00:00+07:00")
    for number, arrival in enumerate(
        ("2026-01-01T23:59:59.999", "2026-01-02T00:00:00", "2026-01-10T23:59:59.999", "2026-01-11T00:00:00")
    ):
        lake.put(f"{arrival}+07:00", {**measured, "location": f"at-{number}"})
    metrics = lake.run()
    assert [row["location"] for row in lake.rows()] == ["at-2"]
    assert metrics.objects_read == 2
    assert metrics.records_quarantined == {"future": 1}  # at-1 arrived before its time
    assert lake.run(lateness="3 days").objects_read == 3
    assert [row["location"] for row in lake.rows()] == ["at-2", "at-3"]
    assert lake.run(lateness="0 days").objects_read == 1


def test_an_arrival_is_as_its_name_says_within_the_partitions_of_the_dates(lake):
    early, late = millis("2026-01-05T12:00:00"), millis("2026-01-20T12:00:00")
    kept = lake.put_at(f"location=a/date=2026-01-08/{early}.json")
    lake.put_at(f"location=a/date=2026-01-08/{late}.json")
    lake.put_at(f"location=a/date=2026-01-20/{early}.json")
    assert listed(lake.job()) == ({kept}, 0)


def test_partitions_of_other_dates_are_not_opened(lake, monkeypatch):
    for day in range(1, 29):
        lake.put(f"2026-01-{day:02}T12:00:00Z", station(), suffix="-a")
    walked, walk = [], FileStore.walk
    monkeypatch.setattr(FileStore, "walk", lambda store, folder: walked.append(folder) or walk(store, folder))
    assert len(listed(lake.job())[0]) == 9
    assert set(walked) == {f"location=Hanoi/date=2026-01-{day:02}/" for day in range(1, 11)}


def test_an_object_without_an_epoch_arrives_at_the_end_of_its_date(lake):
    for name in ("by-hand.json", "1767700800.txt", "x-1767700800000.json", "1767700800000x.json", "readings"):
        lake.put_at(f"location=a/date=2026-01-06/{name}", station("2026-01-05T23:59:00+07:00"))
    lake.put_at("location=a/date=2026-01-10/by-hand.json", station())  # partly read: until 17:00 UTC
    keys, _ = listed(lake.job())
    assert {key.split("/")[1] for key in keys} == {"date=2026-01-06"}
    assert len(keys) == 5
    assert listed(lake.job(window_end="2026-01-10T00:00:00+07:00"))[0] - keys == {
        "location=a/date=2026-01-10/by-hand.json"
    }
    lake.put_at("location=a/date=2026-01-01/by-hand.json", station())  # the window begins within its date
    metrics = lake.run()
    assert (metrics.records_read, metrics.records_duplicate, metrics.records_quarantined) == (6, 4, {"no-time": 1})
    assert list(lake.quarantined()) == ["2026-01-02"]


def test_deeper_folders_are_read_and_hidden_names_are_not(lake):
    epoch = millis("2026-01-05T00:00:00")
    read = [
        lake.put_at(f"location=a/date=2026-01-05/{deeper}{epoch}-{number}.json")
        for number, deeper in enumerate(("", "hour=00/", "a/b/c/", "_in/", ".in/"))
    ]
    for name in ("_SUCCESS", ".part.crc", f"_{epoch}.json", f"hour=00/.{epoch}.json"):
        lake.put_at(f"location=a/date=2026-01-05/{name}")
    assert listed(lake.job()) == (set(read), 0)


def test_what_is_ignored_is_counted(lake):
    lake.put("2026-01-05T00:00:00Z", station())
    ignored = ["loose.json", "other/a.json", "other/b/c.json", "Location=x/a.json", "location=a/loose.json",
               "location=a/day=5/x.json", "location=a/day=5/y.json", "location=a/2026/x.json"]  # fmt: skip
    neither = ["_SUCCESS", ".hidden", "_temporary/x.json", "location=a/_SUCCESS", "location=a/.x/y.json",
               "location=a/date=2025-01-05/1.json", "location=a/date=someday/1.json", "location=a/date=2026-01-05/_x",
               ]  # fmt: skip
    for key in (*ignored, *neither):
        lake.put_at(key)
    metrics = lake.run()
    assert (metrics.objects_read, metrics.records_read) == (1, 1)
    # a folder counts as one: loose.json, other, Location=x; in location=a loose.json, day=5, 2026
    assert metrics.objects_ignored == 6


def test_what_is_ignored_is_counted_when_nothing_is_read_too(lake):
    lake.put_at("loose.json")
    assert (lake.run().objects_ignored, lake.run().objects_read) == (1, 0)


@pytest.mark.parametrize(
    ("folder", "location"),
    [("H%C3%A0%20N%E1%BB%99i", "Hà Nội"), ("a+b", "a+b"), ("", None), ("__HIVE_DEFAULT_PARTITION__", None)],
)
def test_the_location_of_a_partition(lake, folder, location):
    lake.put_at(f"location={folder}/date=2026-01-05/{millis('2026-01-05T00:00:00')}.json", {"temperature": 20})
    metrics = lake.run()
    assert [row["location"] for row in lake.rows()] == [location] * (location is not None)
    assert metrics.records_quarantined == ({} if location else {"no-location": 1})


def test_an_object_that_the_system_refuses_is_unreadable(lake):
    lake.put("2026-01-05T00:00:01Z", station())
    gone = lake.put("2026-01-05T00:00:00Z", station())
    (lake.root / "raw" / gone).unlink()
    os.symlink("nowhere", lake.root / "raw" / gone)
    metrics = lake.run()
    assert (metrics.records_aggregated, metrics.records_quarantined) == (1, {"unreadable-object": 1})
    assert lake.quarantined()["2026-01-05"][0]["record"] == "FileNotFoundError: No such file or directory"


def test_an_object_that_goes_between_listing_and_reading_is_unreadable(lake):
    key = lake.put("2026-01-05T00:00:01Z", station())
    store = lake.job().source
    (found,) = store.walk("location=Hanoi/")
    (lake.root / "raw" / key).unlink()
    ((each, body),) = store.read_all([found])
    assert each == found
    assert isinstance(body, Unreadable)
    assert str(body) == "FileNotFoundError: No such file or directory"


# --- How work is shared out


def folders(*sizes):
    return [Folder(f"location=l/date={n}/", "l", n, objects, size) for n, (objects, size) in enumerate(sizes)]


FOLDERS = st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**12)), min_size=1, max_size=40)


@given(FOLDERS, st.integers(1, 64))
def test_every_object_is_in_exactly_one_share_and_tasks_are_few(sizes, slots):
    tasks = shared_out(folders(*sizes), slots)
    assert 1 <= len(tasks) <= TASKS_A_SLOT * slots
    assert TASKS_A_SLOT == 8
    parts = {}
    for share in (share for task in tasks for share in task):
        parts.setdefault(share.folder.key, []).append((share.part, share.of))
    assert len(parts) == len(sizes)
    for found in parts.values():
        assert sorted(found) == [(number, len(found)) for number in range(len(found))]
    assert all(tasks)


@given(FOLDERS, st.integers(1, 64))
def test_tasks_have_about_as_much_work(sizes, slots):
    tasks = shared_out(folders(*sizes), slots)
    loads = [sum(share.folder.weight / share.of for share in task) for task in tasks]
    work = sum(folder.weight for folder in folders(*sizes))
    largest = max(share.folder.weight / share.of for task in tasks for share in task)
    assert sum(loads) == pytest.approx(work)
    assert max(loads) <= work / len(tasks) + largest + 1
    if work > slots * WORTH_A_TASK and min(objects for objects, _ in sizes) > 8 * slots:
        assert len(tasks) >= slots
        assert max(loads) <= 2 * work / len(tasks) + 1


def test_little_work_gives_as_many_tasks_as_slots_and_much_a_multiple():
    assert len(shared_out(folders((1000, 10**6)), 4)) == 4
    assert len(shared_out(folders((1, 10**6)), 4)) == 1
    assert len(shared_out(folders((10**6, 10**12)), 4)) == 32
    assert len(shared_out(folders(*[(1000, 0)] * 5000), 2)) == 16


def test_the_shares_of_a_folder_are_its_objects(lake):
    for number in range(200):
        lake.put("2026-01-05T00:00:00Z", station(), suffix=f"-{number}")
    job = lake.job()
    (folder,) = [each for each in partitions(job, ["location=Hanoi"]) if isinstance(each, Folder)]
    shares = [[key for key, *_ in arrived(job, Share(folder, part, 7))] for part in range(7)]
    assert Counter(key for share in shares for key in share) == dict.fromkeys(
        [k for k, *_ in arrived(job, Share(folder))], 1
    )
    assert min(map(len, shares)) > 10


@pytest.mark.parametrize(("worth", "readers"), [(1, 24), (WORTH_A_TASK, 3)])
def test_tasks_and_writers_are_a_few_for_each_slot(lake, monkeypatch, worth, readers):
    monkeypatch.setattr(arrivals, "WORTH_A_TASK", worth)
    for number in range(300):
        lake.put(f"2026-01-{2 + number % 9:02}T00:00:00Z", station(), f"at-{number % 50}", f"-{number}")
    context = Here(slots=3)
    lake.run(context)
    _, *steps = context.stages
    assert steps == [readers, readers, min(7, readers)]  # a writer has days of its own


# --- How much is read at a time


class SlowS3:
    """A client that counts the bytes of the objects that are being read and have not been handed over."""

    def __init__(self, sizes):
        self.sizes, self.lock = sizes, threading.Lock()
        self.begun = 0
        self.exceptions = SimpleNamespace(InvalidObjectState=TimeoutError, NoSuchKey=FileNotFoundError)

    def get_object(self, Bucket, Key):  # noqa: N803
        with self.lock:
            self.begun += self.sizes[Key]
        if Key.startswith("gone"):
            raise FileNotFoundError(Key)
        return {"Body": BytesIO(Key.encode())}


@pytest.mark.parametrize("large", [10, 64, 70, 200])
def test_a_task_holds_at_most_64_mb_of_objects_or_a_single_one(large):
    assert stores.HELD == 64 << 20
    sizes = {f"{number}": (large if number % 5 == 0 else 7) << 20 for number in range(40)} | {"gone": 1}
    store = S3Store("b", "")
    store._client = client = SlowS3(sizes)
    handed = 0
    for (key, size, name), body in store.read_all((key, size, key) for key, size in sizes.items()):
        assert name == key
        assert isinstance(body, Unreadable) if key == "gone" else body == key.encode()
        handed += size
        with client.lock:
            held = client.begun - handed
        assert held <= max(stores.HELD, large << 20)
    assert handed == sum(sizes.values())


def test_what_else_s3_refuses_ends_the_task():
    store = S3Store("b", "")
    store._client = SlowS3({})
    with pytest.raises(KeyError):
        list(store.read_all([("a", 1)]))
