"""Sorts the readings of a batch: which are new, late, repeated, in conflict, or of nobody."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from monitoring.ingest.readings import Row
from monitoring.ingest.states import LockedSensor
from monitoring.rules.power import Sample
from monitoring.rules.wire import Reading, Rejection, Unacceptable, encode_reading, reject


@dataclass
class SortedBatch:
    """The readings of a batch by what has to be done with them."""

    #: By sensor, in order of time: newer than every stored reading of the sensor.
    newer: dict[str, list[Sample]] = field(default_factory=dict)
    #: At or before the newest stored reading of their sensor, in the order of arrival.
    late: list[Row] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


def sort_readings(readings: Iterable[Reading], sensors: Mapping[str, LockedSensor]) -> SortedBatch:
    """Sorts the readings of a batch by what is known of their sensors.

    Of two readings with the same sensor and time the first counts: the second is a repeat, which
    is dropped, or a conflict, which is rejected.
    """
    batch = SortedBatch()
    by_sensor: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for reading in readings:
        uuid, at_us, energy_kwh = reading
        first_kwh = by_sensor[uuid].setdefault(at_us, energy_kwh)
        if first_kwh != energy_kwh:
            batch.rejections.append(reject_conflict(reading))
    for uuid, values in by_sensor.items():
        sensor = sensors.get(uuid)
        if sensor is None or not sensor.is_active:
            batch.rejections += [_refuse(Reading(uuid, *value), sensor) for value in values.items()]
            continue
        newest_us = -1 if sensor.newest is None else sensor.newest.at_us
        samples = [Sample(*value) for value in sorted(values.items()) if value[0] > newest_us]
        if samples:
            batch.newer[uuid] = samples
        batch.late += [
            Row(sensor.sensor_id, *value) for value in values.items() if value[0] <= newest_us
        ]
    return batch


def reject_conflict(reading: Reading) -> Rejection:
    """Another value came first for this sensor and time."""
    return _reject(reading, "conflict", "Another value is stored for this sensor and time.")


def _refuse(reading: Reading, sensor: LockedSensor | None) -> Rejection:
    if sensor is None:
        return _reject(reading, "unknown_sensor", "There is no sensor with this id.")
    return _reject(reading, "inactive_sensor", "The sensor is not active.")


def _reject(reading: Reading, reason: str, detail: str) -> Rejection:
    return reject(Unacceptable(reason, detail), encode_reading(reading), reading.sensor_uuid)
