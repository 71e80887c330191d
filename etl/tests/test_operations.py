"""docs/operations.md, Add a device: the shape that the page adds takes the message that it shows."""

import json
import re

from conftest import ETL


def test_the_device_of_the_page_of_operations(lake):
    page = (ETL.parent / "docs" / "operations.md").read_text()
    shape, message = re.findall(r"^```json\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    devices = json.loads((ETL / "devices.json").read_text())
    devices["shapes"].append(json.loads(shape))
    lake.devices = lake.root / "devices.json"
    lake.devices.write_text(json.dumps(devices))
    lake.put("2026-01-05T00:31:00Z", message, location="Elsewhere")
    written = lake.run()
    assert (written.records_aggregated, written.records_quarantined) == (1, {})
    (row,) = lake.rows()
    named = ("window_start", "location", "device_id", "temperature_avg", "wind_speed_avg", "humidity_avg")
    assert [row[name] for name in named] == ["2026-01-05T07:00:00+07:00", "Hue", "r-1", "25", "2.5", ""]
