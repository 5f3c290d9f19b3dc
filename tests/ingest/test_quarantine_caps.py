"""The quarantine stays small and exact however much is rejected."""

import json
import threading
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from devices.models import Sensor
from monitoring.ingest.quarantine import ALL
from monitoring.ingest.quarantine import quarantine as write
from monitoring.ingest.store import store_batch
from monitoring.models import QuarantinedReading, QuarantineTally
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings
from monitoring.rules.rejections import Rejection
from monitoring.rules.wire import parse_message
from tests.conftest import NOON

METER, OTHER = str(uuid4()), str(uuid4())


@pytest.fixture(autouse=True)
def _caps(settings: Settings) -> None:
    settings.QUARANTINE_MAX_A_SENSOR = 3
    settings.QUARANTINE_MAX_A_REASON = 5


def rejected(
    count: int, sensor_uuid: str | None = METER, reason: str = "bad_value"
) -> list[Rejection]:
    return [Rejection(reason, "Bad.", b"{}", 2, sensor_uuid)] * count


def tallies() -> dict[tuple[str, str], tuple[int, int]]:
    """Kept and beyond, by reason and sensor."""
    names = {ALL: "all", METER: "meter", OTHER: "other"}
    return {
        (tally.reason, names.get(str(tally.sensor_uuid), "?")): (tally.kept, tally.beyond)
        for tally in QuarantineTally.objects.all()
    }


def test_a_sensor_has_its_cap_and_leaves_room_for_others(db: None) -> None:
    found = write([*rejected(100), *rejected(1, OTHER)], received_at=NOON)
    assert found.by_reason == {"bad_value": 101}
    assert found.beyond_by_reason == {"bad_value": 97}
    kept = Counter(map(str, QuarantinedReading.objects.values_list("sensor_uuid", flat=True)))
    assert kept == {METER: 3, OTHER: 1}
    assert tallies() == {
        ("bad_value", "all"): (4, 0),
        ("bad_value", "meter"): (3, 97),
        ("bad_value", "other"): (1, 0),
    }


def test_a_reason_has_its_cap_whoever_is_named(db: None) -> None:
    for _ in range(3):
        many = [each for _ in range(20) for each in rejected(1, str(uuid4()))]
        write([*many, *rejected(1, None, "not_json")], received_at=NOON)
    assert QuarantinedReading.objects.filter(reason="bad_value").count() == 5
    assert tallies()["bad_value", "all"] == (5, 55)
    assert tallies()["not_json", "all"] == (3, 0)
    assert QuarantineTally.objects.count() == 5 + 2  # as many rows as entries, and one a reason


def test_the_next_day_begins_anew(db: None) -> None:
    for day in range(2):
        write(rejected(10), received_at=NOON + timedelta(days=day))
    assert QuarantinedReading.objects.count() == 6


def test_dead_letters_are_always_kept(db: None) -> None:
    write(rejected(20, None, "dead_letter"), received_at=NOON)
    assert QuarantinedReading.objects.count() == 20


def test_batches_count_on_and_say_what_was_beyond(db: None, meter: Sensor) -> None:
    unknown = Readings.of(Reading(METER, to_us(NOON) + number, 1.0) for number in range(700))
    for _ in range(2):
        stored = store_batch(unknown, now=NOON)
    assert stored.quarantined_by_reason == {"unknown_sensor": 700}
    assert stored.beyond_by_reason == {"unknown_sensor": 700}
    assert tallies()["unknown_sensor", "meter"] == (3, 1397)


def test_two_workers_do_not_wait_and_lose_no_count(transactional_db: None) -> None:
    write(rejected(10), received_at=NOON)

    def write_beside() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            write(rejected(10), received_at=NOON)
        connection.close()

    with transaction.atomic():
        write(rejected(10), received_at=NOON)
        thread = threading.Thread(target=write_beside)
        thread.start()
        thread.join(timeout=30)
        assert not thread.is_alive()
    of_meter = QuarantineTally.objects.filter(sensor_uuid=METER)
    assert sum(tally.kept + tally.beyond for tally in of_meter) == 30
    assert QuarantinedReading.objects.count() == 3


def test_a_flood_of_rejections_asks_a_bounded_number_of_questions(
    db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    flood = [each for _ in range(5_000) for each in rejected(1, str(uuid4()))]
    with django_assert_max_num_queries(4):
        write(flood, received_at=NOON)


def test_a_deep_element_costs_its_neighbours_no_copy_of_the_message() -> None:
    deep = "[" * 1000 + '"]{\\"' + '"' + "]" * 1000
    bad = {"timestamp": "no [", "sensor_id": METER, "measurement_value": 1, "note": "}" * 50}
    body = f"[{json.dumps(bad)},{deep} , {json.dumps(bad)}]".encode()
    found = parse_message(body, now_us=to_us(NOON)).rejections
    assert [each.raw for each in found] == [
        json.dumps(bad).encode(),
        deep.encode(),
        json.dumps(bad).encode(),
    ]


def test_fifty_messages_with_a_deep_element_take_little_disk(db: None, settings: Settings) -> None:
    settings.QUARANTINE_MAX_A_REASON = 5_000
    deep = "[" * 1000 + "]" * 1000
    body = ("[" + deep + ',{"a":1}' * 999 + "]").encode()
    for _ in range(10):
        rejections = parse_message(body, now_us=to_us(NOON)).rejections
        assert len(rejections) == 1000
        write(rejections * 5, received_at=NOON)
    sizes = [len(raw) for raw in QuarantinedReading.objects.values_list("raw", flat=True)]
    assert len(sizes) == 5_000
    assert sum(sizes) < 10 * len(body)  # 285 MB where each kept the whole body
