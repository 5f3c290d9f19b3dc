"""When an email of alerts is due: at once or once a day, and never in quiet hours."""

from datetime import UTC, datetime, time, timedelta, tzinfo

QuietHours = tuple[time, time]


def find_due(
    *,
    now: datetime,
    oldest_at: datetime,
    zone: tzinfo,
    daily_at: time | None = None,
    quiet: QuietHours | None = None,
) -> datetime:
    """When what has waited since ``oldest_at`` is due: ``now`` or later.

    ``daily_at`` and ``quiet`` are of the reader's clock, ``zone``. Without ``daily_at`` it is due
    at once. What would fall into quiet hours is due at their end.
    """
    due = now if daily_at is None else max(now, next_at(daily_at, after=oldest_at, zone=zone))
    # Again, for a change of the clocks may put the end back into the quiet hours.
    while quiet is not None and is_quiet(due, quiet, zone):
        due = next_at(quiet[1], after=due, zone=zone)
    return due


def is_quiet(at: datetime, quiet: QuietHours, zone: tzinfo) -> bool:
    """Whether the clock of ``zone`` is within ``[start, end)``, which may contain midnight."""
    start, end = quiet
    clock = at.astimezone(zone).time()
    return start <= clock < end if start < end else clock >= start or clock < end


def next_at(clock: time, *, after: datetime, zone: tzinfo) -> datetime:
    """The first instant later than ``after`` at which the clock of ``zone`` shows ``clock``.

    A time that a change of the clocks skips comes as much later, or earlier, as the change; one
    that it repeats comes twice.
    """
    today = after.astimezone(zone).date()
    instants = (
        datetime.combine(today + timedelta(days=days), clock.replace(fold=fold), zone)
        for days in (0, 1, 2)
        for fold in (0, 1)
    )
    return min(at for at in (at.astimezone(UTC) for at in instants) if at > after)
