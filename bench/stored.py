"""What is in a run's database: asked cheaply while the clock runs, thoroughly afterwards."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.failure import BenchFailed
from bench.messages import Sent, sensor_uuid

POLL_S = 0.01
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Stored:
    """Readings in one database, in ``table``: one with sensor_id and measured_at."""

    def __init__(self, connection: Any, *, table: str = "monitoring_reading") -> None:
        self._connection = connection
        self._table = table

    def count(self) -> int:
        """Rows that are committed."""
        return int(self.value(f"SELECT count(*) FROM {self._table}"))

    def sensor_id(self, sensor: int) -> int:
        """The key of a benchmark's sensor."""
        query = "SELECT id FROM devices_sensor WHERE uuid = %s"
        return int(self.value(query, sensor_uuid(sensor)))

    def sensor_ids(self, sensors: int) -> list[int]:
        """The keys of the first so many."""
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT uuid::text, id FROM devices_sensor")
            ids = dict(cursor.fetchall())
        return [ids[sensor_uuid(sensor)] for sensor in range(sensors)]

    def wait_for(
        self, last: Sent, *, rows: int, within_s: float, check: Callable[[], None]
    ) -> float:
        """Waits until ``last`` and then all ``rows`` are committed. Gives the time of that.

        While the clock runs, one row is looked up by its key, 100 times a second: about a
        hundredth of a processor. The messages are stored in about their order, so the rows are
        counted just once or a few times, at the end; what counts is when a count began.
        Raises ``BenchFailed`` if it takes longer, or if ``check`` does.
        """
        deadline = time.perf_counter() + within_s
        key = (self.sensor_id(last.sensor), EPOCH + timedelta(microseconds=last.at_us))
        query = f"SELECT count(*) FROM {self._table} WHERE sensor_id = %s AND measured_at = %s"
        while not self.value(query, *key):
            self._go_on(deadline, rows, check)
        while True:
            asked_at = time.perf_counter()
            if self.count() >= rows:
                return asked_at
            self._go_on(deadline, rows, check)

    def bytes_a_reading(self) -> float:
        """Bytes on disk, with indexes, whether or not the table has partitions."""
        query = (
            "SELECT sum(pg_total_relation_size(relid)) "
            f"FROM (SELECT '{self._table}'::regclass AS relid UNION "
            f"SELECT relid FROM pg_partition_tree('{self._table}')) AS parts"
        )
        return float(self.value(query)) / self.count()

    def value(self, query: str, *parameters: object) -> Any:
        """The one value that a query gives."""
        with self._connection.cursor() as cursor:
            cursor.execute(query, parameters)
            (value,) = cursor.fetchone()
        return value

    def _go_on(self, deadline: float, rows: int, check: Callable[[], None]) -> None:
        check()
        if time.perf_counter() > deadline:
            raise BenchFailed(f"{self.count()} of {rows} rows were stored in time.")
        time.sleep(POLL_S)
