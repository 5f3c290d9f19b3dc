"""The forecast and the best start of stored readings."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from devices.models import Device, Sensor
from monitoring.figures.best_start import WindowTooShort, get_best_start
from monitoring.figures.forecast import get_forecast
from monitoring.figures.scope import Scope
from monitoring.rules.best_start import Programme, Wish
from monitoring.rules.instants import to_us
from tests.conftest import make_sensor
from tests.figures.households import constant, store_hours, sum_up

BUCHAREST = ZoneInfo("Europe/Bucharest")
NOW = datetime(2026, 4, 10, 14, 20, tzinfo=BUCHAREST)
NIGHT = Wish(Programme(timedelta(hours=2), 2.0), time(22), time(7))


def evening(at: datetime) -> float:
    """Quiet but for the evening, on Bucharest's clock."""
    hour = at.astimezone(BUCHAREST).hour
    return 2.0 if 18 <= hour < 23 else 0.5 if hour != 3 else 0.2


def test_next_day_begins_at_the_next_hour_and_follows_the_clock(meter: Sensor) -> None:
    store_hours(meter, evening, start=NOW - timedelta(days=60, minutes=20), end=NOW)
    sum_up()
    answer = get_forecast(sensor_ids=[meter.pk], now=NOW, zone=BUCHAREST)
    day = answer.next_day
    assert day is not None
    assert answer.known_days == 56
    assert day.hours.start_us[0] == to_us(datetime(2026, 4, 10, 15, tzinfo=BUCHAREST))
    assert day.hours.end_us[-1] == to_us(datetime(2026, 4, 11, 15, tzinfo=BUCHAREST))
    expected = [evening(NOW.replace(hour=hour)) for hour in [*range(15, 24), *range(15)]]
    assert day.kwh == pytest.approx(np.array(expected))
    assert day.backtest.profile.hour_mae_kwh == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("days", "is_there"), [(9, False), (12, True)])
def test_short_history_is_told(meter: Sensor, days: int, is_there: bool) -> None:
    store_hours(meter, constant(0.5), start=NOW - timedelta(days=days), end=NOW)
    sum_up()
    answer = get_forecast(sensor_ids=[meter.pk], now=NOW, zone=BUCHAREST)
    assert (answer.next_day is not None) == is_there
    assert answer.known_days in {days - 1, days}
    assert answer.needed_days == 10


@pytest.mark.django_db
def test_no_sensors_is_no_forecast() -> None:
    answer = get_forecast(sensor_ids=[], now=NOW, zone=BUCHAREST)
    assert (answer.next_day, answer.known_days) == (None, 0)


def test_best_start_of_stored_readings(meter: Sensor) -> None:
    store_hours(meter, evening, start=NOW - timedelta(days=30, minutes=20), end=NOW)
    sum_up()
    scope = Scope([meter], limit_kw=1.4)
    found = get_best_start(scope=scope, wish=NIGHT, now=NOW, zone=BUCHAREST).best
    assert found is not None
    # From 23:00 on it is quiet; two hours do not fit into the one hour of 0.2 kW.
    assert found.start == datetime(2026, 4, 10, 23, tzinfo=BUCHAREST)
    assert found.peak_kw == pytest.approx(1.5)
    assert not found.is_under_limit
    short = NIGHT._replace(programme=Programme(timedelta(minutes=60), 1.0))
    found = get_best_start(scope=scope, wish=short, now=NOW, zone=BUCHAREST).best
    assert found is not None
    assert found.start == datetime(2026, 4, 11, 3, tzinfo=BUCHAREST)
    assert found.is_under_limit


def test_best_start_reaches_over_the_day_after_tomorrows_midnight(meter: Sensor) -> None:
    now = datetime(2026, 4, 10, 23, 50, tzinfo=BUCHAREST)
    store_hours(meter, evening, start=now - timedelta(days=30), end=now)
    sum_up()
    long = Wish(Programme(timedelta(hours=23), 1.0), time(22), time(21, 30))
    found = get_best_start(scope=Scope([meter], None), wish=long, now=now, zone=BUCHAREST).best
    assert found is not None
    assert found.start == datetime(2026, 4, 11, 22, tzinfo=BUCHAREST)


def test_best_start_without_history_or_room(meter: Sensor) -> None:
    scope = Scope([meter], 4.0)
    answer = get_best_start(scope=scope, wish=NIGHT, now=NOW, zone=BUCHAREST)
    assert answer.best is None
    assert answer.forecast.known_days == 0
    with pytest.raises(WindowTooShort):
        get_best_start(
            scope=scope,
            wish=NIGHT._replace(programme=Programme(timedelta(hours=10), 1.0)),
            now=NOW.astimezone(UTC),
            zone=BUCHAREST,
        )


@pytest.mark.parametrize("sensors", [1, 10])
def test_one_read_whatever_the_number_of_sensors(
    flat: Device, sensors: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    found = [make_sensor(flat, f"Meter {number}") for number in range(sensors)]
    with django_assert_max_num_queries(2):  # of days that are cut, and of whole ones
        get_best_start(scope=Scope(found, 6.0), wish=NIGHT, now=NOW, zone=BUCHAREST)
