"""Which requests wait for each other, and who asks: nobody's flood may stop the others."""

from enum import Enum
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.http import parse_cookie
from django.urls import Resolver404, resolve

#: Where a password is hashed.
LOGIN_VIEWS = {
    "login",
    "password_change",
    "password_reset_confirm",
    "admin:login",
    "admin:password_change",
    "admin:accounts_user_add",
    "admin:auth_user_password_change",
}
#: What may take minutes, as long as the client takes to send or to read a file.
TRANSFER_VIEWS = {
    "export",
    "device-export",
    "sensor-export",
    "api-export",
    "api-device-export",
    "api-sensor-export",
    "api-import",
    "admin:monitoring_readingimport_add",
}


class Lane(Enum):
    """Requests of a kind have threads of their own."""

    PAGES = "pages"
    LOGINS = "logins"
    TRANSFERS = "transfers"


def choose_lane(scope: Any) -> Lane:
    """By the address; a form of a password only when it is sent."""
    view = view_of(scope)
    if view in TRANSFER_VIEWS:
        return Lane.TRANSFERS
    return Lane.LOGINS if scope["method"] == "POST" and view in LOGIN_VIEWS else Lane.PAGES


def view_of(scope: Any) -> str:
    """The name of the view that an address belongs to; empty if there is none."""
    try:
        return resolve(scope["path"].removeprefix(scope.get("root_path", ""))).view_name
    except Resolver404:
        return ""


def asker_of(scope: Any) -> bytes:
    """Tells clients apart: by their token or session, which nobody has looked at yet, else by their
    address. All strangers behind a proxy are one, and nobody who has logged in waits for them."""
    headers = dict(scope["headers"])
    login = headers.get(b"authorization") or _session_of(headers.get(b"cookie", b""))
    address = str((scope.get("client") or [""])[0]).encode()
    return blake2b(login, digest_size=16).digest() if login else address


def _session_of(cookies: bytes) -> bytes:
    session = parse_cookie(cookies.decode("latin-1")).get(settings.SESSION_COOKIE_NAME, "")
    return session.encode("latin-1", "replace")
