"""The pure parts of the pages' benchmark: the client, their peaks, the days and pages asked for."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from bench.history.household import register_kwh, times_us
from bench.messages import INTERVAL_US
from bench.pages.findings import LABELS
from bench.pages.peaks import PEAKS, get_peaks
from bench.pages.people import get_administrator_pages, get_client_pages
from bench.pages.plan import DEVICES, ClientPlan, get_checked, get_dates
from bench.sizes import Sizes
from monitoring.partitions.months import Month
from monitoring.rules.instants import from_us, to_us
from monitoring.rules.power import Exceeded, Sample, judge_interval

NOW = datetime(2026, 3, 10, 12, 15, tzinfo=UTC)
SIZES = [Sizes().pages, Sizes().scaled(0.001).pages]


def plan_of(readings: int) -> ClientPlan:
    return ClientPlan(readings, to_us(NOW))


@pytest.mark.parametrize("readings", SIZES)
def test_hundred_sensors_have_sent_all_readings_together(readings: int) -> None:
    plan = plan_of(readings)
    assert plan.sensors == DEVICES == 100
    assert {plan.count(sensor) for sensor in range(DEVICES)} == {readings // 100}
    assert {plan.begins_us(sensor) % INTERVAL_US for sensor in range(DEVICES)} == {0}
    assert {plan.kind(sensor) for sensor in plan.asked} == {0, 1}
    assert plan.repeated not in plan.asked


@pytest.mark.parametrize("readings", SIZES)
def test_months_adjoin_and_hold_every_reading(readings: int) -> None:
    plan = plan_of(readings)
    spans = list(plan.spans())
    assert [end for _, _, end in spans[:-1]] == [start for _, start, _ in spans[1:]]
    assert spans[0][1] <= plan.begins_us(0) < spans[0][2]
    assert (spans[-1][0], spans[-1][2]) == (Month(2026, 3), plan.end_us)


def test_full_size_is_what_the_figures_speak_of() -> None:
    assert Sizes().scaled(1).pages == 10_000_000
    first = from_us(plan_of(Sizes().pages).begins_us(0)).date()
    assert first < get_dates(NOW)["year"].replace(month=1)  # all of the year that is asked for


@pytest.mark.parametrize("readings", SIZES)
def test_peaks_are_what_the_rule_says_of_neighbouring_readings(readings: int) -> None:
    plan = plan_of(readings)
    peaks = list(get_peaks(plan))
    assert len({(peak.sensor, peak.end_us) for peak in peaks}) == PEAKS
    assert {peak.sensor for peak in peaks} == set(range(plan.sensors))
    assert [peak.end_us for peak in peaks] == sorted(peak.end_us for peak in peaks)
    for peak in peaks:
        kind = plan.kind(peak.sensor)
        at_us = times_us(kind, peak.start_us, peak.end_us + 1)
        assert at_us.tolist() == [peak.start_us, peak.end_us]
        assert peak.start_us >= plan.begins_us(peak.sensor)
        start, end = map(Sample, at_us.tolist(), register_kwh(kind, at_us).tolist())
        found = judge_interval(start, end, peak.limit_kw)
        assert isinstance(found, Exceeded)
        assert found.power_kw == peak.power_kw


def test_newest_peak_goes_on_at_the_sensor_that_is_asked_for() -> None:
    plan = plan_of(SIZES[0])
    newest = list(get_peaks(plan))[-1]
    last_us = times_us(plan.kind(0), plan.end_us - INTERVAL_US, plan.end_us)
    assert (newest.sensor, newest.end_us) == (plan.asked[0], int(last_us[0]))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW, [date(2026, 3, 9), date(2026, 3, 3), date(2026, 2, 28), date(2025, 7, 1)]),
        # In Bucharest the year has begun.
        (
            datetime(2025, 12, 31, 23, tzinfo=UTC),
            [date(2025, 12, 31), date(2025, 12, 25), date(2025, 12, 31), date(2025, 7, 1)],
        ),
    ],
)
def test_periods_that_are_asked_for_are_over(now: datetime, expected: list[date]) -> None:
    assert list(get_dates(now).values()) == expected


@pytest.mark.parametrize(
    ("now", "intervals"),
    [
        (NOW, 96),
        (datetime(2026, 4, 5, 12, tzinfo=UTC), 92),
        (datetime(2026, 11, 1, 12, tzinfo=UTC), 100),
    ],
)
def test_day_that_is_checked_is_as_long_as_it_was(now: datetime, intervals: int) -> None:
    window = get_checked(now)
    quarters = np.arange(to_us(window.start), to_us(window.end), INTERVAL_US)
    assert window.intervals == len(quarters) == intervals


def test_every_page_has_a_name_and_an_address_of_its_own() -> None:
    pages = get_client_pages(plan_of(SIZES[0]), device_id=7) | get_administrator_pages()
    assert list(pages) == list(LABELS)
    assert len(set(pages.values())) == len(pages)
    assert pages["device_year"] == "/devices/7/?period=year&date=2025-07-01"
