"""The figures of the pages: what is to be reached, and all that was measured of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from bench.failure import BenchFailed
from bench.figures import Figure, percentile
from bench.report import Report, as_grid, as_table

#: Every page, by its key in the results.
LABELS = {
    "overview": "overview",
    "devices": "list of devices",
    "device_day": "device, a day",
    "device_week": "device, a week",
    "device_month": "device, a month",
    "device_year": "device, a year",
    "sensor_day": "sensor, a day",
    "sensor_week": "sensor, a week",
    "sensor_month": "sensor, a month",
    "sensor_year": "sensor, a year",
    "alerts": "alerts",
    "alert": "an alert",
    "alert_settings": "settings of alerts",
    "forecast": "forecast",
    "best_start": "forecast, a best start asked for",
    "account": "account",
    "export": "export",
    "api_docs": "documentation of the API",
    "fleet": "fleet, for administrators",
}
MOST_MS, MOST_STATEMENTS = 100, 15


@dataclass
class Page:
    """What was measured of one page: of each round the milliseconds, and the costs of a request."""

    http_ms: list[list[float]] = field(default_factory=list)
    django_ms: list[list[float]] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)
    buffers: list[int] = field(default_factory=list)
    sent_bytes: list[int] = field(default_factory=list)
    whole_bytes: list[int] = field(default_factory=list)


def check_statements(pages: Mapping[str, Page]) -> None:
    """Raises ``BenchFailed`` if a page needs more statements than it may."""
    counts = {key: max(page.statements) for key, page in pages.items()}
    if over := [
        f"{LABELS[key]}: {count}" for key, count in counts.items() if count > MOST_STATEMENTS
    ]:
        raise BenchFailed(f"Pages of more than {MOST_STATEMENTS} statements: {', '.join(over)}.")


def report(pages: Mapping[str, Page], *, readings: int, devices: int) -> Report:
    """The table for people, and the figures by the keys that programs know."""
    headlines = get_headlines(pages)
    details = {
        "readings": Figure("stored", "readings", [readings]),
        "devices": Figure("of the client", "devices", [devices]),
    }
    for key, page in pages.items():
        details |= {f"{key}.{what}": figure for what, figure in get_details(page).items()}
    return Report(f"{as_table(headlines)}\n\n{_as_grid(pages)}", headlines, details)


def get_headlines(pages: Mapping[str, Page]) -> dict[str, Figure]:
    """The worst of all pages, round by round, and the time of each."""
    by_round = zip(*(_medians(page.http_ms) for page in pages.values()), strict=True)
    statements = zip(*(page.statements for page in pages.values()), strict=True)
    found = {
        "slowest_page_ms": Figure(
            "slowest page over HTTP", "ms", [max(times) for times in by_round], at_most=MOST_MS
        ),
        "most_statements": Figure(
            "most statements of a page",
            "",
            [max(counts) for counts in statements],
            at_most=MOST_STATEMENTS,
        ),
        "largest_page_kb": Figure(
            "largest page, compressed",
            "kB",
            [max(size for page in pages.values() for size in page.sent_bytes) / 1_000],
        ),
    }
    for key, page in pages.items():
        found[f"{key}_ms"] = Figure(LABELS[key], "ms", _medians(page.http_ms), at_most=MOST_MS)
    return found


def get_details(page: Page) -> dict[str, Figure]:
    """Everything of one page."""
    return {
        "http.ms": Figure("median", "ms", _medians(page.http_ms)),
        "http.p95_ms": Figure("95 %", "ms", _percentiles(page.http_ms)),
        "django.ms": Figure("in Django", "ms", _medians(page.django_ms)),
        "django.p95_ms": Figure("in Django, 95 %", "ms", _percentiles(page.django_ms)),
        "statements": Figure("statements", "", page.statements),
        "buffers": Figure("buffers", "", page.buffers),
        "sent_kb": Figure("compressed", "kB", [size / 1_000 for size in page.sent_bytes]),
        "whole_kb": Figure("whole", "kB", [size / 1_000 for size in page.whole_bytes]),
    }


def _as_grid(pages: Mapping[str, Page]) -> str:
    shown = ("http.p95_ms", "django.ms", "statements", "buffers", "sent_kb", "whole_kb")
    rows = {}
    for key, page in pages.items():
        details = get_details(page)
        rows[LABELS[key]] = {what: details[what] for what in shown}
    return as_grid("a page", rows)


def _medians(rounds: Iterable[list[float]]) -> list[float]:
    return [median(took_ms) for took_ms in rounds]


def _percentiles(rounds: Iterable[list[float]]) -> list[float]:
    return [percentile(took_ms, 95) for took_ms in rounds]
