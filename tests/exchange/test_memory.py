"""That a file's length does not show in the memory that it takes to write it."""

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from monitoring.exchange.chunks import Chunk, Span
from monitoring.exchange.formats import Export, Format
from monitoring.history.boundaries import GroupBy
from monitoring.rules.intervals import Quality
from tests.conftest import NOON
from tests.exchange.columns import chunk_of

ROWS = [(0.25, Quality.MEASURED)] * 200
DAY = timedelta(days=1)


def write(kind: Format, chunks: int) -> tuple[int, int]:
    """The file's size, and the most memory that was taken meanwhile, in bytes."""
    span = Span(NOON, NOON + DAY, GroupBy.HOUR, ZoneInfo("Europe/Bucharest"))
    export = Export(kind, span, "Flat", "/export/", NOON)
    tracemalloc.start()
    size = sum(map(len, export.write(_chunks(chunks))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size, peak


def _chunks(number: int) -> Iterator[Chunk]:
    for index in range(number):
        yield chunk_of(NOON + index * 10 * DAY, ROWS)


@pytest.mark.parametrize("kind", list(Format))
def test_memory_does_not_grow_with_the_file(kind: Format) -> None:
    write(kind, 1)  # what is imported and cached once
    short_size, short_peak = write(kind, 10)
    long_size, long_peak = write(kind, 60)
    assert long_size > 4 * short_size
    assert long_peak < 1.3 * short_peak
