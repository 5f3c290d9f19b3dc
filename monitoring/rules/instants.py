"""Instants as whole UTC microseconds since 1970: exact, cheap to compare, what the rules use."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """An aware datetime as UTC microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def from_us(at_us: int) -> datetime:
    """UTC microseconds since 1970 as an aware datetime."""
    return EPOCH + at_us * MICROSECOND
