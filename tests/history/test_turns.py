"""Decisions of administrators and readings that are being stored take turns."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from devices.models import Sensor
from monitoring.history.falls import Decision, decide_falls, reconsider_digits
from monitoring.history.replacements import (
    check_replacement,
    delete_replacements,
    save_replacement,
)
from monitoring.models import MeterReplacement, RegisterFall
from tests.conftest import NOON, Store
from tests.partitions.test_tables import WAITING
from tests.servers import until

pytestmark = pytest.mark.django_db(transaction=True)


class Elsewhere:
    """Work on another connection, which waits for what this transaction has locked."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self.result: Any = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        with connection.cursor() as cursor:

            def waits() -> bool:
                cursor.execute(WAITING)
                return bool(cursor.fetchone()[0]) or not self._thread.is_alive()

            until(waits, what="the other connection waits")
            assert self._thread.is_alive(), "the other connection did not wait"

    def _run(self) -> None:
        try:
            with transaction.atomic():
                self.result = self._work()
        except ValidationError as refused:
            self.result = refused
        finally:
            connection.close()

    def join(self) -> Any:
        self._thread.join(30)
        return self.result


def replacement(sensor: Sensor) -> MeterReplacement:
    return MeterReplacement(
        sensor=sensor, replaced_at=NOON + timedelta(hours=1), final_kwh=110.0, first_kwh=0.0
    )


def test_replacement_is_checked_against_what_is_being_stored(meter: Sensor, store: Store) -> None:
    store(meter, (0, 100.0))
    now = NOON + timedelta(hours=9)
    with transaction.atomic():
        store(meter, (30, 120.0))
        other = Elsewhere(lambda: check_replacement(replacement(meter), now=now))
    assert "final_kwh" in other.join().message_dict


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_replacement_and_its_taking_back_wait(
    meter: Sensor, store: Store, is_taken_back: bool
) -> None:
    store(meter, (0, 100.0))
    recorded = replacement(meter)
    if is_taken_back:
        save_replacement(recorded)
    with transaction.atomic():
        store(meter, (120, 5.0))
        other = Elsewhere(
            (lambda: delete_replacements([recorded]))
            if is_taken_back
            else (lambda: save_replacement(recorded))
        )
    other.join()
    fall = RegisterFall.objects.get()
    assert fall.decision == (Decision.UNDECIDED if is_taken_back else Decision.REPLACEMENT)


def test_fall_that_is_being_refuted_is_not_decided(meter: Sensor, store: Store) -> None:
    store(meter, (0, 100.0), (60, 5.0))
    falls = RegisterFall.objects.all()
    with transaction.atomic():
        store(meter, (30, 103.0))
        other = Elsewhere(lambda: decide_falls(falls, decision=Decision.RESET))
    decided = other.join()
    assert [fall.before_kwh for fall in decided] == [103.0]


def test_fall_that_is_being_stored_is_decided_by_the_new_digits(
    meter: Sensor, store: Store
) -> None:
    store(meter, (0, 99.0))

    def set_digits() -> None:
        meter.register_digits = 2
        meter.save()
        reconsider_digits(meter)

    with transaction.atomic():
        store(meter, (60, 1.0))
        assert RegisterFall.objects.get().decision == Decision.UNDECIDED
        other = Elsewhere(set_digits)
    other.join()
    assert RegisterFall.objects.get().decision == Decision.ROLLOVER
