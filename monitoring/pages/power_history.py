"""The power of the last day, put together from readings by the database."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection

from monitoring.pages.power_series import Stretch
from monitoring.rules.readings import MAX_REGISTER_KWH
from monitoring.sql import array

#: Readings that are further apart say nothing about the time between them: a gap.
LONGEST_INTERVAL = timedelta(minutes=15)
#: Intervals that begin in the same of these become one stretch. Hours of every zone are multiples.
STRETCH = timedelta(minutes=5)

# A day of readings every five seconds is 17,280 rows a sensor: they stay in the database. The
# formula is that of monitoring.rules.power.mean_power_kw; a test holds the two together.
_STRETCHES = f"""
    WITH pair AS (
        SELECT sensor_id, measured_at AS ended_at, lag(measured_at) OVER earlier AS started_at,
               energy_kwh - lag(energy_kwh) OVER earlier AS consumed_kwh
        FROM monitoring_reading
        WHERE sensor_id = ANY (%s::bigint[]) AND measured_at >= %s AND measured_at < %s
        WINDOW earlier AS (PARTITION BY sensor_id ORDER BY measured_at)
    ), judged AS (
        SELECT *, extract(epoch FROM ended_at - started_at)::float8 AS seconds,
               consumed_kwh BETWEEN 0 AND {MAX_REGISTER_KWH:.0f}
               AND ended_at - started_at <= %s * interval '1 second' AS is_known
        FROM pair
        WHERE started_at IS NOT NULL
    ), numbered AS (
        SELECT *, count(*) FILTER (WHERE NOT is_known)
                  OVER (PARTITION BY sensor_id ORDER BY ended_at) AS gaps_before
        FROM judged
    )
    SELECT sensor_id, min(started_at), max(ended_at), sum(consumed_kwh) * 3600 / sum(seconds),
           max(consumed_kwh * 3600 / seconds)
    FROM numbered
    WHERE is_known
    GROUP BY sensor_id, gaps_before,
             date_bin(%s * interval '1 second', started_at, '2000-01-01T00:00:00Z')
    ORDER BY sensor_id, min(started_at)
"""


def get_power_stretches(
    *,
    sensor_ids: Collection[int],
    start: datetime,
    end: datetime,
    longest_interval: timedelta = LONGEST_INTERVAL,
    stretch: timedelta = STRETCH,
) -> defaultdict[int, list[Stretch]]:
    """The power of each sensor in ``[start, end)`` in order of time; kW.

    A falling register, a rise that no register can show, and readings more than
    ``longest_interval`` apart leave gaps. Intervals that begin in the same ``stretch``
    become one.
    """
    stretches: defaultdict[int, list[Stretch]] = defaultdict(list)
    lengths_s = (longest_interval.total_seconds(), stretch.total_seconds())
    with connection.cursor() as cursor:
        cursor.execute(_STRETCHES, [array(sensor_ids), start, end, *lengths_s])
        for sensor_id, *values in cursor:
            stretches[sensor_id].append(Stretch(*values))
    return stretches
