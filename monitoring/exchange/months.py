"""Makes the partitions of the months that a file holds, before its readings come."""

import logging

import numpy as np

from monitoring.partitions.keeping import create_partitions
from monitoring.partitions.known import forget_partitions
from monitoring.partitions.locks import Busy
from monitoring.partitions.months import Month
from monitoring.partitions.retention import get_raw_kept_from_us
from monitoring.rules.columns import Instants

logger = logging.getLogger(__name__)


class MonthMaker:
    """For one file: a month is asked for once."""

    def __init__(self) -> None:
        self._made: set[Month] = set()

    def make(self, at_us: Instants) -> None:
        """Makes what is missing, but for months that are not kept any more.

        While the tables are in use by others it does without: the default partition takes the
        readings until its month is made, at the next batch or by the scheduled task.
        """
        months = _get_kept_months(at_us) - self._made
        if not months:
            return
        try:
            create_partitions(sorted(months))
        except Busy as busy:
            logger.info("Some months of a file are left without a partition: %s", busy)
        else:
            self._made |= months
            forget_partitions()


def _get_kept_months(at_us: Instants) -> set[Month]:
    kept_from_us = get_raw_kept_from_us()
    if kept_from_us is not None:
        at_us = at_us[at_us >= kept_from_us]
    months = np.unique(at_us.astype("datetime64[us]").astype("datetime64[M]"))
    return {Month(month.year, month.month) for month in months.tolist()}
