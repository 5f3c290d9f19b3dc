"""Months in UTC, each of which has a partition of the readings' table."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

PARENT = "monitoring_reading"
#: Takes what no month's partition takes.
DEFAULT = f"{PARENT}_default"

_PARTITION = re.compile(rf"{PARENT}_(\d{{4}})_(\d\d)")
_EDGE = re.compile(rf"{PARENT}_before_(\d{{4}})_(\d\d)")


class Month(NamedTuple):
    """A calendar month in UTC, the half-open span from its first instant to the next month's."""

    year: int
    month: int

    @classmethod
    def of(cls, at: datetime) -> "Month":
        """The month that holds an aware instant."""
        at = at.astimezone(UTC)
        return cls(at.year, at.month)

    @classmethod
    def of_partition(cls, table: str) -> "Month | None":
        """The month of a partition by its name; None if it is the name of something else."""
        found = _PARTITION.fullmatch(table)
        return cls(int(found[1]), int(found[2])) if found else None

    @classmethod
    def of_edge(cls, table: str) -> "Month | None":
        """The month whose ``edge`` has this name; None if it is the name of something else."""
        found = _EDGE.fullmatch(table)
        return cls(int(found[1]), int(found[2])) if found else None

    @property
    def partition(self) -> str:
        """The name of its partition: letters, digits and underscores."""
        return f"{PARENT}_{self.year:04}_{self.month:02}"

    @property
    def edge(self) -> str:
        """The name of the partition of all before it, of which little is left (``edge.py``)."""
        return f"{PARENT}_before_{self.year:04}_{self.month:02}"

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return self.plus(1).start

    def plus(self, months: int) -> "Month":
        """The month so many later; earlier if negative."""
        years, month = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, month + 1)
