"""``sensors/{uuid}/readings/``."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from devices.models import Sensor
from tests.conftest import Store


def url(sensor: Sensor) -> str:
    return f"/api/v1/sensors/{sensor.uuid}/readings/"


def minutes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["measured_at"][11:16] for row in answer.json()["results"]]


def test_readings_come_in_order_of_time(api: APIClient, meter: Sensor, store: Store) -> None:
    store(meter, (2, 10.2), (0, 10.0))
    store(meter, (1, 10.1))
    assert api.get(url(meter)).json() == {
        "next": None,
        "results": [
            {"measured_at": "2026-03-10T12:00:00Z", "energy_kwh": 10.0},
            {"measured_at": "2026-03-10T12:01:00Z", "energy_kwh": 10.1},
            {"measured_at": "2026-03-10T12:02:00Z", "energy_kwh": 10.2},
        ],
    }


def test_window_includes_its_start_and_excludes_its_end(
    api: APIClient, meter: Sensor, store: Store
) -> None:
    store(meter, *((minute, 10.0) for minute in range(5)))
    # An offset's plus that was not escaped arrives as a space.
    window = {"start": "2026-03-10T14:01:00 02:00", "end": "2026-03-10T12:03:00Z"}
    assert minutes(api.get(url(meter), window)) == ["12:01", "12:02"]
    assert minutes(api.get(url(meter), {"start": "2026-03-10T14:03:00+02:00"})) == [
        "12:03",
        "12:04",
    ]


def test_pages_follow_each_other_without_gap_or_repeat(
    api: APIClient, meter: Sensor, store: Store
) -> None:
    store(meter, *((minute / 1e6, 10.0) for minute in range(7)))
    following: str | None = f"{url(meter)}?page_size=3&start=2026-03-10T12:00:00Z"
    seen: list[datetime] = []
    pages = 0
    while following:
        page = api.get(following).json()
        seen += [datetime.fromisoformat(row["measured_at"]) for row in page["results"]]
        following, pages = page["next"], pages + 1
    assert (len(set(seen)), pages) == (7, 3)
    assert seen == sorted(seen)


def test_sensor_without_readings_has_an_empty_page(api: APIClient, meter: Sensor) -> None:
    assert api.get(url(meter)).json() == {"next": None, "results": []}


def test_outsider_does_not_find_the_sensor(
    outsider: APIClient, administrators_api: APIClient, meter: Sensor, store: Store
) -> None:
    store(meter, (0, 10.0))
    assert outsider.get(url(meter)).status_code == 404
    assert minutes(administrators_api.get(url(meter))) == ["12:00"]


@pytest.mark.parametrize(
    ("parameter", "value", "told"),
    [
        ("start", "yesterday", "such as 2026-03-10T00:00:00+02:00"),
        ("start", "2026-03-10T12:00:00", "a time with an offset"),
        ("end", "2026-03-10", "a time with an offset"),
        ("end", "1773144000", "such as 2026-03-10T00:00:00+02:00"),
        ("start", "0001-01-01T00:00:00+14:00", "between 1970 and 2200"),
        ("end", "9999-12-31T23:59:59-14:00", "between 1970 and 2200"),
        ("page_size", "0", "from 1 to 1000"),
        ("page_size", "1001", "from 1 to 1000"),
        ("page_size", "٣", "from 1 to 1000"),
        ("cursor", "nonsense", "Invalid cursor"),
        ("cursor", "WyIyMDI2LTAzLTEwIl0", "Invalid cursor"),  # a date without a time
        ("cursor", "WyJ4Il0", "Invalid cursor"),
        ("cursor", "W10", "Invalid cursor"),
        ("cursor", "NQ", "Invalid cursor"),
        ("cursor", "é", "Invalid cursor"),
    ],
)
def test_bad_parameter_is_named_with_a_good_one(
    api: APIClient, meter: Sensor, parameter: str, value: str, told: str
) -> None:
    answer = api.get(url(meter), {parameter: value})
    assert answer.status_code == 400
    assert list(answer.json()) == [parameter]
    assert told in answer.json()[parameter][0]


def test_end_must_be_after_start(api: APIClient, meter: Sensor) -> None:
    for end in ("2026-03-10T12:00:00Z", "2026-03-10T11:00:00Z"):
        answer = api.get(url(meter), {"start": "2026-03-10T12:00:00Z", "end": end})
        assert (answer.status_code, answer.json()) == (400, {"end": ["end must be after start."]})


def test_readings_of_a_sensor_are_only_read(api: APIClient, meter: Sensor) -> None:
    assert api.post(url(meter)).status_code == 405


def test_number_of_queries_does_not_depend_on_readings(
    api: APIClient,
    meter: Sensor,
    store: Store,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    api.get(url(meter))  # notes that the token was used
    store(meter, (0, 1.0))
    with django_assert_num_queries(3):  # token; sensor; readings
        api.get(url(meter))
    store(meter, *((minute, 1.0) for minute in range(1, 50)))
    with django_assert_num_queries(3):
        assert len(api.get(url(meter)).json()["results"]) == 50


def test_any_page_is_a_range_of_the_key(api: APIClient, meter: Sensor, store: Store) -> None:
    store(meter, *((minute, 10.0) for minute in range(5)))
    following = api.get(f"{url(meter)}?page_size=2&end=2026-03-11T00:00:00Z").json()["next"]
    with CaptureQueriesContext(connection) as queries:
        api.get(following)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {queries[-1]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert re.search(r"Index (Only )?Scan using monitoring_reading_\w+_pkey", plan)
    assert "Sort" not in plan
    assert "Filter" not in plan
