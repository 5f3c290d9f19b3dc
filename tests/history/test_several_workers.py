"""Readings that are committed while it is summed, and workers that sum at the same time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from devices.models import Sensor
from monitoring.history import summing
from monitoring.history.boundaries import GroupBy
from monitoring.history.summing import sum_intervals
from monitoring.models import AffectedSpan
from tests.conftest import MAX_GAP, NOON, Store
from tests.history.conftest import hours_around_noon, known

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(work: Callable[[], Any]) -> Any:
    """Does the work in another thread, on a connection of its own, and waits for it."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert results, "the other thread failed"
    return results[0]


@contextmanager
def happens_before(
    monkeypatch: pytest.MonkeyPatch, step: str, work: Callable[[], Any]
) -> Iterator[None]:
    """Does something elsewhere, once, when a sum has come to the step."""
    original = getattr(summing, step)
    pending = [work]

    def spy(*arguments: Any, **named: Any) -> Any:
        if pending:
            elsewhere(pending.pop())
        return original(*arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(summing, step, spy)
        yield
    assert not pending


STEPS = [
    "_get_due",
    "_take_spans",
    "_get_news",
    "get_registers",
    "get_rollovers",
    "get_replacements",
    "get_days",
    "save_days",
    "_save_news",
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["newer", "late", "fall", "splits a fall"])
def test_reading_committed_while_it_is_summed_is_not_lost(
    meter: Sensor, store: Store, monkeypatch: pytest.MonkeyPatch, step: str, kind: str
) -> None:
    Sensor.objects.update(register_digits=2)
    values = {0: 95.0, 30: 1.0, 60: 4.0, 90: 5.0}
    added = {
        "newer": {120: 9.0},
        "late": {75: 4.5},
        "fall": {120: 1.0},
        "splits a fall": {15: 99.0},
    }[kind]
    store(meter, *values.items())
    with happens_before(monkeypatch, step, lambda: store(meter, *added.items())):
        assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    found = known(hours_around_noon(meter, 2, GroupBy.HOUR).kwh)
    assert not AffectedSpan.objects.exists()
    summing.mark_everything(after_sensor_id=0)
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert found == known(hours_around_noon(meter, 2, GroupBy.HOUR).kwh)
    assert (
        found
        == {
            "newer": [None, 9.0, 5.0],
            "late": [None, 9.0, 1.0],
            "fall": [None, 9.0, 1.0],
            "splits a fall": [None, 9.0, 1.0],
        }[kind]
    )


def test_uncommitted_late_reading_is_summed_after_its_commit(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 6.0))
    with transaction.atomic():
        store(meter, (15, 6.0))
        assert elsewhere(lambda: sum_intervals(max_gap=MAX_GAP, now=NOON))
    assert known(hours_around_noon(meter, 1, GroupBy.QUARTER).kwh)[4:] == [1.5] * 4
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert known(hours_around_noon(meter, 1, GroupBy.QUARTER).kwh)[4:] == [6.0, 0.0, 0.0, 0.0]


def test_only_one_sums_at_a_time(
    meter: Sensor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(meter, (0, 0.0), (60, 6.0))
    second: list[bool] = []

    def sum_too() -> bool:
        second.append(sum_intervals(max_gap=MAX_GAP, now=NOON))
        return True

    with happens_before(monkeypatch, "get_days", sum_too):
        assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert second == [False]
    assert known(hours_around_noon(meter, 1, GroupBy.HOUR).kwh) == [None, 6.0]


def test_failure_leaves_what_was_to_be_summed(
    meter: Sensor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(meter, (0, 0.0), (60, 6.0))
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    store(meter, (15, 6.0))

    def fail(*_: Any) -> None:
        raise RuntimeError("a fault")

    with monkeypatch.context() as patched:
        patched.setattr(summing, "save_days", fail)
        with pytest.raises(RuntimeError, match="a fault"):
            sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert AffectedSpan.objects.count() == 1
    assert sum_intervals(max_gap=MAX_GAP, now=NOON)
    assert known(hours_around_noon(meter, 1, GroupBy.QUARTER).kwh)[4:] == [6.0, 0.0, 0.0, 0.0]
