"""Databases of the benchmark's own on the given server: made, copied, dropped. Others stay as is.

A run starts from a fresh copy of a prepared database, so that all runs start alike: the same rows,
the same files, a checkpoint just made.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import psycopg2.errors

from bench.failure import BenchFailed
from bench.programs import ROOT

PREPARE_WITHIN_S = 300
IN_USE_FOR_S = 15


class Databases:
    """Creates databases named after this process; ``drop_all`` removes every one of them."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._prefix = f"bench_{os.getpid()}"
        self._made: list[str] = []

    def url(self, name: str) -> str:
        """The ``DATABASE_URL`` of one of them."""
        return urlsplit(self._server_url)._replace(path=f"/{self._prefix}_{name}").geturl()

    def create(self, name: str) -> None:
        """A database with the platform's tables."""
        self._create(name, "")
        self.run_python(name, "manage.py", "migrate", "--no-input", "--verbosity", "0")

    def copy(self, source: str, name: str) -> None:
        """A copy of a database that nobody is connected to."""
        # By files: a checkpoint before and after, instead of the whole copy through the log.
        by_files = " STRATEGY file_copy" if self._version() >= 150000 else ""
        self._create(name, f" TEMPLATE {self._prefix}_{source}{by_files}")

    @contextmanager
    def copied(self, source: str) -> Iterator[str]:
        """A copy for the time of the block. Gives its name."""
        name = f"{source}_run"
        self.copy(source, name)
        try:
            yield name
        finally:
            self.drop(name)

    def connect(self, name: str) -> Any:
        """A connection in autocommit mode."""
        return _connect(self.url(name))

    def drop(self, name: str) -> None:
        """Drops one, even if a program of ours is still connected."""
        # Not WITH (FORCE): that would need the right to end an autovacuum, which a plain drop ends.
        self._execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{self._prefix}_{name}' AND usename = current_user"
        )
        self._execute(f"DROP DATABASE IF EXISTS {self._prefix}_{name}")
        self._made.remove(name)

    def drop_all(self) -> None:
        """Drops what is left."""
        for name in list(self._made):
            self.drop(name)

    def run_python(
        self,
        name: str,
        *arguments: str,
        settings: Mapping[str, str] | None = None,
        given: str | None = None,
    ) -> str:
        """Runs a Python program on one of the databases, with its input. Gives what it printed.

        Raises ``BenchFailed`` if it fails.
        """
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": self.url(name), **(settings or {})},
            input=given,
            capture_output=True,
            text=True,
            timeout=PREPARE_WITHIN_S,
            check=False,
        )
        if done.returncode:
            raise BenchFailed(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _create(self, name: str, rest: str) -> None:
        self._made.append(name)
        self._execute(f"CREATE DATABASE {self._prefix}_{name}{rest}")

    def _version(self) -> int:
        with closing(_connect(self._server_url)) as connection:
            return int(connection.server_version)

    def _execute(self, statement: str) -> None:
        """Tries again for a while if a connection that is about to end is in the way."""
        deadline = time.monotonic() + IN_USE_FOR_S
        with closing(_connect(self._server_url)) as connection:
            while True:
                try:
                    connection.cursor().execute(statement)
                except psycopg2.errors.ObjectInUse as error:
                    if time.monotonic() > deadline:
                        raise BenchFailed(f"{statement}: {error}".strip()) from None
                    time.sleep(0.2)
                except psycopg2.Error as error:
                    raise BenchFailed(f"{statement}: {error}".strip()) from None
                else:
                    return


def _connect(url: str) -> Any:
    connection = psycopg2.connect(url, connect_timeout=5)
    connection.autocommit = True
    return connection
