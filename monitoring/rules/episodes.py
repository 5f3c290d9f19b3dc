"""Peak episodes: a run of adjoining exceedances is one peak, of which the owner hears once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from monitoring.rules.power import Exceeded

KnownT = TypeVar("KnownT")


class Span(NamedTuple):
    """A stretch of a sensor's time in which exceedances came or went (UTC microseconds)."""

    sensor_id: int
    start_us: int
    end_us: int


@dataclass(frozen=True)
class Run:
    """Adjoining exceedances as one: from the first start to the last end, its highest power."""

    started_at_us: int
    ended_at_us: int
    power_kw: float
    limit_kw: float


@dataclass(frozen=True)
class KnownPeak(Generic[KnownT]):
    """A peak that is already stored: its span, and whatever the caller knows it by."""

    peak: KnownT
    started_at_us: int
    ended_at_us: int


@dataclass(frozen=True)
class EpisodeChanges(Generic[KnownT]):
    """How the stored peaks must change so that there is exactly one a run."""

    begun: list[Run] = field(default_factory=list)
    kept: list[tuple[KnownT, Run]] = field(default_factory=list)
    merged: list[tuple[KnownT, KnownT]] = field(default_factory=list)  # (gone, into)
    withdrawn: list[KnownT] = field(default_factory=list)


def find_runs(exceedances: Iterable[Exceeded]) -> list[Run]:
    """Joins exceedances of one sensor, in order of time, where one starts as the last ends."""
    runs: list[Run] = []
    for start, end, power_kw, limit_kw in exceedances:
        last = runs[-1] if runs else None
        if last is None or last.ended_at_us != start.at_us:
            runs.append(Run(start.at_us, end.at_us, power_kw, limit_kw))
        elif power_kw > last.power_kw:
            runs[-1] = Run(last.started_at_us, end.at_us, power_kw, limit_kw)
        else:
            runs[-1] = Run(last.started_at_us, end.at_us, last.power_kw, last.limit_kw)
    return runs


def match_episodes(
    runs: Sequence[Run], known: Sequence[KnownPeak[KnownT]]
) -> EpisodeChanges[KnownT]:
    """Pairs the runs of one sensor with its stored peaks, both in order of time.

    A run keeps the earliest stored peak that overlaps it; further ones are merged into that.
    A run without one begins a peak; a stored peak without a run is withdrawn.
    """
    changes: EpisodeChanges[KnownT] = EpisodeChanges()
    unclaimed = list(known)
    for run in runs:
        mine = [peak for peak in unclaimed if _overlap(run, peak)]
        unclaimed = [peak for peak in unclaimed if not _overlap(run, peak)]
        if not mine:
            changes.begun.append(run)
            continue
        changes.kept.append((mine[0].peak, run))
        changes.merged.extend((gone.peak, mine[0].peak) for gone in mine[1:])
    changes.withdrawn.extend(peak.peak for peak in unclaimed)
    return changes


def _overlap(run: Run, peak: KnownPeak[KnownT]) -> bool:
    # Half-open spans: touching ends is not overlapping.
    return run.started_at_us < peak.ended_at_us and peak.started_at_us < run.ended_at_us
