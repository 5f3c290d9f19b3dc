"""The administration in Chromium: what fits on its screens, and what follows by itself."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from devices.models import Sensor
from monitoring.models import ReadingImport
from tests.admin.conftest import LISTS, email_to, quarantine
from tests.conftest import Store
from tests.e2e.conftest import OpenSession

pytestmark = pytest.mark.django_db(transaction=True)

IMPORTS = "/admin/monitoring/readingimport/"


@pytest.fixture
def running(administrator: User) -> ReadingImport:
    """An import of which the worker has read a third."""
    return ReadingImport.objects.create(
        user=administrator,
        file_name="past.csv",
        size_bytes=3000,
        done_bytes=1000,
        rows_read=1234,
        state="running",
        created_at=timezone.now(),
    )


@pytest.mark.parametrize("page_name", ["list", "own"])
def test_import_is_followed_without_a_reload(
    address: str, open_session: OpenSession, running: ReadingImport, page_name: str
) -> None:
    path = IMPORTS if page_name == "list" else f"{IMPORTS}{running.pk}/change/"
    page = open_session(address, running.user.email).new_page()
    page.goto(address + path)
    content = page.locator("#content-main")
    expect(content).to_contain_text("33% · 1,234 rows")
    page.evaluate("document.body.dataset.kept = ''")  # gone after a reload
    updated = ReadingImport.objects.filter(pk=running.pk)
    updated.update(done_bytes=2000, rows_read=2000)
    expect(content).to_contain_text("66% · 2,000 rows", timeout=30_000)
    updated.update(done_bytes=3000, rows_read=3000, rows_stored=777, state="done")
    expect(content).to_contain_text("100% · 3,000 rows", timeout=30_000)
    expect(content).to_contain_text("777")
    assert page.locator("body[data-kept]").count() == 1
    assert page.locator("[data-unfinished]").count() == 0


#: How many pixels of each table lie outside of its frame.
MEASURE_HIDDEN = """[...document.querySelectorAll(".results")]
    .map(frame => frame.scrollWidth - frame.clientWidth)"""


def test_lists_show_all_of_their_columns(
    address: str, open_session: OpenSession, administrator: User, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 100.0), (60, 105.0), (120, 1.0))
    quarantine(sensor_uuid=meter.uuid)
    email_to(administrator)
    screen = {"width": 1440, "height": 900}
    page = open_session(address, administrator.email, viewport=screen).new_page()
    hidden = {}
    for name in LISTS:
        page.goto(f"{address}/admin/{name.replace('_', '/')}/")
        hidden[name] = page.evaluate(MEASURE_HIDDEN)
    assert {name: pixels for name, pixels in hidden.items() if any(pixels)} == {}
    assert hidden["devices_sensor"] == [0]
