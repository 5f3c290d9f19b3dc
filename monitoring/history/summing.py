"""Keeps the stored quarter hours in step with the readings.

Which to compute is known without looking at readings: those of a sensor's readings that are newer
than ``SummedSensor.summed_until``, and each ``AffectedSpan``, which late readings and
administrators' decisions leave behind.

Why no reading is lost. Whatever changes readings or their meaning commits together with a mark: a
newer ``SensorState.measured_at``, or an affected span. A pass (READ COMMITTED, so each statement
sees what was committed before it) first takes the marks and then reads. What was committed before
a mark was taken is seen by the later reading; what is committed after it leaves a mark of its own
for the next pass. Writers of one sensor take turns by its state's row, so that its
``measured_at`` never tells of a reading while an earlier one is still to be committed. And sums
take turns among themselves, so that a slow pass cannot write over what a later one has seen.
"""

import time
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from django.db import connection, transaction

from monitoring.history.ranges import SensorRanges
from monitoring.history.registers import get_registers, get_replacements, get_rollovers
from monitoring.history.spans import record_affected
from monitoring.history.stored_days import (
    QUARTERS_A_DAY,
    Days,
    get_days,
    pack_quarters,
    save_days,
)
from monitoring.metrics import history_summed
from monitoring.rules.columns import NEVER_US, Instants, Keys
from monitoring.rules.instants import MICROSECOND
from monitoring.rules.intervals import QUARTER_US, Quality, Quarters, sum_quarters
from monitoring.rules.registers import Registers, find_rises
from monitoring.sql import FROM_US, US_OF, column_array
from monitoring.stopping import is_stopping, wait_for_stop
from monitoring.turns import try_turn

#: A transaction takes so many sensors and quarter hours at most: what bounds memory and locks. With
#: a reading a second, so many quarter hours are nine million readings of 38 bytes.
SENSORS_AT_ONCE = 1_000
QUARTERS_AT_ONCE = 10_000
#: So few, that what comes in meanwhile has its turn in time.
SENSORS_MARKED = 100

ALWAYS_US = 2**62

_DUE = """
    SELECT state.sensor_id
    FROM monitoring_sensorstate state
    LEFT JOIN monitoring_summedsensor summed USING (sensor_id)
    WHERE state.measured_at IS NOT NULL
      AND (summed.summed_until IS NULL OR state.measured_at > summed.summed_until)
    UNION
    SELECT sensor_id FROM monitoring_affectedspan
    ORDER BY 1
"""

_MARK = """
    WITH chosen AS (
        SELECT sensor_id, first.measured_at AS started_at, summed_until AS ended_at
        FROM monitoring_summedsensor summed
        LEFT JOIN LATERAL (
            SELECT measured_at FROM monitoring_reading WHERE sensor_id = summed.sensor_id
            ORDER BY measured_at LIMIT 1
        ) first ON true
        WHERE sensor_id > %s ORDER BY sensor_id LIMIT %s
    ), marked AS (
        INSERT INTO monitoring_affectedspan (sensor_id, started_at, ended_at)
        SELECT sensor_id, started_at, ended_at FROM chosen WHERE started_at < ended_at
    )
    SELECT max(sensor_id) FROM chosen
"""

_TAKE_SPANS = f"""
    DELETE FROM monitoring_affectedspan WHERE sensor_id = ANY (%s::bigint[])
    RETURNING sensor_id, {US_OF.format(column="started_at")}, {US_OF.format(column="ended_at")}
"""

# Of a sensor that was never summed, news begin with its first reading. They end with the newest, or
# with the replacement after it, if one is recorded already: until then the old meter's register has
# risen from the newest reading on.
_NEWS = f"""
    SELECT state.sensor_id,
           {US_OF.format(column="state.measured_at")},
           coalesce({US_OF.format(column="summed.first_at")}, {ALWAYS_US}),
           coalesce({US_OF.format(column="coalesce(summed_until, first.measured_at)")},
                    {US_OF.format(column="state.measured_at")}),
           coalesce({US_OF.format(column="replacement.replaced_at")},
                    {US_OF.format(column="state.measured_at")})
    FROM monitoring_sensorstate state
    LEFT JOIN monitoring_summedsensor summed USING (sensor_id)
    LEFT JOIN LATERAL (
        SELECT measured_at FROM monitoring_reading
        WHERE sensor_id = state.sensor_id AND summed.sensor_id IS NULL
        ORDER BY measured_at LIMIT 1
    ) first ON true
    LEFT JOIN LATERAL (
        SELECT replaced_at FROM monitoring_meterreplacement
        WHERE sensor_id = state.sensor_id AND replaced_at > state.measured_at
        ORDER BY replaced_at LIMIT 1
    ) replacement ON true
    WHERE state.sensor_id = ANY (%s::bigint[]) AND state.measured_at IS NOT NULL
    ORDER BY state.sensor_id
"""

_SAVE = f"""
    INSERT INTO monitoring_summedsensor (sensor_id, summed_until, first_at)
    SELECT sensor_id, {FROM_US.format(expression="until_us")},
           {FROM_US.format(expression=f"nullif(first_us, {ALWAYS_US})")}
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS new (sensor_id, until_us, first_us)
    ON CONFLICT (sensor_id) DO UPDATE
    SET summed_until = excluded.summed_until, first_at = excluded.first_at
"""


class News(NamedTuple):
    """Sensors, how far their readings go, and what was summed of them; a row each, by key."""

    sensor_id: Keys
    newest_us: Instants
    first_us: Instants  # of the first reading ever summed; ALWAYS_US if none was
    summed_us: Instants
    end_us: Instants  # up to where the newest reading tells of consumption


