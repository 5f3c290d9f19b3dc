"""Keeps the partitions as they should be: made ahead, nothing in the default, none too old."""

import logging
from datetime import datetime

from monitoring.partitions.locks import Busy
from monitoring.partitions.months import Month
from monitoring.partitions.retention import (
    NotSummed,
    drop_old_partitions,
    raise_raw_kept_from,
)
from monitoring.partitions.tables import create_partition, get_months_in_default, get_partitions

logger = logging.getLogger(__name__)

#: The last month, for what comes late.
MONTHS_BEHIND = 1
#: So many to come: time to see that none are made any more.
MONTHS_AHEAD = 3


def keep_partitions(*, kept_months: int, now: datetime) -> None:
    """Makes what is missing and drops what is too old; harmless whenever and however often it runs.

    ``kept_months``: whole months of raw readings that stay besides the current one; 0 keeps all.
    What is in use, or not summed yet, is left to the next run.
    """
    try:
        create_partitions(get_wanted_months(now=now))
        create_partitions(get_months_in_default())
        raise_raw_kept_from(kept_months=kept_months, now=now)
        for month in drop_old_partitions(now=now):
            logger.info("Dropped the raw readings of %04d-%02d.", *month)
    except Busy as busy:
        logger.info("The partitions are left as they are until the next run: %s", busy)
    except NotSummed as behind:
        logger.warning("No month is dropped before all of it is summed. %s", behind)


def get_wanted_months(*, now: datetime) -> list[Month]:
    """The months that should have a partition whatever is stored."""
    return [Month.of(now).plus(months) for months in range(-MONTHS_BEHIND, MONTHS_AHEAD + 1)]


def create_partitions(months: list[Month]) -> None:
    """Makes partitions for the months that have none. Raises ``Busy``: some may have been made.

    To be called before readings of other months than usual are stored, such as past ones that are
    imported: they can be moved from the default partition later, but that takes longer.
    """
    for month in months:
        if month not in get_partitions() and create_partition(month):
            logger.info("Made the partition of %04d-%02d.", *month)


def count_months_ahead(*, now: datetime) -> int:
    """How many months in a row, from the next one on, have their partition."""
    partitions, month = get_partitions(), Month.of(now).plus(1)
    ahead = 0
    while month.plus(ahead) in partitions:
        ahead += 1
    return ahead
