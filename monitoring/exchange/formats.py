"""The formats of exports, and how a file of each is told apart."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from devices.models import Sensor
from monitoring.exchange.chunks import Chunk, Span, count_begun
from monitoring.exchange.csv import write_csv
from monitoring.exchange.green_button import Feed, write_green_button
from monitoring.exchange.xlsx import write_xlsx
from monitoring.history.boundaries import GroupBy

#: More than anybody's history; without an end to it, a request could fill a disk.
MAX_SPAN = timedelta(days=20 * 366)

#: A workbook is written to disk before its first byte is sent, and a sheet has 1,048,576 rows.
MAX_XLSX_ROWS = 1_000_000
#: Intervals are at least so long; but for some hours, and few, at a change of the clock.
SHORTEST = {
    GroupBy.QUARTER: timedelta(minutes=15),
    GroupBy.HOUR: timedelta(hours=1),
    GroupBy.DAY: timedelta(hours=23),
    GroupBy.MONTH: timedelta(days=28),
    GroupBy.YEAR: timedelta(days=365),
}
TOO_MANY_ROWS = _(
    "An Excel workbook has at most a million rows: choose a shorter time, longer intervals, or CSV."
)

INTERVALS_S = {GroupBy.QUARTER: 900, GroupBy.HOUR: 3600}


class Format(StrEnum):
    """What a file of consumption may be."""

    CSV = "csv"
    XLSX = "xlsx"
    GREEN_BUTTON = "greenbutton"


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.GREEN_BUTTON: "application/atom+xml",
}
ENDINGS = {Format.CSV: "csv", Format.XLSX: "xlsx", Format.GREEN_BUTTON: "xml"}


class BadExport(ValueError):
    """Such a file is not made: ``parameter`` is to blame."""

    def __init__(self, parameter: str) -> None:
        super().__init__(parameter)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Export:
    """A file to be made. Raises ``BadExport`` for intervals that the format does not have
    (``group_by``), and for a span above ``MAX_SPAN`` (``end``)."""

    format: Format
    span: Span
    title: str
    address: str  # where it is asked for
    now: datetime

    def __post_init__(self) -> None:
        if self.format is Format.GREEN_BUTTON and self.span.group_by not in INTERVALS_S:
            raise BadExport("group_by")
        if self.span.end - self.span.start > MAX_SPAN:
            raise BadExport("end")

    def require_room(self, sensors: QuerySet[Sensor]) -> None:
        """Raises ``BadExport`` (``format``) for a workbook that may have too many rows."""
        if self.format is Format.XLSX:
            count, first_at = count_begun(sensors=sensors, span=self.span)
            if count * self._most_intervals(first_at) > MAX_XLSX_ROWS:
                raise BadExport("format")

    def _most_intervals(self, start: datetime) -> int:
        """Intervals of a sensor from ``start`` on: the whole ones, and those that the ends cut."""
        return (self.span.end - start) // SHORTEST[self.span.group_by] + 2

    @property
    def file_name(self) -> str:
        """ASCII, with the dates that the reader's clock shows."""
        zone = self.span.zone
        first = self.span.start.astimezone(zone).date()
        last = (self.span.end - timedelta(microseconds=1)).astimezone(zone).date()
        return f"consumption-{first}-{last}-{self.span.group_by}.{ENDINGS[self.format]}"

    def write(self, chunks: Iterable[Chunk]) -> Generator[bytes]:
        """The file, a piece at a time; a piece may be empty."""
        match self.format:
            case Format.CSV:
                return write_csv(chunks, zone=self.span.zone)
            case Format.XLSX:
                return write_xlsx(chunks, zone=self.span.zone)
            case Format.GREEN_BUTTON:
                interval_s = INTERVALS_S[self.span.group_by]
                feed = Feed(self.title, self.address, interval_s, self.span.zone, self.now)
                return write_green_button(chunks, feed=feed)
