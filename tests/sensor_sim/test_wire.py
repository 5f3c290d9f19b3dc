"""The wire message and its routing key."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from sensor_sim.meter import Reading
from sensor_sim.wire import MAX_MESSAGE_BYTES, encode_readings, routing_key
from tests.sensor_sim.conftest import SENSOR_ID

READING = Reading(datetime(2019, 10, 9, 21, tzinfo=UTC), SENSOR_ID, 0.1)
OTHER = Reading(datetime(2019, 10, 9, 21, 0, 0, 123456, tzinfo=UTC), UUID(int=1), 2.5)


def test_one_reading_is_an_object() -> None:
    assert json.loads(encode_readings([READING])) == {
        "timestamp": 1570654800000,
        "sensor_id": "5c2494a3-1140-4c7a-991a-a1a2561c6bc2",
        "measurement_value": 0.1,
    }


def test_several_readings_are_an_array_and_microseconds_are_kept() -> None:
    first, second = json.loads(encode_readings([READING, OTHER]))
    assert first["timestamp"] == 1570654800000
    assert second["timestamp"] == "2019-10-09T21:00:00.123456+00:00"


def test_the_routing_key_names_the_sensor_unless_there_are_several() -> None:
    assert routing_key([READING, READING]) == f"m.{SENSOR_ID}"
    assert routing_key([READING, OTHER]) == "m.batch"


def test_the_largest_message_stays_within_the_limit() -> None:
    widest = Reading(OTHER.measured_at, SENSOR_ID, 1.2345678901234567e-100)
    assert len(encode_readings([widest] * 1000)) <= MAX_MESSAGE_BYTES


@pytest.mark.parametrize("readings", [[], [READING] * 1001])
def test_a_message_holds_1_to_1000_readings(readings: list[Reading]) -> None:
    with pytest.raises(ValueError, match="1 to 1000 readings"):
        encode_readings(readings)
