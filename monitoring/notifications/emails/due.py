"""When a reader's email is due, by what they have chosen and the time zone they live in."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models import User
from monitoring.models import AlertSettings
from monitoring.rules.email_times import find_due

#: Choices and time zones change: what is not due is looked at again after so long at the latest.
LOOK_AGAIN_AFTER = timedelta(minutes=15)


def get_due(wishes: AlertSettings, reader: User, *, oldest_at: datetime, now: datetime) -> datetime:
    """When the email that tells of what has waited since ``oldest_at`` is due: ``now`` or later."""
    is_daily = wishes.emails == AlertSettings.Emails.DAILY
    return find_due(
        now=now,
        oldest_at=oldest_at,
        zone=ZoneInfo(reader.time_zone),
        daily_at=time(wishes.daily_at_hour) if is_daily else None,
        quiet=wishes.quiet_hours,
    )


def get_quiet_end(wishes: AlertSettings, reader: User, *, now: datetime) -> datetime:
    """When the reader's quiet hours are over; ``now`` if it is not quiet for them."""
    return find_due(
        now=now, oldest_at=now, zone=ZoneInfo(reader.time_zone), quiet=wishes.quiet_hours
    )


def get_next_look(due: datetime, *, now: datetime) -> datetime:
    """When to look again at what is due at ``due``."""
    return min(due, now + LOOK_AGAIN_AFTER)
