"""Recording a meter replacement, and deciding what a falling register was."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import User
from devices.models import Sensor
from monitoring.history.boundaries import GroupBy
from monitoring.models import MeterReplacement, RegisterFall
from tests.conftest import NOON, Store, Summed
from tests.history.conftest import hours_around_noon, known

ADD = "/admin/monitoring/meterreplacement/add/"
FALLS = "/admin/monitoring/registerfall/"
#: Five times this may have used 905 kWh in an hour.
BIG_KW = 200


def form(sensor: Sensor, **changed: str) -> dict[str, str]:
    """A meter that was exchanged at half past twelve: 103 kWh, then 2 kWh."""
    return {
        "sensor": str(sensor.pk),
        "replaced_at_0": "2026-03-10",
        "replaced_at_1": "12:30",
        "final_kwh": "103",
        "first_kwh": "2",
        "note": "Exchanged after 15 years.",
        **changed,
    }


def hours(sensor: Sensor) -> list[float | None]:
    """kWh of the hours from 12 to 14."""
    return known(hours_around_noon(sensor, 2, GroupBy.HOUR).kwh)[1:]


def from_fall(sensor: Sensor, **changed: str) -> dict[str, str]:
    """The same, opened from the sensor's fall."""
    return form(sensor, fall=str(fall_of(sensor).pk), **changed)


@pytest.fixture
def fallen(meter: Sensor, store: Store, summed: Summed) -> Sensor:
    """A sensor whose register fell between noon and one."""
    store(meter, (0, 100.0), (60, 5.0), (120, 6.0))
    summed()
    assert hours(meter) == [None, 1.0]
    return meter


def fall_of(sensor: Sensor) -> RegisterFall:
    return RegisterFall.objects.get(sensor=sensor)


def test_fall_leads_to_the_form_and_history_joins_exactly(
    as_administrator: Client, fallen: Sensor, summed: Summed
) -> None:
    waiting = as_administrator.get(FALLS, {"decision": "undecided"})
    link = f"{ADD}?fall={fall_of(fallen).pk}"
    assert link in waiting.text
    assert 'value="100"' in as_administrator.get(link).text
    assert as_administrator.post(link, from_fall(fallen)).status_code == 302
    assert fall_of(fallen).decision == "replacement"
    assert link not in as_administrator.get(FALLS, {"decision": "undecided"}).text
    summed()
    assert hours(fallen) == [3.0 + 3.0, 1.0]


