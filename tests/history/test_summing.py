"""Which quarter hours are computed, when, and what of them stays."""

import re
from contextlib import closing
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection
from prometheus_client import REGISTRY

from devices.models import Device, Sensor
from monitoring.history import registers, summing
from monitoring.history.boundaries import GroupBy
from monitoring.history.summing import sum_intervals
from monitoring.models import AffectedSpan, IntervalDay, Reading, SummedSensor
from monitoring.tasks import sum_intervals as task
from tests.conftest import MAX_GAP, NOON, Store, Summed, make_sensor
from tests.history.conftest import hours_around_noon, known


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Which quarter hours were computed, as (first, end) in minutes after noon."""
    found: list[tuple[int, int]] = []
    recompute = summing._recompute

    def spy(ranges: Any, *arguments: Any) -> Any:
        noon = int(NOON.timestamp()) // 900
        found.extend(
            ((first - noon) * 15, (end - noon) * 15)
            for first, end in zip(ranges.first.tolist(), ranges.end.tolist(), strict=True)
        )
        return recompute(ranges, *arguments)

    monkeypatch.setattr(summing, "_recompute", spy)
    return found


def test_news_are_computed_from_where_summing_stopped(
    meter: Sensor, store: Store, summed: Summed, computed: list[tuple[int, int]]
) -> None:
    store(meter, (0, 0.0))
    summed()
    assert computed == []
    store(meter, (20, 1.0))
    summed()
    store(meter, (25, 2.0), (50, 3.0))
    summed()
    summed()
    assert computed == [(0, 30), (15, 60)]


def test_late_reading_changes_the_quarter_hours_between_its_neighbours_and_no_others(
    meter: Sensor, store: Store, summed: Summed, computed: list[tuple[int, int]]
) -> None:
    store(meter, *((minute, float(minute)) for minute in range(0, 241, 20)))
    summed()
    before = hours_around_noon(meter, 4, GroupBy.QUARTER)
    computed.clear()
    store(meter, (110, 108.0), (115, 119.0), (30, 21.0))
    store(meter, (110, 108.0))  # a repeat changes nothing
    assert AffectedSpan.objects.count() == 2
    summed()
    assert computed == [(15, 45), (90, 120)]
    after = hours_around_noon(meter, 4, GroupBy.QUARTER)
    changed = np.flatnonzero(~np.isclose(after.kwh, before.kwh, rtol=0, atol=0, equal_nan=True))
    assert ((changed - 4) * 15).tolist() == [15, 30, 90, 105]
    assert after.kwh[4:].sum() == before.kwh[4:].sum() == 240


def test_late_reading_before_the_first_and_one_that_is_alone(
    meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, (60, 3.0))
    summed()
    store(meter, (0, 1.0))
    summed()
    assert known(hours_around_noon(meter, 2, GroupBy.HOUR).kwh) == [None, 2.0, None]


@pytest.mark.parametrize("digits", [None, 5])
def test_fall_is_unknown_but_a_rollover_is_computed_through(
    meter: Sensor, store: Store, summed: Summed, digits: int | None
) -> None:
    Sensor.objects.update(register_digits=digits)
    store(meter, (0, 99_998.0), (60, 3.0), (120, 4.0))
    summed()
    found = hours_around_noon(meter, 2, GroupBy.HOUR)
    assert known(found.kwh) == [None, 5.0 if digits else None, 1.0]
    assert found.quality.tolist() == [0, 2 if digits else 0, 2]


def test_late_reading_splits_a_fall(meter: Sensor, store: Store, summed: Summed) -> None:
    # 100 → 90 → 91: a late 104 between shows that the fall was a larger one, and later.
    store(meter, (0, 100.0), (60, 90.0), (120, 91.0))
    summed()
    assert known(hours_around_noon(meter, 2, GroupBy.HOUR).kwh) == [None, None, 1.0]
    store(meter, (30, 104.0))
    summed()
    found = hours_around_noon(meter, 2, GroupBy.HOUR)
    assert known(found.kwh) == [None, 4.0, 1.0]
    assert found.coverage.tolist() == [0, 0.5, 1]


def test_what_is_known_from_dropped_readings_stays(
    meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, *((minute, float(minute)) for minute in range(0, 241, 10)))
    summed()
    before = hours_around_noon(meter, 4, GroupBy.QUARTER)
    Reading.objects.filter(sensor=meter, measured_at__lt=NOON + timedelta(minutes=125)).delete()
    call_command("sum_intervals", "--all")
    assert hours_around_noon(meter, 4, GroupBy.QUARTER).kwh[4:].tolist() == before.kwh[4:].tolist()
    # A late reading next to the first that is left: what was known before it is not lost.
    store(meter, (126, 127.0))
    summed()
    after = hours_around_noon(meter, 4, GroupBy.QUARTER)
    assert after.kwh[4:].tolist() == before.kwh[4:].tolist()
    assert SummedSensor.objects.get().first_at == NOON


def test_readings_that_come_before_all_others_are_news_not_dropped_ones(
    meter: Sensor, store: Store, summed: Summed
) -> None:
    store(meter, (65, 4.0), (70, 5.0))
    summed()
    store(meter, (75, 6.0))
    summed()
    assert known(hours_around_noon(meter, 2, GroupBy.QUARTER).kwh)[8] == 2.0


def test_command_computes_everything_anew(
    flat: Device, store: Store, summed: Summed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitoring.history.summing.SENSORS_MARKED", 2)
    sensors = [make_sensor(flat, f"Meter {number}") for number in range(5)]
    for sensor in sensors:
        store(sensor, (0, 0.0), (60, 2.0))
    summed()
    IntervalDay.objects.all()._raw_delete("default")
    call_command("sum_intervals")
    assert not IntervalDay.objects.exists()
    call_command("sum_intervals", "--all")
    for sensor in sensors:
        assert known(hours_around_noon(sensor, 1, GroupBy.HOUR).kwh) == [None, 2.0]


@pytest.mark.parametrize(("share", "rests_s"), [(1, [0, 0]), (0.5, [0, 2]), (0.25, [0, 6])])
def test_rests_between_pieces_for_the_rest_of_the_time(
    flat: Device, store: Store, monkeypatch: pytest.MonkeyPatch, share: float, rests_s: list[float]
) -> None:
    for name in ("First", "Second"):
        store(make_sensor(flat, name), (0, 0.0), (60, 2.0))
    monkeypatch.setattr(summing, "SENSORS_AT_ONCE", 1)
    clock = SimpleNamespace(perf_counter=count(step=2).__next__)  # each piece takes two seconds
    monkeypatch.setattr(summing, "time", clock)
    rests: list[float] = []
    monkeypatch.setattr(summing, "wait_for_stop", lambda *, within_s: rests.append(within_s))
    assert sum_intervals(max_gap=MAX_GAP, now=NOON, share=share)
    assert rests == rests_s


@pytest.mark.django_db(transaction=True)
def test_task_leaves_the_work_to_a_pass_that_rests(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 2.0))
    with closing(connection.copy()) as elsewhere, elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('a pass of sum_intervals', 0))")
        task()
        assert not IntervalDay.objects.exists()
        cursor.execute("SELECT pg_advisory_unlock_all()")
        task()
    assert IntervalDay.objects.exists()


def test_much_is_done_in_pieces(
    flat: Device, store: Store, monkeypatch: pytest.MonkeyPatch, computed: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr("monitoring.history.summing.QUARTERS_AT_ONCE", 10)
    monkeypatch.setattr("monitoring.history.summing.SENSORS_AT_ONCE", 2)
    sensors = [make_sensor(flat, f"Meter {number}") for number in range(3)]
    for sensor in sensors:
        store(sensor, (0, 0.0), (300, 5.0))
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert max((end - first) // 15 for first, end in computed) == 10
    for sensor in sensors:
        assert known(hours_around_noon(sensor, 5, GroupBy.HOUR).kwh) == [None, *[1.0] * 5]


def test_news_do_not_wait_behind_a_backlog(
    flat: Device, store: Store, monkeypatch: pytest.MonkeyPatch, computed: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr("monitoring.history.summing.QUARTERS_AT_ONCE", 10)
    sensors = [make_sensor(flat, f"Meter {number}") for number in range(3)]
    for sensor in sensors:
        store(sensor, (600, 5.0))
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    for sensor in sensors[:2]:  # the first ones have their past imported
        store(sensor, (0, 0.0))
    for sensor in sensors:
        store(sensor, (615, 6.0))
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert sorted(computed[:3])[1:] == [(600, 615), (600, 615)]
    assert (600, 615) in computed[:4]
    assert sum((end - first) // 15 for first, end in computed[:4]) == 10
    for sensor in sensors[:2]:
        assert known(hours_around_noon(sensor, 10, GroupBy.HOUR).kwh) == [None, *[0.5] * 10]


def test_task_tells_until_when_all_is_summed(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 2.0))
    task()
    assert known(hours_around_noon(meter, 1, GroupBy.HOUR).kwh) == [None, 2.0]
    told = REGISTRY.get_sample_value("energy_history_summed_timestamp_seconds")
    assert told is not None
    assert 0 <= summing_age_s(told) < 60


def summing_age_s(told: float) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        return float(cursor.fetchone()[0]) - told


def test_absurd_registers_tell_no_energy(meter: Sensor, store: Store, summed: Summed) -> None:
    store(meter, (0, 0.0), (1e-6, 1e200))
    summed()
    assert known(hours_around_noon(meter, 1, GroupBy.HOUR).kwh) == [None, None]


def test_row_stays_in_one_piece(meter: Sensor, store: Store, summed: Summed) -> None:
    store(meter, *((minute, minute / 7) for minute in range(0, 1440, 5)))
    summed()
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(pg_column_size(d.*)) FROM monitoring_intervalday d")
        assert cursor.fetchone()[0] < 1600  # five of them fill a page of 8 kB


def test_readings_are_found_by_the_key_alone(meter: Sensor, store: Store) -> None:
    store(meter, *((minute, minute / 60) for minute in range(100)))
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "nestloop"):  # any other join would read it all
            cursor.execute(f"SET LOCAL enable_{way} = off")
        noon_us = int(NOON.timestamp()) * 1_000_000
        parameters = [[meter.pk], [noon_us], [noon_us + 900_000_000]]
        cursor.execute(f"EXPLAIN {registers._READINGS}", parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Hash Join" not in plan
    assert "Merge Join" not in plan
    scans = re.findall(r"(\w+(?: Only)? Scan)[^\n]* on monitoring_reading", plan)
    assert scans
    assert set(scans) <= {"Index Scan", "Index Only Scan"}
