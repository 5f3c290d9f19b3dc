"""The turn of a sensor, which decisions on its readings take like those that write them."""

from collections.abc import Iterable

from monitoring.models import SensorState


def lock_sensors(sensor_ids: Iterable[int]) -> None:
    """Holds sensors until the transaction ends: nobody else stores or decides anything of theirs.

    These are the locks of ingestion, in its order. Whoever looks at readings, and writes what
    holds only as long as they are all, does so under them.
    """
    states = SensorState.objects.select_for_update(no_key=True)
    list(states.filter(sensor__in=set(sensor_ids)).order_by("sensor_id").values_list("pk"))
