"""Logs owners in, in the database of the environment: `python -m bench.sessions --owners N`.

Prints one session key a line, of the first ``N`` owners in order. Thousands of logins through the
page would measure the hash of the passwords.
"""

import argparse
import os
from datetime import timedelta
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sessions")
    parser.add_argument("--owners", type=int, required=True)
    owners = parser.parse_args().owners

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "energy.settings")
    django.setup()
    print(*open_sessions(owners), sep="\n")


def open_sessions(owners: int) -> list[str]:
    """The keys of new sessions, as a login leaves them."""
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from accounts.models import User

    expires_at = timezone.now() + timedelta(days=1)
    sessions = [
        Session(**_session(user), expire_date=expires_at)
        for user in User.objects.order_by("pk")[:owners]
    ]
    Session.objects.bulk_create(sessions, batch_size=1_000)
    return [session.session_key for session in sessions]


def _session(user: Any) -> dict[str, str]:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.base import VALID_KEY_CHARS
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils.crypto import get_random_string

    content = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    key = get_random_string(32, VALID_KEY_CHARS)
    return {"session_key": key, "session_data": SessionStore().encode(content)}


if __name__ == "__main__":
    main()
