"""Uploaded files with readings: kept in the database until the worker has imported them."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import Error, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from devices.access import get_sensors
from monitoring.exchange.importing import BadFile, ImportedBatch, import_readings
from monitoring.models import ImportPart, ReadingImport, RejectedRow

PART_BYTES = 1024 * 1024
MAX_BYTES = 512 * PART_BYTES
#: Rows of a file that are named; all of them are counted.
MAX_NAMED_ROWS = 10_000


class TooLargeFile(ValueError):
    """The upload has more than ``MAX_BYTES``."""


def get_imports(*, user: User) -> QuerySet[ReadingImport]:
    """A client's own imports; all of them for an administrator."""
    imports = ReadingImport.objects.select_related("user")
    return imports if user.is_staff else imports.filter(user=user)


@transaction.atomic
def keep_upload(
    *, user: User, file_name: str, pieces: Iterable[bytes], now: datetime
) -> ReadingImport:
    """Stores an uploaded file, which waits to be imported. Raises ``TooLargeFile``."""
    upload = ReadingImport.objects.create(user=user, file_name=file_name[:200], created_at=now)
    for number, content in enumerate(pieces):
        upload.size_bytes += len(content)
        if upload.size_bytes > MAX_BYTES:
            raise TooLargeFile(f"A file has at most {MAX_BYTES} bytes.")
        ImportPart.objects.create(reading_import=upload, number=number, content=content)
    upload.save(update_fields=["size_bytes"])
    return upload


def run_import(import_id: int) -> None:
    """Imports a kept file, counts what becomes of it as it goes on, and drops the file.

    After a crash it begins anew: what is stored is then a repeat. Does nothing for one that is
    finished. Raises ``django.db.Error`` while the database is away; the file then waits for
    another try.
    """
    upload = ReadingImport.objects.select_related("user").filter(pk=import_id).first()
    if upload is None or upload.is_finished:
        return
    with translation.override(upload.user.language):  # the file's problem is theirs to read
        _run(upload)


def _run(upload: ReadingImport) -> None:
    _begin(upload)
    try:
        for batch in import_readings(_read_parts(upload), allowed=_allowed(upload.user)):
            _count(upload, batch)
    except BadFile as problem:
        _finish(upload, ReadingImport.State.FAILED, str(problem))
    except Error:
        raise
    except Exception:
        _finish(upload, ReadingImport.State.FAILED, _("The import broke off; the log says why."))
        raise
    else:
        _finish(upload, ReadingImport.State.DONE, "")


def _begin(upload: ReadingImport) -> None:
    upload.rejected.all().delete()
    upload.state = ReadingImport.State.RUNNING
    upload.started_at = timezone.now()
    upload.done_bytes = upload.rows_read = upload.rows_stored = 0
    upload.rows_repeated = upload.rows_rejected = 0
    upload.save()


def _read_parts(upload: ReadingImport) -> Iterator[bytes]:
    for number in range(upload.parts.count()):
        content = bytes(upload.parts.values_list("content", flat=True).get(number=number))
        yield content
        # Only when the next one is wanted has all that this one completed been stored.
        upload.done_bytes += len(content)
        upload.save(update_fields=["done_bytes"])


def _allowed(user: User) -> frozenset[str] | None:
    """The sensors that the user may write: an owner's own, as with live readings."""
    if user.is_staff:
        return None
    uuids = get_sensors(user=user).order_by().values_list("uuid", flat=True)
    return frozenset(map(str, uuids))


def _count(upload: ReadingImport, batch: ImportedBatch) -> None:
    room = max(0, MAX_NAMED_ROWS - upload.rows_rejected)
    RejectedRow.objects.bulk_create(
        [RejectedRow(reading_import=upload, **row._asdict()) for row in batch.rejected[:room]]
    )
    upload.rows_read += batch.rows
    upload.rows_stored += batch.stored
    upload.rows_repeated += batch.repeated
    upload.rows_rejected += len(batch.rejected)
    upload.save(update_fields=["rows_read", "rows_stored", "rows_repeated", "rows_rejected"])


def _finish(upload: ReadingImport, state: str, problem: str) -> None:
    upload.state, upload.problem = state, problem
    upload.finished_at = timezone.now()
    upload.save()
    upload.parts.all().delete()
