"""What the tests share: the script as a module, one Spark for those that need it, and a small data lake to run on."""

import importlib.util
import json
import os
import sys
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import hypothesis
import pytest
from here import Here
from moto.server import ThreadedMotoServer
from pyspark import cloudpickle
from pyspark.sql import SparkSession

ETL = Path(__file__).parent.parent
DESCRIPTION = json.loads((ETL / "devices.json").read_text())

hypothesis.settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("repeatable")


def load_script():
    """weather-transform.py as a module; its functions travel to Spark's workers by value, as a script's do."""
    spec = importlib.util.spec_from_file_location("weather_transform", ETL / "weather-transform.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    cloudpickle.register_pickle_by_value(module)
    return module


transform = load_script()

# A compiler and a collector for a Java that runs for seconds.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.fixture(scope="session")
def s3_server():
    """An S3 in this process, which boto3 finds through the environment, in Spark's workers too."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ["AWS_ENDPOINT_URL_S3"] = f"http://{host}:{port}"
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
    yield
    server.stop()


@pytest.fixture(scope="session")
def spark(s3_server):
    """A Spark on two cores, which the script finds when it asks for one."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.memory": "2g",
        "spark.driver.host": "localhost",
        "spark.driver.extraJavaOptions": QUICK,
    }
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def millis(instant):
    """Epoch milliseconds of an ISO 8601 instant; without an offset it is UTC."""
    time = datetime.fromisoformat(instant)
    return round((time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp() * 1000)


class Lake:
    """A data lake in a directory, and runs of the job over it."""

    window = ("2026-01-02T00:00:00+07:00", "2026-01-09T00:00:00+07:00")

    def __init__(self, root):
        self.root = root
        self.devices = ETL / "devices.json"

    def put(self, arrival, body, location="Hanoi", suffix="", name=None):
        """An object that arrived at an ISO 8601 instant; its key. Records are written as JSON, one a line."""
        epoch = millis(arrival)
        day = datetime.fromtimestamp(epoch / 1000, timezone.utc).date()
        return self.put_at(f"location={quote(location, safe='')}/date={day}/{name or f'{epoch}{suffix}.json'}", body)

    def put_at(self, key, body=b"{}"):
        """An object at a key; the key."""
        if isinstance(body, (dict, list)):
            body = "\n".join(
                json.dumps(record, ensure_ascii=False) for record in ([body] if isinstance(body, dict) else body)
            )
        path = self.root / "raw" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
        return key

    def arguments(self, **changes):
        given = {
            "source": (self.root / "raw").as_uri(),
            "target": (self.root / "out").as_uri(),
            "quarantine": (self.root / "quarantine").as_uri(),
            "metrics": (self.root / "metrics" / "run.json").as_uri(),
            "devices": self.devices.as_uri(),
            "window-start": self.window[0],
            "window-end": self.window[1],
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }
        return [word for name, value in given.items() if value is not None for word in (f"--{name}", value)]

    def job(self, **changes):
        return transform.parse_arguments(self.arguments(**changes))

    def run(self, spark=None, **changes):
        """Runs the job on a Spark or a Here, by default in this process; its metrics as written, by attribute."""
        with pytest.MonkeyPatch.context() as patch:
            if not isinstance(spark, SparkSession):
                patch.setattr(transform, "start_spark", lambda _: spark or Here())
            transform.main(self.arguments(**changes))
        return SimpleNamespace(**json.loads((self.root / "metrics" / "run.json").read_text()))

    def describe(self, *shapes, **top):
        """A description of its own, with the ranges of devices.json."""
        self.devices = self.root / "devices.json"
        self.devices.write_text(json.dumps(description(*shapes, **top)))

    def files(self, folder):
        """Text of all objects below a folder by key."""
        root = self.root / folder
        return {str(p.relative_to(root)): p.read_text() for p in sorted(root.rglob("*")) if p.is_file()}

    def written(self):
        """All that a run writes, by folder and key."""
        return {folder: self.files(folder) for folder in ("out", "quarantine", "metrics")}

    def rows(self):
        """The written CSV rows as dictionaries, in order of their keys."""
        found = []
        for body in self.files("out").values():
            header, *lines = body.splitlines()
            found += [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]
        return found

    def quarantined(self):
        """Quarantine records by local date of arrival."""
        return {
            key.split("/")[0].removeprefix("date="): [json.loads(line) for line in body.splitlines()]
            for key, body in self.files("quarantine").items()
        }


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path)


def description(*shapes, **top):
    """devices.json with other shapes."""
    return {**DESCRIPTION, **top, "shapes": list(shapes)}


def station(time=None, location=None, **data):
    """A station's message; data by the names of devices.json's first shape."""
    record = {"timestamp": time, "location": location, "data": data or {"temperature": 20}}
    return {name: value for name, value in record.items() if value is not None}
