"""The comparison figures of stored readings."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from devices.models import Device, Sensor
from monitoring.figures.comparison import get_comparison
from tests.conftest import make_sensor
from tests.figures.households import constant, store_hours, sum_up

BUCHAREST = ZoneInfo("Europe/Bucharest")
NOW = datetime(2026, 4, 10, 14, 20, tzinfo=BUCHAREST)


def test_constant_household(meter: Sensor) -> None:
    store_hours(meter, constant(0.5), start=NOW - timedelta(days=70), end=NOW)
    sum_up()
    found = get_comparison(sensor_ids=[meter.pk], now=NOW, zone=BUCHAREST)
    assert found.today is not None
    assert found.today.kwh == pytest.approx(0.5 * (14 + 1 / 3))
    assert found.today.change_percent == pytest.approx(0)
    assert found.on_last_month is not None
    assert found.on_last_month.kwh == pytest.approx(0.5 * (9 * 24 + 14 + 1 / 3))
    assert found.on_last_month.change_percent == pytest.approx(0)
    assert found.on_last_year is not None
    assert found.on_last_year.change_percent is None
    assert found.base_load_kw == pytest.approx(0.5)
    assert found.base_load_year_kwh == pytest.approx(4380)
    assert found.month is not None
    assert found.month.kwh == pytest.approx(30 * 12)
    assert found.month.low_kwh == pytest.approx(30 * 12)


def test_a_year_ago_is_the_same_days_of_the_month(meter: Sensor) -> None:
    year_ago = datetime(2025, 4, 1, tzinfo=BUCHAREST)
    store_hours(meter, constant(1.0), start=year_ago, end=year_ago + timedelta(days=20))
    store_hours(meter, constant(2.0), start=NOW - timedelta(days=20), end=NOW)
    sum_up()
    found = get_comparison(sensor_ids=[meter.pk], now=NOW, zone=BUCHAREST)
    assert found.on_last_year is not None
    assert found.on_last_year.reference_kwh == pytest.approx(9 * 24 + 14 + 1 / 3)
    assert found.on_last_year.change_percent == pytest.approx(100)


def test_days_are_those_of_the_zone(meter: Sensor) -> None:
    store_hours(meter, constant(1.0), start=NOW - timedelta(days=3), end=NOW)
    sum_up()
    for zone, hours in [("Europe/Bucharest", 14 + 1 / 3), ("Asia/Kathmandu", 17 + 1 / 12)]:
        found = get_comparison(sensor_ids=[meter.pk], now=NOW, zone=ZoneInfo(zone))
        assert found.today is not None
        assert found.today.kwh == pytest.approx(hours)


def test_what_was_interpolated_counts_for_sums_but_is_no_night(meter: Sensor) -> None:
    now = NOW.astimezone(UTC)  # days of 24 hours
    silent_from, silent_until = now - timedelta(days=8), now - timedelta(days=1)
    store_hours(meter, constant(1.0), start=silent_from - timedelta(days=12), end=silent_from)
    register_kwh = 100 + 12 * 24.0 + 7 * 24 * 0.1
    store_hours(meter, constant(1.0), start=silent_until, end=now, register_kwh=register_kwh)
    sum_up()
    found = get_comparison(sensor_ids=[meter.pk], now=NOW, zone=BUCHAREST)
    assert found.on_last_month is not None
    into_month = 9 + (14 + 1 / 3) / 24
    expected_kwh = 24 * (1.0 * (into_month - 8) + 0.1 * 7 + 1.0)
    assert found.on_last_month.kwh == pytest.approx(expected_kwh)
    assert found.base_load_kw == pytest.approx(1.0)  # not 0.1: half of all nights


def test_newest_hour_counts_in_the_sums_also_where_it_is_an_estimate(meter: Sensor) -> None:
    """100 kWh came after a pause of two hours: as much as in the other days of the month."""
    now = NOW.replace(minute=0)
    paused_at, start = now - timedelta(hours=2), now - timedelta(days=40)
    store_hours(meter, constant(0.5), start=start, end=paused_at)
    register_kwh = 100 + 0.5 * ((paused_at - start) / timedelta(hours=1)) + 100
    store_hours(meter, constant(0.0), start=now, end=now, register_kwh=register_kwh)
    sum_up()
    found = get_comparison(sensor_ids=[meter.pk], now=now, zone=BUCHAREST)
    assert found.today is not None
    assert found.today.kwh == pytest.approx(0.5 * 12 + 100, abs=1)
    assert found.today.compared_kwh == found.today.kwh
    assert found.on_last_month is not None
    assert found.on_last_month.kwh == pytest.approx(0.5 * (9 * 24 + 12) + 100, abs=1)
    assert found.month is not None
    assert found.month.kwh > found.on_last_month.kwh


def test_what_is_known_of_the_month(meter: Sensor) -> None:
    """The readings began on the sixth."""
    start = NOW.replace(day=6, hour=0, minute=0)
    store_hours(meter, constant(0.5), start=start, end=NOW)
    sum_up()
    found = get_comparison(sensor_ids=[meter.pk], now=NOW, zone=BUCHAREST)
    assert found.month_known.gap == (5, 10, 86_400)
    assert found.today_load.known_time.gap is None


@pytest.mark.parametrize(
    "now", ["2026-04-01T00:00:00", "2026-03-31T23:59:59", "2028-02-29T12:00:00"]
)
def test_edges_of_months(meter: Sensor, now: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=BUCHAREST)
    store_hours(meter, constant(0.5), start=at - timedelta(days=40), end=at)
    sum_up()
    found = get_comparison(sensor_ids=[meter.pk], now=at, zone=BUCHAREST)
    first = at.replace(day=1, hour=0, minute=0, second=0)
    following = (first + timedelta(days=31)).replace(day=1)
    assert found.month is not None
    hours = (following.astimezone(UTC) - first.astimezone(UTC)) / timedelta(hours=1)
    assert found.month.kwh == pytest.approx(hours / 2)


@pytest.mark.django_db
def test_without_sensors_or_readings_there_is_nothing(flat: Device) -> None:
    assert get_comparison(sensor_ids=[], now=NOW, zone=BUCHAREST).is_empty
    sensor = make_sensor(flat)
    assert get_comparison(sensor_ids=[sensor.pk], now=NOW, zone=BUCHAREST).is_empty


@pytest.mark.parametrize("sensors", [1, 10])
def test_two_reads_whatever_the_number_of_sensors(
    flat: Device, sensors: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ids = [make_sensor(flat, f"Meter {number}").pk for number in range(sensors)]
    with django_assert_max_num_queries(4):  # each of days that are cut, and of whole ones
        get_comparison(sensor_ids=ids, now=NOW, zone=BUCHAREST)