@pytest.mark.parametrize(
    ("changed", "field", "told"),
    [
        ({"final_kwh": "99.9"}, "final_kwh", "already showed 100 kWh"),
        ({"first_kwh": "5.1"}, "first_kwh", "is 5 kWh: the new meter cannot have started above"),
        ({"replaced_at_1": "12:00"}, "replaced_at", "no reading of the old meter before this time"),
        ({"replaced_at_0": "2026-03-09"}, "replaced_at", "no reading of the old meter"),
        ({"replaced_at_0": "2999-03-10"}, "replaced_at", "in the future"),
        ({"final_kwh": "-1"}, "__all__", "Registers are not negative"),
        ({"first_kwh": "-1"}, "__all__", "Registers are not negative"),
        ({"final_kwh": "nan"}, "final_kwh", "Enter a number"),
        ({"replaced_at_1": ""}, "replaced_at", "required"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    as_administrator: Client, fallen: Sensor, changed: dict[str, str], field: str, told: str
) -> None:
    page = as_administrator.post(ADD, form(fallen, **changed))
    assert page.status_code == 200
    errors: dict[str, Any] = page.context["adminform"].form.errors
    assert told in " ".join(errors[field])
    assert not MeterReplacement.objects.exists()


def test_same_time_twice_is_refused(as_administrator: Client, fallen: Sensor) -> None:
    assert as_administrator.post(ADD, form(fallen)).status_code == 302
    assert "recorded for this time already" in as_administrator.post(ADD, form(fallen)).text


def test_replacement_is_changed_and_taken_back(
    as_administrator: Client, fallen: Sensor, summed: Summed
) -> None:
    as_administrator.post(ADD, form(fallen))
    recorded = MeterReplacement.objects.get()
    page = reverse("admin:monitoring_meterreplacement_change", args=[recorded.pk])
    changed = form(fallen, replaced_at_1="12:45", final_kwh="104")
    assert as_administrator.post(page, changed).status_code == 302
    summed()
    assert hours(fallen) == [4.0 + 3.0, 1.0]
    delete = reverse("admin:monitoring_meterreplacement_delete", args=[recorded.pk])
    assert as_administrator.post(delete, {"post": "yes"}).status_code == 302
    summed()
    assert fall_of(fallen).decision == "undecided"
    assert hours(fallen) == [None, 1.0]


def test_replacement_may_be_recorded_before_the_new_meter_sends(
    as_administrator: Client, meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, (-60, 99.0), (0, 100.0))
    summed()
    assert as_administrator.post(ADD, form(meter)).status_code == 302
    summed()
    assert hours(meter) == [3.0, None]
    store(meter, (60, 5.0))
    assert fall_of(meter).decision == "replacement"
    summed()
    assert hours(meter) == [6.0, None]


def test_reading_between_the_newest_and_a_replacement_recorded_ahead(
    as_administrator: Client, meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, (-60, 98.0), (7, 100.0))
    summed()
    assert as_administrator.post(ADD, form(meter, replaced_at_1="14:00")).status_code == 302
    summed()
    assert sum(kwh or 0 for kwh in hours(meter)) == pytest.approx(3 + 2 * 7 / 67)
    store(meter, (60, 102.5))  # the old meter had not sent it before
    summed()
    assert hours(meter)[1] == pytest.approx(0.5)
    assert sum(kwh or 0 for kwh in hours(meter)) == pytest.approx(3 + 2 * 7 / 67)
    store(meter, (150, 4.0))
    summed()
    assert hours(meter)[1] == pytest.approx(0.5)


def decide(client: Client, action: str, *sensors: Sensor) -> Any:
    chosen = [str(fall_of(sensor).pk) for sensor in sensors]
    return client.post(FALLS, {"action": action, "_selected_action": chosen}, follow=True)


def set_digits(client: Client, sensor: Sensor, digits: str, max_power_kw: str = "4") -> Any:
    changed = {
        "device": str(sensor.device_id),
        "description": "Main meter",
        "max_power_kw": max_power_kw,
        "is_active": "on",
        "register_digits": digits,
    }
    return client.post(reverse("admin:devices_sensor_change", args=[sensor.pk]), changed)


def test_rollover_is_computed_through_once_the_digits_are_known(
    as_administrator: Client, meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, (0, 99_998.0), (60, 3.0), (120, 4.0))
    summed()
    assert hours(meter) == [None, 1.0]
    assert set_digits(as_administrator, meter, "5").status_code == 302
    assert fall_of(meter).decision == "rollover"
    summed()
    assert hours(meter) == [5.0, 1.0]
    assert set_digits(as_administrator, meter, "").status_code == 302
    summed()
    assert (fall_of(meter).decision, hours(meter)) == ("undecided", [None, 1.0])


def test_exchange_in_the_last_tenth_of_the_register_waits_for_a_decision(
    as_administrator: Client, meter: Sensor, store: Store, summed: Summed
) -> None:
    Sensor.objects.update(register_digits=5)
    store(meter, (0, 93_411.0), (45, 93_412.0), (60, 0.2), (120, 1.2))
    summed()
    assert hours(meter) == [1.0, 1.0]
    assert fall_of(meter).decision == "undecided"
    link = f"{ADD}?fall={fall_of(meter).pk}"
    assert link in as_administrator.get(FALLS, {"decision": "undecided"}).text


def test_rollover_and_reset_are_what_an_administrator_says(
    as_administrator: Client, administrator: User, fallen: Sensor, summed: Summed
) -> None:
    assert (
        "First set the number of digits of the register"
        in decide(as_administrator, "call_rollover", fallen).text
    )
    assert fall_of(fallen).decision == "undecided"
    Sensor.objects.update(register_digits=2)
    assert "has 2 digits" in decide(as_administrator, "call_rollover", fallen).text
    Sensor.objects.update(register_digits=3)
    refused = decide(as_administrator, "call_rollover", fallen).text
    assert "905 kWh from 10 Mar 2026, 12:00:00 to 10 Mar 2026, 13:00:00: 905 kW" in refused
    assert "More than 20 kW, 5 times the sensor&#x27;s maximum, is not plausible" in refused
    assert fall_of(fallen).decision == "undecided"
    Sensor.objects.update(max_power_kw=BIG_KW)
    assert "1 register fall: rollover" in decide(as_administrator, "call_rollover", fallen).text
    summed()
    assert hours(fallen) == [905.0, 1.0]
    reset = decide(as_administrator, "call_reset", fallen).text
    assert "1 register fall: reset" in reset
    assert "to 10 Mar 2026, 13:00:00 as unknown" in reset
    assert fall_of(fallen).decision == "reset"
    summed()
    assert hours(fallen) == [None, 1.0]
    decide(as_administrator, "leave_undecided", fallen)
    assert fall_of(fallen).decision == "undecided"
    assert LogEntry.objects.filter(user=administrator).count() == 3


@pytest.mark.parametrize(("said", "kwh"), [("reset", None), ("rollover", 905.0)])
def test_what_was_said_outlives_other_digits_and_a_replacement_that_is_taken_back(
    as_administrator: Client, fallen: Sensor, summed: Summed, said: str, kwh: float | None
) -> None:
    Sensor.objects.update(register_digits=3, max_power_kw=BIG_KW)
    decide(as_administrator, f"call_{said}", fallen)
    as_administrator.post(ADD, form(fallen))
    assert fall_of(fallen).decision == "replacement"
    recorded = MeterReplacement.objects.get()
    delete = reverse("admin:monitoring_meterreplacement_delete", args=[recorded.pk])
    as_administrator.post(delete, {"post": "yes"})
    assert (fall_of(fallen).decision, fall_of(fallen).risen_kwh) == (said, kwh)
    summed()
    assert hours(fallen) == [kwh, 1.0]
    for digits in ("", "2"):
        assert set_digits(as_administrator, fallen, digits).status_code == 302
        assert (fall_of(fallen).decision, fall_of(fallen).risen_kwh) == (said, kwh)
    refused = set_digits(as_administrator, fallen, "4")
    assert refused.status_code == (200 if kwh else 302)
    if kwh:
        assert "9,905 kW on average" in refused.text
        assert (fall_of(fallen).decision, fall_of(fallen).risen_kwh) == (said, kwh)
    assert set_digits(as_administrator, fallen, "4", max_power_kw="2000").status_code == 302
    assert fall_of(fallen).decision == said
    assert fall_of(fallen).risen_kwh == (kwh and 9905.0)
    decide(as_administrator, "leave_undecided", fallen)
    set_digits(as_administrator, fallen, "3")
    assert fall_of(fallen).decision == "undecided"


def test_recorded_replacement_is_not_overruled_by_an_action(
    as_administrator: Client, fallen: Sensor
) -> None:
    as_administrator.post(ADD, form(fallen))
    assert "0 register falls" in decide(as_administrator, "call_reset", fallen).text
    assert fall_of(fallen).decision == "replacement"


# --- The buttons of a fall's own page


def page_of(fall: RegisterFall) -> str:
    return reverse("admin:monitoring_registerfall_change", args=[fall.pk])


def press(client: Client, fall: RegisterFall, **pressed: str) -> Any:
    url = reverse("admin:monitoring_registerfall_decide", args=[fall.pk])
    return client.post(url, pressed, follow=True)


def buttons(page: str) -> set[str]:
    return set(re.findall(r'name="decision" value="(\w+)"', page))


def test_fall_is_decided_on_its_own_page(
    as_administrator: Client, administrator: User, fallen: Sensor, summed: Summed
) -> None:
    fall = fall_of(fallen)
    waiting = as_administrator.get(page_of(fall)).text
    assert buttons(waiting) == {"reset"}
    assert "first set its number of digits" in waiting
    assert f"{ADD}?fall={fall.pk}" in waiting
    Sensor.objects.update(register_digits=3)
    impossible = as_administrator.get(page_of(fall)).text
    assert buttons(impossible) == {"reset"}
    assert "As a rollover it would be 905 kWh" in impossible
    Sensor.objects.update(max_power_kw=BIG_KW)
    assert buttons(as_administrator.get(page_of(fall)).text) == {"rollover", "reset"}
    done = press(as_administrator, fall, decision="rollover")
    assert done.redirect_chain == [(page_of(fall), 302)]
    assert "1 register fall: rollover" in done.text
    assert buttons(done.text) == {"reset", "undecided"}
    summed()
    assert hours(fallen) == [905.0, 1.0]
    assert buttons(press(as_administrator, fall, decision="undecided").text) == {
        "rollover",
        "reset",
    }
    assert LogEntry.objects.filter(user=administrator).count() == 2


def test_fall_that_cannot_be_decided_has_no_button_and_says_why(
    as_administrator: Client, fallen: Sensor, store: Store
) -> None:
    fall = fall_of(fallen)
    as_administrator.post(ADD, form(fallen))
    replaced = as_administrator.get(page_of(fall)).text
    assert buttons(replaced) == set()
    assert "A recorded meter replacement explains this fall." in replaced
    RegisterFall.objects.update(superseded_at=NOON, decision="undecided")
    assert "nothing to decide" in as_administrator.get(page_of(fall)).text
    assert "0 register falls" in press(as_administrator, fall, decision="reset").text


def test_register_with_too_few_digits_did_not_roll_over(
    as_administrator: Client, fallen: Sensor
) -> None:
    Sensor.objects.update(register_digits=1)
    page = as_administrator.get(page_of(fall_of(fallen))).text
    assert "It cannot have rolled over: the register has 1 digit." in page
    assert buttons(page) == {"reset"}


@pytest.mark.parametrize("pressed", [{}, {"decision": "replacement"}, {"decision": "x"}])
def test_button_that_there_is_not_decides_nothing(
    as_administrator: Client, fallen: Sensor, pressed: dict[str, str]
) -> None:
    assert press(as_administrator, fall_of(fallen), **pressed).status_code == 400
    assert fall_of(fallen).decision == "undecided"


def test_button_is_for_administrators_by_post_and_for_falls_that_there_are(
    as_administrator: Client, as_alice: Client, fallen: Sensor
) -> None:
    url = reverse("admin:monitoring_registerfall_decide", args=[fall_of(fallen).pk])
    for visitor in (as_alice, Client()):
        answer = visitor.post(url, {"decision": "reset"})
        assert answer["Location"].startswith("/admin/login/")
    assert as_administrator.get(url).status_code == 405
    nowhere = reverse("admin:monitoring_registerfall_decide", args=[2**40])
    assert as_administrator.post(nowhere, {"decision": "reset"}).status_code == 404
    assert fall_of(fallen).decision == "undecided"


def test_client_decides_nothing(as_alice: Client, fallen: Sensor) -> None:
    """Not even of a sensor of theirs."""
    assert as_alice.post(ADD, form(fallen)).status_code == 302
    assert not MeterReplacement.objects.exists()
    chosen = {"action": "call_reset", "_selected_action": [str(fall_of(fallen).pk)]}
    assert as_alice.post(FALLS, chosen)["Location"].startswith("/admin/login/")
    assert fall_of(fallen).decision == "undecided"
