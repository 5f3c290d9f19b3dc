"""Whose failed logins are counted together."""

from collections.abc import Mapping

from django.http import HttpRequest


def get_login_name(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """The email address of a login in one spelling: another case must not start a new count.

    Named in ``AXES_USERNAME_CALLABLE``; holds for every form that logs somebody in.
    """
    given = (credentials or request.POST).get("username") or ""
    return given.strip().lower()
