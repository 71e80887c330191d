"""The same job on s3:// URIs, against moto's S3 server, in this process and once on Spark."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from conftest import ETL, millis, station, transform
from here import Here


@pytest.fixture
def s3(s3_server):
    """A client of an S3 with the empty buckets raw and out, and a devices.json."""
    client = boto3.client("s3")
    for bucket in ("raw", "out"):
        client.create_bucket(Bucket=bucket)
    client.put_object(Bucket="out", Key="devices.json", Body=(ETL / "devices.json").read_bytes())
    yield client
    for bucket in ("raw", "out"):
        boto3.resource("s3").Bucket(bucket).objects.delete()
        client.delete_bucket(Bucket=bucket)


def keys(client, bucket):
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [each["Key"] for page in pages for each in page.get("Contents", [])]


def put(client, arrival, record, location="H%C3%A0%20N%E1%BB%99i", **options):
    key = f"telemetry/location={location}/date={arrival[:10]}/{millis(arrival)}.json"
    client.put_object(Bucket="raw", Key=key, Body=json.dumps(record).encode(), **options)
    return key


@pytest.fixture
def run(monkeypatch):
    def run(spark=None, **changes):
        given = {
            "source": "s3://raw/telemetry/",
            "target": "s3://out/weather",
            "quarantine": "s3://out/quarantine",
            "metrics": "s3://out/metrics/run-1.json",
            "devices": "s3://out/devices.json",
            "window-start": "2026-01-02T00:00:00+07:00",
            "window-end": "2026-01-09T00:00:00+07:00",
            **changes,
        }
        if not spark:
            monkeypatch.setattr(transform, "start_spark", lambda _: Here())
        return transform.main([word for name, value in given.items() for word in (f"--{name}", value)])

    return run


def text(client, key):
    return client.get_object(Bucket="out", Key=key)["Body"].read().decode()


def test_a_run_on_s3(s3, spark, run):
    put(s3, "2026-01-05T00:00:00", station(temperature=20))
    put(s3, "2026-01-05T00:30:00", station(temperature=21))
    bad = put(s3, "2026-01-06T00:00:00", {"temperature": "warm"})
    s3.put_object(Bucket="raw", Key="telemetry/location=x/date=2026-01-05/", Body=b"")  # a console's folder
    s3.put_object(Bucket="raw", Key="telemetry/", Body=b"")
    s3.put_object(Bucket="raw", Key="telemetry/readme.txt", Body=b"hello")
    s3.put_object(Bucket="raw", Key="telemetry-2/location=x/date=2026-01-05/1767571200000.json", Body=b"{}")
    gone, beside = (f"weather/date=2026-01-{day}/part-00000.csv" for day in ("04", "01"))
    stale = "quarantine/date=2026-01-05/part-00000.json"
    for key in (gone, beside, stale):
        s3.put_object(Bucket="out", Key=key, Body=b"an earlier run's")
    metrics = run(spark)
    written = "weather/date=2026-01-05/part-00000.csv"
    refused = "quarantine/date=2026-01-06/part-00000.json"
    assert set(keys(s3, "out")) == {written, beside, refused, "devices.json", "metrics/run-1.json"}
    assert (
        text(s3, written)
        .splitlines()[1]
        .startswith("2026-01-05T07:00:00+07:00,2026-01-05T08:00:00+07:00,Hà Nội,Hà Nội,2,20.5,20,21,")
    )
    assert json.loads(text(s3, refused)) == {
        "reason": "not-a-number",
        "source": bad.removeprefix("telemetry/"),
        "record": {"temperature": "warm"},
    }
    assert json.loads(text(s3, "metrics/run-1.json")) == metrics
    assert (metrics["objects_read"], metrics["objects_ignored"]) == (3, 1)
    before = {key: text(s3, key) for key in keys(s3, "out")}
    assert run() == metrics
    assert {key: text(s3, key) for key in keys(s3, "out")} == before


def test_a_source_that_is_a_whole_bucket_and_deeper_folders(s3, run):
    key = f"location=a/date=2026-01-05/hour=00/{millis('2026-01-05T00:00:00')}.json"
    s3.put_object(Bucket="raw", Key=key, Body=b'{"temperature": "warm"}')
    assert run(source="s3://raw")["records_quarantined"] == {"not-a-number": 1}
    assert json.loads(text(s3, "quarantine/date=2026-01-05/part-00000.json"))["source"] == key


def test_more_objects_than_a_page_lists(s3, run, monkeypatch):
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    for number in range(10):
        for location in ("a", "b", f"c-{number}"):
            put(s3, f"2026-01-05T00:00:0{number}", station(temperature=number), location=location)
    assert s3.list_objects_v2(Bucket="raw")["KeyCount"] == 3
    metrics = run()
    assert (metrics["objects_read"], metrics["locations"], metrics["windows_written"]) == (30, 12, 12)


def test_an_empty_source_with_days_to_lose_changes_nothing(s3, run):
    key = "weather/date=2026-01-04/part-00000.csv"
    s3.put_object(Bucket="out", Key=key, Body=b"an earlier run's")
    with pytest.raises(SystemExit, match="date=2026-01-04"):
        run()
    assert set(keys(s3, "out")) == {key, "devices.json"}


def test_an_archived_object_is_unreadable(s3, run):
    put(s3, "2026-01-05T00:00:00", station(), StorageClass="GLACIER")
    assert run()["records_quarantined"] == {"unreadable-object": 1}


def test_anything_else_that_s3_refuses_ends_the_job(s3, run):
    with pytest.raises(ClientError, match="NoSuchBucket"):
        run(source="s3://nowhere/telemetry")


def test_devices_that_are_not_there_are_a_bad_argument(s3, run, capsys):
    with pytest.raises(SystemExit):
        run(devices="s3://out/nothing.json")
    assert "--devices: s3://out/nothing.json cannot be read" in capsys.readouterr().err
