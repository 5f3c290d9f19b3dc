"""``sensors/{uuid}/consumption/``."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Sensor
from tests.conftest import Store

DAY = {"start": "2026-03-10T00:00:00Z", "end": "2026-03-11T00:00:00Z"}


def url(sensor: Sensor) -> str:
    return f"/api/v1/sensors/{sensor.uuid}/consumption/"


def rows(answer: Any) -> list[tuple[str, float | None]]:
    assert answer.status_code == 200, answer.content
    return [(row["interval_start"][11:], row["kwh"]) for row in answer.json()["results"]]


def test_hours_of_a_window(api: APIClient, meter: Sensor, store: Store) -> None:
    store(meter, (0, 10.0), (60, 11.0), (90, 11.5))
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
            },
            {
                "interval_start": "2026-03-10T13:00:00+00:00",
                "interval_end": "2026-03-10T14:00:00+00:00",
                "kwh": 0.5,
            },
            {
                "interval_start": "2026-03-10T14:00:00+00:00",
                "interval_end": "2026-03-10T15:00:00+00:00",
                "kwh": None,
            },
        ],
    }


def test_days_are_those_of_the_user_unless_another_zone_is_named(
    api: APIClient, alice: User, meter: Sensor, store: Store
) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Bucharest")
    store(meter, (0, 10.0), (60, 11.0))
    day = {**DAY, "group_by": "day"}
    assert rows(api.get(url(meter), day)) == [("00:00:00+02:00", 1.0), ("00:00:00+02:00", None)]
    kathmandu = {**day, "time_zone": "Asia/Kathmandu"}
    answer = api.get(url(meter), kathmandu)
    assert answer.json()["time_zone"] == "Asia/Kathmandu"
    assert [start for start, _ in rows(answer)] == ["00:00:00+05:45"] * 2


def test_day_of_23_hours_and_quarters_of_utc(
    api: APIClient, alice: User, meter: Sensor, store: Store
) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Bucharest")
    march = {"start": "2026-03-29T00:00:00+02:00", "end": "2026-03-30T00:00:00+03:00"}
    assert len(rows(api.get(url(meter), march))) == 23
    assert len(rows(api.get(url(meter), {**march, "group_by": "quarter"}))) == 23 * 4
    assert len(rows(api.get(url(meter), {**march, "group_by": "month"}))) == 1


def test_fall_is_no_energy_and_what_a_late_reading_splits_is_counted_anew(
    api: APIClient, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 100.0), (60, 1.0), (120, 2.0))
    day = {**DAY, "group_by": "day"}
    assert rows(api.get(url(meter), day)) == [("00:00:00+00:00", 1.0)]
    store(meter, (30, 103.0))
    assert rows(api.get(url(meter), day)) == [("00:00:00+00:00", 4.0)]


def test_sensor_without_readings_has_intervals_of_which_nothing_is_known(
    api: APIClient, meter: Sensor
) -> None:
    assert {kwh for _, kwh in rows(api.get(url(meter), DAY))} == {None}


def test_outsider_does_not_find_the_sensor(
    outsider: APIClient, administrators_api: APIClient, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 10.0))
    assert outsider.get(url(meter), DAY).status_code == 404
    assert len(rows(administrators_api.get(url(meter), DAY))) == 24


@pytest.mark.parametrize(
    ("changed", "named", "told"),
    [
        ({"start": None}, "start", "required, for example start=2026-03-10T00:00:00+02:00"),
        ({"end": None}, "end", "required, for example end="),
        ({"start": "2026-03-10"}, "start", "a time with an offset, such as"),
        ({"end": DAY["start"]}, "end", "after start"),
        ({"group_by": "week"}, "group_by", "quarter, hour, day, month"),
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
    answer = api.get(url(meter), parameters)
    assert answer.status_code == 400
    assert list(answer.json()) == [named]
    assert told in answer.json()[named][0]


def test_consumption_is_only_read(api: APIClient, meter: Sensor) -> None:
    assert api.post(url(meter)).status_code == 405


def test_number_of_queries_does_not_depend_on_intervals(
    api: APIClient,
    meter: Sensor,
    store: Store,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    api.get(url(meter), DAY)  # notes that the token was used
    store(meter, *((minute, minute / 60) for minute in range(50)))
    for group_by in ("day", "quarter"):
        with django_assert_num_queries(3):  # token; sensor; registers and falls
            api.get(url(meter), {**DAY, "group_by": group_by})
