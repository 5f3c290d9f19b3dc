"""What every page knows of its reader's devices."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from devices.access import is_client


def own_devices(request: HttpRequest) -> dict[str, Any]:
    """``is_client``: whether the navigation offers the pages of one's own devices."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    return {"is_client": SimpleLazyObject(lambda: is_client(user))}
