"""What every page shows of the notifications."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from monitoring.models import Notification
from monitoring.notifications.outbox import get_last_seq


def unread_notifications(request: HttpRequest) -> dict[str, Any]:
    """``unread_count``, and ``last_seq`` from which the page's socket goes on."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "unread_count": SimpleLazyObject(
            lambda: Notification.objects.filter(user=user, read_at__isnull=True).count()
        ),
        "last_seq": SimpleLazyObject(lambda: get_last_seq(user_id=user.pk)),
    }
