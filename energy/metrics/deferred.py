"""What the database says of the readings that were put aside, asked anew for each scrape."""

import logging
from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from energy.metrics.partitions import ANSWER_TIMEOUT_MS
from monitoring.ingest.deferred import get_size_bytes
from monitoring.models import DeferredReading

logger = logging.getLogger(__name__)


class DeferredCollector(Collector):
    """Age of the oldest deferred reading, and their disk; no samples without a database."""

    def describe(self) -> Iterable[Metric]:
        return _families()

    def collect(self) -> Iterable[Metric]:
        oldest, disk = _families()
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = %s", [ANSWER_TIMEOUT_MS])
                oldest.add_metric([], _get_oldest_s())
                disk.add_metric([], get_size_bytes())
        except Exception as error:
            # Whatever is wrong with the database: the other metrics are told.
            logger.warning("The database does not tell of deferred readings: %r", error)
        finally:
            connection.close()  # the scrape's thread ends with it
        return [oldest, disk]


def _get_oldest_s() -> float:
    oldest = DeferredReading.objects.order_by("id").values_list("received_at", flat=True).first()
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0


def _families() -> list[GaugeMetricFamily]:
    return [
        GaugeMetricFamily(
            "energy_readings_deferred_oldest_seconds",
            "Time since the oldest deferred reading was received; 0 when there is none.",
        ),
        GaugeMetricFamily(
            "energy_readings_deferred_bytes",
            "Disk of the deferred readings; INGEST_DEFERRED_MAX_MB bounds it.",
        ),
    ]
