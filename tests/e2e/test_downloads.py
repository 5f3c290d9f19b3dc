"""Files as a browser saves them: each format, from each page that offers them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from accounts.models import User
from devices.models import Sensor
from monitoring.exchange.formats import ENDINGS, Format
from monitoring.exchange.queue import start_import
from monitoring.exchange.running import run_imports
from tests.conftest import NOON, make_sensor
from tests.e2e.conftest import OpenSession
from tests.exchange.conftest import csv_of
from tests.exchange.files import require_same, rows_of, stored_rows
from tests.figures.households import constant, store_hours, sum_up

pytestmark = pytest.mark.django_db(transaction=True)

LENGTH = timedelta(days=40)  # of quarter hours: two pieces a sensor
END = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)  # pages show what is recent
START = END - LENGTH


@pytest.fixture
def sensors(meter: Sensor) -> list[Sensor]:
    """Alice's two, with a reading each hour."""
    found = [meter, make_sensor(meter.device, "Heating")]
    for number, sensor in enumerate(found, start=1):
        store_hours(sensor, constant(number), start=START, end=END)
    sum_up()
    return found


def download(page: Page, kind: Format) -> bytes:
    """Fills in the form of a page, and takes the file that it fetches."""
    form = page.locator("form.export")
    form.locator("[name=start]").fill(START.date().isoformat())
    form.locator("[name=end]").fill(END.date().isoformat())
    form.locator("[name=group_by]").select_option("quarter")
    form.locator("[name=format]").select_option(kind.value)
    with page.expect_download() as started:
        form.get_by_role("button").click()
    file = started.value
    assert file.failure() is None
    assert file.suggested_filename.endswith(f".{ENDINGS[kind]}")
    return Path(file.path()).read_bytes()


@pytest.mark.parametrize("kind", list(Format))
def test_browser_saves_the_stored_rows(
    address: str, open_session: OpenSession, alice: User, sensors: list[Sensor], kind: Format
) -> None:
    page = open_session(address, alice.email).new_page()
    page.goto(f"{address}/export/")
    require_same(rows_of(kind, download(page, kind)), stored_rows(sensors))


def test_each_page_gives_the_file_of_its_own_sensors(
    address: str, open_session: OpenSession, alice: User, sensors: list[Sensor]
) -> None:
    page = open_session(address, alice.email).new_page()
    meter, heating = sensors
    pages = {
        "/": sensors,
        f"/devices/{meter.device_id}/": sensors,
        f"/sensors/{heating.uuid}/": [heating],
    }
    for path, expected in pages.items():
        page.goto(f"{address}{path}")
        page.get_by_role("link", name="Export as a file").click()
        require_same(rows_of(Format.CSV, download(page, Format.CSV)), stored_rows(expected))


def test_administrator_saves_all_rejected_rows(
    address: str, open_session: OpenSession, administrator: User, meter: Sensor
) -> None:
    file = csv_of(meter, [(0, 1.0)]) + b"bad,bad,bad\n" * 2_000
    upload = start_import(user=administrator, file_name="past.csv", pieces=[file], now=NOON)
    run_imports()
    page = open_session(address, administrator.email).new_page()
    page.goto(f"{address}/admin/monitoring/readingimport/{upload.pk}/change/")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download the list (CSV)").click()
    text = Path(started.value.path()).read_text()
    stored = upload.rejected.order_by("line").values_list("line", flat=True)
    assert [int(row["line"]) for row in csv.DictReader(io.StringIO(text))] == list(stored)
    assert len(stored) == 2_000
