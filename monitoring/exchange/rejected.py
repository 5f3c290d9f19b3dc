"""The list of an import's rejected rows, to be downloaded."""

import csv
from typing import Protocol

from monitoring.models import ReadingImport


class _Writable(Protocol):
    def write(self, text: str, /) -> object: ...


def write_rejected(upload: ReadingImport, to: _Writable) -> None:
    """Writes CSV: line, reason, detail; at most ``MAX_NAMED_ROWS`` of them, in order."""
    rows = csv.writer(to)
    rows.writerow(["line", "reason", "detail"])
    rows.writerows(upload.rejected.order_by("line").values_list("line", "reason", "detail"))
