"""What a process counts of its work, for Prometheus: the definitions, and a function an event.

Each figure is of one process and starts with it; Prometheus adds the processes up. Nothing here
waits for anything or asks the database, so each function may be called on the hot path, from any
thread.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

import prometheus_client
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitoring.models import QuarantinedReading

# When a series began to count is no news, and would double their number.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

#: What a process exposes: the figures of this module, and of its CPU time, memory and open files.
REGISTRY = prometheus_client.REGISTRY

BATCH_BUCKETS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 20_000, 30_000, 100_000)
COMMIT_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_stored = Counter("energy_readings_stored", "Readings that became a row.")
_repeated = Counter(
    "energy_readings_repeated", "Readings that were stored already, with the same value."
)
_deferred = Counter(
    "energy_readings_deferred",
    "Late readings, and readings of sensors in use, that were put aside to be stored by and by.",
)
_quarantined = Counter(
    "energy_readings_quarantined",
    "Rejections, each a reading or a whole message that could not be read.",
    ["reason"],
)
_beyond = Counter(
    "energy_quarantine_beyond_caps",
    "Rejections that were counted but not kept: their sensor or reason had reached its cap.",
    ["reason"],
)
# From 0 on: of a series that begins with its first event, rate() misses that event.
for _reason in QuarantinedReading.Reason.values:
    _quarantined.labels(_reason)
    _beyond.labels(_reason)

_batch_readings = Histogram(
    "energy_ingest_batch_readings",
    "Readings of a committed transaction: stored, repeated and quarantined ones.",
    buckets=BATCH_BUCKETS,
)
_commit_seconds = Histogram(
    "energy_ingest_commit_seconds",
    "Duration of a committed transaction, from its beginning until the commit is confirmed.",
    buckets=COMMIT_BUCKETS_S,
)
_history_summed = Gauge(
    "energy_history_summed_timestamp_seconds",
    "Unix time; readings that were committed before it are in the stored quarter hours. 0 in a "
    "process that has not summed any yet.",
)
_forgotten = Counter(
    "energy_rows_forgotten", "Rows that were deleted because they were kept long enough.", ["kind"]
)
_sockets_open = Gauge("energy_sockets_open", "WebSockets of pages that are open now.")
_requests_refused = Counter(
    "energy_requests_refused",
    "Requests that were answered 503 because too many were waiting, or for too long.",
    ["lane"],
)
_notifications_sent = Counter(
    "energy_notifications_sent",
    "Notifications sent to open pages; one that goes to two pages counts twice.",
)


def batch_stored(  # noqa: PLR0913 - keyword-only, with defaults
    *,
    readings: int,
    quarantined_by_reason: Mapping[str, int],
    commit_s: float,
    repeated: int = 0,
    deferred: int = 0,
    beyond_by_reason: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """To be called once after each commit of a batch, never for one that was rolled back.

    ``readings`` became rows, ``repeated`` were stored before, ``deferred`` were put aside and count
    again when they are stored; none of them includes the quarantined. ``beyond_by_reason`` is the
    part of the quarantined that is only counted.
    ``commit_s`` is the time in seconds from the transaction's beginning until the commit was
    confirmed, without earlier attempts. Reasons are codes of ``QuarantinedReading.Reason``. No
    number may be negative: ``ValueError``.
    """
    _stored.inc(readings)
    _repeated.inc(repeated)
    _deferred.inc(deferred)
    for reason, count in quarantined_by_reason.items():
        _quarantined.labels(reason).inc(count)
    for reason, count in beyond_by_reason.items():
        _beyond.labels(reason).inc(count)
    _batch_readings.observe(readings + repeated + sum(quarantined_by_reason.values()))
    _commit_seconds.observe(commit_s)


def history_summed(*, committed_until: datetime) -> None:
    """All that was committed before this instant is in the stored quarter hours."""
    _history_summed.set(committed_until.timestamp())


def rows_forgotten(*, kind: str, count: int) -> None:
    """Old rows of one kind (monitoring/forgetting.py) were deleted."""
    _forgotten.labels(kind).inc(count)


def socket_opened() -> None:
    """A page's socket was accepted. ``socket_closed`` must follow, however the socket ends."""
    _sockets_open.inc()


def socket_closed() -> None:
    """A socket for which ``socket_opened`` was called has ended."""
    _sockets_open.dec()


def notification_sent() -> None:
    """A notification was handed to one open page's connection."""
    _notifications_sent.inc()


def request_refused(lane: str) -> None:
    """A request was sent away because its lane (``energy.lanes.Lane``) was full."""
    _requests_refused.labels(lane).inc()


class _OldestUnstored(Collector):
    """The age of the oldest message in hand; no sample in a process that takes no messages."""

    get_age_s: Callable[[], float] | None = None

    def describe(self) -> Iterable[Metric]:
        return [self._family()]

    def collect(self) -> Iterable[Metric]:
        family = self._family()
        get_age_s = self.get_age_s
        if get_age_s is not None:
            family.add_metric([], get_age_s())
        return [family]

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily(
            "energy_ingest_oldest_unstored_seconds",
            "Time since the oldest message that the worker holds and has not yet stored was "
            "published, if the message says when, else received; 0 when it holds none.",
        )


_oldest_unstored = _OldestUnstored()
REGISTRY.register(_oldest_unstored)


def watch_oldest_unstored(get_age_s: Callable[[], float] | None) -> None:
    """Names the function that each scrape asks for the oldest message in hand; None ends that.

    The function gives the seconds since the oldest of the messages that this process holds and has
    not stored yet was published, or received if that is not known, those of the batch that is
    being written included; 0 if it holds none. It is called from the scrape's thread and must not
    wait.
    """
    _oldest_unstored.get_age_s = get_age_s
