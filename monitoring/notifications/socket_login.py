"""Who opens a socket: a page by its session's cookie, a program by its API token.

A program sends the header of the API, ``Authorization: Token KEY``, with the handshake. A page
cannot: browsers let scripts set no header of a WebSocket. So the token opens nothing to a page of
another site, and stands in no address, which servers and proxies write into their logs.
"""

from typing import Any, NamedTuple

from accounts.api_tokens import find_api_token, is_still_valid
from accounts.sessions import is_still_logged_in
from monitoring.notifications.kept_connection import query


class Login(NamedTuple):
    """A user, and what lets them in: an API token or a session."""

    user_id: int
    token_id: int | None = None
    session_key: str = ""


async def get_login(scope: Any) -> Login | None:
    """The login of a socket's handshake; None if there is none.

    A bad header is not made up for by a cookie.
    """
    authorization = dict(scope["headers"]).get(b"authorization")
    if authorization is None:
        return _by_session(scope)
    token = await query(find_api_token, authorization=authorization.decode("latin-1"))
    return Login(token.user_id, token_id=token.pk) if token else None


async def still_holds(login: Login) -> bool:
    """False once the session has ended, the token is revoked, or the user is inactive."""
    if login.token_id is not None:
        return await query(is_still_valid, token_id=login.token_id)
    return await query(is_still_logged_in, session_key=login.session_key, user_id=login.user_id)


def _by_session(scope: Any) -> Login | None:
    user = scope["user"]
    if user is None or not user.is_authenticated:
        return None
    return Login(user.pk, session_key=scope["session"].session_key or "")