def sum_intervals(*, max_gap: timedelta, now: datetime, share: float = 1) -> bool:
    """Brings all quarter hours up to date with what was committed before the call, at ``now``.

    Readings that are further apart than ``max_gap`` make estimates of what is between them.
    ``share`` is how much of the time is worked, up to 1: for the rest, others have the processors.
    Returns False if another process is summing, or this worker is about to stop: then that one
    does it, or the next call.
    """
    has_rest, pause_s = True, 0.0
    while has_rest:
        has_rest = False
        due = _get_due()
        for first in range(0, len(due), SENSORS_AT_ONCE):
            wait_for_stop(within_s=pause_s)
            started_s = time.perf_counter()
            with transaction.atomic():
                if is_stopping() or not try_turn("sum_intervals"):
                    return False
                has_rest |= _sum(due[first : first + SENSORS_AT_ONCE], max_gap // MICROSECOND)
            pause_s = (time.perf_counter() - started_s) * (1 / share - 1)
    history_summed(committed_until=now)
    return True


def mark_everything(*, after_sensor_id: int) -> int | None:
    """Marks all of some sensors for ``sum_intervals``: those with the next keys after this one.

    Returns the last of them, None if there are none. It is for when the rules have changed.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [after_sensor_id, SENSORS_MARKED])
        (last_sensor_id,) = cursor.fetchone()
    return None if last_sensor_id is None else int(last_sensor_id)


def _get_due() -> Keys:
    """The sensors whose quarter hours are behind."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE)
        return np.fromiter((sensor_id for (sensor_id,) in cursor), np.int64)


def _sum(sensor_ids: Keys, max_gap_us: int) -> bool:
    """Sums some sensors. Returns whether a rest had to be put back, as too much for one go."""
    _plan_without_compiling()
    spans = _take_spans(sensor_ids)
    news = _get_news(sensor_ids)
    spans = spans[:, np.isin(spans[0], news.sensor_id)]  # of the others there is no reading
    is_new = news.summed_us < news.newest_us
    unread = np.stack([news.sensor_id, news.summed_us, news.end_us])[:, is_new]
    affected = SensorRanges.around(*np.concatenate([spans, unread], axis=1))
    ranges, rest = affected.split(QUARTERS_AT_ONCE)
    record_affected(rest.spans())
    first_us = _recompute(ranges, news, max_gap_us)
    _save_news(news._replace(first_us=first_us))
    return len(rest) > 0


def _plan_without_compiling() -> None:
    """Until the transaction ends: over many partitions, compiling a plan takes PostgreSQL seconds,
    and running it milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")


def _take_spans(sensor_ids: Keys) -> Instants:
    """The columns sensor, start and end of the affected spans, which are no longer stored then."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_SPANS, [column_array(sensor_ids)])
        return np.array(cursor.fetchall(), np.int64).reshape(-1, 3).T


def _get_news(sensor_ids: Keys) -> News:
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, [column_array(sensor_ids)])
        return News(*np.array(cursor.fetchall(), np.int64).reshape(-1, 5).T)


def _save_news(news: News) -> None:
    columns = (news.sensor_id, np.maximum(news.newest_us, news.summed_us), news.first_us)
    with connection.cursor() as cursor:
        cursor.execute(_SAVE, list(map(column_array, columns)))


def _recompute(ranges: SensorRanges, news: News, max_gap_us: int) -> Instants:
    """Computes the quarter hours of the ranges and stores them. Returns the new ``first_us``."""
    if not len(ranges):
        return news.first_us
    registers = get_registers(ranges)
    rises = find_rises(
        registers, rollovers=get_rollovers(ranges), replacements=get_replacements(ranges)
    )
    quarters = sum_quarters(rises, ranges.as_rule(), max_gap_us=max_gap_us)
    begun_us = _begins_of_series(registers, len(ranges))
    row = np.searchsorted(news.sensor_id, ranges.sensor_id)
    # If earlier readings than the first that is left were summed, they have been dropped since.
    was_dropped = news.first_us[row] < begun_us
    days = _get_days_with_unknown(ranges)
    _overlay(days, ranges, quarters, kept_until_us=np.where(was_dropped, begun_us, NEVER_US))
    save_days(days)
    first_us = news.first_us.copy()
    np.minimum.at(first_us, row, begun_us)
    return first_us


def _begins_of_series(registers: Registers, series: int) -> Instants:
    """The first reading of each of so many series; ``ALWAYS_US`` of one that has none."""
    begun_us = np.full(series, ALWAYS_US)
    which, first = np.unique(registers.series, return_index=True)
    begun_us[which] = registers.at_us[first]
    return begun_us


def _get_days_with_unknown(ranges: SensorRanges) -> Days:
    """All days that the ranges touch; nothing is known of those that are not stored yet."""
    days = Days.unknown(*ranges.days())
    stored = get_days(days.sensor_id, days.day)
    days.quarters[days.find(stored.sensor_id, stored.day)] = stored.quarters
    return days


def _overlay(
    days: Days, ranges: SensorRanges, quarters: Quarters, *, kept_until_us: Instants
) -> None:
    """Writes all quarter hours of the ranges on the days: ``quarters`` are those that are known.

    Of a quarter hour that begins before its range's ``kept_until_us`` the readings may be gone: if
    something is known of it, that stays.
    """
    number, quarter = ranges.expand()
    day, column = np.divmod(quarter, QUARTERS_A_DAY)
    row = days.find(ranges.sensor_id[number], day)
    is_kept = quarter * QUARTER_US < kept_until_us[number]
    is_kept &= days.quarters["quality"][row, column] != Quality.MISSING
    new = pack_quarters(quarters, ranges.places(quarters.series, quarters.quarter), len(quarter))
    days.quarters[row[~is_kept], column[~is_kept]] = new[~is_kept]
