"""The list of an import's rejected rows, to be downloaded."""

import csv
from collections.abc import Iterable
from typing import Protocol

from django.http import HttpResponse

from monitoring.exchange.cells import defuse
from monitoring.models import ReadingImport


class _Writable(Protocol):
    def write(self, text: str, /) -> object: ...


class RejectedRowsWriter:
    """Writes CSV: line, reason, detail. A detail quotes the file, so it is no formula here."""

    def __init__(self, to: _Writable) -> None:
        self._rows = csv.writer(to)
        self._rows.writerow(["line", "reason", "detail"])

    def write(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self._rows.writerows((line, reason, defuse(detail)) for line, reason, detail in rows)


def answer_rejected(upload: ReadingImport) -> HttpResponse:
    """A CSV file: line, reason, detail; at most ``MAX_NAMED_ROWS`` of them, in order."""
    name = f'attachment; filename="rejected-{upload.pk}.csv"'
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )
    rows = RejectedRowsWriter(answer)
    rows.write(upload.rejected.order_by("line").values_list("line", "reason", "detail"))
    return answer
