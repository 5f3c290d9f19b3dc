"""Uploaded files with readings: kept in the database until the worker has imported them."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from monitoring.models import ImportPart, ReadingImport
from monitoring.turns import wait_for_turn

PART_BYTES = 1024 * 1024
MAX_BYTES = 512 * PART_BYTES
#: Of a user, at a time: files wait in the database, and one is imported after the other.
MAX_UNFINISHED = 5


class TooLargeFile(ValueError):
    """The upload has more than ``MAX_BYTES``."""


class TooManyImports(Exception):
    """The user has ``MAX_UNFINISHED`` files that wait or are being imported."""

    text = _("Too many of your files are waiting to be imported. Try again when one is done.")


def get_imports(*, user: User) -> QuerySet[ReadingImport]:
    """A client's own imports; all of them for an administrator."""
    imports = ReadingImport.objects.select_related("user")
    return imports if user.is_staff else imports.filter(user=user)


@transaction.atomic
def keep_upload(
    *, user: User, file_name: str, pieces: Iterable[bytes], now: datetime
) -> ReadingImport:
    """Stores an uploaded file, which waits to be imported.

    Raises ``TooLargeFile``, ``TooManyImports``; then nothing is kept.
    """
    require_room(user=user)
    upload = ReadingImport.objects.create(user=user, file_name=file_name[:200], created_at=now)
    for number, content in enumerate(pieces):
        upload.size_bytes += len(content)
        if upload.size_bytes > MAX_BYTES:
            raise TooLargeFile(f"A file has at most {MAX_BYTES} bytes.")
        ImportPart.objects.create(reading_import=upload, number=number, content=content)
    upload.save(update_fields=["size_bytes"])
    return upload


def require_room(*, user: User) -> None:
    """Raises ``TooManyImports``. Until the transaction ends, no other upload of the user begins."""
    wait_for_turn(f"upload of user {user.pk}")
    unfinished = ReadingImport.objects.filter(user=user, state__in=ReadingImport.UNFINISHED)
    if unfinished.count() >= MAX_UNFINISHED:
        raise TooManyImports
