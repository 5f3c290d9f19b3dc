"""What must be true: at the end of every fault, and in the middle of it."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from tests.servers import until

from . import oracle
from .broker import Counts
from .publisher import Ledger
from .site import Site
from .wire import Rejected

KEPT_BYTES = 4096
FOUND_IN_THE_STORE = {"unknown_sensor", "inactive_sensor", "conflict", "too_old", "not_storable"}
SETTLED_WITHIN_S = 90
# The caps are far above what these tests send: each rejection is an entry.
BEYOND_CAPS = "SELECT coalesce(sum(beyond), 0)::bigint FROM monitoring_quarantinetally"
DEFERRED = "SELECT count(*) FROM monitoring_deferredreading"

#: Each of these finds what no reader may ever see, in one statement and so in one snapshot.
NEVER_SEEN = {
    "an exceedance without its readings": """
        SELECT * FROM monitoring_exceedance found
        WHERE (SELECT count(*) FROM monitoring_reading reading
               WHERE reading.sensor_id = found.sensor_id
                 AND reading.measured_at IN (found.started_at, found.ended_at)) <> 2
    """,
    "an exceedance without its peak": """
        SELECT * FROM monitoring_exceedance found WHERE superseded_at IS NULL AND NOT EXISTS (
            SELECT FROM monitoring_peak peak
            WHERE peak.sensor_id = found.sensor_id AND peak.superseded_at IS NULL
              AND peak.started_at <= found.started_at AND peak.ended_at >= found.ended_at)
    """,
    "a peak without an exceedance": """
        SELECT * FROM monitoring_peak peak WHERE superseded_at IS NULL AND NOT EXISTS (
            SELECT FROM monitoring_exceedance found
            WHERE found.sensor_id = peak.sensor_id AND found.superseded_at IS NULL
              AND found.started_at = peak.started_at)
    """,
    "a peak that was not told, or twice": """
        SELECT * FROM monitoring_peak peak WHERE superseded_at IS NULL AND 1 <> (
            SELECT count(*) FROM monitoring_alertedpeak told WHERE told.peak_id = peak.id)
    """,
    "a group without a notification": """
        SELECT * FROM monitoring_alertgroup alerts WHERE NOT EXISTS (
            SELECT FROM monitoring_notification told
            WHERE told.group_id = alerts.id AND told.seq = alerts.last_seq)
    """,
    "a gap in somebody's notifications": """
        SELECT user_id, count(*), min(seq), max(seq) FROM monitoring_notification
        GROUP BY user_id HAVING min(seq) <> 1 OR max(seq) <> count(*)
    """,
    "a counter that is not the last notification's": """
        SELECT * FROM monitoring_inbox inbox WHERE last_seq <> (
            SELECT count(*) FROM monitoring_notification told WHERE told.user_id = inbox.user_id)
    """,
    "a state that is not the newest reading": """
        SELECT * FROM monitoring_sensorstate state LEFT JOIN LATERAL (
            SELECT measured_at, energy_kwh FROM monitoring_reading reading
            WHERE reading.sensor_id = state.sensor_id ORDER BY measured_at DESC LIMIT 1
        ) newest ON true
        WHERE state.measured_at IS DISTINCT FROM newest.measured_at
           OR state.energy_kwh IS DISTINCT FROM newest.energy_kwh
    """,
}


def check_committed_together(site: Site) -> None:
    """Whatever stands in the database belongs together."""
    for what, sql in NEVER_SEEN.items():
        found = site.database.query(sql)
        assert not found, f"{what}: {found[:3]}"


def check_settled(site: Site, ledger: Ledger, *, dead: int = 0) -> None:
    """The end of every fault: ``ledger = readings ∪ quarantine``, and the broker holds nothing."""
    until(
        lambda: site.broker.counts() == Counts(0, 0, dead),
        what=f"the queue is empty and acknowledged, {dead} dead",
        within_s=SETTLED_WITHIN_S,
    )
    until(
        lambda: site.database.value(DEFERRED) == 0,
        what="nothing is put aside any more",
        within_s=SETTLED_WITHIN_S,
    )
    stored = site.database.rows()
    assert_same(stored, ledger.all_rows(), "readings")
    assert site.database.value(BEYOND_CAPS) == 0
    # A message that comes twice may be quarantined twice: it is in quarantine all the same.
    assert_same(set(map(named, site.database.quarantine())), set(kept(ledger)), "quarantine")
    meant = oracle.find(stored)
    assert_same(site.database.current("monitoring_exceedance"), meant.exceedances, "exceedances")
    assert_same(site.database.current("monitoring_registerfall"), meant.falls, "register falls")
    assert_same(site.database.current("monitoring_peak"), meant.peaks, "peaks")
    check_committed_together(site)


def kept(ledger: Ledger) -> list[tuple[str, object]]:
    return [named(rejected) for rejected in ledger.rejected]


def named(rejected: Rejected) -> tuple[str, object]:
    """The reason with the bytes that are kept, or with the reading where that came intact."""
    if rejected.reason not in FOUND_IN_THE_STORE:
        return rejected.reason, rejected.raw[:KEPT_BYTES]
    fields = json.loads(rejected.raw)
    at = fields["timestamp"]
    at_ms = at if isinstance(at, int) else datetime.fromisoformat(at).timestamp() * 1000
    return rejected.reason, (fields["sensor_id"], at_ms, fields["measurement_value"])


def assert_same(found: Iterable[object], expected: Iterable[object], what: str) -> None:
    """Row by row, each as often as expected; order does not matter."""
    actual, wanted = Counter(found), Counter(expected)
    missing, surplus = list((wanted - actual).items()), list((actual - wanted).items())
    assert not missing, f"{len(missing)} {what} of {len(wanted)} are missing, as {missing[:3]}"
    assert not surplus, f"{len(surplus)} {what} too many, as {surplus[:3]}"


def check_remains(is_so: Callable[[], bool], *, what: str, for_s: float) -> None:
    """For what must not happen, and would have happened by then."""
    end = time.monotonic() + for_s
    while time.monotonic() < end:
        assert is_so(), f"no longer: {what}"
        time.sleep(0.2)
