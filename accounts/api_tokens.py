"""API tokens: made, shown once, stored as a digest, recognised in ``Authorization: Token …``."""

import hashlib
import secrets
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken, User

#: ``last_used_at`` is written at most this often, so that reading the API does not write each time.
LAST_USED_RESOLUTION = timedelta(minutes=1)


def _digest(key: str) -> str:
    # A key has 256 random bits: a plain hash cannot be reversed, and needs no salt or stretching.
    return hashlib.sha256(key.encode()).hexdigest()


def create_api_token(*, user: User, name: str) -> tuple[ApiToken, str]:
    """Makes a token and returns it with its key, which is not stored and cannot be had again."""
    key = secrets.token_urlsafe(32)
    return ApiToken.objects.create(user=user, name=name, digest=_digest(key), prefix=key[:8]), key


class ApiTokenAuthentication(TokenAuthentication):
    """``Authorization: Token KEY``, where KEY is one of the user's API tokens."""

    def authenticate_credentials(self, key: str) -> tuple[User, ApiToken]:
        token = ApiToken.objects.select_related("user").filter(digest=_digest(key)).first()
        if token is None or not token.user.is_active:
            raise AuthenticationFailed(_("Invalid token."))
        now = timezone.now()
        if token.last_used_at is None or now - token.last_used_at > LAST_USED_RESOLUTION:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token


def find_api_token(*, authorization: str) -> ApiToken | None:
    """The token that an ``Authorization`` header names, if it holds; its user is at hand.

    For connections that are no requests of the API, such as a WebSocket's.
    """
    request = HttpRequest()
    request.META["HTTP_AUTHORIZATION"] = authorization
    try:
        found = ApiTokenAuthentication().authenticate(Request(request))
    except AuthenticationFailed:
        return None
    return found[1] if found else None


def is_still_valid(*, token_id: int) -> bool:
    """False after the token was revoked, or when its user was made inactive."""
    return ApiToken.objects.filter(pk=token_id, user__is_active=True).exists()
