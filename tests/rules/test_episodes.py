"""Adjoining exceedances are one peak; late readings join, split and withdraw peaks."""

from monitoring.rules.episodes import EpisodeChanges, KnownPeak, Run, find_runs, match_episodes
from monitoring.rules.power import Exceeded, Sample


def exceeded(start: int, end: int, power_kw: float) -> Exceeded:
    return Exceeded(Sample(start, 0), Sample(end, 0), power_kw, 4.0)


def run(start: int, end: int) -> Run:
    return Run(start, end, 5.0, 4.0)


def test_adjoining_exceedances_are_one_run_with_its_highest_power() -> None:
    runs = find_runs([exceeded(0, 1, 5), exceeded(1, 2, 7), exceeded(2, 3, 6), exceeded(4, 5, 9)])
    assert runs == [Run(0, 3, 7, 4.0), Run(4, 5, 9, 4.0)]


def test_a_run_without_a_peak_begins_one() -> None:
    changes: EpisodeChanges[str] = match_episodes([run(0, 1)], [])
    assert changes.begun == [run(0, 1)]


def test_a_run_keeps_its_peak_as_it_grows() -> None:
    changes = match_episodes([run(0, 3)], [KnownPeak("a", 1, 2)])
    assert changes.kept == [("a", run(0, 3))]
    assert [changes.begun, changes.merged, changes.withdrawn] == [[], [], []]


def test_a_run_over_two_peaks_keeps_the_earlier() -> None:
    changes = match_episodes([run(0, 9)], [KnownPeak("a", 0, 2), KnownPeak("b", 4, 9)])
    assert changes.kept == [("a", run(0, 9))]
    assert changes.merged == [("b", "a")]


def test_a_split_peak_stays_with_its_first_part_and_begins_another() -> None:
    changes = match_episodes([run(0, 2), run(4, 6)], [KnownPeak("a", 0, 6)])
    assert changes.kept == [("a", run(0, 2))]
    assert changes.begun == [run(4, 6)]


def test_a_peak_that_only_touches_a_run_is_not_the_same() -> None:
    changes = match_episodes([run(2, 4)], [KnownPeak("a", 0, 2)])
    assert changes.begun == [run(2, 4)]
    assert changes.withdrawn == ["a"]
