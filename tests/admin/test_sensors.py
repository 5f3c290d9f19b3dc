"""Sensors in the admin."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.models import SensorState
from tests.conftest import Store, make_sensor

LIST = "/admin/devices/sensor/"


def descriptions(client: Client, **query: str) -> list[str]:
    page = client.get(LIST, query)
    assert page.status_code == 200
    return [sensor.description for sensor in page.context["cl"].result_list]


@pytest.fixture
def sensors(flat: Device, store: Store) -> None:
    """One that is live, one that has been silent for two hours, one that was never seen."""
    now = timezone.now()
    store(make_sensor(flat, "Live"), (0, 10.0), (30, 11.5), now=now)
    store(make_sensor(flat, "Silent"), (0, 10.0), now=now - timedelta(hours=2))
    make_sensor(flat, "Never")


def test_newest_come_first_and_the_heads_sort_by_what_was_heard(
    as_administrator: Client, sensors: None
) -> None:
    assert descriptions(as_administrator) == ["Never", "Silent", "Live"]
    last_seen = as_administrator.get(LIST).context["cl"].list_display.index("last_seen")
    assert descriptions(as_administrator, o=str(last_seen)) == ["Silent", "Live", "Never"]


@pytest.mark.parametrize("seen", ["live", "silent", "never"])
def test_filter_tells_live_silent_and_never_seen(
    as_administrator: Client, sensors: None, seen: str
) -> None:
    assert descriptions(as_administrator, seen=seen) == [seen.title()]


def test_inactive_sensor_is_neither_live_nor_has_it_power(
    as_administrator: Client, sensors: None
) -> None:
    Sensor.objects.filter(description="Live").update(is_active=False)
    assert descriptions(as_administrator, seen="live") == []
    assert "3.000" not in as_administrator.get(LIST, {"q": "Live"}).text


def test_row_shows_register_power_and_times(
    as_administrator: Client, administrator: User, sensors: None
) -> None:
    User.objects.filter(pk=administrator.pk).update(time_zone="Europe/Bucharest")
    text = as_administrator.get(LIST, {"seen": "live"}).text
    seen_at = SensorState.objects.get(sensor__description="Live").received_at
    seen = date_format(timezone.localtime(seen_at, ZoneInfo("Europe/Bucharest")), "j M Y, H:i")
    for shown in ("alice@example.com", "11.500", "3.000", "4.000", seen):
        assert shown in text


def test_step_of_the_register_is_typed_with_a_comma_and_may_be_empty(
    as_administrator: Client, meter: Sensor
) -> None:
    url = f"{LIST}{meter.pk}/change/"
    form = {"device": meter.device_id, "description": "Main meter", "max_power_kw": "4"}
    for typed, step_kwh in (("0,001", Decimal("0.001")), ("", None)):
        assert as_administrator.post(url, {**form, "register_step_kwh": typed}).status_code == 302
        meter.refresh_from_db()
        assert meter.register_step_kwh == step_kwh
    refused = as_administrator.post(url, {**form, "register_step_kwh": "0"})
    assert "register_step_kwh" in refused.context["adminform"].form.errors


def test_sensor_is_found_by_its_id_or_a_part_of_it(as_administrator: Client, sensors: None) -> None:
    live = Sensor.objects.get(description="Live")
    assert descriptions(as_administrator, q=str(live.uuid)) == ["Live"]
    assert descriptions(as_administrator, q=str(live.uuid).upper()[:13]) == ["Live"]
    assert len(descriptions(as_administrator, q="alice")) == 3


def test_page_shows_the_state_and_leads_to_the_findings(
    as_administrator: Client, sensors: None
) -> None:
    live = Sensor.objects.get(description="Live")
    page = as_administrator.get(reverse("admin:devices_sensor_change", args=[live.pk])).text
    link = f"/admin/monitoring/peak/?sensor__id__exact={live.pk}"
    assert link in page
    assert as_administrator.get(link).status_code == 200
    never = Sensor.objects.get(description="Never")
    page = as_administrator.get(reverse("admin:devices_sensor_change", args=[never.pk])).text
    assert "None" not in page


def test_sensor_is_added_with_the_id_of_the_meter(as_administrator: Client, flat: Device) -> None:
    uuid = "5c2494a3-1140-4c7a-991a-a1a2561c6bc2"
    assert as_administrator.get(f"{LIST}add/").status_code == 200
    form = {"uuid": uuid, "device": str(flat.pk), "description": "Meter", "max_power_kw": "4"}
    assert as_administrator.post(f"{LIST}add/", form).status_code == 302
    assert Sensor.objects.get().uuid.hex == uuid.replace("-", "")
    assert as_administrator.post(f"{LIST}add/", form).status_code == 200  # taken


def test_sensor_with_readings_is_not_deleted_and_they_are_not_even_read(
    as_administrator: Client, sensors: None
) -> None:
    live = Sensor.objects.get(description="Live")
    delete = reverse("admin:devices_sensor_delete", args=[live.pk])
    with CaptureQueriesContext(connection) as queries:
        page = as_administrator.get(reverse("admin:devices_sensor_change", args=[live.pk]))
        refused = as_administrator.post(delete, {"post": "yes"})
    assert refused.status_code == 403
    assert delete not in page.text
    assert not any("monitoring_reading" in query["sql"] for query in queries)
    assert "delete_selected" not in as_administrator.get(LIST).text
    assert Sensor.objects.count() == 3


def test_sensor_without_readings_is_deleted(as_administrator: Client, sensors: None) -> None:
    never = Sensor.objects.get(description="Never")
    url = reverse("admin:devices_sensor_delete", args=[never.pk])
    page = reverse("admin:devices_sensor_change", args=[never.pk])
    assert url in as_administrator.get(page).text
    assert as_administrator.post(url, {"post": "yes"}).status_code == 302
    assert Sensor.objects.count() == 2
