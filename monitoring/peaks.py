"""Keeps the stored peaks in step with the exceedances: one peak a run, whatever came late.

The work depends on what has changed, not on how long a peak is or how many there are. Where the
highest power of a long piece of a peak would have to be looked for, only its beginning is looked
at; ``measure_peaks`` looks at the rest afterwards.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from monitoring.models import Peak, SensorState
from monitoring.rules.episodes import (
    EpisodeChanges,
    Gone,
    KnownPeak,
    OpenRun,
    Piece,
    Run,
    Top,
    find_runs,
    match_episodes,
)
from monitoring.rules.instants import from_us
from monitoring.rules.power import Exceeded
from monitoring.sql import FROM_US, US_OF, array

#: Exceedances of a piece that ingestion looks at for its highest power.
LOOKED_AT = 100

#: Peaks that one call of ``measure_peaks`` looks at.
MEASURED_AT_ONCE = 1_000


@dataclass
class ExceedanceChanges:
    """The exceedances of one sensor that are gone, and those that were added."""

    gone: list[Gone] = field(default_factory=list)
    added: list[Exceeded] = field(default_factory=list)

    def list_spans(self, sensor_id: int) -> Iterator["_Changed"]:
        """Where something has changed; intervals that adjoin are one span."""
        last: _Changed | None = None
        intervals = [(one.start_us, one.end_us) for one in self.gone]
        intervals += [(one.start.at_us, one.end.at_us) for one in self.added]
        for start_us, end_us in sorted(intervals):
            if last and start_us <= last.end_us:
                last = last._replace(end_us=max(last.end_us, end_us), intervals=last.intervals + 1)
                continue
            if last:
                yield last
            last = _Changed(sensor_id, start_us, end_us, 1)
        if last:
            yield last


class _Changed(NamedTuple):
    """A stretch of a sensor's time, and how many intervals have changed in it."""

    sensor_id: int
    start_us: int
    end_us: int
    intervals: int


def update_peaks(changes: Mapping[int, ExceedanceChanges], *, now: datetime) -> list[Peak]:
    """Brings the peaks in step with changed exceedances. Returns those that have begun.

    The keys are those of sensors, whose locks the caller holds.
    """
    known = _get_touched(changes)
    runs = {
        sensor_id: find_runs(known[sensor_id], gone=changed.gone, added=changed.added)
        for sensor_id, changed in sorted(changes.items())
    }
    closed = _close(runs)
    return _apply(
        {sensor_id: match_episodes(closed[sensor_id], known[sensor_id]) for sensor_id in runs}, now
    )


# Peaks of a sensor do not overlap, and begin and end with its readings. So a span of n intervals
# between neighbouring readings touches n + 1 peaks at most, the first that end in it or after it.
_TOUCHED = f"""
    SELECT DISTINCT sensor_id, {US_OF.format(column="peak.started_at")},
           {US_OF.format(column="peak.ended_at")}, peak.id, power_kw, limit_kw, is_measured
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
         AS span (sensor_id, start_us, end_us, intervals)
    CROSS JOIN LATERAL (
        SELECT id, started_at, ended_at, power_kw, limit_kw, is_measured FROM monitoring_peak
        WHERE sensor_id = span.sensor_id AND superseded_at IS NULL
          AND ended_at >= {FROM_US.format(expression="span.start_us")}
        ORDER BY ended_at LIMIT span.intervals + 1
    ) peak
    WHERE peak.started_at <= {FROM_US.format(expression="span.end_us")}
    ORDER BY 1, 2
"""


def _get_touched(changes: Mapping[int, ExceedanceChanges]) -> defaultdict[int, list[KnownPeak]]:
    """The current peaks that the changes touch, by sensor, in order of time."""
    spans = [
        span
        for sensor_id, changed in sorted(changes.items())
        for span in changed.list_spans(sensor_id)
    ]
    found: defaultdict[int, list[KnownPeak]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, [array(column) for column in zip(*spans, strict=True)])
        for sensor_id, started_at_us, ended_at_us, peak_id, *power in cursor:
            found[sensor_id].append(KnownPeak(peak_id, started_at_us, ended_at_us, *power))
    return found


_TOPS = f"""
    SELECT top.power_kw, top.limit_kw, top.looked_at
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) WITH ORDINALITY
         AS piece (sensor_id, start_us, end_us, number)
    CROSS JOIN LATERAL (
        SELECT max(power_kw), (array_agg(limit_kw ORDER BY power_kw DESC, limit_kw DESC))[1],
               count(*)
        FROM (
            SELECT power_kw, limit_kw FROM monitoring_exceedance
            WHERE sensor_id = piece.sensor_id AND superseded_at IS NULL
              AND ended_at > {FROM_US.format(expression="piece.start_us")}
              AND ended_at <= {FROM_US.format(expression="piece.end_us")}
            ORDER BY ended_at LIMIT %s
        ) looked_at
    ) top (power_kw, limit_kw, looked_at)
    ORDER BY piece.number
"""


