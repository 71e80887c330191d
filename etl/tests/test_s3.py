"""The same job on s3:// URIs, against moto's S3 server."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from conftest import ETL, millis, station, transform


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


def run(**changes):
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
    return transform.main([word for name, value in given.items() for word in (f"--{name}", value)])


def test_a_run_on_s3(s3):
    put(s3, "2026-01-05T00:00:00", station(temperature=20))
    put(s3, "2026-01-05T00:30:00", station(temperature=21))
    bad = put(s3, "2026-01-06T00:00:00", {"temperature": "warm"})
    s3.put_object(Bucket="raw", Key="telemetry/location=x/date=2026-01-05/", Body=b"")  # a console's folder
    gone = "weather/location=H%C3%A0%20N%E1%BB%99i/date=2026-01-04/part-00000.csv"
    beside = "weather/location=H%C3%A0%20N%E1%BB%99i/date=2026-01-01/part-00000.csv"
    stale = "quarantine/date=2026-01-05/part-00000.json"
    for key in (gone, beside, stale):
        s3.put_object(Bucket="out", Key=key, Body=b"an earlier run's")
    metrics = run()
    written = "weather/location=H%C3%A0%20N%E1%BB%99i/date=2026-01-05/part-00000.csv"
    refused = "quarantine/date=2026-01-06/part-00000.json"
    assert set(keys(s3, "out")) == {written, beside, refused, "devices.json", "metrics/run-1.json"}
    text = s3.get_object(Bucket="out", Key=written)["Body"].read().decode()
    assert text.splitlines()[1].startswith("2026-01-05T07:00:00+07:00,2026-01-05T08:00:00+07:00,Hà Nội,2,20.5,20,21,")
    line = json.loads(s3.get_object(Bucket="out", Key=refused)["Body"].read())
    assert line == {
        "reason": "not-a-number",
        "source": bad.removeprefix("telemetry/"),
        "record": {"temperature": "warm"},
    }
    assert json.loads(s3.get_object(Bucket="out", Key="metrics/run-1.json")["Body"].read()) == metrics


def test_more_objects_than_a_page_lists(s3):
    for number in range(1000):
        s3.put_object(Bucket="raw", Key=f"telemetry/location=a/date=2026-01-05/.hidden-{number}", Body=b"")
    put(s3, "2026-01-05T00:00:00", station(), location="a")
    assert run()["records_aggregated"] == 1


def test_an_archived_object_is_unreadable(s3):
    put(s3, "2026-01-05T00:00:00", station(), StorageClass="GLACIER")
    assert run()["records_quarantined"] == {"unreadable-object": 1}


def test_anything_else_that_s3_refuses_ends_the_job(s3):
    with pytest.raises(ClientError, match="NoSuchBucket"):
        run(source="s3://nowhere/telemetry")


def test_devices_that_are_not_there_are_a_bad_argument(s3, capsys):
    with pytest.raises(SystemExit):
        run(devices="s3://out/nothing.json")
    assert "--devices: s3://out/nothing.json cannot be read" in capsys.readouterr().err
