"""Runs the demo's parts in one process. Needs the environment of the settings."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import django
from celery.worker import state as worker_state
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from kombu import Connection

if TYPE_CHECKING:  # models cannot be imported before Django is set up
    from energy.demo.new_meter import NewMeter

STOP_WITHIN_S = 12


def run(*, host: str, port: int, data: Path, history: timedelta) -> None:
    """Migrates, makes what is missing of the past, and serves until it is stopped."""
    django.setup()
    call_command("migrate", verbosity=0)

    from energy.demo.new_meter import make_new_meter
    from energy.demo.seed import seed_demo

    new_meter = make_new_meter(data=data)
    seed_demo(now=timezone.now(), history=history, report=partial(print, flush=True))
    _declare_topology()
    with suppress(KeyboardInterrupt), _worker(), _meters(now=timezone.now()):
        _serve(host, port, on_ready=lambda: _welcome(host, port, new_meter))
    print("Stopped. The data is kept.")


def _declare_topology() -> None:
    """The queue must be there before the first meter sends: memory keeps nothing for later."""
    from monitoring.ingest.topology import declare_topology

    with Connection(settings.BROKER_URL) as connection:
        declare_topology(connection.channel())


@contextmanager
def _worker() -> Iterator[None]:
    """The Celery worker, as ``celery -A energy worker`` runs it, in a thread."""
    from energy.celery import app

    worker = app.WorkController(
        hostname="demo@localhost", without_gossip=True, without_mingle=True, without_heartbeat=True
    )
    with _thread("celery-worker", worker.start):
        try:
            yield
        finally:
            # The worker's loop looks at it; the value is an exit code.
            worker_state.should_stop = 0  # type: ignore[assignment]


@contextmanager
def _meters(*, now: datetime) -> Iterator[None]:
    """The simulated meters, publishing in real time, in a thread."""
    from energy.demo.live import make_live_meters
    from sensor_sim.meter import merge_readings
    from sensor_sim.publisher import Publisher
    from sensor_sim.runner import run_simulation

    stop = threading.Event()
    readings = merge_readings(make_live_meters(now=now), now)

    def simulate() -> None:
        with Publisher(settings.BROKER_URL, stop=stop) as publisher:
            run_simulation(readings, publisher=publisher, stop=stop)

    with _thread("meters", simulate):
        try:
            yield
        finally:
            stop.set()


@contextmanager
def _thread(name: str, target: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=target, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join(STOP_WITHIN_S)


def _serve(host: str, port: int, *, on_ready: Callable[[], None]) -> None:
    from daphne.server import Server, twisted_loop

    from energy.asgi import application

    Server(
        application=application,
        endpoints=[f"tcp:port={port}:interface={host}"],
        ready_callable=on_ready,
        verbosity=0,
    ).run()
    _end_tasks(twisted_loop)


def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Lets the sockets of open pages end; else Python complains of them when it exits."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=2))


def _welcome(host: str, port: int, new_meter: "NewMeter") -> None:
    from energy.demo.household import ADMINISTRATOR, CLIENTS, PASSWORD

    logins = [ADMINISTRATOR, *(client.email for client in CLIENTS)]
    print(
        f"\nThe platform is running: http://{host}:{port}/\n\n"
        + "".join(f"  {login:<22} password: {PASSWORD}\n" for login in logins)
        + "\nA client sees a peak within 40 s, another one after 3 minutes, and then rarely.\n"
        "Ctrl-C stops everything.\n",
        flush=True,
    )
    print(new_meter.tell(site=f"http://{host}:{port}"), flush=True)
