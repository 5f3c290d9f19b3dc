"""Hands an upload to the worker."""

import logging
from collections.abc import Iterable
from datetime import datetime

from kombu.exceptions import OperationalError

from accounts.models import User
from monitoring.exchange.tasks import import_uploads
from monitoring.exchange.uploads import keep_upload
from monitoring.models import ReadingImport

logger = logging.getLogger(__name__)


def start_import(
    *, user: User, file_name: str, pieces: Iterable[bytes], now: datetime
) -> ReadingImport:
    """Keeps an uploaded CSV file and has the worker import it.

    Raises ``TooLargeFile``, ``TooManyImports``. Not to be called inside a transaction: the worker
    would look for what is not committed yet.
    """
    upload = keep_upload(user=user, file_name=file_name, pieces=pieces, now=now)
    hand_over()
    return upload


def hand_over() -> None:
    """Tells a worker that there is an upload; it must be committed. Without the broker that is
    left to the workers' schedule."""
    try:
        import_uploads.delay()
    except OperationalError:
        logger.warning("The broker is away: an upload waits for the next scheduled import.")
