"""The peaks that a chart of any range marks: the highest, whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.models import User
from monitoring.models import Notification, Peak
from monitoring.pages.peak_lists import ListedPeak
from monitoring.sql import array

MOST_MARKED = 50
#: Peaks that are looked at, of all sensors together.
MOST_LOOKED_AT = 5000

# A sensor's peaks do not overlap: the first that ends after the range's start begins it, and the
# index on (sensor, ended_at) gives them in order. A peak that ends later than the range may be met
# once a sensor before the bound.
_HIGHEST = """
    SELECT peak.id, peak.is_last
    FROM unnest(%s::bigint[]) AS sensor (id)
    CROSS JOIN LATERAL (
        SELECT id, started_at, power_kw, row_number() OVER (ORDER BY ended_at) = %s AS is_last
        FROM monitoring_peak
        WHERE sensor_id = sensor.id AND superseded_at IS NULL AND ended_at > %s
        ORDER BY ended_at LIMIT %s
    ) peak
    WHERE peak.started_at < %s
    ORDER BY peak.is_last DESC, peak.power_kw DESC LIMIT %s
"""


@dataclass(frozen=True)
class MarkedPeaks:
    """The highest peaks of a range, in order of time; ``is_all`` if there are no others."""

    peaks: list[ListedPeak]
    is_all: bool


def get_marked_peaks(
    *, sensor_ids: Sequence[int], user: User, start: datetime, end: datetime
) -> MarkedPeaks:
    """The sensors' current peaks that overlap ``[start, end)``; three queries of bounded work."""
    each = max(MOST_LOOKED_AT // max(len(sensor_ids), 1), 1)
    with connection.cursor() as cursor:
        most = MOST_MARKED + 1
        cursor.execute(_HIGHEST, [array(sensor_ids), each, start, each, end, most])
        found = cursor.fetchall()
    is_all = len(found) <= MOST_MARKED and not any(is_last for _, is_last in found)
    ids = [peak_id for peak_id, _ in found[:MOST_MARKED]]
    peaks = list(Peak.objects.filter(pk__in=ids).select_related("sensor").order_by("started_at"))
    told = Notification.objects.filter(user=user, peak__in=ids)
    seqs = dict(told.values_list("peak_id", "seq"))
    return MarkedPeaks([ListedPeak(peak, seqs.get(peak.pk)) for peak in peaks], is_all)
