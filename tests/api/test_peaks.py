"""``peaks/``."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Sensor
from monitoring.models import Peak
from tests.conftest import Store, make_device, make_sensor

URL = "/api/v1/peaks/"


@pytest.fixture
def peaks(meter: Sensor, store: Store) -> None:
    """Two: from 12:00 to 13:00 and from 14:00 to 15:00."""
    store(meter, (0, 0.0), (60, 5.0), (120, 5.0), (180, 11.0))


def starts(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["started_at"][11:16] for row in answer.json()["results"]]


def test_peaks_come_newest_first(api: APIClient, meter: Sensor, peaks: None) -> None:
    newest, _ = api.get(URL).json()["results"]
    assert newest.pop("id")
    assert newest == {
        "sensor_id": str(meter.uuid),
        "sensor": "Main meter",
        "device_id": meter.device_id,
        "device": "Flat",
        "started_at": "2026-03-10T14:00:00Z",
        "ended_at": "2026-03-10T15:00:00Z",
        "power_kw": 6.0,
        "limit_kw": 4.0,
    }


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"start": "2026-03-10T13:00:00Z"}, ["14:00"]),
        ({"start": "2026-03-10T12:59:59Z"}, ["14:00", "12:00"]),
        ({"end": "2026-03-10T14:00:00Z"}, ["12:00"]),
        ({"start": "2026-03-10T13:00:00Z", "end": "2026-03-10T14:00:00Z"}, []),
    ],
)
def test_window_has_the_peaks_that_overlap_it(
    api: APIClient, peaks: None, window: dict[str, str], expected: list[str]
) -> None:
    assert starts(api.get(URL, window)) == expected


def test_peaks_of_one_sensor(api: APIClient, meter: Sensor, peaks: None, store: Store) -> None:
    other = make_sensor(meter.device, "Heat pump")
    store(other, (0, 0.0), (30, 5.0))
    assert len(starts(api.get(URL))) == 3
    assert starts(api.get(URL, {"sensor": str(other.uuid)})) == ["12:00"]


def test_refuted_peak_is_not_shown(api: APIClient, meter: Sensor, peaks: None) -> None:
    peak = Peak.objects.latest("started_at")
    peak.superseded_at = peak.ended_at
    peak.save()
    assert starts(api.get(URL)) == ["12:00"]


def test_pages_split_peaks_that_began_together(
    api: APIClient, alice: User, meter: Sensor, store: Store
) -> None:
    for _ in range(5):
        store(make_sensor(meter.device), (0, 0.0), (30, 5.0))
    following: str | None = f"{URL}?page_size=2"
    seen: list[int] = []
    while following:
        page = api.get(following).json()
        seen += [row["id"] for row in page["results"]]
        following = page["next"]
    assert len(seen) == len(set(seen)) == 5


def test_nobodys_list_is_empty(api: APIClient) -> None:
    assert api.get(URL).json() == {"next": None, "results": []}


def test_outsider_sees_nothing_and_finds_no_sensor(
    outsider: APIClient, administrators_api: APIClient, meter: Sensor, peaks: None
) -> None:
    assert starts(outsider.get(URL)) == []
    assert outsider.get(URL, {"sensor": str(meter.uuid)}).status_code == 404
    assert len(starts(administrators_api.get(URL))) == 2


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("sensor", "nonsense"), ("start", "noon"), ("end", "noon"), ("cursor", "WyIxIiwiMiJd")],
)
def test_bad_parameter_is_named(api: APIClient, parameter: str, value: str) -> None:
    answer = api.get(URL, {parameter: value})
    assert (answer.status_code, list(answer.json())) == (400, [parameter])


def test_peaks_are_only_read(api: APIClient) -> None:
    assert api.post(URL).status_code == 405


def test_number_of_queries_does_not_depend_on_peaks(
    api: APIClient, alice: User, store: Store, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.get(URL)  # notes that the token was used
    store(make_sensor(make_device(alice)), (0, 0.0), (30, 5.0))
    with django_assert_num_queries(2):  # token; peaks with sensors and devices
        api.get(URL)
    for _ in range(49):
        store(make_sensor(make_device(alice)), (0, 0.0), (30, 5.0))
    with django_assert_num_queries(2):
        assert len(api.get(URL).json()["results"]) == 50
