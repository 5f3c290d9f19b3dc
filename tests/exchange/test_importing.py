"""Past readings: into the store by the path of live ones."""

import random
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import DataError, connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from devices.models import Sensor
from monitoring.exchange import importing
from monitoring.exchange.importing import BadFile, ImportedBatch, import_readings
from monitoring.ingest import store as store_module
from monitoring.ingest.readings import Rows, copy_newer
from monitoring.models import (
    Notification,
    Peak,
    QuarantinedReading,
    Reading,
    ReadingRetention,
    SensorState,
)
from monitoring.partitions.months import DEFAULT, Month
from monitoring.partitions.tables import count_default, create_partition, get_partitions
from monitoring.rules.table import RejectedRow
from monitoring.rules.telling import NEWS_FOR
from tests.conftest import NOON, Store
from tests.exchange.conftest import HEADER, csv_of

FOREIGN = "00000000-0000-4000-8000-000000000000"
AT = "2026-03-10T12:00:00Z"


def run(*pieces: bytes, **options: frozenset[str]) -> ImportedBatch:
    """The sum of all batches."""
    batches = list(import_readings(pieces, **options))
    rejected = [row for batch in batches for row in batch.rejected]
    lines, rows, stored, repeated = (
        sum(column) for column in zip(*(batch[:4] for batch in batches), strict=True)
    )
    return ImportedBatch(lines, rows, stored, repeated, rejected)


def stored(sensor: Sensor) -> list[tuple[float, float]]:
    rows = Reading.objects.filter(sensor=sensor).order_by("measured_at")
    return [((row.measured_at - NOON).total_seconds() / 60, row.energy_kwh) for row in rows]


def test_import_again_changes_nothing_and_says_so(meter: Sensor) -> None:
    file = csv_of(meter, [(0, 1.0), (15, 1.5), (30, 2.0)])
    assert run(file) == ImportedBatch(3, 3, 3, 0, [])
    assert run(file) == ImportedBatch(3, 3, 0, 3, [])
    assert stored(meter) == [(0, 1.0), (15, 1.5), (30, 2.0)]


