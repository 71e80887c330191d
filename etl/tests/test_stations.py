"""examples/: stations as their makers document them, and what becomes of a sample of each."""

import json

import pytest
from conftest import ETL

from weather.devices import load_devices

EXAMPLES = ETL / "examples"
ARRIVAL = "2026-01-05T00:02:00Z"
SEVEN = "2026-01-05T07:00:00+07:00,2026-01-05T08:00:00+07:00"

# name of the example, when its sample arrived, its rows
STATIONS = [
    ("tempest", ARRIVAL, [f"{SEVEN},Hanoi,ST-00000512,3,22.377,22.36,22.4,50.18,1017.573,147,0.785,2.5,,"]),
    ("davis", ARRIVAL, [f"{SEVEN},Hanoi,001D0AFF0001,1,20.278,20.278,20.278,61.3,1016.323,265,2.012,4.47,1.4,6.2"]),
    ("ecowitt", ARRIVAL, [f"{SEVEN},Hanoi,Hanoi,1,23.5,23.5,23.5,57,1007.3,207,1.2,2.4,,2.8"]),
    (
        "tasmota",
        "2026-01-05T06:16:00Z",
        ["2026-01-05T13:00:00+07:00,2026-01-05T14:00:00+07:00,Hanoi,Hanoi,3,3.45,3.4,3.5,80.667,1003.25,,,,,"],
    ),
    (
        "ambient",
        ARRIVAL,
        [
            f"{SEVEN},Hanoi,00:00:5E:00:53:B0,1,16,16,16,70,,,,,,",
            f"{SEVEN},Harbour,00:00:5E:00:53:AF,1,15,15,15,72,1013.208,185,4.47,6.706,,12.7",
        ],
    ),
]

# name of the example, what is otherwise in its sample, its row from the temperature on
VARIANTS = [
    ("davis", {'"rain_size": 2': '"rain_size": 1'}, "20.278,20.278,20.278,61.3,1016.323,265,2.012,4.47,1.778,7.874"),
    ("davis", {'"rain_size": 2': '"rain_size": 9'}, "20.278,20.278,20.278,61.3,1016.323,265,2.012,4.47,,"),
    (
        "ecowitt",
        {
            '"C"': '"F"',
            '"23.5"': '"74.3"',
            " hPa": " inHg",
            "1007.3": "29.92",
            " m/s": " mph",
            " mm": " in",
            "2.8": "1",
        },
        "23.5,23.5,23.5,57,1013.208,207,0.536,1.073,,25.4",
    ),
    ("ecowitt", {'"rain"': '"piezoRain"'}, "23.5,23.5,23.5,57,1007.3,207,1.2,2.4,,2.8"),
]


def sample(name):
    return (EXAMPLES / f"{name}.sample.json").read_text()


def run(lake, name, arrival, text):
    """(rows, metrics) of a run over one object, with the description of an example."""
    lake.devices = EXAMPLES / f"{name}.devices.json"
    lake.put(arrival, text)
    written = lake.run()
    return [row for body in lake.files("out").values() for row in body.splitlines()[1:]], written


def test_every_example_is_tested():
    assert sorted(path.name for path in EXAMPLES.iterdir()) == sorted(
        f"{name}.{kind}.json" for name, *_ in STATIONS for kind in ("devices", "sample")
    )


@pytest.mark.parametrize(("name", "arrival", "rows"), STATIONS, ids=[name for name, *_ in STATIONS])
def test_a_station_s_sample(lake, name, arrival, rows):
    found, written = run(lake, name, arrival, sample(name))
    assert found == rows
    assert (written.records_read, written.records_quarantined) == (written.records_aggregated, {})


@pytest.mark.parametrize(("name", "changes", "row"), VARIANTS)
def test_a_station_that_is_set_otherwise(lake, name, changes, row):
    text = sample(name)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    ((found,), _) = run(lake, name, ARRIVAL, text)
    assert found.split(",", 5)[5] == row


def test_a_unit_that_is_not_described_is_refused_and_not_misread(lake):
    _, written = run(lake, "ecowitt", ARRIVAL, sample("ecowitt").replace(" m/s", " km/h"))
    assert written.records_quarantined == {"not-a-number": 1}


@pytest.mark.parametrize("name", [name for name, *_ in STATIONS])
def test_an_example_says_where_it_is_from_and_has_the_ranges_of_devices_json(name):
    path = EXAMPLES / f"{name}.devices.json"
    assert load_devices(path.as_uri()).shapes
    described = json.loads(path.read_text())
    assert "https://" in " ".join(described["about"])
    assert described["ranges"] == json.loads((ETL / "devices.json").read_text())["ranges"]


def test_the_examples_can_be_one_description(lake):
    """Shapes that say their device, location and time themselves can stand side by side, beside the platform's own."""
    together = json.loads((ETL / "devices.json").read_text())
    for name, *_ in STATIONS:
        described = json.loads((EXAMPLES / f"{name}.devices.json").read_text())
        own = {key: described[key] for key in ("device", "location", "time")}
        together["shapes"] += [{**own, **shape} for shape in described["shapes"]]
    lake.devices = lake.root / "devices.json"
    lake.devices.write_text(json.dumps(together))
    for name, arrival, _ in STATIONS:
        lake.put(arrival, sample(name), suffix=f"-{name}")
    lake.put(ARRIVAL, {"temperature": 20}, "Da Nang")
    written = lake.run()
    found = [row for body in lake.files("out").values() for row in body.splitlines()[1:]]
    assert set(found) >= {row for *_, rows in STATIONS for row in rows}
    assert (written.records_read, written.records_aggregated) == (11, 11)
