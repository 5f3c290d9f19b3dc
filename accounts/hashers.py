"""Hashes one password at a time: each takes 100 MB of memory, and eight processors."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher

#: One takes up to eight processors: two at once are no quicker, and others would wait for both.
HASHES_AT_ONCE = 1
#: Whoever waits for longer is sent away.
WAIT_S = 10

_turns = threading.BoundedSemaphore(HASHES_AT_ONCE)


class TooManyHashes(Exception):
    """Others have been hashing passwords for as long as this one could wait."""


class FewArgon2PasswordHasher(Argon2PasswordHasher):
    """Django's, in turn. Its methods raise ``TooManyHashes``."""

    def encode(self, password: str, salt: str) -> str:
        with _turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turn():
            return super().verify(password, encoded)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=WAIT_S):
        raise TooManyHashes
    try:
        yield
    finally:
        _turns.release()
