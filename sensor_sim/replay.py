"""Readings of a real meter from a CSV file, of any length."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sensor_sim.meter import Reading
from sensor_sim.profile import EPOCH

COLUMNS = ["timestamp", "value"]
FIRST_MILLISECONDS = 1e11
"""Numbers from here on are epoch milliseconds, below epoch seconds: as on the wire."""


class ReplayError(ValueError):
    """The file cannot be replayed; the text names the file, the line and what is wrong."""


@dataclass(frozen=True)
class ReplaySummary:
    """What a file holds: the number of its rows, and its oldest and newest timestamp."""

    row_count: int
    oldest_at: datetime
    newest_at: datetime


def check_replay(path: Path, *, latest_at: datetime | None = None) -> ReplaySummary:
    """Reads the whole file row by row, without keeping it, so that nothing bad is found later.

    No timestamp may be after ``latest_at``, if given. Raises ``ReplayError``.
    """
    row_count, oldest_at, newest_at = 0, datetime.max.replace(tzinfo=UTC), EPOCH
    for line, measured_at, _ in _rows(path):
        if latest_at is not None and measured_at > latest_at:
            raise ReplayError(
                f"{path}, line {line}: {measured_at.isoformat()} is in the future "
                "(--shift-to-now moves the file's timestamps)"
            )
        row_count += 1
        oldest_at, newest_at = min(oldest_at, measured_at), max(newest_at, measured_at)
    if not row_count:
        raise ReplayError(f"{path}: there are no readings in it")
    return ReplaySummary(row_count, oldest_at, newest_at)


def replay_readings(path: Path, sensor_id: UUID, shift: timedelta) -> Iterator[Reading]:
    """The file's readings in its order, each timestamp moved by ``shift``.

    Raises ``ReplayError`` if the file is not what ``check_replay`` has seen.
    """
    for _, measured_at, register_kwh in _rows(path):
        yield Reading(measured_at + shift, sensor_id, register_kwh)


def _rows(path: Path) -> Iterator[tuple[int, datetime, float]]:
    """Line number, timestamp and register (kWh) of each row."""
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            if [name.strip().lower() for name in header] != COLUMNS:
                raise ValueError("the header row must be: timestamp,value")  # noqa: TRY301
            for row in reader:
                line = reader.line_num
                if row:
                    yield line, *_parse_row(row)
    except OSError as error:
        raise ReplayError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ReplayError(f"{path}: is not UTF-8 text (after line {line})") from None
    except csv.Error as error:
        raise ReplayError(f"{path}, line {reader.line_num}: {error}") from None
    except ValueError as error:
        raise ReplayError(f"{path}, line {line}: {error}") from None


def _parse_row(row: list[str]) -> tuple[datetime, float]:
    if len(row) != len(COLUMNS):
        raise ValueError(f"expected 2 columns, found {len(row)}")
    return _parse_timestamp(row[0].strip()), _parse_value(row[1].strip())


def _parse_timestamp(text: str) -> datetime:
    measured_at = _from_number(text) or _from_iso(text)
    if measured_at is None:
        raise ValueError(
            f"timestamp {text!r} is neither ISO 8601 with an offset nor epoch seconds/milliseconds"
        )
    if measured_at < EPOCH:
        raise ValueError(f"timestamp {text!r} is before 2000-01-01")
    return measured_at


def _from_number(text: str) -> datetime | None:
    try:
        number = float(text)
        seconds = number / 1000 if number >= FIRST_MILLISECONDS else number
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _from_iso(text: str) -> datetime | None:
    try:
        measured_at = datetime.fromisoformat(text)
        return measured_at.astimezone(UTC) if measured_at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _parse_value(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"value {text!r} is not a finite number of at least 0")
    return value