def _close(runs: Mapping[int, Sequence[OpenRun]]) -> dict[int, list[Run]]:
    """The runs with their highest powers, as far as ``LOOKED_AT`` exceedances a piece tell."""
    pieces = [
        (sensor_id, piece)
        for sensor_id, mine in runs.items()
        for run in mine
        for piece in run.pieces
    ]
    tops = iter(_get_tops(pieces) if pieces else [])
    return {
        sensor_id: [run.close([next(tops) for _ in run.pieces]) for run in mine]
        for sensor_id, mine in runs.items()
    }


def _get_tops(pieces: Sequence[tuple[int, Piece]]) -> list[tuple[Top | None, bool]]:
    """The highest power found in each piece, and whether all of it was looked at."""
    spans = [(sensor_id, piece.start_us, piece.end_us) for sensor_id, piece in pieces]
    with connection.cursor() as cursor:
        cursor.execute(_TOPS, [*map(array, zip(*spans, strict=True)), LOOKED_AT])
        return [
            (Top(power_kw, limit_kw) if looked_at else None, looked_at < LOOKED_AT)
            for power_kw, limit_kw, looked_at in cursor
        ]


_SUPERSEDE = """
    UPDATE monitoring_peak SET superseded_at = %s, merged_into_id = gone.into_id
    FROM unnest(%s::bigint[], %s::bigint[]) AS gone (id, into_id)
    WHERE monitoring_peak.id = gone.id
"""

_FOLLOW = f"""
    UPDATE monitoring_peak
    SET started_at = {FROM_US.format(expression="run.start_us")},
        ended_at = {FROM_US.format(expression="run.end_us")},
        power_kw = run.power_kw, limit_kw = run.limit_kw, is_measured = run.is_measured
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::float8[], %s::float8[], %s::boolean[])
         AS run (id, start_us, end_us, power_kw, limit_kw, is_measured)
    WHERE monitoring_peak.id = run.id
"""


def _apply(changes: Mapping[int, EpisodeChanges], now: datetime) -> list[Peak]:
    """Writes the changes by sensor. Peaks that end go first: ends are unique among current."""
    gone = [
        pair
        for change in changes.values()
        for pair in [*change.merged, *((peak_id, None) for peak_id in change.withdrawn)]
    ]
    kept = [
        (peak_id, *vars(run).values())
        for change in changes.values()
        for peak_id, run in change.kept
    ]
    with connection.cursor() as cursor:
        if gone:
            cursor.execute(_SUPERSEDE, [now, *map(array, zip(*gone, strict=True))])
        if kept:
            cursor.execute(_FOLLOW, list(map(array, zip(*kept, strict=True))))
    return Peak.objects.bulk_create(
        _as_peak(sensor_id, run) for sensor_id, change in changes.items() for run in change.begun
    )


def _as_peak(sensor_id: int, run: Run) -> Peak:
    return Peak(
        sensor_id=sensor_id,
        started_at=from_us(run.started_at_us),
        ended_at=from_us(run.ended_at_us),
        power_kw=run.power_kw,
        limit_kw=run.limit_kw,
        is_measured=run.is_measured,
    )


_HIGHEST = """
    SELECT power_kw, limit_kw FROM monitoring_exceedance
    WHERE sensor_id = %s AND superseded_at IS NULL AND ended_at > %s AND ended_at <= %s
    ORDER BY power_kw DESC, limit_kw DESC LIMIT 1
"""


def measure_peaks() -> int:
    """Looks for the highest power of peaks of which ingestion has seen only a part.

    Returns how many were measured. Each takes one transaction under its sensor's lock.
    """
    waiting = Peak.objects.filter(is_measured=False, superseded_at__isnull=True)
    ids = list(waiting.order_by("id").values_list("id", "sensor_id")[:MEASURED_AT_ONCE])
    for peak_id, sensor_id in ids:
        _measure(peak_id, sensor_id)
    return len(ids)


@transaction.atomic
def _measure(peak_id: int, sensor_id: int) -> None:
    SensorState.objects.select_for_update(no_key=True).get(sensor_id=sensor_id)
    peak = Peak.objects.filter(id=peak_id, superseded_at__isnull=True).first()
    if peak is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(_HIGHEST, [sensor_id, peak.started_at, peak.ended_at])
        peak.power_kw, peak.limit_kw = cursor.fetchone()
    peak.is_measured = True
    peak.save(update_fields=["power_kw", "limit_kw", "is_measured"])
