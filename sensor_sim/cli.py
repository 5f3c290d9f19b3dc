"""Runs a plan at a terminal: progress bar, signals, closing line."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from tqdm import tqdm

from sensor_sim.broker import broker_url_from
from sensor_sim.confirming import ConfirmingPublisher
from sensor_sim.destination import MakePublisher, choose_destination
from sensor_sim.http_publisher import Refused
from sensor_sim.options import DESCRIPTION, add_options
from sensor_sim.plan import Plan, make_plan
from sensor_sim.runner import run_simulation, utc_now

DEFAULT_BROKER = (
    "BROKER_URL, BROKER_URL_FILE, CLOUDAMQP_URL or CLOUDAMQP_URL_FILE of the environment, "
    "else the broker on this machine"
)
POLL_SECONDS = 0.2
GRACE_SECONDS = 1.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """``python -m sensor_sim``: returns the exit code; bad options exit with 2."""
    parser = argparse.ArgumentParser(prog="python -m sensor_sim", description=DESCRIPTION)
    add_options(parser, default_broker=DEFAULT_BROKER)
    options = parser.parse_args(arguments)
    try:
        make_publisher = choose_destination(
            options, environ, default_broker_url=lambda: broker_url_from(environ)
        )
        plan = make_plan(options, clock=utc_now)
    except ValueError as error:
        parser.error(str(error))
    try:
        print(run_plan(plan, make_publisher, show_progress=not options.no_progress))
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def run_plan(plan: Plan, make_publisher: MakePublisher, *, show_progress: bool) -> str:
    """Publishes until the plan is done or a signal comes, and returns the closing line.

    Troubles go to stderr, and so does the progress bar if that is a terminal. Raises ``Refused`` if
    the platform will never take the readings.
    """
    stop = threading.Event()
    publisher = make_publisher(stop=stop, report=_print_above_bar)
    with _progress_bar(plan, show_progress) as bar, _stopped_by_signals(stop):
        simulation = _Simulation(plan, publisher, stop, bar)
        simulation.start()
        while simulation.is_alive() and not stop.is_set():
            simulation.join(POLL_SECONDS)
        # It may hang in a system call, as with a broker that answers no more: then abandon it.
        simulation.join(GRACE_SECONDS)
    if isinstance(simulation.error, Refused):
        raise Refused(f"{simulation.error} {_closing_line(publisher)}")
    if simulation.error is not None:
        raise simulation.error
    return _closing_line(publisher)


class _Simulation(threading.Thread):
    """The simulation in a daemon thread, so that a signal never has to wait for the broker."""

    def __init__(
        self, plan: Plan, publisher: ConfirmingPublisher, stop: threading.Event, bar: "tqdm[Any]"
    ) -> None:
        super().__init__(name="simulation", daemon=True)
        self.error: Exception | None = None
        self._plan, self._publisher, self._stop_event, self._bar = plan, publisher, stop, bar

    def run(self) -> None:
        try:
            with self._publisher:
                run_simulation(
                    self._plan.readings,
                    publisher=self._publisher,
                    stop=self._stop_event,
                    pace=self._plan.pace,
                    batch_size=self._plan.batch_size,
                    on_published=lambda readings: self._bar.update(len(readings)),
                )
        except Exception as error:  # raised again in the main thread
            self.error = error


def _progress_bar(plan: Plan, show: bool) -> "tqdm[Any]":
    return tqdm(
        total=plan.reading_count,
        unit=" readings",
        dynamic_ncols=True,
        file=sys.stderr,
        disable=None if show else True,  # None: shown at a terminal only
    )


def _print_above_bar(line: str) -> None:
    tqdm.write(line, file=sys.stderr)
    sys.stderr.flush()


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """The first SIGINT or SIGTERM sets ``stop``, the second one kills."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals can be handled in the main thread only
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    previous = {number: signal.signal(number, on_signal) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _closing_line(publisher: ConfirmingPublisher) -> str:
    done = "Published and confirmed" if publisher.confirms else "Published"
    retries = "1 retry" if publisher.retries == 1 else f"{publisher.retries:,} retries"
    return (
        f"{done}: {publisher.confirmed_readings:,} readings "
        f"in {publisher.confirmed_messages:,} messages; {retries}."
    )
