"""A sensor's consumption from the stored readings: a few index lookups an interval."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

from monitoring.history.boundaries import GroupBy, get_boundaries
from monitoring.history.consumption import Boundary, Consumption, compute_consumption
from monitoring.rules.instants import to_us
from monitoring.rules.power import Fell, Sample
from monitoring.sql import FROM_US, US_OF, array

MAX_INTERVALS = 10_000

# One statement, so that readings and falls are of one snapshot: a late reading between two
# statements would correct the register by a fall that it has just superseded.
_BOUNDARIES_AND_FALLS = f"""
    SELECT boundary.at_us,
           {US_OF.format(column="previous.measured_at")}, previous.energy_kwh,
           {US_OF.format(column="following.measured_at")}, following.energy_kwh
    FROM (SELECT at_us, {FROM_US.format(expression="at_us")} AS at
          FROM unnest(%(boundaries)s::bigint[]) AS boundary (at_us)) boundary
    LEFT JOIN LATERAL (
        SELECT measured_at, energy_kwh FROM monitoring_reading
        WHERE sensor_id = %(sensor_id)s AND measured_at <= boundary.at
        ORDER BY measured_at DESC LIMIT 1
    ) previous ON true
    LEFT JOIN LATERAL (
        SELECT measured_at, energy_kwh FROM monitoring_reading
        WHERE sensor_id = %(sensor_id)s AND measured_at > boundary.at
        ORDER BY measured_at LIMIT 1
    ) following ON true
    UNION ALL
    SELECT NULL, {US_OF.format(column="started_at")}, before_kwh,
           {US_OF.format(column="ended_at")}, after_kwh
    FROM monitoring_registerfall
    WHERE sensor_id = %(sensor_id)s AND superseded_at IS NULL
      AND ended_at > {FROM_US.format(expression="%(start_us)s")}
      AND started_at < {FROM_US.format(expression="%(end_us)s")}
"""

_Row = tuple[int | None, int | None, float | None, int | None, float | None]


def get_consumption(
    *, sensor_id: int, start: datetime, end: datetime, group_by: GroupBy, zone: ZoneInfo
) -> list[Consumption]:
    """The sensor's consumption in the whole intervals that hold ``[start, end)``, in kWh.

    Raises ``TooManyIntervals`` if there are more than ``MAX_INTERVALS``.
    """
    ends = get_boundaries(start, end, group_by=group_by, zone=zone, limit=MAX_INTERVALS)
    return compute_consumption(*_look_up(sensor_id, [to_us(at) for at in ends]))


def _look_up(sensor_id: int, ends_us: Sequence[int]) -> tuple[list[Boundary], list[Fell]]:
    parameters: dict[str, int | str] = {
        "sensor_id": sensor_id,
        "boundaries": array(ends_us),
        "start_us": ends_us[0],
        "end_us": ends_us[-1],
    }
    with connection.cursor() as cursor:
        cursor.execute(_BOUNDARIES_AND_FALLS, parameters)
        return _sort(cursor.fetchall())


def _sort(rows: Iterable[_Row]) -> tuple[list[Boundary], list[Fell]]:
    boundaries: list[Boundary] = []
    falls: list[Fell] = []
    for at_us, before_us, before_kwh, after_us, after_kwh in rows:
        before, after = _sample(before_us, before_kwh), _sample(after_us, after_kwh)
        if at_us is not None:
            boundaries.append(Boundary(at_us, before, after))
        elif before and after:
            falls.append(Fell(before, after))
    return sorted(boundaries), sorted(falls)


def _sample(at_us: int | None, energy_kwh: float | None) -> Sample | None:
    return None if at_us is None or energy_kwh is None else Sample(at_us, energy_kwh)
