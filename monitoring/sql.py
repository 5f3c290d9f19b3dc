"""How Python's values travel to PostgreSQL and back in bulk."""

import io
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from django.db import connection
from numpy.typing import NDArray

from monitoring.rules.columns import Floats, Instants, Keys

#: A timestamptz column as UTC microseconds since 1970. ``extract`` is exact (numeric).
US_OF = "(extract(epoch from {column}) * 1000000)::bigint"
#: UTC microseconds since 1970 as a timestamptz, exactly.
FROM_US = "('1970-01-01T00:00:00Z'::timestamptz + {expression} * interval '1 microsecond')"

#: 2000-01-01, from which PostgreSQL counts: in microseconds and in days since 1970.
POSTGRES_EPOCH_US = 946_684_800_000_000
POSTGRES_EPOCH_DAY = 10_957
_COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_COPY_TRAILER = struct.pack(">h", -1)


def copy_record(*fields: tuple[Any, ...]) -> np.dtype[np.void]:
    """A row in PostgreSQL's binary COPY format, as numpy reads it; all fields have a fixed size.

    The fields are numpy's, big-endian; each stands behind its size in bytes. Source: PostgreSQL
    documentation, COPY, "Binary Format".
    """
    sized = [((f"size_of_{name}", ">i4"), (name, *kind)) for name, *kind in fields]
    return np.dtype([("fields", ">i2"), *(part for pair in sized for part in pair)])


_COPY_ROW = copy_record(("key", ">i8"), ("at", ">i8"), ("value", ">f8"))


def fetch_records(
    query: str, parameters: Sequence[Any] | Mapping[str, Any], record: np.dtype[np.void]
) -> NDArray[np.void]:
    """The rows of a query in one piece, none of them an object: for thousands and millions.

    ``record`` describes a row (``copy_record``); no column may be NULL. The query may also be a
    statement that returns rows.
    """
    buffer = io.BytesIO()
    with connection.wrap_database_errors, connection.cursor() as cursor:
        statement = cursor.mogrify(f"COPY ({query}) TO STDOUT (FORMAT binary)", parameters)
        cursor.copy_expert(statement.decode(), buffer)
    rows = buffer.getbuffer()[len(_COPY_HEADER) : -len(_COPY_TRAILER)]
    return np.frombuffer(rows, record)


def array(values: Iterable[object]) -> str:
    """A PostgreSQL array literal of numbers, times or UUIDs; None becomes NULL.

    One string is many times cheaper to send than a list that the driver adapts item by item.
    """
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def column_array(values: NDArray[Any]) -> str:
    """A PostgreSQL array literal of a numpy column of numbers; NaN becomes NULL."""
    text = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
    return f"{{{text[1:-1].decode()}}}"


def copy_buffer(keys: Keys, at_us: Instants, values: Floats) -> io.BytesIO:
    """Rows (key, UTC microseconds, value) in PostgreSQL's binary COPY format.

    Source: PostgreSQL documentation, COPY, "Binary Format".
    """
    rows = np.empty(len(keys), _COPY_ROW)
    rows["fields"] = 3
    rows["size_of_key"] = rows["size_of_at"] = rows["size_of_value"] = 8
    rows["key"] = keys
    rows["at"] = at_us - POSTGRES_EPOCH_US
    rows["value"] = values
    return io.BytesIO(_COPY_HEADER + rows.tobytes() + _COPY_TRAILER)
