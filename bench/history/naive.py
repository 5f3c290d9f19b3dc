"""The query that an ordinary developer would write: a year by day from the raw readings."""

import time
from typing import Any

WARM_UP = 2
TIMES = 10

#: What each reading rose by counts for the day of the reading: that is simple, and nearly right.
_YEAR_BY_DAY = """
    SELECT date_trunc('day', measured_at, %(zone)s) AS day, sum(rise_kwh)
    FROM (SELECT measured_at, energy_kwh - lag(energy_kwh) OVER (ORDER BY measured_at) AS rise_kwh
          FROM monitoring_reading
          WHERE sensor_id = (SELECT id FROM devices_sensor WHERE uuid = %(sensor)s)
            AND measured_at >= %(start)s AND measured_at < %(end)s) AS rises
    GROUP BY day ORDER BY day
"""


def ask_naively(parameters: dict[str, Any]) -> list[float]:
    """Milliseconds of the statement alone: no request, no answer is made of it."""
    from django.db import connection

    took_ms = []
    with connection.cursor() as cursor:
        for _ in range(WARM_UP + TIMES):
            started = time.perf_counter()
            cursor.execute(_YEAR_BY_DAY, parameters)
            cursor.fetchall()
            took_ms.append((time.perf_counter() - started) * 1_000)
    return took_ms[WARM_UP:]
