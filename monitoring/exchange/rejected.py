"""The list of an import's rejected rows, to be downloaded."""

import csv

from django.http import HttpResponse

from monitoring.models import ReadingImport


def answer_rejected(upload: ReadingImport) -> HttpResponse:
    """A CSV file: line, reason, detail; at most ``MAX_NAMED_ROWS`` of them, in order."""
    name = f'attachment; filename="rejected-{upload.pk}.csv"'
    answer = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )
    rows = csv.writer(answer)
    rows.writerow(["line", "reason", "detail"])
    rows.writerows(upload.rejected.order_by("line").values_list("line", "reason", "detail"))
    return answer
