"""Whether a session that was opened a while ago still holds."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from accounts.models import User


def is_still_logged_in(*, session_key: str, user_id: int) -> bool:
    """False after a logout, an expiry, a change of password, or when the user was made inactive."""
    session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return (
        user is not None
        and session.get(SESSION_KEY) == str(user_id)
        and constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    )
