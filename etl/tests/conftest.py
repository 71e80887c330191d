"""What the tests share: the transform as a module, one Spark for the whole session, and a small data lake to run on."""

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
from moto.server import ThreadedMotoServer
from pyspark import cloudpickle
from pyspark.sql import SparkSession

ETL = Path(__file__).parent.parent


def load_transform():
    """weather-transform.py as a module; its functions travel to Spark's workers by value, as a script's do."""
    spec = importlib.util.spec_from_file_location("weather_transform", ETL / "weather-transform.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    cloudpickle.register_pickle_by_value(module)
    return module


transform = load_transform()

hypothesis.settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("repeatable")


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


@pytest.fixture(scope="session", autouse=True)
def spark(s3_server):
    os.environ["PYSPARK_PYTHON"] = sys.executable
    settings = {"spark.ui.enabled": "false", "spark.driver.memory": "2g", "spark.driver.host": "localhost"}
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
    """A data lake in a directory, and runs of the transform over it."""

    window = ("2026-01-02T00:00:00+07:00", "2026-01-09T00:00:00+07:00")

    def __init__(self, root):
        self.root = root
        self.devices = ETL / "devices.json"

    def put(self, arrival, body, location="Hanoi", suffix="", name=None):
        """An object that arrived at an ISO 8601 instant; its key. Records are written as JSON, one a line."""
        epoch = millis(arrival)
        day = datetime.fromtimestamp(epoch / 1000, timezone.utc).date()
        key = f"location={quote(location, safe='')}/date={day}/{name or f'{epoch}{suffix}.json'}"
        path = self.root / "raw" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(body, (dict, list)):
            body = "\n".join(
                json.dumps(record, ensure_ascii=False) for record in ([body] if isinstance(body, dict) else body)
            )
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

    def run(self, **changes):
        """Runs the transform; its metrics as written, with attribute access."""
        transform.main(self.arguments(**changes))
        return SimpleNamespace(**json.loads((self.root / "metrics" / "run.json").read_text()))

    def files(self, folder):
        """Text of all objects below a folder by key, but for metrics."""
        root = self.root / folder
        return {str(p.relative_to(root)): p.read_text() for p in sorted(root.rglob("*")) if p.is_file()}

    def rows(self, location=None):
        """The written CSV rows as dictionaries, in order of their keys."""
        found = []
        for key, body in self.files("out").items():
            if location is None or key.startswith(f"location={quote(location, safe='')}/"):
                header, *lines = body.splitlines()
                found += [dict(zip(header.split(","), line.split(","))) for line in lines]
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


def station(time=None, location=None, **data):
    """A station's message; data by the names of devices.json's first shape."""
    record = {"timestamp": time, "location": location, "data": data or {"temperature": 20}}
    return {name: value for name, value in record.items() if value is not None}
