"""Sorts the readings of a batch: which are new, late, repeated, in conflict, or of nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from monitoring.ingest.readings import Rows, first_of_equals
from monitoring.ingest.states import LockedSensors
from monitoring.rules.columns import Booleans, Floats, Instants, Keys
from monitoring.rules.readings import Readings
from monitoring.rules.rejections import Rejection
from monitoring.rules.wire import reject_readings


@dataclass(frozen=True, slots=True)
class Newer:
    """Readings that are newer than every stored one of their sensor, by sensor and time.

    Each comes with the reading before it, in the batch or stored, and with its sensor's row in
    ``LockedSensors``.
    """

    sensor_id: Keys
    at_us: Instants
    energy_kwh: Floats
    previous_us: Instants  # NEVER_US at the sensor's first reading
    previous_kwh: Floats
    sensor_row: Keys

    def __len__(self) -> int:
        return len(self.sensor_id)

    def pick(self, rows: Booleans) -> "Newer":
        """Some of the rows."""
        return Newer(
            self.sensor_id[rows],
            self.at_us[rows],
            self.energy_kwh[rows],
            self.previous_us[rows],
            self.previous_kwh[rows],
            self.sensor_row[rows],
        )

    def newest_of_each_sensor(self) -> "Newer":
        """The last row of each sensor."""
        return self.pick(np.append(self.sensor_id[1:] != self.sensor_id[:-1], True)[: len(self)])


class Refusal(NamedTuple):
    """Readings that obey the message rule, but that cannot be kept."""

    readings: Readings
    reason: str
    detail: str

    def list_rejections(self) -> Iterator[Rejection]:
        """A rejection of each, with its original text where that is at hand."""
        return reject_readings(*self)


@dataclass(frozen=True, slots=True)
class SortedBatch:
    """The readings of a batch by what has to be done with them; repeats are dropped."""

    newer: Newer
    #: At or before the newest stored reading of their sensor; of one time perhaps several values.
    late: Rows
    refusals: list[Refusal]


def sort_readings(
    readings: Readings, sensor_ids: Keys, sensors: LockedSensors, *, kept_from_us: int | None = None
) -> SortedBatch:
    """Sorts the readings of a batch by what is known of their sensors.

    ``sensor_ids`` is the key of each reading's sensor, 0 where there is none. Of two readings
    with the same sensor and time the first counts: the second is a repeat, which is dropped, or
    a conflict, which is rejected. So is what was measured before ``kept_from_us``, if given.
    """
    of_active, sensor_row = _find_accepted(sensor_ids, sensors)
    at_us = np.frombuffer(readings.measured_at_us, np.int64)
    accepted = of_active if kept_from_us is None else of_active & (at_us >= kept_from_us)
    # Stable: of equal sensor and time, the first to arrive stays first.
    order = np.lexsort((at_us, sensor_ids))
    order = order[accepted[order]]
    ids, at_us, sensor_row = sensor_ids[order], at_us[order], sensor_row[order]
    energy_kwh = np.frombuffer(readings.energy_kwh, np.float64)[order]
    first = first_of_equals(ids, at_us)
    is_first = first == np.arange(len(first))
    differs = energy_kwh != energy_kwh[first]
    is_of_new_time = at_us > sensors.newest_us[sensor_row]
    is_newer = is_first & is_of_new_time
    # Which of several values is the stored one, only the table can tell.
    is_late = (is_first | differs) & ~is_of_new_time
    refused = (
        (np.flatnonzero(~of_active & (sensor_ids == 0)), UNKNOWN),
        (np.flatnonzero(~of_active & (sensor_ids > 0)), INACTIVE),
        (np.flatnonzero(of_active & ~accepted), TOO_OLD),
        (order[differs & is_of_new_time], CONFLICT),
    )
    return SortedBatch(
        _with_previous(
            ids[is_newer], at_us[is_newer], energy_kwh[is_newer], sensor_row[is_newer], sensors
        ),
        Rows(ids, at_us, energy_kwh).pick(is_late),
        [Refusal(readings.pick(rows.tolist()), *why) for rows, why in refused if len(rows)],
    )


UNKNOWN = ("unknown_sensor", "There is no sensor with this id.")
INACTIVE = ("inactive_sensor", "The sensor is not active.")
TOO_OLD = ("too_old", "Raw readings of that time are not kept any more.")
CONFLICT = ("conflict", "Another value is stored for this sensor and time.")


def _find_accepted(sensor_ids: Keys, sensors: LockedSensors) -> tuple[Booleans, Keys]:
    """Which readings are of an active sensor, and their sensors' rows (any row for the others)."""
    if not len(sensors.sensor_id):
        return np.zeros(len(sensor_ids), np.bool_), np.zeros(len(sensor_ids), np.int64)
    row = np.searchsorted(sensors.sensor_id, sensor_ids)
    row = np.minimum(row, len(sensors.sensor_id) - 1)
    return (sensors.sensor_id[row] == sensor_ids) & sensors.is_active[row], row


def _with_previous(
    ids: Keys, at_us: Instants, energy_kwh: Floats, sensor_row: Keys, sensors: LockedSensors
) -> Newer:
    previous_us = sensors.newest_us[sensor_row]
    previous_kwh = sensors.newest_kwh[sensor_row]
    follows = ids[1:] == ids[:-1]  # the reading before it is in the batch
    previous_us[1:][follows] = at_us[:-1][follows]
    previous_kwh[1:][follows] = energy_kwh[:-1][follows]
    return Newer(ids, at_us, energy_kwh, previous_us, previous_kwh, sensor_row)
