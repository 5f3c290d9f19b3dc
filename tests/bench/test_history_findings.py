"""What the history's measurements become."""

import pytest

from bench.history.findings import History, get_headlines, report


def history(label: str, readings: int, api_ms: float) -> History:
    took_ms = {
        "year_api.http": [[api_ms, api_ms + 1, api_ms + 2], [api_ms * 2] * 3],
        "year_page.http": [[30.0, 40.0, 50.0], [30.0]],
        "year_naive.statement": [[100.0], [300.0]],
    }
    costs = {"year_api": 400}
    return History(label, readings, 100_000.0, 90.0, 17.0, took_ms, costs, {"year_api": 4})


SMALL, LARGE = history("1m", 1_000_000, 9.0), history("100m", 100_000_000, 11.0)


def test_headlines_have_the_keys_that_programs_know() -> None:
    found = get_headlines({"1m": SMALL, "100m": LARGE})
    assert {
        *("year_api_ms_1m", "year_api_ms_100m", "year_page_ms_100m", "year_ratio_100m_1m"),
        *("naive_year_ms_1m", "bytes_per_interval", "summing_per_s"),
    } <= set(found)
    assert found["year_api_ms_1m"].values == [10, 18]
    assert found["year_ratio_100m_1m"].values == pytest.approx([12 / 10, 22 / 18])
    assert found["bytes_per_interval"].median == 17


def test_only_the_largest_has_targets() -> None:
    found = get_headlines({"1m": SMALL, "100m": LARGE})
    assert {key for key, figure in found.items() if figure.has_target} == {
        *("year_api_ms_100m", "year_page_ms_100m", "year_ratio_100m_1m")
    }


def test_short_run_has_no_ratio() -> None:
    assert "year_ratio_100m_1m" not in get_headlines({"1m": SMALL})


def test_report_tells_every_size() -> None:
    found = report([SMALL, LARGE])
    assert found.details["1m.year_api.http.p95_ms"].values == [11, 18]
    assert found.details["100m.year_api.buffers"].values == [400]
    assert "a year by day, from the raw readings, the statement alone" in found.text
    assert "100m (buffers)" in found.text
