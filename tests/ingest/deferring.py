"""Storing what was put aside, as the worker's thread does."""

from monitoring.ingest.deferred import store_deferred
from monitoring.ingest.states import SensorKeys


def store_all_deferred() -> int:
    """Stores until nothing is left. Returns how many readings became a row."""
    keys, count, after = SensorKeys(), 0, 0
    while True:
        results, after = store_deferred(keys=keys, after_sensor_id=after)
        count += sum(stored.readings for stored in results)
        if not results and not after:
            return count
