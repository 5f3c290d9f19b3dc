"""The page for exports: a form, and the file that it asks for."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.template import Context, Template
from django.test import Client

from devices.models import Device, Sensor
from tests.conftest import Store, make_sensor

DAY = {"start": "2026-03-10", "end": "2026-03-10", "group_by": "day", "format": "csv"}


def paths(sensor: Sensor) -> list[str]:
    return [
        f"/sensors/{sensor.uuid}/export/",
        f"/devices/{sensor.device_id}/export/",
        "/export/",
    ]


def test_days_are_the_users_and_both_included(
    as_alice: Client, meter: Sensor, store: Store, summed: Callable[[], None]
) -> None:
    meter.device.owner.time_zone = "Europe/Bucharest"
    meter.device.owner.save()
    store(meter, (0, 10.0), (30, 10.5))
    summed()
    for path in paths(meter):
        answer = as_alice.get(path, DAY)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer.getvalue().decode().splitlines()[1:] == [
            f"2026-03-10T00:00:00+02:00,2026-03-11T00:00:00+02:00,{meter.uuid},0.500000,measured,"
            "Main meter,Flat"
        ]


def test_without_parameters_there_is_a_form(as_alice: Client, meter: Sensor) -> None:
    for path in paths(meter):
        page = as_alice.get(path)
        assert page.status_code == 200
        assert f'<form class="export" method="get" action="{path}">' in page.text
        assert page.text.count('type="date"') == 2


def test_form_leads_back(as_alice: Client, meter: Sensor) -> None:
    for path in paths(meter):
        back = path.removesuffix("export/")
        assert f'<a href="{back}">← ' in as_alice.get(path).text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"start": "x"}, "Enter a valid date"),
        ({"end": "2026-03-09"}, "The end is before the start."),
        ({"start": "0001-01-01"}, "between 1970 and 2200"),
        ({"end": "9999-12-31"}, "between 1970 and 2200"),
        ({"end": "2050-01-01"}, "20 years"),
        ({"format": "greenbutton"}, "quarter hours or hours"),
        ({"format": "xlsx", "group_by": "quarter", "end": "2046-03-01"}, "at most a million rows"),
        ({"format": "pdf"}, "Select a valid choice"),
    ],
)
def test_bad_choice_is_told_beside_the_field(
    as_alice: Client,
    meter: Sensor,
    store: Store,
    summed: Callable[[], None],
    changed: dict[str, str],
    told: str,
) -> None:
    for sensor in (meter, make_sensor(meter.device, "Heat pump")):
        store(sensor, (0, 1.0), (60, 2.0))
    summed()
    page = as_alice.get("/export/", {**DAY, **changed})
    assert page.status_code == 400
    assert told in page.text


def test_somebody_elses_is_absent(
    as_charlie: Client, as_administrator: Client, flat: Device, meter: Sensor
) -> None:
    sensor_path, device_path, all_path = paths(meter)
    for path in (sensor_path, device_path, f"/sensors/{uuid4()}/export/"):
        assert as_charlie.get(path, DAY).status_code == 404
    assert as_charlie.get(all_path, DAY).getvalue().count(b"\r\n") == 1
    assert as_administrator.get(sensor_path, DAY).status_code == 200
    for path in paths(meter):
        answer = Client().get(path, DAY)
        assert answer.status_code == 302
        assert "/accounts/login/" in answer["Location"]
        assert as_charlie.post(path, DAY).status_code == 405


def test_one_file_at_a_time(as_alice: Client, meter: Sensor) -> None:
    begun = as_alice.get("/export/", DAY)
    for path in paths(meter):
        page = as_alice.get(path, DAY)
        assert page.status_code == 429
        assert page["Retry-After"] == "10"
        assert "Another of your files is still downloading." in page.text
        assert 'value="2026-03-10"' in page.text  # what was chosen, to try again
    assert begun.getvalue()
    assert as_alice.get("/export/", DAY).getvalue()


def test_buttons_of_several_sensors_have_ids_of_their_own(meter: Sensor, flat: Device) -> None:
    text = (
        '{% load exports %}{% export_buttons "sensor-export" one %}'
        '{% export_buttons "device-export" two %}'
    )
    page = Template(text).render(Context({"one": meter.uuid, "two": flat.pk}))
    assert f'action="/sensors/{meter.uuid}/export/"' in page
    assert f'action="/devices/{flat.pk}/export/"' in page
    ids = [part.split('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids)) >= 8