def test_rows_land_between_stored_ones_in_any_order(
    meter: Sensor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_BATCH", 7)
    values = [(15.0 * step, step / 8) for step in range(50)]
    store(meter, *values[20:25])
    shuffled = random.Random(4).sample(values, len(values))
    assert run(csv_of(meter, shuffled)) == ImportedBatch(50, 50, 45, 5, [])
    assert stored(meter) == values
    state = SensorState.objects.get(sensor=meter)
    assert (state.energy_kwh, state.power_kw) == (49 / 8, 0.5)


def test_bad_rows_are_told_by_line_whoever_finds_them(
    meter: Sensor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_BATCH", 2)
    store(meter, (0, 1.0))
    rows = [
        f"{AT},{meter.uuid},1.0",
        f"{AT},{meter.uuid},2.0",
        f"{AT},{meter.uuid},2.0",
        f"2026-03-10T12:15:00Z,{meter.uuid},x",
        f"{AT},{FOREIGN},1.0",
        f"2026-03-10T12:15:00Z,{meter.uuid},1.5",
    ]
    result = run((HEADER + "\n".join(rows)).encode())
    assert result[:4] == (6, 6, 1, 1)
    assert [row[:2] for row in result.rejected] == [
        (3, "conflict"),
        (4, "conflict"),
        (5, "bad_value"),
        (6, "unknown_sensor"),
    ]
    # Not in quarantine too, where each further import of the file would leave them once more.
    assert not QuarantinedReading.objects.exists()


def test_repeats_of_what_is_refused_were_not_stored_before(meter: Sensor, store: Store) -> None:
    store(meter, (0, 1.0))
    result = run(csv_of(meter, [(0, 2.0), (0, 2.0), (15, 3.0), (15, 4.0), (15, 3.0), (15, 4.0)]))
    assert (result.stored, result.repeated) == (1, 1)
    assert [row.line for row in result.rejected] == [2, 3, 5, 7]


def test_what_cannot_be_stored_is_told_by_line_alone(
    meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(newer: Rows) -> None:
        if 1.5 in newer.energy_kwh:
            raise DataError("no such value")
        copy_newer(newer)

    monkeypatch.setattr(store_module, "copy_newer", refuse)
    result = run(csv_of(meter, [(0, 1.0), (15, 1.5), (30, 2.0)]))
    assert [row[:2] for row in result.rejected] == [(3, "not_storable")]
    assert result.stored == 2
    assert not QuarantinedReading.objects.exists()


def test_months_of_a_file_have_their_partitions_before_its_readings_come(meter: Sensor) -> None:
    year = 365 * 24 * 60
    run(csv_of(meter, [(-9 * year, 1.0), (-9 * year + 15, 1.5), (-8 * year, 2.0)]))
    assert get_partitions() >= {Month(2017, 3), Month(2018, 3)}
    assert count_default(at_most=10) == 0


def test_months_that_are_not_kept_get_no_partition(meter: Sensor) -> None:
    ReadingRetention.objects.create(kept_from=NOON, raised_at=NOON)
    before = get_partitions()
    result = run(csv_of(meter, [(-9 * 365 * 24 * 60, 1.0)]))
    assert [row.reason for row in result.rejected] == ["too_old"]
    assert get_partitions() == before


@pytest.mark.django_db(transaction=True)
def test_import_goes_on_while_the_tables_are_in_use(meter: Sensor, kept_partitions: None) -> None:
    file = csv_of(meter, [(-9 * 365 * 24 * 60, 1.0)])
    other = connection.copy()
    with closing(other), other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT count(*) FROM {DEFAULT}")
        assert run(file).stored == 1
        cursor.execute("ROLLBACK")
    assert count_default(at_most=10) == 1


def test_who_may_not_write_a_sensor_does_not_learn_of_it(meter: Sensor) -> None:
    result = run(csv_of(meter, [(0, 1.0)]), allowed=frozenset())
    unknown = "There is no sensor with this id."
    assert result == ImportedBatch(1, 1, 0, 0, [RejectedRow(2, "unknown_sensor", unknown)])
    assert not Reading.objects.exists()
    assert not QuarantinedReading.objects.exists()


@pytest.mark.parametrize("file", [b"", b"\n\n", b"a,b\n1,2\n", b"x" * 100_000])
def test_file_that_is_none_is_refused_whole(db: None, file: bytes) -> None:
    with pytest.raises(BadFile):
        list(import_readings([file]))


def test_peak_of_the_past_is_recorded_and_told_only_while_it_is_news(meter: Sensor) -> None:
    now_minute = (timezone.now() - NOON) / timedelta(minutes=1)
    old = now_minute - NEWS_FOR / timedelta(minutes=1) - 200
    run(csv_of(meter, [(old, 0.0), (old + 60, 9.0), (old + 120, 9.5)]))
    assert Peak.objects.count() == 1
    assert not Notification.objects.exists()
    run(csv_of(meter, [(now_minute - 120, 20.0), (now_minute - 60, 29.0)]))
    assert Notification.objects.get().peak.power_kw == pytest.approx(9.0)


def test_file_does_not_make_a_silent_sensor_look_alive(meter: Sensor, store: Store) -> None:
    run(csv_of(meter, [(0, 1.0)]))
    assert SensorState.objects.get(sensor=meter).received_at is None
    store(meter, (15, 1.5))
    run(csv_of(meter, [(5, 1.2), (30, 2.0)]))
    state = SensorState.objects.get(sensor=meter)
    assert (state.received_at, state.energy_kwh) == (NOON, 2.0)


def test_number_of_queries_depends_on_batches_and_not_on_rows(
    meter: Sensor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    file = csv_of(meter, ((step, step / 100) for step in range(2000)))
    create_partition(Month.of(NOON))
    create_partition(Month.of(NOON).plus(1))
    with django_assert_max_num_queries(11):
        assert run(file).stored == 2000


def test_memory_does_not_grow_with_the_file(meter: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "ROWS_A_BATCH", 2000)  # much of them is no long file

    def pieces(rows: int) -> Iterator[bytes]:
        yield HEADER.encode()
        for at in range(0, rows, 1000):
            yield b"".join(b"1999-01-01T00:00:00Z,%d,1\n" % row for row in range(at, at + 1000))

    def peak_bytes(rows: int) -> int:
        tracemalloc.start()
        for batch in import_readings(pieces(rows)):
            assert len(batch.rejected) == batch.rows
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    peak_bytes(2000)  # what is imported and cached once
    assert peak_bytes(24_000) < 1.5 * peak_bytes(4000)
