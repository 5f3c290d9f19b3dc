"""That a file's length does not show in the memory that it takes to read and to write it."""

import tracemalloc
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from devices.models import Sensor
from monitoring.exchange import chunks
from monitoring.exchange.chunks import Span, get_chunks
from monitoring.exchange.formats import Export, Format
from monitoring.history.boundaries import GroupBy
from tests.conftest import NOON
from tests.figures.households import constant, store_hours, sum_up

CHUNK = timedelta(days=4)


def write(kind: Format, length: timedelta) -> tuple[int, int]:
    """The file's size, and the most memory that was taken meanwhile, in bytes."""
    span = Span(NOON, NOON + length, GroupBy.QUARTER, ZoneInfo("Europe/Bucharest"))
    export = Export(kind, span, "Flat", "/export/", NOON)
    tracemalloc.start()
    size = sum(map(len, export.write(get_chunks(sensors=Sensor.objects.all(), span=span))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size, peak


@pytest.fixture
def history(meter: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 24 chunks, which are made short, so that much of them is no long file."""
    monkeypatch.setitem(chunks.SPANS, GroupBy.QUARTER, CHUNK)
    store_hours(meter, constant(1.0), start=NOON, end=NOON + 24 * CHUNK)
    sum_up()


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("kind", list(Format))
def test_memory_does_not_grow_with_the_file(kind: Format) -> None:
    write(kind, timedelta(hours=1))  # what is imported and cached once
    short_size, short_peak = write(kind, 3 * CHUNK)
    long_size, long_peak = write(kind, 24 * CHUNK)
    assert long_size > 4 * short_size
    assert long_peak < 1.3 * short_peak
