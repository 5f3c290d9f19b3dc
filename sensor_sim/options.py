"""The command line's options: the same ones for ``python -m sensor_sim`` and ``manage.py``."""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from sensor_sim.households import HOUSEHOLDS
from sensor_sim.places import PLACES
from sensor_sim.wire import MAX_MESSAGE_READINGS

DESCRIPTION = (
    "Simulates smart meters: publishes their cumulative kWh registers to the message broker, or "
    "to the platform's HTTP API, again and again until they are confirmed."
)
DEFAULT_INTERVAL = timedelta(seconds=10)
DEFAULT_MEAN_KWH_PER_DAY = 10.0
DEFAULT_PEAK_KW = 6.0
DEFAULT_COUNTRY = "DE"
LONGEST_INTERVAL_SECONDS = 31 * 86_400


def add_options(parser: argparse.ArgumentParser, *, default_broker: str) -> None:
    """Adds all the options; ``default_broker`` says where the broker's URL comes from otherwise."""
    _add_destination_options(parser.add_argument_group("where to"), default_broker)
    _add_sensor_options(parser.add_argument_group("which meters"))
    _add_time_options(parser.add_argument_group("when"))
    _add_load_options(parser.add_argument_group("how much"))
    _add_replay_options(parser.add_argument_group("readings of a real meter instead"))
    parser.add_argument(
        "--batch",
        type=_whole(1, MAX_MESSAGE_READINGS),
        default=1,
        metavar="N",
        help="put up to N readings that are due together into one message (at most "
        f"{MAX_MESSAGE_READINGS}; default 1); all meters are then read at the same moment",
    )
    parser.add_argument("--no-progress", action="store_true", help="show no progress bar")


def _add_destination_options(group: argparse._ArgumentGroup, default_broker: str) -> None:
    destination = group.add_mutually_exclusive_group()
    destination.add_argument(
        "--broker", metavar="URL", help=f"the message broker; default: {default_broker}"
    )
    destination.add_argument(
        "--http",
        metavar="URL",
        help="the platform itself, such as https://energy.example.org: its HTTP API",
    )
    group.add_argument(
        "--token",
        metavar="KEY",
        help="of an API token, for --http; default: ENERGY_TOKEN or the file ENERGY_TOKEN_FILE of "
        "the environment, where other users of the machine do not see it",
    )


def _add_sensor_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--sensor",
        type=UUID,
        action="append",
        default=[],
        metavar="UUID",
        help="a sensor's id; may be given several times",
    )
    group.add_argument(
        "--sensors-file", type=Path, metavar="FILE", help="a UUID on each line; # starts a comment"
    )
    group.add_argument(
        "--fleet",
        type=_whole(1, 1_000_000),
        metavar="N",
        help="N sensors whose ids are always the same",
    )
    group.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="another seed, other households (default 0)",
    )


def _add_time_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--interval",
        type=_seconds(0.001, LONGEST_INTERVAL_SECONDS),
        metavar="SECONDS",
        help="simulated time from one reading of a meter to its next (default 10)",
    )
    group.add_argument(
        "--speed",
        type=_number(0, 1e9),
        metavar="FACTOR",
        help="simulated seconds per real second; 0: as fast as possible. Once it has caught up "
        "with the present it goes on in real time (default 1; with --replay 0)",
    )
    group.add_argument(
        "--start",
        type=_instant,
        metavar="ISO",
        help="first moment, in the past (default: one interval ago, if --speed is 1)",
    )
    group.add_argument(
        "--until", type=_instant, metavar="ISO", help="stop before this moment (default: never)"
    )
    group.add_argument(
        "--count",
        type=_whole(1, 10**12),
        metavar="N",
        help="stop after N readings of each sensor",
    )
    group.add_argument(
        "--timezone",
        type=_timezone,
        default="UTC",
        metavar="NAME",
        help="where the households live, such as Europe/Berlin; also for times that are given "
        "without an offset (default UTC)",
    )


def _add_load_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--kwh-per-day",
        type=_number(0.01, 1e6),
        metavar="KWH",
        help=f"mean energy of a day (default {DEFAULT_MEAN_KWH_PER_DAY:g})",
    )
    group.add_argument(
        "--profile",
        choices=sorted(HOUSEHOLDS),
        help="a load with seasons, weekends, public holidays and weeks away; each meter takes some "
        "milliseconds more to start (default: a household that is the same in every season)",
    )
    group.add_argument(
        "--country",
        choices=sorted(PLACES),
        help=f"whose weather and public holidays a --profile has (default {DEFAULT_COUNTRY})",
    )
    group.add_argument(
        "--register",
        type=_number(0, 1e12),
        metavar="KWH",
        help="the register at the start (default: one that goes on after a restart)",
    )
    group.add_argument(
        "--peak-every",
        type=_seconds(0.001, 1e9),
        metavar="SECONDS",
        help="a power peak again and again, in simulated time (default: never)",
    )
    group.add_argument(
        "--peak-kw",
        type=_number(0.001, 1e6),
        metavar="KW",
        help=f"power of a peak, on top of the normal power (default {DEFAULT_PEAK_KW:g})",
    )
    group.add_argument(
        "--peak-seconds",
        type=_seconds(0.001, 1e9),
        metavar="SECONDS",
        help="duration of a peak, rounded up to whole intervals (default: one interval)",
    )


def _add_replay_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--replay",
        type=Path,
        metavar="CSV",
        help="publish this file's rows for the one --sensor; header: timestamp,value; timestamps "
        "are ISO 8601 with an offset, or epoch seconds or milliseconds",
    )
    group.add_argument(
        "--shift-to-now",
        action="store_true",
        help="move all timestamps by the same time, so that the newest row is of the moment at "
        "which it is published (with --speed 1: the oldest is of now)",
    )


def _number(least: float, most: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from {least:g} to {most:g}, not {text}")
        return value

    return parse


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = _number(least, most)(text)
        if value != int(value):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
        return int(value)

    return parse


def _seconds(least: float, most: float) -> Callable[[str], timedelta]:
    return lambda text: timedelta(milliseconds=round(1000 * _number(least, most)(text)))


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an ISO 8601 time") from None


def _timezone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"{name!r} is not a known time zone") from None
