"""A reading costs the same whatever its sensor's past, counted in rows that PostgreSQL reads."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.expressions import RawSQL

from devices.models import Device, Sensor
from monitoring.ingest.store import store_batch
from monitoring.models import Exceedance, Peak
from monitoring.peaks import measure_peaks
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings
from tests.conftest import NOON, make_sensor

pytestmark = pytest.mark.django_db

SHORT, LONG = 10, 2_000
#: kWh that each minute adds, over a limit of 4 kW.
OVER, UNDER = 0.1, 0.01


def rows_read() -> int:
    """Rows that this transaction has read so far, from tables and through indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint"
            " FROM pg_stat_xact_user_tables"
        )
        (count,) = cursor.fetchone()
    return int(count)


def store(meter: Sensor, *readings: tuple[float, float]) -> None:
    times = (NOON + timedelta(minutes=minute) for minute, _ in readings)
    values = (kwh for _, kwh in readings)
    store_batch(
        Readings.of(
            Reading(str(meter.uuid), to_us(at), kwh) for at, kwh in zip(times, values, strict=True)
        ),
        now=NOON,
    )


def long_peak(meter: Sensor, minutes: int) -> None:
    """One peak of as many exceedances."""
    store(meter, *((minute, 100 + minute * OVER) for minute in range(minutes + 1)))


def zigzag(meter: Sensor, minutes: int) -> None:
    """A peak each second minute."""
    register = 100.0
    readings = []
    for minute in range(minutes + 1):
        register += OVER if minute % 2 else UNDER
        readings.append((minute, register))
    store(meter, *readings)


def append(meter: Sensor, minutes: int) -> None:
    store(meter, (minutes + 1, 10_000.0))


def split(meter: Sensor, _: int) -> None:
    """A late reading in the first interval, which exceeds in its first half alone then."""
    store(meter, (0.5, 100.1))


def precede(meter: Sensor, _: int) -> None:
    store(meter, (-5, 99.99))


@pytest.mark.parametrize("change", [append, split, precede])
@pytest.mark.parametrize("make_past", [long_peak, zigzag])
def test_one_reading_reads_no_more_rows_after_a_long_past(
    meter: Sensor,
    flat: Device,
    make_past: Callable[[Sensor, int], None],
    change: Callable[[Sensor, int], None],
) -> None:
    costs = []
    for sensor, minutes in ((make_sensor(flat, "Young"), SHORT), (meter, LONG)):
        make_past(sensor, minutes)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE monitoring_exceedance; ANALYZE monitoring_peak")
            # Two thousand rows are few enough to be read whole, a million are not.
            cursor.execute("SET LOCAL enable_seqscan = off")
        before = rows_read()
        change(sensor, minutes)
        costs.append(rows_read() - before)
    short, long = costs
    # Of a piece of a long peak the first hundred exceedances are looked at.
    assert long <= short + 110


def test_the_highest_power_of_a_long_piece_is_found_afterwards(meter: Sensor) -> None:
    long_peak(meter, 300)
    store(meter, (301, 130 + 0.2))
    store(meter, (5.5, 100.6))  # all of that minute's energy in its first half
    first, rest = Peak.objects.filter(superseded_at__isnull=True).order_by("started_at")
    assert first.power_kw == pytest.approx(12)
    assert first.is_measured is True
    assert rest.power_kw == pytest.approx(6)
    assert rest.is_measured is False
    assert measure_peaks() == 1
    rest.refresh_from_db()
    assert rest.power_kw == pytest.approx(12)
    assert rest.is_measured is True
    assert measure_peaks() == 0


def test_peaks_that_do_not_change_are_not_written(meter: Sensor) -> None:
    zigzag(meter, 40)
    written = dict(Peak.objects.annotate(row=RawSQL("ctid::text", ())).values_list("pk", "row"))
    split(meter, 40)
    after = dict(Peak.objects.annotate(row=RawSQL("ctid::text", ())).values_list("pk", "row"))
    changed = [pk for pk, row in written.items() if after[pk] != row]
    assert len(changed) <= 1
    assert Exceedance.objects.filter(superseded_at__isnull=False).count() <= 1
