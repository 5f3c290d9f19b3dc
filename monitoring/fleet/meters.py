"""How many meters are live, silent and never seen."""

from datetime import datetime, timedelta
from typing import NamedTuple

from devices.models import Sensor
from monitoring.models import ReadingCount, SensorState

SILENT_AFTER = timedelta(hours=1)
#: A newest count that is older says nothing of now.
STALE_AFTER = timedelta(minutes=3)


class Meters(NamedTuple):
    """Active sensors by what was last heard of them."""

    live: int
    silent: int
    never_seen: int

    @property
    def active(self) -> int:
        """All of them."""
        return sum(self)


def count_meters(*, now: datetime) -> Meters:
    """Counts the active sensors. Reads each sensor's state, which has no index by time: that
    would make each batch dearer. So this is for the schedule; pages take ``get_meters``."""
    seen_states = SensorState.objects.filter(is_active=True, received_at__isnull=False)
    live = seen_states.filter(received_at__gte=now - SILENT_AFTER).count()
    seen = max(live, seen_states.count())
    return Meters(live, seen - live, max(0, Sensor.objects.filter(is_active=True).count() - seen))


def get_meters(*, now: datetime) -> Meters | None:
    """The newest count. None when nobody has counted lately: no worker runs the schedule."""
    newest = ReadingCount.objects.filter(counted_at__gt=now - STALE_AFTER).order_by("counted_at")
    count = newest.last()
    if count is None or count.live is None or count.silent is None or count.never_seen is None:
        return None
    return Meters(count.live, count.silent, count.never_seen)
