"""What each event that the platform tells of changes in the exposition."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client import REGISTRY, generate_latest

from monitoring import metrics
from monitoring.models import QuarantinedReading
from tests.metrics.scrapes import Samples, parse


def exposed() -> Samples:
    return parse(generate_latest(REGISTRY))


@contextmanager
def changes() -> Iterator[Samples]:
    """By how much the platform's samples grow in the block."""
    before = exposed()
    grown: Samples = {}
    yield grown
    grown.update(
        (key, value - before.get(key, 0))
        for key, value in exposed().items()
        if key[0].startswith("energy_") and value != before.get(key, 0)
    )


def test_committed_batch_counts_its_readings_by_what_became_of_them() -> None:
    with changes() as grown:
        metrics.batch_stored(
            readings=90,
            repeated=4,
            quarantined_by_reason={"conflict": 1, "bad_value": 5},
            commit_s=0.03,
        )
    counted = {key: n for key, n in grown.items() if not key[0].endswith("_bucket")}
    assert counted == {
        ("energy_readings_stored_total", ()): 90,
        ("energy_readings_repeated_total", ()): 4,
        ("energy_readings_quarantined_total", (("reason", "conflict"),)): 1,
        ("energy_readings_quarantined_total", (("reason", "bad_value"),)): 5,
        ("energy_ingest_batch_readings_count", ()): 1,
        ("energy_ingest_batch_readings_sum", ()): 100,
        ("energy_ingest_commit_seconds_count", ()): 1,
        ("energy_ingest_commit_seconds_sum", ()): pytest.approx(0.03),
    }


def test_histograms_tell_batches_and_commits_apart() -> None:
    with changes() as grown:
        metrics.batch_stored(readings=1, quarantined_by_reason={}, commit_s=0.004)
        metrics.batch_stored(readings=6000, quarantined_by_reason={}, commit_s=0.3)

    def at_most(name: str, limit: str) -> float:
        return grown.get((f"{name}_bucket", (("le", limit),)), 0)

    sizes = [at_most("energy_ingest_batch_readings", le) for le in ("1.0", "3000.0", "10000.0")]
    assert sizes == [1, 1, 2]
    times = [
        at_most("energy_ingest_commit_seconds", le) for le in ("0.002", "0.005", "0.25", "0.5")
    ]
    assert times == [0, 1, 1, 2]


def test_each_reason_of_quarantine_is_there_before_it_happens() -> None:
    exposed_reasons = {
        dict(labels)["reason"]
        for name, labels in exposed()
        if name == "energy_readings_quarantined_total"
    }
    assert exposed_reasons >= set(QuarantinedReading.Reason.values)


def test_age_of_the_oldest_unstored_message_is_asked_for_at_each_scrape() -> None:
    age = ("energy_ingest_oldest_unstored_seconds", ())
    ages_s = [61.5, 0.0]
    metrics.watch_oldest_unstored(lambda: ages_s[0])
    try:
        assert exposed()[age] == 61.5
        del ages_s[0]
        assert exposed()[age] == 0
    finally:
        metrics.watch_oldest_unstored(None)
    assert age not in exposed()


def test_sockets_and_notifications() -> None:
    with changes() as grown:
        metrics.socket_opened()
        metrics.socket_opened()
        metrics.socket_closed()
        metrics.notification_sent()
    assert grown == {
        ("energy_sockets_open", ()): 1,
        ("energy_notifications_sent_total", ()): 1,
    }
    metrics.socket_closed()
