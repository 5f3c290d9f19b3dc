"""A user's own notifications, one by one."""

from datetime import datetime

from accounts.models import User
from monitoring.notifications.outbox import get_notifications


class UnknownNotification(LookupError):
    """The user has no notification with this ``seq``."""


def mark_one_read(*, user: User, seq: int, now: datetime) -> None:
    """Marks a notification read; the first time counts. Raises ``UnknownNotification``."""
    notifications = get_notifications(user=user).filter(seq=seq)
    updated = notifications.filter(read_at__isnull=True).update(read_at=now)
    if not updated and not notifications.exists():
        raise UnknownNotification(seq)
