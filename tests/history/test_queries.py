"""Consumption out of the stored quarter hours: whose, over which intervals, and how sure."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from devices.models import Device, Sensor
from monitoring.history.boundaries import GroupBy, TooManyIntervals
from monitoring.history.consumption import Consumption
from monitoring.history.queries import get_consumption, get_consumption_by_sensor
from monitoring.rules.instants import to_us
from monitoring.rules.intervals import Quality
from tests.conftest import NOON, Store, Summed, make_sensor
from tests.history.conftest import UTC_ZONE, hours_around_noon, known

MINUTES_A_DAY = 24 * 60


def local(start: str, end: str, group_by: GroupBy, zone: str, *sensors: Sensor) -> Consumption:
    """Of a span whose ends are local times."""
    return get_consumption(
        [sensor.pk for sensor in sensors],
        start=datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)),
        end=datetime.fromisoformat(end).replace(tzinfo=ZoneInfo(zone)),
        group_by=group_by,
        zone=ZoneInfo(zone),
    )


@pytest.fixture
def steady(meter: Sensor, store: Store, summed: Summed) -> Sensor:
    """A meter of exactly 1 kW, read every half hour, from 2026-03-10 12:00 UTC for 30 days."""
    store(meter, *((minute, minute / 60) for minute in range(0, 30 * MINUTES_A_DAY + 1, 30)))
    summed()
    return meter


def test_intervals_are_those_of_the_sensor_alone(
    meter: Sensor, store: Store, summed: Summed
) -> None:
    other = make_sensor(meter.device)
    store(meter, (0, 10.0), (60, 12.0))
    store(other, (0, 500.0), (60, 400.0))
    summed()
    found = hours_around_noon(meter, 2, GroupBy.HOUR)
    assert known(found.kwh) == [None, 2.0, None]
    assert found.coverage.tolist() == [0, 1, 0]
    assert known(found.peak_kw) == [None, 2.0, None]
    assert found.quality.tolist() == [Quality.MISSING, Quality.MEASURED, Quality.MISSING]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Bucharest", "2026-03-28", 24),
        ("Europe/Bucharest", "2026-03-29", 23),
        ("Asia/Kathmandu", "2026-03-29", 24),
        ("Pacific/Chatham", "2026-04-05", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/New_York", "2026-03-11", 24),
        ("UTC", "2026-03-29", 24),
    ],
)
def test_a_kilowatt_gives_a_day_as_many_kilowatt_hours_as_it_has_hours(
    steady: Sensor, zone: str, day: str, hours: float
) -> None:
    found = local(f"{day}T00:00", f"{day}T23:59", GroupBy.DAY, zone, steady)
    assert found.kwh.tolist() == [pytest.approx(hours, abs=1e-9)]
    assert found.coverage.tolist() == [1]
    assert found.peak_kw.tolist() == [pytest.approx(1)]
    by_hour = local(f"{day}T00:00", f"{day}T23:59", GroupBy.HOUR, zone, steady)
    assert by_hour.kwh.sum() == pytest.approx(hours, abs=1e-9)


def test_month_and_year_are_partly_covered(steady: Sensor) -> None:
    zone = "Europe/Bucharest"
    months = local("2026-02-01", "2026-05-01", GroupBy.MONTH, zone, steady)
    days = local("2026-02-01", "2026-05-01", GroupBy.DAY, zone, steady)
    years = local("2025-06-01", "2026-06-01", GroupBy.YEAR, zone, steady)
    march = 24 * 22 - 1 - 14  # from 14:00 of the tenth, and the clock is set forward
    assert known(months.kwh) == [None, pytest.approx(march), pytest.approx(720 - march)]
    assert months.coverage.tolist() == pytest.approx(
        [0, march / (31 * 24 - 1), (720 - march) / 720]
    )
    assert known(years.kwh) == [None, pytest.approx(720)]
    assert sum(filter(None, known(days.kwh))) == pytest.approx(720, abs=1e-6)


def test_leap_day_is_a_day(meter: Sensor, store: Store, summed: Summed) -> None:
    february = (datetime(2028, 2, 1, tzinfo=ZoneInfo("UTC")) - NOON) / timedelta(minutes=1)
    store(
        meter,
        *((february + minute, minute / 60) for minute in range(0, 40 * MINUTES_A_DAY, 60)),
        now=datetime(2028, 4, 1, tzinfo=ZoneInfo("UTC")),
    )
    summed()
    month = local("2028-02-01", "2028-03-01", GroupBy.MONTH, "UTC", meter)
    days = local("2028-02-01", "2028-03-01", GroupBy.DAY, "UTC", meter)
    assert month.kwh.tolist() == [pytest.approx(29 * 24)]
    assert known(days.kwh) == [pytest.approx(24)] * 29


def test_all_groupings_of_any_span_agree(steady: Sensor) -> None:
    """Days that are cut are read by quarter hours, whole ones by their sums."""
    for zone in ("UTC", "Asia/Kathmandu"):
        totals = [
            local("2026-03-01", "2026-05-01", group_by, zone, steady).kwh for group_by in GroupBy
        ]
        assert [float(sum(filter(None, known(kwh)))) for kwh in totals] == [
            pytest.approx(720, abs=1e-6)
        ] * len(GroupBy)


@pytest.mark.parametrize("at_once", [1, 500_000])
def test_sensors_are_summed_and_what_is_known_of_one_counts(  # read together, and in groups
    flat: Device,
    meter: Sensor,
    store: Store,
    summed: Summed,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr("monitoring.history.queries.MOST_AT_ONCE", at_once)
    other, silent = make_sensor(flat, "Other"), make_sensor(flat, "Silent")
    store(meter, (0, 10.0), (60, 12.0))
    store(other, (0, 50.0), (60, 51.0), (120, 54.0))
    summed()
    span = {"start": NOON, "end": NOON + timedelta(hours=3)}
    both = get_consumption(
        [meter.pk, other.pk, other.pk], **span, group_by=GroupBy.HOUR, zone=UTC_ZONE
    )
    assert known(both.kwh) == [3.0, 3.0, None]
    assert known(both.peak_kw) == [None, None, None]
    assert both.coverage.tolist() == [1, 0.5, 0]
    assert both.quality.tolist() == [2, 2, 0]
    each = get_consumption_by_sensor(
        [silent.pk, other.pk], **span, group_by=GroupBy.HOUR, zone=UTC_ZONE
    )
    assert known(each[other.pk].kwh) == [1.0, 3.0, None]
    assert known(each[silent.pk].kwh) == [None, None, None]
    nobody = get_consumption([], **span, group_by=GroupBy.HOUR, zone=UTC_ZONE)
    assert known(nobody.kwh) == [None, None, None]
    assert nobody.quality.tolist() == [0, 0, 0]


def test_gap_makes_an_estimate_of_all_that_holds_a_part_of_it(
    meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, (0, 0.0), (30, 1.0), (120, 4.0), (180, 5.0))
    summed()
    found = hours_around_noon(meter, 3, GroupBy.HOUR)
    assert known(found.kwh) == [None, 2.0, 2.0, 1.0]
    assert found.quality.tolist() == [0, Quality.ESTIMATED, Quality.ESTIMATED, Quality.MEASURED]
    assert found.coverage.tolist() == [0, 0.5, 0, 1]


@pytest.mark.parametrize("group_by", [GroupBy.HOUR, GroupBy.DAY])  # by quarter hours, and by sums
def test_known_share_is_that_of_the_time_between_the_first_and_the_last_reading(
    meter: Sensor, store: Store, summed: Summed, group_by: GroupBy
) -> None:
    """Estimated or not: nine hours and five minutes in all, of which 20 minutes are measured."""
    store(meter, (7, 0.0), (27, 1.0), (552, 9.0))
    summed()
    start = NOON.replace(hour=0)
    of_day: Any = {"start": start, "end": start + timedelta(days=1), "group_by": group_by}
    found = get_consumption([meter.pk], **of_day, zone=UTC_ZONE)
    hours = MINUTES_A_DAY / 60 / len(found)
    assert (found.known * hours).sum() == pytest.approx(9 + 5 / 60)
    assert (found.coverage * hours).sum() == pytest.approx(20 / 60)
    by_evening = found.get_known_time(until_us=to_us(start + timedelta(hours=22)))
    assert by_evening == pytest.approx((22 * 3600, (9 + 5 / 60) / 22))
    Sensor.objects.update(is_active=False)
    found = get_consumption([meter.pk], **of_day, zone=UTC_ZONE)
    until = 12 + 552 / 60  # from then on nothing was expected of it
    by_evening = found.get_known_time(until_us=to_us(start + timedelta(hours=22)))
    assert by_evening.share == pytest.approx((9 + 5 / 60) / until)


def test_sensors_that_were_never_read_are_not_expected_to_be_known(
    flat: Device, meter: Sensor, store: Store, summed: Summed
) -> None:
    silent = make_sensor(flat, "Silent")
    store(meter, (0, 10.0), (60, 12.0))
    summed()
    span: Any = {"start": NOON, "end": NOON + timedelta(hours=2), "group_by": GroupBy.HOUR}
    both = get_consumption([meter.pk, silent.pk], **span, zone=UTC_ZONE)
    assert both.known.tolist() == [1, 0]
    assert both.expected.tolist() == [1, 1]


def test_more_intervals_than_allowed_are_refused(meter: Sensor) -> None:
    with pytest.raises(TooManyIntervals):
        local("2016-01-01", "2026-01-01", GroupBy.HOUR, "UTC", meter)


@pytest.mark.parametrize("group_by", GroupBy)
def test_no_reading_is_looked_at(steady: Sensor, group_by: GroupBy) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE monitoring_reading RENAME TO hidden")
    assert len(hours_around_noon(steady, 20, group_by))


def test_view_shows_the_same_in_sql(meter: Sensor, store: Store, summed: Summed) -> None:
    store(meter, (0, 0.1), (7, 0.4), (30, 1 / 3), (50, 12345.678), (200, 20000.5))
    summed()
    found = hours_around_noon(meter, 5, GroupBy.QUARTER)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kwh, peak_kw, covered_s / 900.0::float8, quality FROM monitoring_quarterhour "
            "WHERE sensor_id = %s AND day = '2026-03-10' AND started_at >= '2026-03-10T11:00Z' "
            "AND started_at < '2026-03-10T17:00Z' ORDER BY started_at",
            [meter.pk],
        )
        kwh, peak_kw, coverage, quality = zip(*cursor.fetchall(), strict=True)
    assert kwh == pytest.approx(found.kwh, rel=0, abs=0, nan_ok=True)
    assert peak_kw == pytest.approx(found.peak_kw, rel=1e-6, nan_ok=True)
    assert coverage == pytest.approx(found.coverage)
    assert list(quality) == found.quality.tolist()
