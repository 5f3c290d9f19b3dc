"""Hands an upload to the worker."""

from collections.abc import Iterable
from datetime import datetime

from kombu.exceptions import OperationalError

from accounts.models import User
from monitoring.exchange.tasks import import_upload
from monitoring.exchange.uploads import keep_upload
from monitoring.models import ReadingImport


class NoWorker(Exception):
    """The broker does not take the task; the upload is not kept."""


def start_import(
    *, user: User, file_name: str, pieces: Iterable[bytes], now: datetime
) -> ReadingImport:
    """Keeps an uploaded CSV file and has the worker import it.

    Raises ``TooLargeFile``, ``NoWorker``. Not to be called inside a transaction: the worker would
    look for what is not committed yet.
    """
    upload = keep_upload(user=user, file_name=file_name, pieces=pieces, now=now)
    hand_over(upload)
    return upload


def hand_over(upload: ReadingImport) -> None:
    """Has the worker import an upload that is committed. Raises ``NoWorker``; it is then gone."""
    try:
        import_upload.delay(upload.pk)
    except OperationalError:
        upload.delete()
        raise NoWorker from None
