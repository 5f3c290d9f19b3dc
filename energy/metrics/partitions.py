"""What the database says of the readings' partitions, asked anew for each scrape."""

import logging
from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitoring.partitions.keeping import count_months_ahead
from monitoring.partitions.retention import get_months_to_drop
from monitoring.partitions.tables import count_default

logger = logging.getLogger(__name__)

#: For each question: the tables may be locked. Prometheus waits 10 s for all of a scrape.
ANSWER_TIMEOUT_MS = 2000
#: The default partition should be empty: how much more than this is in it matters little.
COUNT_AT_MOST = 10_000


class PartitionsCollector(Collector):
    """Readings in the default partition, months ahead, months to drop; no samples without a
    database."""

    def describe(self) -> Iterable[Metric]:
        return _families()

    def collect(self) -> Iterable[Metric]:
        in_default, ahead, to_drop = _families()
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = %s", [ANSWER_TIMEOUT_MS])
                in_default.add_metric([], count_default(at_most=COUNT_AT_MOST))
                ahead.add_metric([], count_months_ahead(now=timezone.now()))
                to_drop.add_metric([], len(get_months_to_drop()))
        except Exception as error:
            # Whatever is wrong with the database: the other metrics are told.
            logger.warning("The database does not tell of the partitions: %r", error)
        finally:
            connection.close()  # no request's signal looks after it
        return [in_default, ahead, to_drop]


def _families() -> list[GaugeMetricFamily]:
    return [
        GaugeMetricFamily(
            "energy_readings_in_default_partition",
            f"Readings whose month has no partition of its own yet; counted up to {COUNT_AT_MOST}.",
        ),
        GaugeMetricFamily(
            "energy_partition_months_ahead", "Months after this one that have their partition."
        ),
        GaugeMetricFamily(
            "energy_partition_months_to_drop", "Months that are not kept and still stored."
        ),
    ]
