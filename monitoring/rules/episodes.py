"""Peak episodes: a run of adjoining exceedances is one peak, of which the owner hears once.

The rule looks at the peaks that a change touches, not at the exceedances that they are made of, so
its work depends on the change alone. A peak is a stretch of time: exceedances that are gone cut
pieces out of it, and new exceedances join the pieces that they adjoin.
"""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from monitoring.rules.power import Exceeded

#: Powers that differ by less, relative to them, are one power computed in two ways.
_SAME = 1e-12


class Span(NamedTuple):
    """A stretch of a sensor's time in which exceedances came or went (UTC microseconds)."""

    sensor_id: int
    start_us: int
    end_us: int


class Gone(NamedTuple):
    """An exceedance that no longer holds: UTC microseconds, kW."""

    start_us: int
    end_us: int
    power_kw: float


class KnownPeak(NamedTuple):
    """A stored peak. ``is_measured`` is false where its power is only known to be as high."""

    id: int
    started_at_us: int
    ended_at_us: int
    power_kw: float
    limit_kw: float
    is_measured: bool


class Top(NamedTuple):
    """The highest power of some exceedances, and the limit that it exceeded (kW).

    Of equal powers the one over the higher limit counts, so tops compare like tuples.
    """

    power_kw: float
    limit_kw: float


class Piece(NamedTuple):
    """A stretch of a peak whose exceedances are all still there (UTC microseconds)."""

    start_us: int
    end_us: int
    peak: KnownPeak


@dataclass(frozen=True)
class Run:
    """Adjoining exceedances as one: from the first start to the last end, its highest power.

    ``is_measured`` is false where some of its exceedances may be higher than ``power_kw``.
    """

    started_at_us: int
    ended_at_us: int
    power_kw: float
    limit_kw: float
    is_measured: bool = True


@dataclass
class OpenRun:
    """A run whose power is still to be found out.

    ``top`` is the highest power that is known at once, None if there is none; ``pieces`` may hold
    exceedances that are higher and have to be looked at.
    """

    started_at_us: int
    ended_at_us: int
    top: Top | None = None
    pieces: list[Piece] = field(default_factory=list)
    is_measured: bool = True

    def close(self, tops: Sequence[tuple[Top | None, bool]]) -> Run:
        """The run with what was found in its ``pieces``: the highest power of each, and whether
        all of the piece was looked at."""
        found = [top for top, _ in tops if top]
        top = max([self.top, *found] if self.top else found)
        is_measured = self.is_measured and all(is_whole for _, is_whole in tops)
        return Run(self.started_at_us, self.ended_at_us, *top, is_measured)


@dataclass(frozen=True)
class EpisodeChanges:
    """How the stored peaks must change so that there is exactly one a run."""

    begun: list[Run] = field(default_factory=list)
    kept: list[tuple[int, Run]] = field(default_factory=list)  # only those that change
    merged: list[tuple[int, int]] = field(default_factory=list)  # (gone, into)
    withdrawn: list[int] = field(default_factory=list)


def find_runs(
    known: Sequence[KnownPeak], *, gone: Iterable[Gone], added: Iterable[Exceeded]
) -> list[OpenRun]:
    """The runs of one sensor after a change, in order of time.

    ``known`` are the peaks, in order of time, that the change touches: each that holds an
    exceedance that is ``gone``, or adjoins one that is ``added``.
    """
    gone = sorted(gone)
    pieces = list(_cut(known, gone))
    uncut = _find_uncut(known, gone, pieces)
    runs: list[tuple[OpenRun, list[Piece]]] = []
    parts: list[tuple[int, int, Piece | Top]] = [
        (each.start_us, each.end_us, each) for each in pieces
    ]
    parts += [
        (each.start.at_us, each.end.at_us, Top(each.power_kw, each.limit_kw)) for each in added
    ]
    for start_us, end_us, part in sorted(parts, key=itemgetter(0)):
        if not runs or runs[-1][0].ended_at_us != start_us:
            runs.append((OpenRun(start_us, end_us), []))
        run, mine = runs[-1]
        run.ended_at_us = end_us
        if isinstance(part, Piece):
            mine.append(part)
        else:
            run.top = _higher(run.top, part)
    for run, mine in runs:
        _take_pieces(run, mine, uncut)
    return [run for run, _ in runs]


def _cut(known: Sequence[KnownPeak], gone: Sequence[Gone]) -> Iterator[Piece]:
    """The peaks without the exceedances that are gone."""
    for peak in known:
        start_us = peak.started_at_us
        for one in _of_peak(peak, gone):
            if start_us < one.start_us:
                yield Piece(start_us, one.start_us, peak)
            start_us = one.end_us
        if start_us < peak.ended_at_us:
            yield Piece(start_us, peak.ended_at_us, peak)


def _of_peak(peak: KnownPeak, gone: Sequence[Gone]) -> Sequence[Gone]:
    first = bisect_left(gone, (peak.started_at_us,))
    return gone[first : bisect_left(gone, (peak.ended_at_us,))]


def _find_uncut(
    known: Iterable[KnownPeak], gone: Sequence[Gone], pieces: Iterable[Piece]
) -> dict[int, int]:
    """Peaks whose highest exceedance is still there, and how many pieces they are in.

    A peak that has lost nothing is one piece. One that has lost only lower exceedances still has
    its highest one, in one of its pieces.
    """
    counts = Counter(piece.peak.id for piece in pieces)
    return {
        peak.id: counts[peak.id]
        for peak in known
        if all(one.power_kw < peak.power_kw for one in _of_peak(peak, gone))
    }


def _take_pieces(run: OpenRun, mine: Sequence[Piece], uncut: dict[int, int]) -> None:
    """Adds the powers of a run's pieces, or the pieces where their powers are not known.

    All pieces of a peak together are as high as the peak, if it still has its highest exceedance.
    """
    counts = Counter(piece.peak.id for piece in mine)
    unknown = []
    for piece in mine:
        peak = piece.peak
        if counts[peak.id] == uncut.get(peak.id):
            run.top = _higher(run.top, Top(peak.power_kw, peak.limit_kw))
            run.is_measured &= peak.is_measured
        else:
            unknown.append(piece)
    # No piece is higher than the peak that it was a part of.
    enough_kw = run.top.power_kw * (1 + _SAME) if run.top else 0.0
    run.pieces = [
        piece for piece in unknown if not piece.peak.is_measured or piece.peak.power_kw > enough_kw
    ]


def _higher(one: Top | None, other: Top) -> Top:
    return max(one, other) if one else other


def match_episodes(runs: Sequence[Run], known: Sequence[KnownPeak]) -> EpisodeChanges:
    """Pairs the runs of one sensor with its stored peaks, both in order of time.

    A run keeps the earliest stored peak that overlaps it; further ones are merged into that.
    A run without one begins a peak; a stored peak without a run is withdrawn.
    """
    changes = EpisodeChanges()
    waiting = deque(known)
    for run in runs:
        # Half-open spans: touching ends is not overlapping.
        while waiting and waiting[0].ended_at_us <= run.started_at_us:
            changes.withdrawn.append(waiting.popleft().id)
        mine = []
        while waiting and waiting[0].started_at_us < run.ended_at_us:
            mine.append(waiting.popleft())
        if not mine:
            changes.begun.append(run)
            continue
        kept, *further = mine
        if Run(*kept[1:]) != run:
            changes.kept.append((kept.id, run))
        changes.merged.extend((peak.id, kept.id) for peak in further)
    changes.withdrawn.extend(peak.id for peak in waiting)
    return changes
