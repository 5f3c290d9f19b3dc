"""Which intervals a batch begins or ends, and what the peak rule says of them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from monitoring.ingest.batch import Newer
from monitoring.ingest.findings import record_exceedances, record_falls
from monitoring.ingest.readings import Neighbours, Rows
from monitoring.ingest.states import LockedSensors
from monitoring.peaks import ExceedanceChanges
from monitoring.rules.columns import NEVER_US, Booleans, Floats, Instants, Keys
from monitoring.rules.episodes import Gone, Span
from monitoring.rules.power import Exceeded, Fell, Sample, find_suspects, judge_interval


class Interval(NamedTuple):
    """Neighbouring readings of a sensor."""

    sensor_id: int
    limit_kw: float
    step_kwh: float
    start: Sample
    end: Sample


def find_suspects_of_newer(newer: Newer, sensors: LockedSensors) -> list[Interval]:
    """Intervals that newer readings end and that the peak rule may have something to say about."""
    has_previous = newer.previous_us != NEVER_US
    ends = Rows(newer.sensor_id, newer.at_us, newer.energy_kwh)
    return _suspects(
        newer.previous_us, newer.previous_kwh, ends, newer.sensor_row, sensors, among=has_previous
    )


def find_suspects_around(neighbours: Neighbours, sensors: LockedSensors) -> list[Interval]:
    """Intervals that late readings begin or end and that the peak rule may have something to say
    about, each once."""
    rows, previous_us = neighbours.rows, neighbours.previous_us
    following = Rows(rows.sensor_id, neighbours.following_us, neighbours.following_kwh)
    sensor_row = np.searchsorted(sensors.sensor_id, rows.sensor_id)
    # Where the following reading is late too, the interval is the one that ends with that.
    is_last = following.at_us != NEVER_US
    is_last[:-1] &= (rows.sensor_id[1:] != rows.sensor_id[:-1]) | (
        rows.at_us[1:] != following.at_us[:-1]
    )
    return [
        *_suspects(
            previous_us,
            neighbours.previous_kwh,
            rows,
            sensor_row,
            sensors,
            among=previous_us != NEVER_US,
        ),
        *_suspects(rows.at_us, rows.energy_kwh, following, sensor_row, sensors, among=is_last),
    ]


def _suspects(  # noqa: PLR0913 - columns of the same intervals
    start_us: Instants,
    start_kwh: Floats,
    ends: Rows,
    sensor_row: Keys,
    sensors: LockedSensors,
    *,
    among: Booleans,
) -> list[Interval]:
    limit_kw = sensors.max_power_kw[sensor_row]
    suspicious = find_suspects(
        np.where(among, start_us, ends.at_us - 1), start_kwh, ends.at_us, ends.energy_kwh, limit_kw
    )
    rows = np.flatnonzero(suspicious & among)
    of_sensor = sensor_row[rows]
    starts = map(Sample, start_us[rows].tolist(), start_kwh[rows].tolist())
    last = map(Sample, ends.at_us[rows].tolist(), ends.energy_kwh[rows].tolist())
    return list(
        map(
            Interval,
            ends.sensor_id[rows].tolist(),
            limit_kw[rows].tolist(),
            sensors.register_step_kwh[of_sensor].tolist(),
            starts,
            last,
        )
    )


def list_affected(neighbours: Neighbours) -> Iterator[Span]:
    """Where late readings have changed what is known of their sensor's consumption."""
    rows = neighbours.rows
    start_us = np.where(neighbours.previous_us == NEVER_US, rows.at_us, neighbours.previous_us)
    end_us = np.where(neighbours.following_us == NEVER_US, rows.at_us, neighbours.following_us)
    # In order of time, so a span that does not reach the next one ends a stretch.
    ends = np.append(
        (rows.sensor_id[1:] != rows.sensor_id[:-1]) | (start_us[1:] > end_us[:-1]), True
    )
    begins = np.append(True, ends[:-1])
    columns = (rows.sensor_id[begins], start_us[begins], end_us[ends])
    return map(Span, *(column.tolist() for column in columns))


def judge(intervals: Iterable[Interval]) -> list[tuple[int, Exceeded]]:
    """Applies the peak rule, records what it finds, and returns the exceedances by sensor key."""
    exceeded: list[tuple[int, Exceeded]] = []
    fallen: list[tuple[int, Fell]] = []
    for sensor_id, limit_kw, step_kwh, start, end in intervals:
        finding = judge_interval(start, end, limit_kw, step_kwh=step_kwh)
        if isinstance(finding, Exceeded):
            exceeded.append((sensor_id, finding))
        elif isinstance(finding, Fell):
            fallen.append((sensor_id, finding))
    record_falls(fallen)
    record_exceedances(exceeded)
    return exceeded


def group_changes(
    gone: Sequence[tuple[int, Gone]], added: Sequence[tuple[int, Exceeded]]
) -> dict[int, ExceedanceChanges]:
    """The exceedances that went and came, by sensor key."""
    changes: defaultdict[int, ExceedanceChanges] = defaultdict(ExceedanceChanges)
    for sensor_id, old in gone:
        changes[sensor_id].gone.append(old)
    for sensor_id, new in added:
        changes[sensor_id].added.append(new)
    return changes
