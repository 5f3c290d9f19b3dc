"""Who computes first: the thread that sorts, or the one that parses."""

import threading

import pytest

from devices.models import Sensor
from monitoring.ingest import precedence as precedence_module
from monitoring.ingest.precedence import Precedence
from monitoring.ingest.salvage import store_or_quarantine
from monitoring.ingest.states import SensorKeys
from monitoring.models import Reading
from monitoring.rules.readings import Reading as ReadingRow
from monitoring.rules.readings import Readings

LONG_S = 30.0


@pytest.fixture
def precedence(monkeypatch: pytest.MonkeyPatch) -> Precedence:
    monkeypatch.setattr(precedence_module, "LONGEST_S", LONG_S)
    return Precedence()


def start_waiting(precedence: Precedence) -> threading.Thread:
    other = threading.Thread(target=precedence.wait, daemon=True)
    other.start()
    return other


def assert_goes_on(other: threading.Thread) -> None:
    other.join(LONG_S / 2)
    assert not other.is_alive()


def test_nobody_waits_while_nobody_sorts(precedence: Precedence) -> None:
    assert_goes_on(start_waiting(precedence))


def test_others_wait_until_it_is_given_up(precedence: Precedence) -> None:
    with precedence.taken():
        other = start_waiting(precedence)
        other.join(0.05)
        assert other.is_alive()
        precedence.give_up()
        assert_goes_on(other)


def test_others_go_on_after_a_failure(precedence: Precedence) -> None:
    waiting: list[threading.Thread] = []

    def sort_in_vain() -> None:
        with precedence.taken():
            waiting.append(start_waiting(precedence))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        sort_in_vain()
    assert_goes_on(waiting[0])


def test_who_takes_too_long_loses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # A thousand messages must not wait a thousand times: the broker waits for heartbeats.
    monkeypatch.setattr(precedence_module, "LONGEST_S", 0.01)
    precedence = Precedence()
    with precedence.taken():
        precedence.wait()
        monkeypatch.setattr(precedence_module, "LONGEST_S", LONG_S)
        other = start_waiting(precedence)
        assert_goes_on(other)


@pytest.mark.django_db
def test_storing_says_when_it_has_sorted(meter: Sensor) -> None:
    stored_when_sorted: list[int] = []
    batch = Readings.of([ReadingRow(str(meter.uuid), 1_700_000_000_000_000, 1.0)])

    def on_sorted() -> None:
        stored_when_sorted.append(Reading.objects.count())

    list(store_or_quarantine(batch, (), keys=SensorKeys(), on_sorted=on_sorted))
    assert stored_when_sorted == [0]
    assert Reading.objects.count() == 1
