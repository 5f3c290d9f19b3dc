"""``sensors/{uuid}/consumption/``."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Device, Sensor
from tests.conftest import Store, Summed, make_device, make_sensor

DAY = {"start": "2026-03-10T00:00:00Z", "end": "2026-03-11T00:00:00Z"}


MINE = "/api/v1/consumption/"


def url(of: Sensor | Device) -> str:
    which = f"sensors/{of.uuid}" if isinstance(of, Sensor) else f"devices/{of.pk}"
    return f"/api/v1/{which}/consumption/"


def rows(answer: Any) -> list[tuple[str, float | None]]:
    assert answer.status_code == 200, answer.content
    return [(row["interval_start"][11:], row["kwh"]) for row in answer.json()["results"]]


def test_hours_of_a_window(api: APIClient, meter: Sensor, store: Store, summed: Summed) -> None:
    store(meter, (0, 10.0), (60, 11.0), (90, 11.5))
    summed()
    window = {"start": "2026-03-10T12:10:00Z", "end": "2026-03-10T14:20:00Z"}
    assert api.get(url(meter), window).json() == {
        "sensor_id": str(meter.uuid),
        "group_by": "hour",
        "time_zone": "UTC",
        "results": [
            {
                "interval_start": "2026-03-10T12:00:00+00:00",
                "interval_end": "2026-03-10T13:00:00+00:00",
                "kwh": 1.0,
                "peak_kw": 1.0,
                "coverage": 1.0,
                "quality": "measured",
            },
            {
                "interval_start": "2026-03-10T13:00:00+00:00",
                "interval_end": "2026-03-10T14:00:00+00:00",
                "kwh": 0.5,
                "peak_kw": 1.0,
                "coverage": 0.5,
                "quality": "measured",
            },
            {
                "interval_start": "2026-03-10T14:00:00+00:00",
                "interval_end": "2026-03-10T15:00:00+00:00",
                "kwh": None,
                "peak_kw": None,
                "coverage": 0.0,
                "quality": "missing",
            },
        ],
    }


def test_days_are_those_of_the_user_unless_another_zone_is_named(
    api: APIClient, alice: User, meter: Sensor, store: Store, summed: Summed
) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Bucharest")
    store(meter, (0, 10.0), (60, 11.0))
    summed()
    day = {**DAY, "group_by": "day"}
    assert rows(api.get(url(meter), day)) == [("00:00:00+02:00", 1.0), ("00:00:00+02:00", None)]
    kathmandu = {**day, "time_zone": "Asia/Kathmandu"}
    answer = api.get(url(meter), kathmandu)
    assert answer.json()["time_zone"] == "Asia/Kathmandu"
    assert [start for start, _ in rows(answer)] == ["00:00:00+05:45"] * 2


def test_day_of_23_hours_and_quarters_of_utc(api: APIClient, alice: User, meter: Sensor) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Bucharest")
    march = {"start": "2026-03-29T00:00:00+02:00", "end": "2026-03-30T00:00:00+03:00"}
    assert len(rows(api.get(url(meter), march))) == 23
    assert len(rows(api.get(url(meter), {**march, "group_by": "quarter"}))) == 23 * 4
    assert len(rows(api.get(url(meter), {**march, "group_by": "month"}))) == 1
    assert len(rows(api.get(url(meter), {**march, "group_by": "year"}))) == 1


def test_fall_is_no_energy_and_what_a_late_reading_splits_is_counted_anew(
    api: APIClient, meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, (0, 100.0), (60, 1.0), (120, 2.0))
    summed()
    day = {**DAY, "group_by": "day"}
    assert rows(api.get(url(meter), day)) == [("00:00:00+00:00", 1.0)]
    store(meter, (30, 103.0))
    summed()
    assert rows(api.get(url(meter), day)) == [("00:00:00+00:00", 4.0)]


def test_sensor_without_readings_has_intervals_of_which_nothing_is_known(
    api: APIClient, meter: Sensor
) -> None:
    assert {kwh for _, kwh in rows(api.get(url(meter), DAY))} == {None}


def test_device_sums_its_sensors_and_a_client_their_devices(
    api: APIClient, alice: User, charlie: User, meter: Sensor, store: Store, summed: Summed
) -> None:
    kitchen = make_sensor(meter.device, "Kitchen")
    garage = make_sensor(make_device(alice, "Garage"))
    for kwh, sensor in enumerate([meter, kitchen, garage, make_sensor(make_device(charlie))], 1):
        store(sensor, (0, 0.0), (60, float(kwh)))
    summed()
    noon = {"start": "2026-03-10T12:00:00Z", "end": "2026-03-10T13:00:00Z"}
    assert rows(api.get(url(meter), noon)) == [("12:00:00+00:00", 1.0)]
    device = api.get(url(meter.device), noon)
    assert rows(device) == [("12:00:00+00:00", 3.0)]
    assert device.json()["device_id"] == meter.device.pk
    assert device.json()["results"][0]["peak_kw"] is None
    assert rows(api.get(MINE, noon)) == [("12:00:00+00:00", 6.0)]


def test_estimate_is_called_one(
    api: APIClient, meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, (0, 10.0), (120, 14.0))
    summed()
    answer = api.get(url(meter), {"start": "2026-03-10T12:00Z", "end": "2026-03-10T13:00Z"})
    (row,) = answer.json()["results"]
    assert (row["kwh"], row["coverage"], row["quality"]) == (2.0, 0.0, "estimated")


def test_outsider_finds_neither_sensor_nor_device_and_sums_nothing_of_hers(
    outsider: APIClient,
    administrators_api: APIClient,
    meter: Sensor,
    store: Store,
    summed: Summed,
) -> None:
    store(meter, (0, 10.0), (60, 11.0))
    summed()
    for of in (meter, meter.device):
        assert outsider.get(url(of), DAY).status_code == 404
        assert len(rows(administrators_api.get(url(of), DAY))) == 24
    for program in (outsider, administrators_api):  # an administrator owns nothing either
        assert {kwh for _, kwh in rows(program.get(MINE, DAY))} == {None}
    assert outsider.get("/api/v1/devices/999999/consumption/", DAY).status_code == 404


@pytest.mark.parametrize("which", ["sensor", "device", "mine"])
def test_anonymous_is_refused(anonymous: Client, meter: Sensor, which: str) -> None:
    address = {"sensor": url(meter), "device": url(meter.device), "mine": MINE}[which]
    assert anonymous.get(address, DAY).status_code == 401


@pytest.mark.parametrize(
    ("changed", "named", "told"),
    [
        ({"start": None}, "start", "required, for example start=2026-03-10T00:00:00+02:00"),
        ({"end": None}, "end", "required, for example end="),
        ({"start": "2026-03-10"}, "start", "a time with an offset, such as"),
        ({"end": DAY["start"]}, "end", "after start"),
        ({"group_by": "week"}, "group_by", "quarter, hour, day, month, year"),
        ({"time_zone": "Mars/Base"}, "time_zone", "such as Europe/Bucharest"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "such as Europe/Bucharest"),
        ({"time_zone": "Europe"}, "time_zone", "such as Europe/Bucharest"),
        ({"time_zone": "A" * 5000}, "time_zone", "such as Europe/Bucharest"),
        ({"time_zone": ""}, "time_zone", "such as Europe/Bucharest"),
        ({"group_by": "quarter", "start": "2025-01-01T00:00:00Z"}, "end", "more than 10000"),
    ],
)
def test_bad_parameter_is_named_with_a_good_one(
    api: APIClient, meter: Sensor, changed: dict[str, str | None], named: str, told: str
) -> None:
    parameters = {name: value for name, value in {**DAY, **changed}.items() if value is not None}
    for address in (url(meter), url(meter.device), MINE):
        answer = api.get(address, parameters)
        assert answer.status_code == 400
        assert list(answer.json()) == [named]
        assert told in answer.json()[named][0]


def test_consumption_is_only_read(api: APIClient, meter: Sensor) -> None:
    assert api.post(url(meter)).status_code == 405


def test_ten_thousand_intervals_are_an_answer(api: APIClient, meter: Sensor) -> None:
    longest = {"start": "2026-03-10T00:00:00Z", "end": "2026-06-22T04:00:00Z"}
    assert len(rows(api.get(url(meter), {**longest, "group_by": "quarter"}))) == 10_000


def test_number_of_queries_does_not_depend_on_intervals(
    api: APIClient,
    meter: Sensor,
    store: Store,
    summed: Summed,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    api.get(url(meter), DAY)  # notes that the token was used
    store(meter, *((minute, minute / 60) for minute in range(50)))
    summed()
    for group_by in ("year", "day", "quarter"):
        # Token; sensor, or device and its sensors, or the user's sensors; how far they are known;
        # intervals.
        for address, queries in ((url(meter), 4), (url(meter.device), 5), (MINE, 4)):
            with django_assert_num_queries(queries):
                api.get(address, {**DAY, "group_by": group_by})
