"""What the measurements of the pages become."""

import pytest

from bench.failure import BenchFailed
from bench.pages.findings import Page, check_statements, get_headlines, report

OVERVIEW = Page(
    http_ms=[[50.0, 60.0, 90.0], [40.0]],
    django_ms=[[30.0], [35.0]],
    statements=[11, 12],
    buffers=[6_000, 6_000],
    sent_bytes=[6_500, 6_500],
    whole_bytes=[26_000, 26_000],
)
YEAR = Page(
    http_ms=[[20.0], [45.0]],
    django_ms=[[10.0], [11.0]],
    statements=[15, 9],
    buffers=[90, 90],
    sent_bytes=[4_000, 4_000],
    whole_bytes=[18_000, 18_000],
)
PAGES = {"overview": OVERVIEW, "device_year": YEAR}


def test_headlines_are_of_the_worst_page_of_each_round() -> None:
    found = get_headlines(PAGES)
    assert found["slowest_page_ms"].values == [60, 45]
    assert found["most_statements"].values == [15, 12]
    assert found["largest_page_kb"].values == [6.5]
    assert found["overview_ms"].values == [60, 40]
    assert found["device_year_ms"].values == [20, 45]


def test_every_page_has_its_details() -> None:
    found = report(PAGES, readings=10_000_000, devices=100)
    assert found.details["overview.http.p95_ms"].values == [90, 40]
    assert found.details["overview.django.ms"].values == [30, 35]
    assert found.details["device_year.statements"].values == [15, 9]
    assert found.details["device_year.whole_kb"].values == [18, 18]
    assert found.details["readings"].values == [10_000_000]
    assert "device, a year" in found.text


def test_page_with_as_many_statements_as_it_may_have_passes() -> None:
    check_statements(PAGES)


def test_page_with_one_more_ends_the_benchmark() -> None:
    over = Page(statements=[15, 16])
    with pytest.raises(BenchFailed, match=r"overview: 16\.$"):
        check_statements({"overview": over, "device_year": YEAR})
