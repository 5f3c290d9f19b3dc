"""The raw limits: what the broker's client and the database can do when nobody thinks."""

import io
import struct
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from kombu import Consumer

from bench.broker import open_channel
from bench.failure import BenchFailed
from bench.messages import Sent
from monitoring.ingest.topology import READINGS_QUEUE

ROWS_A_COPY = 5_000
RAW_TABLE = "bench_raw"
STALLED_S = 30

_POSTGRES_EPOCH_US = 946_684_800_000_000
_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_ROW = struct.Struct(">hiqiqid")


def drain(broker_url: str, *, messages: int, prefetch: int) -> float:
    """Takes a backlog with kombu and acknowledges it, doing nothing else. Gives the seconds.

    Four acknowledgements a prefetch, each for all messages so far, so the broker never waits.
    """
    with open_channel(broker_url) as channel:
        channel.auto_decode = False
        ack_every = max(1, prefetch // 4)
        count = 0

        def on_message(message: Any) -> None:
            nonlocal count
            count += 1
            if count % ack_every == 0 or count == messages:
                message.ack(multiple=True)

        consumer = Consumer(
            channel, [READINGS_QUEUE], on_message=on_message, prefetch_count=prefetch
        )
        consumer.consume()
        started = time.perf_counter()
        while count < messages:
            channel.connection.drain_events(timeout=STALLED_S)
        return time.perf_counter() - started


def copy_buffers(sent: Iterable[Sent], sensor_ids: list[int]) -> list[bytes]:
    """Rows in PostgreSQL's binary COPY format, ``ROWS_A_COPY`` to a buffer."""
    return list(_copy_buffers(iter(sent), sensor_ids))


def _copy_buffers(sent: Iterator[Sent], sensor_ids: list[int]) -> Iterator[bytes]:
    while rows := list(islice(sent, ROWS_A_COPY)):
        packed = [
            _ROW.pack(3, 8, sensor_ids[sensor], 8, at_us - _POSTGRES_EPOCH_US, 8, energy_kwh)
            for sensor, at_us, energy_kwh in rows
        ]
        yield _HEADER + b"".join(packed) + _TRAILER


def make_raw_table(connection: Any) -> None:
    """A plain table with the key of the readings, and with the readings that are there."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {RAW_TABLE} (sensor_id bigint, measured_at timestamptz NOT NULL, "
            "energy_kwh float8 NOT NULL, PRIMARY KEY (sensor_id, measured_at))"
        )
        cursor.execute(
            f"INSERT INTO {RAW_TABLE} SELECT sensor_id, measured_at, energy_kwh "
            "FROM monitoring_reading"
        )


def copy(connection: Any, buffers: list[bytes]) -> float:
    """Copies prepared buffers into the plain table, one commit each. Gives the seconds."""
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for buffer in buffers:  # autocommit
            cursor.copy_expert(
                f"COPY {RAW_TABLE} (sensor_id, measured_at, energy_kwh) FROM STDIN (FORMAT binary)",
                io.BytesIO(buffer),
            )
            if cursor.rowcount != (len(buffer) - len(_HEADER) - len(_TRAILER)) // _ROW.size:
                raise BenchFailed(f"COPY stored {cursor.rowcount} rows of a buffer.")
    return time.perf_counter() - started
