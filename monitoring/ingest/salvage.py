"""Stores what can be stored: one reading that the database refuses never costs its neighbours."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)
from django.utils import timezone
from psycopg2.errors import QueryCanceled

from monitoring import metrics
from monitoring.ingest.batch import Refusal
from monitoring.ingest.states import SensorKeys
from monitoring.ingest.store import Stored, store_batch
from monitoring.rules.readings import Readings
from monitoring.rules.rejections import Rejection

logger = logging.getLogger(__name__)

#: The database is away, full, read-only or not migrated: the readings are not to blame.
NOT_THE_READINGS = (
    OperationalError,
    InterfaceError,
    InternalError,
    ProgrammingError,
    NotSupportedError,
)


def store_or_quarantine(  # noqa: PLR0913 - keyword-only, with defaults
    readings: Readings,
    rejections: Iterable[Rejection],
    *,
    keys: SensorKeys,
    is_backfill: bool = False,
    may_defer: bool = False,
    on_sorted: Callable[[], None] | None = None,
) -> Iterator[Stored]:
    """Stores a batch; if something in it cannot be stored, finds that by halves.

    Gives what each transaction stored, after its commit. Halves are committed one by one, so the
    messages may be acknowledged after the last. ``rejections`` are iterated anew with each try.
    ``is_backfill``, ``may_defer`` and ``on_sorted`` are as in ``store_batch``, of the whole. A
    batch that takes too long is halved as well. Raises one of ``NOT_THE_READINGS``, and whatever
    keeps even a quarantine entry from being written.
    """
    try:
        started_s = time.perf_counter()
        stored = store_batch(
            readings,
            rejections,
            now=timezone.now(),
            keys=keys,
            is_backfill=is_backfill,
            may_defer=may_defer,
            on_sorted=on_sorted,
        )
    except NOT_THE_READINGS as error:
        if not _took_too_long(error) or not len(readings):
            raise
        yield from _store_parts(readings, rejections, error, keys, is_backfill, may_defer)
    except Exception as error:
        if type(error) is DatabaseError:  # how the driver may call a connection that broke off
            raise OperationalError(*error.args) from error
        if not len(readings):
            raise
        yield from _store_parts(readings, rejections, error, keys, is_backfill, may_defer)
    else:
        logger.debug(
            "Stored %d readings in %.3f s.", stored.readings, time.perf_counter() - started_s
        )
        metrics.batch_stored(
            readings=stored.readings,
            repeated=len(readings) - stored.readings - stored.refused - stored.deferred,
            deferred=stored.deferred,
            quarantined_by_reason=stored.quarantined_by_reason,
            beyond_by_reason=stored.beyond_by_reason,
            commit_s=time.perf_counter() - started_s,
        )
        yield stored


def _store_parts(  # noqa: PLR0913, PLR0917 - what it was told, and what happened
    readings: Readings,
    rejections: Iterable[Rejection],
    error: Exception,
    keys: SensorKeys,
    is_backfill: bool,
    may_defer: bool,
) -> Iterator[Stored]:
    if len(readings) == 1:
        logger.warning("A reading cannot be stored: %r", error)
        # PostgreSQL refuses NUL in text, so the error is kept as ASCII.
        detail = ascii(str(error).strip())[1:-1][:500]
        refusal = Refusal(readings, "not_storable", detail)
        if is_backfill:
            yield Stored(0, [refusal], {}, frozenset())
        else:
            # Once is enough: without readings nothing is halved.
            rejections = chain(rejections, refusal.list_rejections())
            yield from store_or_quarantine(Readings.none(), rejections, keys=keys)
        return
    middle = len(readings) // 2
    # The rejections with the last part: if the database is lost in between, none is written twice.
    for half, found in ((readings[:middle], ()), (readings[middle:], rejections)):
        yield from store_or_quarantine(
            half, found, keys=keys, is_backfill=is_backfill, may_defer=may_defer
        )


def _took_too_long(error: Exception) -> bool:
    """Whether PostgreSQL ended a statement that exceeded its time (``statement_timeout``)."""
    return isinstance(error.__cause__, QueryCanceled)
