"""When a batch is due, and how much of it waits in memory."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from monitoring.ingest.buffer import MOST_REJECTIONS, Batch, Buffer
from monitoring.ingest.receiver import get_waited_s
from monitoring.rules.instants import to_us
from monitoring.rules.readings import Reading, Readings
from monitoring.rules.wire import MAX_AHEAD, ParsedMessage, parse_message

SENSOR = "5c2494a3-1140-4c7a-991a-a1a2561c6bc2"
MESSAGE = ParsedMessage(Readings.of([Reading(SENSOR, 0, 1.0)]), [])
SESSION = object()
FOR_EVER_S = 3600


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


def test_a_full_batch_is_due_at_once() -> None:
    buffer = Buffer(size=2, flush_s=FOR_EVER_S)
    buffer.add(SESSION, MESSAGE, 1)
    buffer.add(SESSION, MESSAGE, 2)
    batch = buffer.take()
    assert batch is not None
    assert batch.tags == [1, 2]


def test_a_small_batch_is_due_after_a_while() -> None:
    buffer = Buffer(size=1000, flush_s=0.01)
    buffer.add(SESSION, MESSAGE, 1)
    batch = buffer.take()
    assert batch is not None
    assert len(batch.readings) == 1


def test_what_an_earlier_session_delivered_is_dropped_for_it_comes_again() -> None:
    buffer = Buffer(size=1, flush_s=FOR_EVER_S)
    buffer.add(object(), MESSAGE, 1)
    buffer.add(SESSION, MESSAGE, 7)
    batch = buffer.take()
    assert batch is not None
    assert (batch.session, batch.tags, len(batch.readings)) == (SESSION, [7], 1)


def test_closing_makes_the_rest_due_and_then_ends() -> None:
    buffer = Buffer(size=1000, flush_s=FOR_EVER_S)
    buffer.add(SESSION, MESSAGE, 1)
    buffer.close()
    assert isinstance(buffer.take(), Batch)
    assert buffer.take() is None


def test_a_waiting_taker_is_awakened() -> None:
    buffer = Buffer(size=1, flush_s=FOR_EVER_S)
    taken: list[Batch | None] = []
    taker = threading.Thread(target=lambda: taken.append(buffer.take()))
    taker.start()
    buffer.add(SESSION, MESSAGE, 1)
    taker.join(5)
    assert [batch and batch.tags for batch in taken] == [[1]]


def test_of_too_many_bad_readings_the_message_waits_and_is_judged_the_same(now: datetime) -> None:
    now_us = to_us(now)
    ahead = (now + MAX_AHEAD + timedelta(seconds=1)).isoformat()  # good, a moment later
    body = json.dumps(
        [[ahead if number % 2 else "yesterday", SENSOR, number] for number in range(1000)]
    ).encode()
    message = parse_message(body, now_us=now_us)
    assert len(message.rejections) == 1000
    expected = list(message.rejections)
    buffer = Buffer(size=5000, flush_s=0)
    count = MOST_REJECTIONS // 1000 + 20
    for tag in range(count):
        buffer.add(SESSION, parse_message(body, now_us=now_us), tag)
    buffer.close()
    batches = list(iter(buffer.take, None))
    assert sum(len(batch.rejections.ready) for batch in batches) <= MOST_REJECTIONS
    assert sum(batch.entries for batch in batches) == count * 1000
    for batch in batches:
        for _ in range(2):  # a batch that could not be stored is tried again
            assert list(batch.rejections) == expected * len(batch.tags)


def test_oldest_message_has_waited_in_the_broker_too() -> None:
    buffer = Buffer(size=1, flush_s=FOR_EVER_S)
    assert buffer.oldest_s() == 0
    for tag, waited_s in enumerate((10.0, 3600.0, 0.0)):
        buffer.add(SESSION, MESSAGE, tag, waited_s=waited_s)
    assert buffer.oldest_s() == pytest.approx(3600, abs=5)
    for oldest_s in (3600, 3600, 0):  # the one that is being stored counts until it is
        assert isinstance(buffer.take(), Batch)
        assert buffer.oldest_s() == pytest.approx(oldest_s, abs=5)


NOW_US = 1_770_000_000_500_000


@pytest.mark.parametrize(
    ("published_s", "waited_s"),
    [
        (1_770_000_000, 0.5),
        (1_769_999_900, 100.5),
        (1_770_000_001, 0),  # in the future
        (0, 0),  # a clock that was never set
        (None, 0),
        ("yesterday", 0),
    ],
)
def test_how_long_a_message_has_waited(published_s: object, waited_s: float) -> None:
    assert get_waited_s(published_s, now_us=NOW_US) == waited_s
