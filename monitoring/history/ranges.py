"""Which quarter hours of which sensors are computed in one go."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitoring.history.stored_days import QUARTERS_A_DAY
from monitoring.rules.columns import Booleans, Instants, Keys
from monitoring.rules.episodes import Span
from monitoring.rules.intervals import QUARTER_US, Ranges


@dataclass(frozen=True, slots=True)
class SensorRanges:
    """Ranges of quarter hours, numbered since 1970, by sensor and time; they do not overlap."""

    sensor_id: Keys
    first: Keys
    end: Keys

    def __len__(self) -> int:
        return len(self.sensor_id)

    @classmethod
    def around(cls, sensor_id: Keys, start_us: Instants, end_us: Instants) -> "SensorRanges":
        """The whole quarter hours that these spans, in any order, are in; each once."""
        order = np.lexsort((start_us, sensor_id))
        sensor_id, start_us, end_us = sensor_id[order], start_us[order], end_us[order]
        first, end = start_us // QUARTER_US, -(-end_us // QUARTER_US)
        # Each range begins behind all that earlier ones of its sensor hold.
        sensor_number = np.unique(sensor_id, return_inverse=True)[1].astype(np.int64) << 40
        reached = np.maximum.accumulate(sensor_number + end) - sensor_number
        first[1:] = np.where(
            sensor_id[1:] == sensor_id[:-1], np.maximum(first[1:], reached[:-1]), first[1:]
        )
        return cls(sensor_id, first, end).pick(first < end)

    def pick(self, rows: Booleans) -> "SensorRanges":
        """Some of the ranges."""
        return SensorRanges(self.sensor_id[rows], self.first[rows], self.end[rows])

    def split(self, most: int) -> tuple["SensorRanges", "SensorRanges"]:
        """So many quarter hours at most, and the rest; first of the ranges that begin last.

        What was measured last is waited for: it does not stand behind years that were imported.
        """
        length = self.end - self.first
        order = np.argsort(-self.first, kind="stable")
        earlier = np.empty_like(length)  # how many quarter hours have their turn before
        earlier[order] = np.cumsum(length[order]) - length[order]
        taken = np.clip(most - earlier, 0, length)
        middle = self.first + taken
        return (
            SensorRanges(self.sensor_id, self.first, middle).pick(taken > 0),
            SensorRanges(self.sensor_id, middle, self.end).pick(taken < length),
        )

    def as_rule(self) -> Ranges:
        """Without the sensors: each range is a series of its own."""
        return Ranges(self.first, self.end)

    def spans(self) -> Iterator[Span]:
        """Spans of which these are the ranges."""
        columns = (self.sensor_id, self.first * QUARTER_US, self.end * QUARTER_US)
        return map(Span, *(column.tolist() for column in columns))

    def expand(self) -> tuple[Keys, Keys]:
        """Each quarter hour of each range: the range's row, and the quarter hour."""
        return _expand(self.first, self.end)

    def places(self, row: Keys, quarter: Keys) -> Keys:
        """Where in ``expand`` these rows' quarter hours stand."""
        length = self.end - self.first
        begins: Keys = np.cumsum(length) - length
        return begins[row] + quarter - self.first[row]

    def days(self) -> tuple[Keys, Keys]:
        """Sensor and UTC day (since 1970) of each day that is touched, sorted, each once."""
        row, day = _expand(self.first // QUARTERS_A_DAY, (self.end - 1) // QUARTERS_A_DAY + 1)
        sensor_id, day = np.unique(np.stack([self.sensor_id[row], day]), axis=1)
        return sensor_id, day


def _expand(first: Keys, end: Keys) -> tuple[Keys, Keys]:
    """The rows, each as often as there are numbers from its first to before its end; and those."""
    length = end - first
    row = np.repeat(np.arange(len(length)), length)
    return row, np.arange(len(row)) - (np.cumsum(length) - length - first)[row]
