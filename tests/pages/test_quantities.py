"""Powers, energies and times in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import pytest
from django.utils import timezone, translation

from monitoring.rules.known import DAY_S, HOUR_S, KnownTime
from monitoring.templatetags.quantities import (
    known_part,
    kw,
    kwh,
    limit_kw,
    percent_over,
    time_span,
    when,
)

NOON = datetime(2026, 3, 10, 12, 0, 30, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("power_kw", "text"),
    [
        (5.2, "5.20 kW"),
        (0.0, "0.00 kW"),
        (1234.5, "1,234.50 kW"),
        (1.79e308, "> 1,000,000,000,000 kW"),
        (None, "–"),
        ("", "–"),
    ],
)
def test_power(power_kw: float | Literal[""] | None, text: str) -> None:
    assert plain(kw(power_kw)) == text
    assert plain(kwh(power_kw)) == text.replace("kW", "kWh")


@pytest.mark.parametrize(
    ("power_kw", "text"),
    [
        (4.0, "4 kW"),
        (Decimal("4.500"), "4.5 kW"),
        (0.125, "0.125 kW"),
        (100.0, "100 kW"),
        (None, "–"),
    ],
)
def test_limit(power_kw: float | None, text: str) -> None:
    assert plain(limit_kw(power_kw)) == text


def test_energy() -> None:
    assert plain(kwh(12345.678)) == "12,345.68 kWh"
    assert plain(kwh(1e12)) == "1,000,000,000,000.00 kWh"
    assert plain(kwh(1.79e308)) == "> 1,000,000,000,000 kWh"
    assert kwh(None) == "–"


def test_numbers_and_dates_are_those_of_the_language() -> None:
    with translation.override("ro"):
        assert plain(kw(1234.5)) == "1.234,50 kW"
        assert when(NOON) == "10 mar. 2026, 12:00"


@pytest.mark.parametrize(
    ("power_kw", "text"),
    [(6.0, "+50%"), (4.02, "+0.5%"), (4.4, "+10%"), (44.0, "+1,000%"), (1e24, "+1,000,000%")],
)
def test_percent_over_a_limit_of_4_kw(power_kw: float, text: str) -> None:
    assert percent_over(power_kw, 4.0) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0.5, "10 Mar 2026, 14:00:30–14:01:00"),
        (30, "10 Mar 2026, 14:00–14:30"),
        (11 * 60, "10 Mar 2026, 14:00–11 Mar 2026, 01:00"),
    ],
)
def test_span_is_that_of_the_current_zone(minutes: float, text: str) -> None:
    with timezone.override("Europe/Bucharest"):
        assert time_span(NOON, NOON + timedelta(minutes=minutes)) == text


@pytest.mark.parametrize(
    ("known", "english", "romanian"),
    [
        (KnownTime(28 * DAY_S, 0.5), "14 of 28 days known", "14 din 28 de zile cunoscute"),
        (KnownTime(14 * HOUR_S, 0.5), "7 of 14 hours known", "7 din 14 ore cunoscute"),
        (KnownTime(28 * DAY_S, 1.0), "", ""),
        (None, "", ""),
    ],
)
def test_known_part(known: KnownTime | None, english: str, romanian: str) -> None:
    assert known_part(known) == english
    with translation.override("ro"):
        assert known_part(known) == romanian
