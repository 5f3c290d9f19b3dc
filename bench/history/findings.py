"""The figures of the history: what is to be reached, and all that was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.figures import Figure, percentile, ratios
from bench.report import Report, as_grid, as_table

#: What is asked for, by its key in the addresses.
LABELS = {
    "day_api": "a day by quarter hour",
    "month_api": "a month by day",
    "year_api": "a year by day",
    "decade_api": "ten years by month",
    "client_api": "a year by day, all sensors of a client",
    "year_page": "page of a sensor, with a year",
    "newest_page": "page of a sensor, as it opens",
    "year_naive": "a year by day, from the raw readings",
}
BY = {
    "http": "over HTTP",
    "django": "in Django",
    "statement": "the statement alone",
}
SMALL, LARGE = "1m", "100m"
MOST_API_MS, MOST_PAGE_MS, MOST_RATIO = 15, 50, 1.3


@dataclass(frozen=True)
class History:
    """What was measured with so many stored readings."""

    label: str
    readings: int
    summed_per_s: float
    bytes_a_reading: float
    bytes_an_interval: float
    #: By what was asked and how, a list a round: milliseconds of each request.
    ms: dict[str, list[list[float]]]
    #: Of one request, by what was asked.
    buffers: dict[str, int]
    statements: dict[str, int]

    def medians_ms(self, key: str) -> list[float]:
        """Of each round the median."""
        return [median(took_ms) for took_ms in self.ms[key]]


def report(histories: Sequence[History]) -> Report:
    """The table for people, and the figures by the keys that programs know."""
    by_label = {history.label: history for history in histories}
    headlines = get_headlines(by_label)
    details = {
        f"{label}.{key}": figure
        for label, history in by_label.items()
        for key, figure in get_details(history).items()
    }
    text = f"{as_table(headlines)}\n\n{as_grid('medians', _times_by_size(by_label))}"
    text += f"\n\n{as_grid('of one request', _costs_by_size(by_label))}"
    return Report(text, headlines, details)


def get_headlines(histories: Mapping[str, History]) -> dict[str, Figure]:
    """Those whose sizes were measured. A ratio is taken within a round."""
    found = {}
    for label, history in histories.items():
        is_large = label == LARGE
        found[f"year_api_ms_{label}"] = Figure(
            f"a year by day over HTTP, {label} readings",
            "ms",
            history.medians_ms("year_api.http"),
            at_most=MOST_API_MS if is_large else None,
        )
        found[f"year_page_ms_{label}"] = Figure(
            f"page with a year over HTTP, {label} readings",
            "ms",
            history.medians_ms("year_page.http"),
            at_most=MOST_PAGE_MS if is_large else None,
        )
        found[f"naive_year_ms_{label}"] = Figure(
            f"a year by day from the raw readings, statement alone, {label}",
            "ms",
            history.medians_ms("year_naive.statement"),
        )
    if SMALL in histories and LARGE in histories:
        sides = [histories[label].medians_ms("year_api.http") for label in (LARGE, SMALL)]
        found["year_ratio_100m_1m"] = Figure(
            "a year by day, 100m readings to 1m", "", ratios(*sides), at_most=MOST_RATIO
        )
    largest = max(histories.values(), key=lambda history: history.readings)
    found["bytes_per_interval"] = Figure(
        "on disk, a quarter hour of a sensor", "bytes", [largest.bytes_an_interval]
    )
    found["summing_per_s"] = Figure("summing alone", "readings/s", [largest.summed_per_s])
    return found


def get_details(history: History) -> dict[str, Figure]:
    """Everything of one size."""
    figures = {
        "readings": Figure("stored", "readings", [history.readings]),
        "summed_per_s": Figure("summed", "readings/s", [history.summed_per_s]),
        "bytes_per_reading": Figure("on disk, a reading", "bytes", [history.bytes_a_reading]),
        "bytes_per_interval": Figure(
            "on disk, a quarter hour", "bytes", [history.bytes_an_interval]
        ),
    }
    for key in history.ms:
        what, how = key.split(".")
        label = f"{LABELS[what]}, {BY[how]}"
        figures[f"{key}.ms"] = Figure(label, "ms", history.medians_ms(key))
        for percent in (5, 95):
            values = [percentile(took_ms, percent) for took_ms in history.ms[key]]
            figures[f"{key}.p{percent}_ms"] = Figure(f"{label}, p{percent}", "ms", values)
    for key, buffers in history.buffers.items():
        figures[f"{key}.buffers"] = Figure(f"{LABELS[key]}: buffers", "pages of 8 kB", [buffers])
        statements = history.statements[key]
        figures[f"{key}.statements"] = Figure(f"{LABELS[key]}: statements", "", [statements])
    return figures


def _times_by_size(histories: Mapping[str, History]) -> dict[str, dict[str, Figure]]:
    """A row a question and a way to ask it, a column a size."""
    first = next(iter(histories.values()))
    return {
        f"{LABELS[what]}, {BY[how]}": {
            label: Figure(label, "ms", history.medians_ms(f"{what}.{how}"))
            for label, history in histories.items()
        }
        for what, how in (key.split(".") for key in sorted(first.ms))
    }


def _costs_by_size(histories: Mapping[str, History]) -> dict[str, dict[str, Figure]]:
    first = next(iter(histories.values()))
    return {
        LABELS[what]: {
            f"{label}.{kind}": Figure(f"{label}", kind, [found[what]])
            for label, history in histories.items()
            for kind, found in (("buffers", history.buffers), ("statements", history.statements))
        }
        for what in first.buffers
    }
