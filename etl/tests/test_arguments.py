"""The command line: what is refused, by name, and what is taken."""

import json

import pytest
from conftest import DESCRIPTION, transform

from weather.stores import FileStore, S3Store, object_at, store_at
from weather.times import DAY, MINUTE


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"source": None}, "required: --source"),
        ({"source": "raw"}, "--source: 'raw' is not a URI like s3://bucket/prefix or file:///directory"),
        ({"target": "https://x/y"}, "--target: 'https://x/y' is not a URI"),
        ({"quarantine": ""}, "--quarantine: '' is not a URI"),
        ({"metrics": "file:///lake/"}, "--metrics: 'file:///lake/' is not the URI of an object"),
        ({"metrics": "s3://bucket"}, "--metrics: 's3://bucket' is not the URI of an object"),
        ({"devices": "file:///nowhere/devices.json"}, "--devices: file:///nowhere/devices.json cannot be read"),
        ({"window_start": "2026-01-02"}, "--window-start: '2026-01-02' is not a time in ISO 8601 with an offset"),
        ({"window_start": "2026-01-02T00:00:00"}, "--window-start: '2026-01-02T00:00:00' is not a time"),
        ({"window_start": "2026-01-02T01:00:00+07:00"}, "--window-start: not midnight at the offset of --utc-offset"),
        ({"window_end": "2026-01-09T00:00:00Z"}, "--window-end: not midnight"),
        ({"window_end": "2026-01-02T00:00:00+07:00"}, "--window-end: must be later than --window-start"),
        ({"utc_offset": "-05:00"}, "--window-start: not midnight"),
        ({"utc_offset": "7"}, "--utc-offset: '7' is not an offset from -12:00 to +14:00, like +07:00"),
        ({"utc_offset": "-12:15"}, "--utc-offset: '-12:15' is not an offset"),
        ({"utc_offset": "+07:60"}, "--utc-offset: '+07:60' is not an offset"),
        ({"aggregation": "7 hours"}, "--aggregation: '7 hours' does not divide 24 hours"),
        ({"aggregation": "0 hours"}, "--aggregation: '0 hours' does not divide 24 hours"),
        ({"aggregation": "hourly"}, "--aggregation: 'hourly' is not a span"),
        ({"lateness": "-1 days"}, "--lateness: '-1 days' is not a span"),
        ({"lateness": "400 days"}, "--lateness: '400 days' is not a span of at most 366 days"),
    ],
)
def test_a_bad_argument_ends_the_job_at_once(lake, capsys, change, names):
    with pytest.raises(SystemExit) as ended:
        transform.main(lake.arguments(**change))
    assert ended.value.code == 2
    assert names in capsys.readouterr().err
    assert not (lake.root / "metrics").exists()


def test_a_wrong_description_is_a_bad_argument(lake, capsys):
    changed = json.loads(json.dumps(DESCRIPTION))
    changed["shapes"][0]["measurements"]["temperature"]["unit"] = "°R"
    lake.devices = lake.root / "devices.json"
    lake.devices.write_text(json.dumps(changed))
    with pytest.raises(SystemExit) as ended:
        transform.main(lake.arguments())
    assert ended.value.code == 2
    assert "--devices" in (said := capsys.readouterr().err)
    assert "shapes[0].measurements.temperature.unit" in said


def test_a_description_that_is_not_utf_8_is_a_bad_argument(lake, capsys):
    lake.devices = lake.root / "devices.json"
    lake.devices.write_bytes(b"{\xff}")
    with pytest.raises(SystemExit):
        transform.main(lake.arguments())
    assert "devices.json is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "other"), [("target", "source"), ("quarantine", "source"), ("quarantine", "target")])
def test_source_target_and_quarantine_are_three_places(lake, capsys, name, other):
    places = dict(zip(lake.arguments()[::2], lake.arguments()[1::2]))
    with pytest.raises(SystemExit):
        transform.main(lake.arguments(**{name: places[f"--{other}"] + "/"}))
    assert f"--{name}: must not be the place of --{other}" in capsys.readouterr().err


def test_arguments_as_glue_passes_them(lake):
    window = {"window_start": "2026-01-02T05:00:00Z", "window_end": "2026-01-03T05:00:00+00:00"}
    words = [*lake.arguments(utc_offset="-05:00", **window), "--JOB_NAME", "x", "--enable-metrics", "--shift", "-3"]
    job = transform.parse_arguments(words)
    assert (job.offset, job.step, job.lateness) == (-5 * 60 * MINUTE, 60 * MINUTE, 2 * DAY)
    assert job.local_time(job.start) == "2026-01-02T00:00:00-05:00"


def test_options_are_not_abbreviated(lake):
    assert transform.parse_arguments([*lake.arguments(), "--late", "1 day"]).lateness == 2 * DAY


@pytest.mark.parametrize(
    ("uri", "store"),
    [
        ("file:///lake/raw/", FileStore("/lake/raw")),
        ("file:///la%20ke", FileStore("/la ke")),
        ("s3://bucket", S3Store("bucket", "")),
        ("s3://bucket/", S3Store("bucket", "")),
        ("s3a://bucket/a/b/", S3Store("bucket", "a/b/")),
        ("s3://bucket/a%20b", S3Store("bucket", "a%20b/")),  # a key is not encoded
    ],
)
def test_the_store_of_a_uri(uri, store):
    assert (type(store_at(uri)), vars(store_at(uri))) == (type(store), vars(store))


@pytest.mark.parametrize(
    ("uri", "root", "key"),
    [
        ("file:///lake/m%20n.json", FileStore("/lake"), "m n.json"),
        ("file:///metrics.json", FileStore("/"), "metrics.json"),
        ("s3://bucket/metrics.json", S3Store("bucket", ""), "metrics.json"),
        ("s3://bucket/a/m%20n.json", S3Store("bucket", "a/"), "m%20n.json"),
    ],
)
def test_the_object_of_a_uri(uri, root, key):
    store, found = object_at(uri)
    assert (vars(store), found) == (vars(root), key)
