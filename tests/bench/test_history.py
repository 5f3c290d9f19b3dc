"""The pure parts of the history's benchmark: meters, plans, windows, the check of answers."""

from datetime import UTC, datetime

import numpy as np
import orjson
import pytest

from bench.failure import BenchFailed
from bench.history.household import PAST_US, interpolated_kwh, register_kwh, times_us
from bench.history.plan import ZONE, Plan, Window, get_windows
from bench.history.visitor import check_answer
from bench.messages import INTERVAL_US
from bench.sizes import Sizes, parse_sizes
from monitoring.history.boundaries import GroupBy, get_boundaries
from monitoring.partitions.months import Month
from monitoring.rules.instants import from_us, to_us

NOW = datetime(2026, 3, 10, 12, 15, tzinfo=UTC)
END_US = to_us(NOW)
YEAR_US = 366 * 96 * INTERVAL_US
KINDS = range(len(PAST_US))


@pytest.mark.parametrize("kind", KINDS)
def test_registers_always_rise(kind: int) -> None:
    at_us = times_us(kind, END_US - YEAR_US, END_US)
    assert np.diff(register_kwh(kind, at_us)).min() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_meters_send_once_a_quarter_hour_however_the_time_is_cut(kind: int) -> None:
    middle_us = END_US - 1_234_567_890
    whole = times_us(kind, END_US - YEAR_US, END_US)
    parts = [times_us(kind, END_US - YEAR_US, middle_us), times_us(kind, middle_us, END_US)]
    assert len(whole) == 366 * 96
    assert np.array_equal(whole, np.concatenate(parts))
    assert set((whole % INTERVAL_US).tolist()) == {PAST_US[kind]}


def test_interpolation_is_linear_between_two_readings() -> None:
    at_us = times_us(0, END_US - 2 * INTERVAL_US, END_US)
    first, last = register_kwh(0, at_us)
    middle = np.array([at_us[0] + INTERVAL_US // 4])
    assert interpolated_kwh(0, middle)[0] == pytest.approx(first + (last - first) / 4)
    assert interpolated_kwh(0, at_us).tolist() == [first, last]


@pytest.mark.parametrize("millions", [1, 10, 100])
def test_plan_has_as_many_readings_as_it_says(millions: int) -> None:
    plan = Plan(millions * 1_000_000, END_US)
    stored = sum(map(plan.count, range(plan.sensors)))
    assert abs(stored - plan.readings) <= 96 + plan.sensors


@pytest.mark.parametrize("millions", [1, 10, 100])
def test_client_has_one_sensor_of_each_kind_with_all_readings(millions: int) -> None:
    plan = Plan(millions * 1_000_000, END_US)
    of_the_first = [sensor for sensor in range(plan.sensors) if sensor % plan.owners == 0]
    assert of_the_first == list(plan.asked)
    assert [plan.kind(sensor) for sensor in plan.asked] == list(KINDS)
    start_us = to_us(plan.months[0].start)
    assert {plan.begins_us(sensor) for sensor in plan.asked} == {start_us}
    assert plan.repeated not in plan.asked


def test_months_adjoin_and_end_with_the_newest_reading() -> None:
    spans = list(Plan(1_000_000, END_US).spans())
    assert [end for _, _, end in spans[:-1]] == [start for _, start, _ in spans[1:]]
    assert spans[-1] == (Month(2026, 3), to_us(Month(2026, 3).start), END_US)


@pytest.mark.parametrize("now", [NOW, datetime(2025, 1, 1, tzinfo=UTC)])
def test_windows_are_whole_intervals_that_have_been_measured(now: datetime) -> None:
    first = Plan(1_000_000, to_us(now)).months[0].start
    for window in get_windows(now).values():
        boundaries = get_boundaries(
            window.start, window.end, group_by=window.group_by, zone=ZONE, limit=10_000
        )
        assert (boundaries[0], boundaries[-1]) == (window.start, window.end)
        assert len(boundaries) - 1 == window.intervals
        assert first < window.start
        assert window.end <= now


HOUR = Window(from_us(END_US - 4 * INTERVAL_US), from_us(END_US), GroupBy.QUARTER, 4)


def answer(*kwh: float, quality: str = "measured") -> bytes:
    return orjson.dumps({"results": [{"kwh": value, "quality": quality} for value in kwh]})


def right() -> list[float]:
    ends_us = END_US - np.arange(4, -1, -1) * INTERVAL_US
    return [float(kwh) for kwh in np.diff(interpolated_kwh(1, ends_us))]


def test_right_answer_passes() -> None:
    check_answer(answer(*right()), HOUR, kind=1)


@pytest.mark.parametrize(
    "wrong",
    [
        answer(*right()[:3]),
        answer(*right(), quality="estimated"),
        answer(right()[0] + 1e-5, *right()[1:]),
    ],
)
def test_wrong_answer_ends_the_benchmark(wrong: bytes) -> None:
    with pytest.raises(BenchFailed):
        check_answer(wrong, HOUR, kind=1)


def test_sizes_of_a_history() -> None:
    assert parse_sizes("10m, 1M") == (1_000_000, 10_000_000)
    with pytest.raises(ValueError, match="at least a million"):
        parse_sizes("0m")
    assert Sizes().scaled(0.1).history == (1_000_000, 10_000_000)
    assert Sizes().scaled(0.001).history == (1_000_000,)
