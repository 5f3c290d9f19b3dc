"""Keeps the stored peaks in step with the exceedances: one peak a run, whatever came late."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from monitoring.models import Exceedance, Peak
from monitoring.rules.episodes import (
    EpisodeChanges,
    KnownPeak,
    Run,
    Span,
    find_runs,
    match_episodes,
)
from monitoring.rules.instants import from_us, to_us
from monitoring.rules.power import Exceeded, Sample
from monitoring.sql import FROM_US, array

FindingT = TypeVar("FindingT", Peak, Exceedance)

_NEAR = f"""
    SELECT finding.* FROM {{table}} finding
    JOIN unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS span (sensor_id, start_us, end_us)
      ON finding.sensor_id = span.sensor_id
     AND finding.started_at <= {FROM_US.format(expression="span.end_us")}
     AND finding.ended_at >= {FROM_US.format(expression="span.start_us")}
    WHERE finding.superseded_at IS NULL
    ORDER BY finding.sensor_id, finding.ended_at
"""


def update_peaks(touched: Iterable[Span], *, now: datetime) -> list[Peak]:
    """Brings the peaks around the touched spans up to date. Returns those that have begun.

    The caller holds the locks of the sensors.
    """
    spans = _widest(touched)
    peaks = _current(Peak, spans)
    spans = _widest([*spans, *_spans_of(peaks)])
    exceedances = _current(Exceedance, spans)
    changes = {
        span.sensor_id: match_episodes(
            find_runs(map(_as_rule, exceedances[span.sensor_id])),
            [KnownPeak(peak, *_ends_us(peak)) for peak in peaks[span.sensor_id]],
        )
        for span in spans
    }
    return _apply(changes, now)


def _widest(spans: Iterable[Span]) -> list[Span]:
    """One span a sensor, in order of sensors, that holds all its spans."""
    by_sensor: dict[int, Span] = {}
    for span in spans:
        known = by_sensor.get(span.sensor_id, span)
        by_sensor[span.sensor_id] = Span(
            span.sensor_id, min(known.start_us, span.start_us), max(known.end_us, span.end_us)
        )
    return [by_sensor[sensor_id] for sensor_id in sorted(by_sensor)]


def _spans_of(peaks: Mapping[int, list[Peak]]) -> Iterator[Span]:
    for sensor_id, known in peaks.items():
        for peak in known:
            yield Span(sensor_id, *_ends_us(peak))


def _ends_us(finding: Peak | Exceedance) -> tuple[int, int]:
    return to_us(finding.started_at), to_us(finding.ended_at)


def _current(model: type[FindingT], spans: Sequence[Span]) -> defaultdict[int, list[FindingT]]:
    """What is current and overlaps or touches its sensor's span, by sensor, in order of time."""
    found: defaultdict[int, list[FindingT]] = defaultdict(list)
    columns = [array(column) for column in zip(*spans, strict=True)]
    for row in model._default_manager.raw(_NEAR.format(table=model._meta.db_table), columns):
        found[row.sensor_id].append(row)
    return found


def _as_rule(exceedance: Exceedance) -> Exceeded:
    # The registers are not needed to join runs, and not stored with the exceedance.
    return Exceeded(
        Sample(to_us(exceedance.started_at), 0),
        Sample(to_us(exceedance.ended_at), 0),
        exceedance.power_kw,
        exceedance.limit_kw,
    )


def _apply(changes: Mapping[int, EpisodeChanges[Peak]], now: datetime) -> list[Peak]:
    """Writes the changes by sensor. Peaks that end go first: ends are unique among current."""
    gone: list[Peak] = []
    for change in changes.values():
        for peak, into in [*change.merged, *((peak, None) for peak in change.withdrawn)]:
            peak.superseded_at, peak.merged_into = now, into
            gone.append(peak)
    kept = [_follow(peak, run) for change in changes.values() for peak, run in change.kept]
    begun = [
        _follow(Peak(sensor_id=sensor_id), run)
        for sensor_id, change in changes.items()
        for run in change.begun
    ]
    Peak.objects.bulk_update(gone, ["superseded_at", "merged_into"])
    Peak.objects.bulk_update(kept, ["started_at", "ended_at", "power_kw", "limit_kw"])
    return Peak.objects.bulk_create(begun)


def _follow(peak: Peak, run: Run) -> Peak:
    peak.started_at, peak.ended_at = from_us(run.started_at_us), from_us(run.ended_at_us)
    peak.power_kw, peak.limit_kw = run.power_kw, run.limit_kw
    return peak
