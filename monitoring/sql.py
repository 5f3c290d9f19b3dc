"""How Python's values travel to PostgreSQL in bulk."""

import io
import struct
from collections.abc import Iterable

#: A timestamptz column as UTC microseconds since 1970. ``extract`` is exact (numeric).
US_OF = "(extract(epoch from {column}) * 1000000)::bigint"
#: UTC microseconds since 1970 as a timestamptz, exactly.
FROM_US = "('1970-01-01T00:00:00Z'::timestamptz + {expression} * interval '1 microsecond')"

_POSTGRES_EPOCH_US = 946_684_800_000_000  # 2000-01-01 in microseconds since 1970
_COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_COPY_TRAILER = struct.pack(">h", -1)
_ROW = struct.Struct(">hiqiqid")


def array(values: Iterable[object]) -> str:
    """A PostgreSQL array literal of numbers, times or UUIDs; None becomes NULL.

    One string is many times cheaper to send than a list that the driver adapts item by item.
    """
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def copy_buffer(rows: Iterable[tuple[int, int, float]]) -> io.BytesIO:
    """(sensor key, UTC microseconds, kWh) rows in PostgreSQL's binary COPY format.

    Source: PostgreSQL documentation, COPY, "Binary Format".
    """
    pack = _ROW.pack
    return io.BytesIO(
        _COPY_HEADER
        + b"".join(
            [
                pack(3, 8, sensor_id, 8, at_us - _POSTGRES_EPOCH_US, 8, energy_kwh)
                for sensor_id, at_us, energy_kwh in rows
            ]
        )
        + _COPY_TRAILER
    )
