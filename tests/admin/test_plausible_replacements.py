"""No decision of an administrator makes energy out of nothing, and each says what it has done."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from devices.models import Sensor
from monitoring.models import MeterReplacement, RegisterFall
from tests.admin.test_replacements import ADD, form, hours
from tests.conftest import Store, Summed, make_sensor


@pytest.fixture
def exchanged(meter: Sensor, store: Store, summed: Summed) -> Sensor:
    """A meter that was exchanged within two minutes at half past twelve, and then went on."""
    store(meter, (0, 100.0), (29, 100.02), (31, 0.5), (60, 1.0), (120, 2.0))
    summed()
    return meter


def fall_of(sensor: Sensor) -> RegisterFall:
    return RegisterFall.objects.get(sensor=sensor)


def errors(page: Any) -> str:
    assert page.status_code == 200
    found = page.context["adminform"].form.errors
    return " ".join(text for texts in found.values() for text in texts)


def post(client: Client, sensor: Sensor, **changed: str) -> Any:
    usual = form(sensor, final_kwh="100.02", first_kwh="0.3")
    return client.post(ADD, {**usual, **changed}, follow=True)


def test_form_of_a_fall_holds_the_middle_of_its_readings_in_the_administrators_zone(
    as_administrator: Client, administrator: User, exchanged: Sensor
) -> None:
    User.objects.filter(pk=administrator.pk).update(time_zone="Europe/Bucharest")
    page = as_administrator.get(ADD, {"fall": fall_of(exchanged).pk}).text
    assert 'value="2026-03-10"' in page
    assert 'value="14:30:00"' in page
    assert 'value="100.02"' in page


@pytest.mark.parametrize("number", ["", "0", "x", "99999999999999"])
def test_form_of_no_fall_is_empty(as_administrator: Client, exchanged: Sensor, number: str) -> None:
    assert as_administrator.get(ADD, {"fall": number}).status_code == 200


@pytest.mark.parametrize("is_from_fall", [True, False])
@pytest.mark.parametrize("time", ["12:05", "12:45", "14:30"])
def test_time_outside_of_the_fall_is_refused_with_its_readings(
    as_administrator: Client, exchanged: Sensor, time: str, is_from_fall: bool
) -> None:
    """Also where nobody said which fall is meant: these registers tell."""
    fall = {"fall": str(fall_of(exchanged).pk)} if is_from_fall else {}
    refused = errors(post(as_administrator, exchanged, replaced_at_1=time, **fall))
    assert "fell between 10 Mar 2026, 12:29:00 (100.02 kWh)" in refused
    assert "10 Mar 2026, 12:31:00 (0.5 kWh)" in refused
    assert not MeterReplacement.objects.exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"final_kwh": "101"}, "the old meter would have used 0.98 kWh: 58.8 kW on average."),
        ({"first_kwh": "0"}, "the new meter would have used 0.5 kWh: 30 kW on average."),
    ],
)
def test_more_than_can_be_used_is_refused_with_the_numbers(
    as_administrator: Client, exchanged: Sensor, changed: dict[str, str], told: str
) -> None:
    refused = errors(post(as_administrator, exchanged, **changed))
    assert told in refused
    assert "More than 20 kW, 5 times the sensor's maximum, is not plausible." in refused


def test_answer_says_what_became_of_the_fall_and_what_history_will_show(
    as_administrator: Client, exchanged: Sensor, summed: Summed
) -> None:
    answer = post(as_administrator, exchanged, fall=str(fall_of(exchanged).pk)).text
    assert "This explains the register&#x27;s fall from 100.02 to 0.5 kWh." in answer
    assert "history will show 0 kWh for the old meter from 10 Mar 2026, 12:29:00 to" in answer
    assert "it will show 0.2 kWh from 10 Mar 2026, 12:30:00 to 10 Mar 2026, 12:31:00." in answer
    assert "waits for a decision" not in answer
    assert fall_of(exchanged).decision == "replacement"
    summed()
    assert hours(exchanged) == [pytest.approx(0.02 + 0.2 + 0.5), pytest.approx(1.0)]


def test_answer_without_a_fall_says_what_waits(
    as_administrator: Client, exchanged: Sensor, store: Store
) -> None:
    store(exchanged, (121, 50.0), (122, 2.5))
    RegisterFall.objects.filter(before_kwh=50.0).update(said="reset", decision="reset")
    ahead = {"replaced_at_1": "14:30", "final_kwh": "3", "first_kwh": "0"}
    answer = post(as_administrator, exchanged, **ahead).text
    assert "The new meter has not sent a reading yet." in answer
    assert "1 fall of this sensor still waits for a decision." in answer


def test_replacement_is_not_moved_out_of_its_fall(
    as_administrator: Client, exchanged: Sensor
) -> None:
    post(as_administrator, exchanged)
    recorded = MeterReplacement.objects.get()
    page = reverse("admin:monitoring_meterreplacement_change", args=[recorded.pk])
    moved = form(exchanged, final_kwh="100.02", first_kwh="0.3", replaced_at_1="14:30")
    assert "fell between" in errors(as_administrator.post(page, moved))
    assert fall_of(exchanged).decision == "replacement"


@pytest.fixture
def used_meter(as_administrator: Client, meter: Sensor, store: Store) -> MeterReplacement:
    """The new meter had been used: the register rose, by 5,000 kWh within two minutes."""
    store(meter, (0, 100.0), (29, 100.02), (31, 5000.2), (60, 5000.7))
    post(as_administrator, meter, first_kwh="5000")
    return MeterReplacement.objects.get()


def test_answer_says_that_the_register_did_not_fall(
    as_administrator: Client, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 100.0), (29, 100.02), (31, 5000.2), (60, 5000.7))
    assert "did not fall" in post(as_administrator, meter, first_kwh="5000").text


def test_replacement_that_keeps_energy_out_of_history_is_neither_deleted_nor_moved(
    as_administrator: Client, used_meter: MeterReplacement
) -> None:
    told = "Without this replacement history would show 4,900.18 kWh from 10 Mar 2026, 12:29:00"
    delete = reverse("admin:monitoring_meterreplacement_delete", args=[used_meter.pk])
    assert told in as_administrator.post(delete, {"post": "yes"}).text
    chosen = {"action": "delete_selected", "_selected_action": [str(used_meter.pk)], "post": "yes"}
    listed = reverse("admin:monitoring_meterreplacement_changelist")
    assert told in as_administrator.post(listed, chosen).text
    assert MeterReplacement.objects.exists()
    page = reverse("admin:monitoring_meterreplacement_change", args=[used_meter.pk])
    moved = form(used_meter.sensor, replaced_at_1="12:59", final_kwh="5000.6", first_kwh="5000.6")
    assert told in errors(as_administrator.post(page, moved))


def test_falls_of_others_are_nobodys_business(
    as_administrator: Client, exchanged: Sensor, store: Store
) -> None:
    other = make_sensor(exchanged.device, "Other")
    store(other, (0, 100.02), (60, 101.0))
    answer = post(
        as_administrator,
        other,
        fall=str(fall_of(exchanged).pk),
        final_kwh="100.5",
        first_kwh="100.5",
    )
    assert "did not fall" in answer.text
