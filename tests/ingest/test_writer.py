"""What the writer does with a batch that the database does not take."""

from typing import Any

import pytest
from django.db import DatabaseError, DataError, OperationalError

from monitoring.ingest import salvage as salvage_module
from monitoring.ingest import writer as writer_module
from monitoring.ingest.buffer import Batch, Buffer
from monitoring.ingest.deferred import Room
from monitoring.ingest.precedence import Precedence
from monitoring.ingest.store import Stored
from monitoring.ingest.writer import Outcome, Writer
from monitoring.rules.readings import Reading, Readings
from monitoring.rules.wire import ParsedMessage

SENSOR = "5c2494a3-1140-4c7a-991a-a1a2561c6bc2"


class FakeStore:
    """Stores in a list; refuses what it is told to."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.rejections: list[Any] = []
        self.failures: list[Exception] = []
        self.poison: set[float] = set()
        self.refuses_rejections = False

    def __call__(
        self,
        readings: Any,
        rejections: Any = (),
        *,
        now: Any,
        keys: Any,
        is_backfill: bool,
        may_defer: bool,
        on_sorted: Any,
    ) -> Stored:
        assert not is_backfill  # what comes live is news
        if self.failures:
            raise self.failures.pop(0)
        if self.poison & {reading.energy_kwh for reading in readings}:
            raise DataError("bad \x00 value")
        if rejections and self.refuses_rejections:
            raise DataError("not even in quarantine")
        self.readings += readings
        self.rejections += rejections
        return Stored(len(readings), [], {}, frozenset())


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> FakeStore:
    fake = FakeStore()
    monkeypatch.setattr(salvage_module, "store_batch", fake)
    monkeypatch.setattr(Room, "is_left", lambda _: True)
    monkeypatch.setattr(writer_module, "FIRST_RETRY_S", 0.001)
    monkeypatch.setattr(writer_module, "LAST_RETRY_S", 0.002)
    return fake


def write(count: int, *, give_up: bool = False) -> Outcome:
    """Writes one batch of ``count`` readings, with the energies 0, 1, 2, …"""
    buffer = Buffer(size=10_000, flush_s=0)
    message = ParsedMessage(Readings.of(Reading(SENSOR, i, float(i)) for i in range(count)), [])
    buffer.add(object(), message, 1)
    buffer.close()
    outcomes: list[tuple[Batch, Outcome]] = []
    writer = Writer(
        buffer,
        precedence=Precedence(),
        on_done=lambda batch, outcome: outcomes.append((batch, outcome)),
        on_notified=lambda user_ids: None,
    )
    if give_up:
        writer.give_up()
    writer.run()
    ((_, outcome),) = outcomes
    return outcome


@pytest.mark.django_db
def test_waits_for_a_database_that_is_away(store: FakeStore) -> None:
    store.failures = [OperationalError("the database is away")] * 3
    assert write(10) is Outcome.STORED
    assert len(store.readings) == 10


@pytest.mark.django_db
def test_leaves_the_batch_to_the_broker_when_stopped_meanwhile(store: FakeStore) -> None:
    store.failures = [OperationalError("the database is away")]
    assert write(10, give_up=True) is Outcome.ABANDONED
    assert not store.readings


@pytest.mark.django_db
def test_stores_nothing_behind_a_batch_that_it_gave_up(store: FakeStore) -> None:
    # The broker would take "acknowledged up to the second" as good for the first as well.
    store.failures = [OperationalError("the database is away")]
    buffer = Buffer(size=1, flush_s=0)
    for tag in (1, 2):
        message = ParsedMessage(Readings.of([Reading(SENSOR, tag, 1.0)]), [])
        buffer.add("session", message, tag)
    buffer.close()
    outcomes: list[Outcome] = []
    writer = Writer(
        buffer,
        precedence=Precedence(),
        on_done=lambda batch, outcome: outcomes.append(outcome),
        on_notified=lambda user_ids: None,
    )
    writer.give_up()
    writer.run()
    assert outcomes == [Outcome.ABANDONED]
    assert not store.readings


@pytest.mark.django_db
def test_a_connection_that_breaks_off_in_mid_copy_is_not_the_readings_fault(
    store: FakeStore,
) -> None:
    store.failures = [DatabaseError("no message from the libpq")]
    assert write(1) is Outcome.STORED
    assert len(store.readings) == 1
    assert not store.rejections


@pytest.mark.django_db
@pytest.mark.parametrize("poison", [{0.0}, {499.0}, {17.0, 18.0, 400.0}])
def test_bad_rows_are_quarantined_and_their_neighbours_stored(
    store: FakeStore, poison: set[float]
) -> None:
    store.poison = poison
    assert write(500) is Outcome.STORED
    assert {reading.energy_kwh for reading in store.readings} == set(
        map(float, range(500))
    ) - poison
    assert len(store.rejections) == len(poison)
    assert {rejection.reason for rejection in store.rejections} == {"not_storable"}
    assert "\x00" not in store.rejections[0].detail


@pytest.mark.django_db
def test_what_cannot_even_be_quarantined_goes_to_the_dead_letters(store: FakeStore) -> None:
    store.poison, store.refuses_rejections = {3.0}, True
    assert write(10) is Outcome.DEAD
