"""The page of one alert."""

from datetime import UTC, timedelta
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounts.models import User
from devices.models import Device, Sensor
from monitoring.models import Notification, Peak, Reading
from monitoring.pages.alert_course import get_course
from tests.conftest import NOON, Store, make_device, make_sensor

ALERT = "/alerts/1/"


def show(client: Client) -> str:
    response = client.get(ALERT)
    assert response.status_code == HTTPStatus.OK
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def peak(meter: Sensor, store: Store) -> Peak:
    """6 kW for 10 minutes, 1.2 kW before and after."""
    store(meter, (-10, 0.0), (0, 0.2), (10, 1.2), (20, 1.4))
    return Peak.objects.get()


def test_shows_the_alert_and_the_power_around_it(as_alice: Client, peak: Peak) -> None:
    page = show(as_alice)
    assert "Flat · Main meter" in page
    assert "6.00 kW" in page
    assert "12:00–12:10</time> · 10 min" in page
    assert page.count('<th scope="row">') == 3
    assert '<td class="number">1.20</td>' in page
    assert "Acknowledge<" in page


def test_course_draws_steps_limit_and_peak(peak: Peak) -> None:
    course = get_course(peak, zone=UTC)
    assert [round(stretch.highest_kw, 6) for stretch in course.stretches] == [1.2, 6, 1.2]
    # 70 minutes across, from 11:30 on; 6 kW down 200, from 14 on.
    (mark,) = course.chart.peak_marks
    assert (mark.x, mark.width, mark.y, mark.peak.url) == ("42.86%", "14.29%", "14", None)
    assert course.chart.limit_y == "80.67"
    assert course.chart.mean_path == "M411.43 174V174H617.14V14H822.86V174H1028.57"
    assert [tick.power_kw for tick in course.chart.power_ticks] == [0, 2, 4, 6]


@pytest.mark.parametrize(
    ("minutes", "zone", "times"),
    [
        (10, "UTC", "11:30 11:40 11:50 12:00 12:10 12:20 12:30"),
        (10, "Asia/Kathmandu", "17:20 17:30 17:40 17:50 18:00 18:10 18:20"),
        (30, "Asia/Kathmandu", "17:15 17:30 17:45 18:00 18:15 18:30"),
        (240, "UTC", "08:00 10:00 12:00 14:00 16:00 18:00"),
    ],
)
def test_course_names_round_times(peak: Peak, minutes: int, zone: str, times: str) -> None:
    peak.ended_at = peak.started_at + timedelta(minutes=minutes)
    ticks = get_course(peak, zone=ZoneInfo(zone)).chart.time_ticks
    assert " ".join(f"{tick.at:%H:%M}" for tick in ticks) == times
    assert all(0 <= float(tick.x.rstrip("%")) < 100 for tick in ticks)


def test_course_of_a_peak_of_weeks_names_few_days(peak: Peak) -> None:
    peak.ended_at = peak.started_at + timedelta(days=20)
    ticks = get_course(peak, zone=UTC).chart.time_ticks
    assert 3 < len(ticks) < 10
    assert {f"{tick.at:%H:%M}" for tick in ticks} == {"00:00"}
    assert [tick.is_minor for tick in ticks[:3]] == [False, True, False]


def test_gap_is_a_gap(peak: Peak, meter: Sensor, store: Store) -> None:
    store(meter, (36, 1.6))  # 16 minutes after the last one
    assert get_course(peak, zone=UTC).chart.mean_path.count("M") == 1
    store(meter, (38, 1.7))
    assert get_course(peak, zone=UTC).chart.mean_path.count("M") == 2


def test_sparse_meter_has_a_course_too(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 9.0))
    assert [
        stretch.highest_kw for stretch in get_course(Peak.objects.get(), zone=UTC).stretches
    ] == [9.0]


def test_a_long_dense_peak_has_few_steps(meter: Sensor, store: Store) -> None:
    store(meter, *((minute / 2, minute / 20) for minute in range(1200)))
    assert 100 < len(get_course(Peak.objects.get(), zone=UTC).stretches) <= 240


def test_without_readings_it_says_so(as_alice: Client, peak: Peak) -> None:
    Reading.objects.all().delete()
    assert "There are no readings from that time." in show(as_alice)


def test_read_and_acknowledged_alert_says_when(as_alice: Client, peak: Peak) -> None:
    Notification.objects.update(read_at=NOON, acknowledged_at=NOON)
    page = show(as_alice)
    assert "Acknowledged on 10 Mar 2026, 12:00." in page
    assert "<button" not in page.split("<main")[1].split("</main>")[0]


def test_looking_changes_nothing(as_alice: Client, peak: Peak) -> None:
    show(as_alice)
    assert Notification.objects.get().read_at is None


def test_withdrawn_peak_says_so(as_alice: Client, peak: Peak) -> None:
    Peak.objects.update(superseded_at=NOON)
    assert "Withdrawn" in show(as_alice)


def test_outsider_does_not_see_it(as_charlie: Client, as_administrator: Client, peak: Peak) -> None:
    for client in (as_charlie, as_administrator):
        assert client.get(ALERT).status_code == HTTPStatus.NOT_FOUND


def test_who_has_given_the_device_away_reads_neither_its_names_nor_its_readings(
    as_alice: Client, alice: User, peak: Peak, flat: Device, charlie: User
) -> None:
    flat.owner, flat.description = charlie, "Charlie's flat"
    flat.save()
    make_sensor(make_device(alice, "Workshop"), "Saw")
    for path in (ALERT, "/alerts/", "/"):
        page = as_alice.get(path).content.decode()
        assert "A device that you had before" in page
        for name in ("Charlie", "Main meter", flat.get_absolute_url()):
            assert name not in page
    page = show(as_alice)
    assert "6.00 kW" in page
    assert "The device now belongs to someone else" in page
    assert '<th scope="row">' not in page
    assert "1.20" not in page


@pytest.mark.parametrize("path", ["/alerts/2/", f"/alerts/{10**30}/"])
def test_unknown_alert(as_alice: Client, peak: Peak, path: str) -> None:
    assert as_alice.get(path).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.django_db
def test_anonymous_is_asked_to_log_in(client: Client) -> None:
    assert client.get(ALERT).headers["Location"] == f"/accounts/login/?next={ALERT}"


def test_wrong_method(as_alice: Client, peak: Peak) -> None:
    assert as_alice.post(ALERT).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_number_of_queries(
    as_alice: Client, peak: Peak, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        show(as_alice)
