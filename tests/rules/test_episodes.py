"""Adjoining exceedances are one peak; late readings join, split and withdraw peaks."""

import pytest

from monitoring.rules.episodes import Gone, KnownPeak, Run, Top, find_runs, match_episodes
from monitoring.rules.power import Exceeded, Sample

LIMIT_KW = 4.0


def exceeded(start: int, end: int, power_kw: float) -> Exceeded:
    return Exceeded(Sample(start, 0), Sample(end, 0), power_kw, LIMIT_KW)


def run(start: int, end: int, power_kw: float = 5.0) -> Run:
    return Run(start, end, power_kw, LIMIT_KW)


def peak(
    number: int, start: int, end: int, power_kw: float = 5.0, *, is_measured: bool = True
) -> KnownPeak:
    return KnownPeak(number, start, end, power_kw, LIMIT_KW, is_measured)


def joined(known: list[KnownPeak], gone: list[Gone], added: list[Exceeded]) -> list[Run]:
    """The runs, where nothing has to be looked at."""
    runs = find_runs(known, gone=gone, added=added)
    assert not any(each.pieces for each in runs)
    return [each.close([]) for each in runs]


def test_adjoining_exceedances_are_one_run_with_its_highest_power() -> None:
    added = [exceeded(0, 1, 5), exceeded(1, 2, 7), exceeded(2, 3, 6), exceeded(4, 5, 9)]
    assert joined([], [], added) == [run(0, 3, 7), run(4, 5, 9)]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        pytest.param(exceeded(9, 10, 6), run(2, 10, 6), id="higher, after it"),
        pytest.param(exceeded(9, 10, 4.5), run(2, 10, 5), id="lower, after it"),
        pytest.param(exceeded(0, 2, 6), run(0, 9, 6), id="before it"),
    ],
)
def test_an_exceedance_that_adjoins_a_peak_extends_it(added: Exceeded, expected: Run) -> None:
    assert joined([peak(1, 2, 9)], [], [added]) == [expected]


def test_an_exceedance_between_two_peaks_joins_them() -> None:
    known = [peak(1, 0, 2, 6), peak(2, 4, 9, 8)]
    assert joined(known, [], [exceeded(2, 4, 5)]) == [run(0, 9, 8)]


def test_a_split_exceedance_that_still_exceeds_leaves_its_peak_whole() -> None:
    halves = [exceeded(4, 5, 5.5), exceeded(5, 6, 4.5)]
    assert joined([peak(1, 0, 9, 8)], [Gone(4, 6, 5.0)], halves) == [run(0, 9, 8)]


def test_the_highest_exceedance_may_be_split_into_a_higher_one() -> None:
    halves = [exceeded(4, 5, 9), exceeded(5, 6, 7)]
    assert joined([peak(1, 0, 9, 8)], [Gone(4, 6, 8.0)], halves) == [run(0, 9, 9)]


def test_halves_that_are_as_high_but_for_rounding_need_no_look() -> None:
    halves = [exceeded(4, 5, 8 * (1 - 1e-15)), exceeded(5, 6, 8 * (1 - 1e-15))]
    (only,) = joined([peak(1, 0, 9, 8)], [Gone(4, 6, 8.0)], halves)
    assert only.power_kw == pytest.approx(8)


def test_a_gap_in_a_peak_leaves_pieces_that_have_to_be_looked_at() -> None:
    before, after = find_runs([peak(1, 0, 9, 8)], gone=[Gone(4, 6, 5.0)], added=[exceeded(4, 5, 6)])
    assert [(piece.start_us, piece.end_us) for piece in before.pieces] == [(0, 4)]
    assert [(piece.start_us, piece.end_us) for piece in after.pieces] == [(6, 9)]
    assert before.close([(Top(5.5, LIMIT_KW), True)]) == run(0, 5, 6)
    assert after.close([(Top(8.0, LIMIT_KW), True)]) == run(6, 9, 8)


def test_a_piece_that_was_not_looked_at_wholly_leaves_the_power_open() -> None:
    (left,) = find_runs([peak(1, 0, 9, 8)], gone=[Gone(7, 9, 8.0)], added=[])
    assert left.close([(Top(5.0, LIMIT_KW), False)]) == Run(0, 7, 5.0, LIMIT_KW, is_measured=False)


def test_no_piece_is_higher_than_its_peak_was() -> None:
    gone, added = [Gone(4, 6, 8.0)], [exceeded(4, 5, 9)]
    before, after = find_runs([peak(1, 0, 9, 8)], gone=gone, added=added)
    assert not before.pieces
    assert len(after.pieces) == 1


def test_a_peak_of_unknown_height_stays_so_until_all_of_it_is_looked_at() -> None:
    unmeasured = peak(1, 0, 9, 5, is_measured=False)
    (longer,) = joined([unmeasured], [], [exceeded(9, 10, 6)])
    assert longer == Run(0, 10, 6, LIMIT_KW, is_measured=False)
    _, after = find_runs([unmeasured], gone=[Gone(4, 6, 5.0)], added=[exceeded(4, 5, 9)])
    assert len(after.pieces) == 1


def test_a_peak_without_any_exceedance_leaves_no_run() -> None:
    assert joined([peak(1, 0, 9)], [Gone(0, 9, 5.0)], []) == []


def test_a_run_without_a_peak_begins_one() -> None:
    assert match_episodes([run(0, 1)], []).begun == [run(0, 1)]


def test_a_run_keeps_its_peak_as_it_grows() -> None:
    changes = match_episodes([run(0, 3)], [peak(1, 1, 2)])
    assert changes.kept == [(1, run(0, 3))]
    assert [changes.begun, changes.merged, changes.withdrawn] == [[], [], []]


def test_a_peak_that_stays_as_it_is_needs_no_writing() -> None:
    changes = match_episodes([run(0, 3), run(5, 6)], [peak(1, 0, 3), peak(2, 5, 6, 7)])
    assert changes.kept == [(2, run(5, 6))]


def test_a_run_over_two_peaks_keeps_the_earlier() -> None:
    changes = match_episodes([run(0, 9)], [peak(1, 0, 2), peak(2, 4, 9)])
    assert changes.kept == [(1, run(0, 9))]
    assert changes.merged == [(2, 1)]


def test_a_split_peak_stays_with_its_first_part_and_begins_another() -> None:
    changes = match_episodes([run(0, 2), run(4, 6)], [peak(1, 0, 6)])
    assert changes.kept == [(1, run(0, 2))]
    assert changes.begun == [run(4, 6)]


def test_a_peak_that_only_touches_a_run_is_not_the_same() -> None:
    changes = match_episodes([run(2, 4)], [peak(1, 0, 2)])
    assert changes.begun == [run(2, 4)]
    assert changes.withdrawn == [1]
