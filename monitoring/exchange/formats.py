"""The formats of exports, and how a file of each is told apart."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitoring.exchange.chunks import Chunk, Span
from monitoring.exchange.csv import write_csv
from monitoring.exchange.green_button import Feed, write_green_button
from monitoring.exchange.xlsx import write_xlsx
from monitoring.history.boundaries import GroupBy

#: More than anybody's history; without an end to it, a request could fill a disk.
MAX_SPAN = timedelta(days=20 * 366)

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
