"""From when to when the energy of sensors is known, and from when on no more is expected."""

from typing import NamedTuple

import numpy as np
from django.db import connection

from monitoring.rules.columns import Instants, Keys
from monitoring.sql import US_OF, column_array

NEVER_US = -1
ALWAYS_US = 2**62


class KnownSpans(NamedTuple):
    """A row a sensor. Energy is known from the first reading that was summed to the last one."""

    first_us: Instants  # ALWAYS_US before the first reading
    until_us: Instants  # NEVER_US before the first reading
    #: Up to where readings are expected: for ever, of an inactive sensor up to its last one, and
    #: not at all before the first one.
    expected_us: Instants


# A replacement that is recorded already tells of the time after the last reading, up to itself.
_SPANS = f"""
    SELECT summed.sensor_id,
           coalesce({US_OF.format(column="summed.first_at")}, {ALWAYS_US}),
           {US_OF.format(column="coalesce(replacement.replaced_at, summed.summed_until)")},
           sensor.is_active::int
    FROM monitoring_summedsensor summed
    JOIN devices_sensor sensor ON sensor.id = summed.sensor_id
    LEFT JOIN LATERAL (
        SELECT replaced_at FROM monitoring_meterreplacement
        WHERE sensor_id = summed.sensor_id AND replaced_at > summed.summed_until
        ORDER BY replaced_at LIMIT 1
    ) replacement ON true
    WHERE summed.sensor_id = ANY (%s::bigint[])
"""


def get_known_spans(sensor_ids: Keys) -> KnownSpans:
    """The spans of these sensors (sorted): a few index lookups each."""
    with connection.cursor() as cursor:
        cursor.execute(_SPANS, [column_array(sensor_ids)])
        found = np.array(cursor.fetchall(), np.int64).reshape(-1, 4)
    spans = KnownSpans(
        np.full(len(sensor_ids), ALWAYS_US),
        np.full(len(sensor_ids), NEVER_US),
        np.full(len(sensor_ids), NEVER_US),
    )
    row = np.searchsorted(sensor_ids, found[:, 0])
    spans.first_us[row], spans.until_us[row] = found[:, 1], found[:, 2]
    spans.expected_us[row] = np.where(found[:, 3] == 1, ALWAYS_US, found[:, 2])
    return spans
