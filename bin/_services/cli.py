"""The words after `bin/services`, and what they mean."""

import argparse
import signal
import sys
from pathlib import Path

from .choice import NAMES
from .commands import ServiceSet
from .service import ServiceError

PROJECT = Path(__file__).resolve().parents[2]
COMMANDS = f"""\
commands:
  start [NAME…]               start what does not run yet; a line each tells where it is
  stop [NAME…] [--immediate]  stop; --immediate: as in a crash (PostgreSQL recovers when started)
  status [NAME…]              tell what runs; exit code 1 when something does not
  env                         print export lines: eval "$(bin/services env)"
  run [[NAME…] --] CMD…       start, run CMD with that environment, stop what was started for it
  kill NAME SIGNAL            send a signal (STOP, CONT, KILL…) to a server's main process
  psql ARGS…                  psql on the database (add -U postgres for the superuser)
  rabbitmqctl ARGS…           rabbitmqctl on the broker

NAME is one of {", ".join(NAMES)}; without a name: all of them.

A server that the environment names (DATABASE_URL, BROKER_URL, REDIS_URL, CHROMIUM) is used as it
is, never started or stopped. The others are private, on free ports of 127.0.0.1, from installed
programs, which are installed first where that is possible (root on Debian), else in containers.
"""
CLIENTS = {"psql": "postgres", "rabbitmqctl": "rabbitmq"}


def main(words: list[str]) -> int:
    chosen = parse(words)
    # So that a termination undoes what has been done so far, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    services = ServiceSet(
        (chosen.data or PROJECT / ".data" / "services").resolve(), only_private=bool(chosen.data)
    )
    try:
        return do(services, chosen.command, chosen.arguments)
    except (ServiceError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bin/services",
        usage="%(prog)s [--data DIR] COMMAND …",
        description="PostgreSQL, RabbitMQ, Redis and Chromium for development and tests.",
        epilog=COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="a separate set of private servers with its data in DIR, whatever servers the"
        " environment names (without it: .data/services)",
    )
    commands = ["start", "stop", "status", "env", "run", "kill", *CLIENTS]
    parser.add_argument("command", choices=commands, help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def do(services: ServiceSet, command: str, arguments: list[str]) -> int:  # noqa: PLR0911
    match command, arguments:
        case "run", words if words:
            names, wanted = names_and_command(words)
            return services.run(wanted, names)
        case (("psql" | "rabbitmqctl"), words):
            return services.client(CLIENTS[command], words)
        case "kill", [name, number]:
            return services.kill(checked([name])[0], signal_number(number))
        case "start", names:
            return services.start(checked(names))
        case "stop", names:
            wanted = [name for name in names if name != "--immediate"]
            return services.stop(checked(wanted), immediate="--immediate" in names)
        case "status", names:
            return services.status(checked(names))
        case "env", []:
            return services.print_environment()
    raise ServiceError(f"{command} cannot be used like that; see bin/services --help.")


def names_and_command(words: list[str]) -> tuple[list[str], list[str]]:
    """The servers before ``--``, or all of them, and the command."""
    end = words.index("--") if "--" in words else 0
    if words[end] == "--" and set(words[:end]) <= set(NAMES):
        return words[:end] or NAMES, words[end + 1 :]
    return NAMES, words


def checked(names: list[str]) -> list[str]:
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise ServiceError(f"There is no {unknown[0]} here, only {', '.join(NAMES)}.")
    return names or NAMES


def signal_number(name: str) -> int:
    try:
        return int(name) if name.isdigit() else signal.Signals[f"SIG{name.removeprefix('SIG')}"]
    except KeyError:
        raise ServiceError(f"There is no signal {name}.") from None
