"""Consumption as columns, made by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from monitoring.exchange.chunks import Chunk
from monitoring.history.consumption import Consumption
from monitoring.rules.instants import to_us
from monitoring.rules.intervals import Quality

ONE = UUID("5c2494a3-1140-4c7a-991a-a1a2561c6bc2")
OTHER = UUID("00000000-0000-4000-8000-000000000000")


def chunk_of(
    start: datetime,
    values: Sequence[tuple[float, Quality]],
    *,
    minutes: int = 60,
    sensor_uuid: UUID = ONE,
    sensor: str = "Main meter",
    device: str = "Flat",
) -> Chunk:
    """Adjoining intervals of ``minutes`` minutes from ``start`` on: (kWh, quality)."""
    length_us = timedelta(minutes=minutes) // timedelta(microseconds=1)
    start_us = to_us(start) + length_us * np.arange(len(values), dtype=np.int64)
    kwh = np.array([value for value, _ in values], np.float64)
    quality = np.array([quality for _, quality in values], np.int8)
    unknown = np.full(len(values), np.nan)
    known = (quality != Quality.MISSING).astype(np.float64)
    columns = Consumption(
        start_us, start_us + length_us, kwh, unknown, known, quality, known, known
    )
    return Chunk(sensor_uuid, sensor, device, columns)
