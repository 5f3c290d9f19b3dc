"""A pytest plugin that is loaded before Django's settings: the environment of the tests."""

import os

import pytest

SERVERS = ("DATABASE_URL", "BROKER_URL", "REDIS_URL")

missing = [name for name in SERVERS if not os.environ.get(name)]
if missing:
    raise pytest.UsageError(
        f"{', '.join(missing)} not set: run the tests with `make test`, "
        "or with `bin/services run -- pytest …`."
    )

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0123456789" * 5)
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("HTTPS", "false")
os.environ.setdefault("EMAIL_URL", "memory:")
# Playwright's synchronous interface keeps an event loop running in the tests' thread, which Django
# takes for asynchronous code; the tests themselves are not.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
