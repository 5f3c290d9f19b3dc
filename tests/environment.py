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
