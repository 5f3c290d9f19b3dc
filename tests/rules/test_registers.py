"""What decisions on registers make of energy, and whether that can be."""

from math import inf

import pytest

from monitoring.rules.power import Sample
from monitoring.rules.registers import Replacement, Risen, may_explain, roll_over, split_at

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US


@pytest.mark.parametrize(
    ("kwh", "length_us", "is_plausible"),
    [
        (20.0, HOUR_US, True),  # five times 4 kW
        (20.001, HOUR_US, False),
        (99.5, 88_000_000, False),
        (0.0, 0, True),
        (0.001, 0, False),
    ],
)
def test_five_times_the_maximum_is_plausible(
    kwh: float, length_us: int, is_plausible: bool
) -> None:
    risen = Risen(kwh, HOUR_US, HOUR_US + length_us)
    assert risen.is_plausible(max_power_kw=4.0) is is_plausible


def test_mean_power_of_no_time_is_infinite_unless_nothing_flowed() -> None:
    assert Risen(1.0, 5, 5).mean_kw == inf
    assert Risen(0.0, 5, 5).mean_kw == 0
    assert Risen(3.0, 0, HOUR_US // 2).mean_kw == 6.0


def test_replacement_splits_what_flowed() -> None:
    replacement = Replacement(1, 30 * MINUTE_US, final_kwh=103.0, first_kwh=2.0)
    before, after = Sample(0, 100.0), Sample(HOUR_US, 5.0)
    old, new = split_at(replacement, before, after)
    assert (old, new) == (Risen(3.0, 0, 30 * MINUTE_US), Risen(3.0, 30 * MINUTE_US, HOUR_US))
    assert split_at(replacement, before, None) == (old, None)


def test_rollover_counts_through_the_end() -> None:
    risen = roll_over(Sample(0, 99_998.0), Sample(HOUR_US, 3.0), digits=5)
    assert risen == Risen(5.0, 0, HOUR_US)


@pytest.mark.parametrize(
    ("final_kwh", "first_kwh", "is_explained"),
    [
        (100.0, 0.0, True),
        (103.0, 2.0, True),
        (99.9, 0.0, False),  # the register had been higher
        (100.0, 5.1, False),  # the new meter was lower already
        (5000.0, 0.0, False),  # years later
    ],
)
def test_fall_is_explained_by_registers_that_make_a_plausible_energy_of_it(
    final_kwh: float, first_kwh: float, is_explained: bool
) -> None:
    replacement = Replacement(1, 99 * HOUR_US, final_kwh, first_kwh)
    start, end = Sample(0, 100.0), Sample(HOUR_US, 5.0)
    assert may_explain(replacement, start, end, max_power_kw=4.0) is is_explained
