"""Consumption as CSV (RFC 4180, UTF-8)."""

from collections.abc import Generator, Iterable, Iterator
from datetime import tzinfo
from math import isnan

from monitoring.exchange.cells import write_cells
from monitoring.exchange.chunks import Chunk
from monitoring.exchange.rows import QUALITIES
from monitoring.rules.instants import from_us
from monitoring.rules.rounding import ENERGY_DECIMALS

HEADER = "interval_start,interval_end,sensor_id,kwh,quality,sensor,device"


def write_csv(chunks: Iterable[Chunk], *, zone: tzinfo) -> Generator[bytes]:
    """A row an interval, missing ones too: ISO 8601 with the zone's offset, kWh to 1e-6, names."""
    yield f"{HEADER}\r\n".encode()
    for chunk in chunks:
        yield _rows(chunk, zone).encode()


def _rows(chunk: Chunk, zone: tzinfo) -> str:
    columns = chunk.consumption
    rows = zip(
        _times(columns.start_us.tolist(), zone),
        _times(columns.end_us.tolist(), zone),
        _kwh(columns.kwh.tolist()),
        columns.quality.tolist(),
        strict=True,
    )
    uuid, names = chunk.sensor_uuid, write_cells(chunk.sensor, chunk.device)
    return "".join(
        f"{start},{end},{uuid},{kwh},{QUALITIES[quality]},{names}\r\n"
        for start, end, kwh, quality in rows
    )


def _times(at_us: list[int], zone: tzinfo) -> Iterator[str]:
    return (from_us(at).astimezone(zone).isoformat() for at in at_us)


def _kwh(values: list[float]) -> Iterator[str]:
    return ("" if isnan(kwh) else f"{kwh:.{ENERGY_DECIMALS}f}" for kwh in values)
