"""The administration in Chromium: what fits on its screens, and what follows by itself."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import FailedLogin, User
from devices.models import Device, Sensor
from monitoring.models import QuarantinedReading, ReadingImport, RegisterFall
from tests.admin.conftest import LISTS, email_to, quarantine
from tests.conftest import Store
from tests.e2e.conftest import OpenSession
from tests.e2e.test_every_page import find_violations, note_complaints

pytestmark = pytest.mark.django_db(transaction=True)

#: The head of the column with each row's name, in Django's tables of related objects.
OF_DJANGO = "empty-table-header"
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


@pytest.fixture
def rows(meter: Sensor, store: Store) -> None:
    """Something in each list."""
    store(meter, (0, 100.0), (60, 105.0), (120, 1.0))
    quarantine(sensor_uuid=meter.uuid)
    email_to(meter.device.owner)
    by = {"username": meter.device.owner.email, "ip_address": "192.0.2.1"}
    FailedLogin.objects.create(**by, failures_since_start=5)


@pytest.mark.parametrize("width", [1280, 1440])
def test_lists_show_all_of_their_columns(
    address: str, open_session: OpenSession, administrator: User, rows: None, width: int
) -> None:
    screen = {"width": width, "height": 900}
    page = open_session(address, administrator.email, viewport=screen).new_page()
    hidden = {}
    for name in LISTS:
        page.goto(f"{address}/admin/{name.replace('_', '/')}/")
        hidden[name] = page.evaluate(MEASURE_HIDDEN)
    assert {name: pixels for name, pixels in hidden.items() if any(pixels)} == {}
    assert hidden["devices_sensor"] == [0]


def test_administration_is_accessible_obeys_the_policy_and_fits_a_phone(
    address: str, open_session: OpenSession, administrator: User, running: ReadingImport, rows: None
) -> None:
    options: dict[str, Any] = {
        "bypass_csp": True,
        "reduced_motion": "reduce",
        "viewport": {"width": 390, "height": 844},
    }
    axed = open_session(address, administrator.email, color_scheme="light", **options).new_page()
    plain = open_session(address, administrator.email).new_page()
    found: list[str] = []
    note_complaints(plain, "policy", found)
    for path in list_administration(running):
        plain.goto(address + path)
        axed.goto(address + path)
        if axed.evaluate("document.documentElement.scrollWidth") > 390:
            found.append(f"{path} is wider than the screen")
        axed.set_viewport_size({"width": 1280, "height": 900})
        found += [told for told in find_violations(axed, path) if OF_DJANGO not in told]
        axed.emulate_media(color_scheme="dark")
        found += find_violations(axed, f"{path} in the dark", rules=["color-contrast"])
        axed.emulate_media(color_scheme="light")
        axed.set_viewport_size({"width": 390, "height": 844})
    assert found == []


def list_administration(running: ReadingImport) -> list[str]:
    """The fleet page, every list, and a page of each kind."""
    user, device = User.objects.get(email="alice@example.com"), Device.objects.get()
    pages = [
        f"accounts/user/{user.pk}/change",
        "accounts/user/add",
        f"devices/device/{device.pk}/change",
        f"devices/sensor/{Sensor.objects.get().pk}/change",
        f"monitoring/registerfall/{RegisterFall.objects.get().pk}/change",
        f"monitoring/quarantinedreading/{QuarantinedReading.objects.get().pk}/change",
        f"monitoring/readingimport/{running.pk}/change",
        "monitoring/readingimport/add",
    ]
    lists = [name.replace("_", "/") for name in LISTS]
    return ["/admin/", *(f"/admin/{path}/" for path in (*lists, *pages))]


def test_decision_is_made_on_the_fleet_page_which_follows_by_itself(
    address: str, open_session: OpenSession, administrator: User, rows: None, running: ReadingImport
) -> None:
    page = open_session(address, administrator.email).new_page()
    page.goto(f"{address}/admin/")
    expect(page.locator("#imports")).to_contain_text("33% · 1,234 rows")
    ReadingImport.objects.update(done_bytes=2000, rows_read=2000)
    expect(page.locator("#imports")).to_contain_text("66% · 2,000 rows", timeout=30_000)
    page.click("#falls >> text=The register was reset")
    expect(page.locator(".messages")).to_contain_text("1 register fall: reset")
    page.click("#quarantine >> text=Discard")
    expect(page.locator("#quarantine")).to_contain_text("There is nothing to decide.")
    assert RegisterFall.objects.get().decision == "reset"
    assert QuarantinedReading.objects.get().decision == "discarded"
