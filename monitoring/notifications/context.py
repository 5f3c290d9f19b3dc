"""What every page shows of the notifications."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from monitoring.notifications.outbox import get_last_seq, get_unread_count


def unread_notifications(request: HttpRequest) -> dict[str, Any]:
    """``unread_count``, and ``last_seq`` from which the page's socket goes on.

    A page that lists notifications or peaks reads ``last_seq`` itself, before the list: what is
    told in between must come over the socket, too, rather than never.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "unread_count": SimpleLazyObject(lambda: get_unread_count(user_id=user.pk)),
        "last_seq": SimpleLazyObject(lambda: get_last_seq(user_id=user.pk)),
    }
