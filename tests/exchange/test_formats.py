"""Which files are made, and which would be too large."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.models import Sensor
from monitoring.exchange import formats
from monitoring.exchange.chunks import Span
from monitoring.exchange.formats import BadExport, Export, Format
from monitoring.history.boundaries import GroupBy, get_boundaries
from tests.conftest import NOON, Store, Summed, make_sensor

DAY = timedelta(days=1)


def export(span: Span, kind: Format = Format.XLSX) -> Export:
    return Export(kind, span, "Flat", "/export/", NOON)


def test_workbook_of_too_many_rows_is_refused(
    meter: Sensor, store: Store, summed: Summed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MAX_XLSX_ROWS", 26)
    # Rows begin with the first reading, so the years before it count for nothing.
    span = Span(NOON - 3000 * DAY, NOON + DAY, GroupBy.HOUR, ZoneInfo("UTC"))
    heating = make_sensor(meter.device, "Heat pump")
    store(meter, (0, 1.0), (60, 2.0))
    summed()
    export(span).require_room(Sensor.objects.all())
    store(heating, (0, 1.0), (60, 2.0))
    summed()
    with pytest.raises(BadExport) as refused:
        export(span).require_room(Sensor.objects.all())
    assert refused.value.parameter == "format"
    export(span, Format.CSV).require_room(Sensor.objects.all())


@given(
    start=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    days=st.integers(1, 800),
    group_by=st.sampled_from(GroupBy),
    zone=st.sampled_from(["Europe/Bucharest", "Asia/Kathmandu", "America/New_York", "UTC"]),
)
def test_no_span_has_more_intervals_than_it_is_taken_for(
    start: datetime, days: int, group_by: GroupBy, zone: str
) -> None:
    begin = start.replace(tzinfo=UTC)
    span = Span(begin, begin + days * DAY, group_by, ZoneInfo(zone))
    boundaries = get_boundaries(
        span.start, span.end, group_by=group_by, zone=span.zone, limit=100_000
    )
    assert len(boundaries) - 1 <= export(span)._most_intervals(begin)
