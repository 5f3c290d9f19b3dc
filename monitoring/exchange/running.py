"""Imports uploaded files, one at a time however many workers there are."""

import logging
from collections.abc import Iterator

from django.db import Error, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from devices.access import get_sensors
from monitoring.exchange.importing import BadFile, ImportedBatch, import_readings
from monitoring.models import ReadingImport, RejectedRow
from monitoring.stopping import is_stopping
from monitoring.turns import long_turn

logger = logging.getLogger(__name__)

#: Rows of a file that are named; all of them are counted.
MAX_NAMED_ROWS = 10_000

TURN = "imports of readings"

State = ReadingImport.State


class TakenOver(Exception):
    """Another worker has begun the import anew, as this one had lost its turn."""


def run_imports() -> None:
    """Imports the files that wait, until there is none. Leaves that to a worker that does already.

    What was cut off (a crash, a database that went away) begins anew: what is stored is then a
    repeat. So does what this leaves undone when the worker is about to stop. Raises
    ``django.db.Error`` while the database is away; the next run goes on.
    """
    while not is_stopping() and (upload := _get_next()) is not None:
        with long_turn(TURN) as is_ours:
            if not is_ours:
                return  # and whoever has it looks again when it is free
            with translation.override(upload.user.language):  # its problem is theirs to read
                _run(upload)


def _get_next() -> ReadingImport | None:
    # One that does not come to its end, for whatever reason, keeps no other from its turn.
    longest_waiting = F("started_at").asc(nulls_first=True)
    unfinished = ReadingImport.objects.filter(state__in=ReadingImport.UNFINISHED)
    return unfinished.select_related("user").order_by(longest_waiting, "pk").first()


def _run(upload: ReadingImport) -> None:
    try:
        _begin(upload)
        for batch in import_readings(_read_parts(upload), allowed=_allowed(upload.user)):
            _count(upload, batch)
            if is_stopping():
                upload.state = State.WAITING
                _save(upload, "state")
                return
        _finish(upload, State.DONE, "")
    except BadFile as problem:
        _finish(upload, State.FAILED, str(problem))
    except Error:
        raise
    except TakenOver:
        logger.warning("Import %d goes on in another worker.", upload.pk)
    except Exception:
        _finish(upload, State.FAILED, _("The import failed. See the log for the reason."))
        raise


def _begin(upload: ReadingImport) -> None:
    started_at = timezone.now()
    begun = ReadingImport.objects.filter(pk=upload.pk, state__in=ReadingImport.UNFINISHED).update(
        state=State.RUNNING,
        started_at=started_at,
        done_bytes=0,
        rows_read=0,
        rows_stored=0,
        rows_repeated=0,
        rows_rejected=0,
    )
    if not begun:
        raise TakenOver
    upload.refresh_from_db()
    upload.rejected.all().delete()


def _read_parts(upload: ReadingImport) -> Iterator[bytes]:
    for number in range(upload.parts.count()):
        content = bytes(upload.parts.values_list("content", flat=True).get(number=number))
        yield content
        # Only when the next one is wanted has all that this one completed been stored.
        upload.done_bytes += len(content)
        _save(upload, "done_bytes")


def _allowed(user: User) -> frozenset[str] | None:
    """The sensors that the user may write: an owner's own, as with live readings."""
    if user.is_staff:
        return None
    uuids = get_sensors(user=user).order_by().values_list("uuid", flat=True)
    return frozenset(map(str, uuids))


@transaction.atomic
def _count(upload: ReadingImport, batch: ImportedBatch) -> None:
    room = max(0, MAX_NAMED_ROWS - upload.rows_rejected)
    upload.rows_read += batch.rows
    upload.rows_stored += batch.stored
    upload.rows_repeated += batch.repeated
    upload.rows_rejected += len(batch.rejected)
    _save(upload, "rows_read", "rows_stored", "rows_repeated", "rows_rejected")
    RejectedRow.objects.bulk_create(
        [RejectedRow(reading_import=upload, **row._asdict()) for row in batch.rejected[:room]]
    )


@transaction.atomic
def _finish(upload: ReadingImport, state: State, problem: str) -> None:
    upload.state, upload.problem, upload.finished_at = state, problem, timezone.now()
    _save(upload, "state", "problem", "finished_at")
    upload.parts.all().delete()


def _save(upload: ReadingImport, *fields: str) -> None:
    """Saves some fields, unless another worker has begun the import anew: ``TakenOver``."""
    mine = ReadingImport.objects.filter(
        pk=upload.pk, state=State.RUNNING, started_at=upload.started_at
    )
    if not mine.update(**{field: getattr(upload, field) for field in fields}):
        raise TakenOver
