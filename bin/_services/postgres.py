"""A private PostgreSQL: role and database `energy`, and a superuser `postgres` beside them."""

import os
import shutil
import signal
from pathlib import Path
from typing import Any

from .daemon import Launch, command_line
from .kept import short_hash
from .postgres_binaries import binaries_for, binary_folders
from .private import PrivateServer, base_environment
from .probes import postgres_is_ready
from .programs import run
from .users import can_enter, unprivileged_user

# Durable: fsync stays on. Sockets only by TCP, as a socket's path may not exceed 107 bytes.
OPTIONS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200")
FIRST_STEPS = """
SELECT format('CREATE ROLE energy LOGIN CREATEDB PASSWORD %L', :'password')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'energy') \\gexec
SELECT 'CREATE DATABASE energy OWNER energy'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'energy') \\gexec
"""


class Postgres(PrivateServer):
    name = "postgres"
    variable = "DATABASE_URL"
    package = "postgresql"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint
    immediate_signal = signal.SIGQUIT  # "immediate": the next start recovers from the log

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.user = unprivileged_user()
        self.folder = self._place()

    @classmethod
    def installed(cls) -> bool:
        return bool(binary_folders())

    def prepare(self) -> Launch:
        self._forget_reused_pid()
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        binaries = binaries_for(self.folder)
        options = [part for option in OPTIONS for part in ("-c", option)]
        return Launch(
            arguments=[
                *(str(binaries / "postgres"), "-D", str(self.folder), "-p", str(self.port)),
                *options,
            ],
            environment=base_environment(),
            user=self.user,
        )

    def is_ready(self) -> bool:
        return postgres_is_ready(self.port)

    def finish(self) -> None:
        """Creates role and database; the role has the superuser's password.

        Once for each place of the data: a copied project can find itself with an empty one.
        """
        if self.kept.get("created") == str(self.folder):
            return
        quiet = ["-X", "-q", "-U", "postgres", "-d", "postgres", "-v", "ON_ERROR_STOP=1"]
        command, environment = self.client(quiet)
        password = f"\\set password '{self.kept.password()}'\n"
        run(command, environment, input_text=password + FIRST_STEPS)
        self.kept.set("created", str(self.folder))

    def may_start_again(self) -> bool:
        """After a crash, what is left of it keeps a new server out for a moment."""
        log = self.daemon.log_tail()
        return "pre-existing shared memory block" in log or "lock file" in log

    def address(self) -> str:
        return f"postgres://energy:{self.kept.password()}@127.0.0.1:{self.port}/energy"

    def client(self, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
        environment = {
            **os.environ,
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "energy",
            "PGDATABASE": "energy",
            "PGPASSWORD": self.kept.password(),
        }
        return [str(binaries_for(self.folder) / "psql"), *arguments], environment

    def container(self) -> dict[str, Any]:
        return {
            "image": "postgres:17",
            "command": ["postgres", "-c", "max_connections=200"],
            "environment": {
                "POSTGRES_USER": "energy",
                "POSTGRES_DB": "energy",
                "POSTGRES_PASSWORD": self.kept.password(),
            },
            "ports": [f"127.0.0.1:{self.port}:5432"],
            "volumes": ["postgres:/var/lib/postgresql/data"],
        }

    def _place(self) -> Path:
        """In the data folder, or below /var/tmp where the server's user may not go that way."""
        inside = self.data / self.name
        outside = Path("/var/tmp") / f"energy-postgres-{short_hash(self.data)}"  # noqa: S108
        kept = self.kept.get("folder")
        if kept in {str(inside), str(outside)}:
            return Path(kept)
        return inside if can_enter(self.data, self.user) else outside

    def _initialise(self) -> None:
        """All or nothing: a draft folder becomes the real one once it is complete."""
        self.kept.set("folder", str(self.folder))
        draft = self.folder.with_name(self.folder.name + ".draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password_file = draft.with_suffix(".password")
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600, exist_ok=False)
        password_file.write_text(self.kept.password())
        if self.user:
            shutil.chown(draft, self.user)
            shutil.chown(password_file, self.user)
        try:
            run(
                [
                    *(
                        str(binaries_for(self.folder) / "initdb"),
                        "-D",
                        str(draft),
                        "-U",
                        "postgres",
                    ),
                    *("-E", "UTF8", "--locale=C", "-A", "scram-sha-256"),
                    f"--pwfile={password_file}",
                ],
                base_environment(),
                user=self.user,
            )
        finally:
            password_file.unlink()
        draft.rename(self.folder)

    def _forget_reused_pid(self) -> None:
        """Removes a lock file whose pid has come to belong to another program since."""
        lock = self.folder / "postmaster.pid"
        if not lock.exists():
            return
        holder = command_line(int(lock.read_text().split()[0]))
        if holder and str(self.folder) not in holder:  # PostgreSQL copes with the other cases
            lock.unlink()
