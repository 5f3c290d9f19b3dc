"""`python -m bench [PART…]`: measures, prints a table, writes JSON. See `docs/benchmarks.md`."""

import argparse
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bench.broker import claim_queue, empty_queue
from bench.databases import Databases
from bench.failure import BenchFailed
from bench.messages import INTERVAL_US
from bench.report import RESULTS, as_table, write_json
from bench.rounds import PARTS, Rounds
from bench.servers import Servers, find_servers, get_versions
from bench.sizes import QUICK_SCALE, Sizes
from bench.summary import get_details, get_ratios


def main() -> int:
    chosen = _parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        _bench(chosen)
    except BenchFailed as failure:
        print(f"No figures: {failure}", file=sys.stderr)
        return 1
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it all work?")
    parser.add_argument("--rounds", type=int, help="instead of 3")
    parser.add_argument("--purge", action="store_true", help="delete what the queue holds")
    chosen = parser.parse_args()
    unknown = set(chosen.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    return chosen


def _bench(chosen: argparse.Namespace) -> None:
    scale = float(os.environ.get("SCALE", QUICK_SCALE if chosen.quick else 1))
    sizes = Sizes().scaled(scale)
    if chosen.rounds:
        sizes = replace(sizes, rounds=chosen.rounds)
    parts = chosen.parts or list(PARTS)
    servers = find_servers()
    _set_environment()
    prefetch = _prefetch()
    started = time.monotonic()
    with _databases(servers, purge=chosen.purge) as databases:
        rounds = Rounds(servers, databases, sizes, end_us=_now_us(), prefetch=prefetch)
        runs = rounds.take(parts)
        headlines, details = get_ratios(runs), get_details(runs)
    print(as_table(headlines, details))
    whole = parts == list(PARTS) and scale == 1 and sizes.rounds >= 3
    path = RESULTS / ("ingest.json" if whole else "ingest-partial.json")
    about = {
        "versions": get_versions(servers),
        "took_s": round(time.monotonic() - started),
        "scale": scale,
        "rounds": sizes.rounds,
    }
    write_json(path, headlines, details, about)
    print(f"\n{path.relative_to(RESULTS.parents[1])} written after {about['took_s']} s.")


@contextmanager
def _databases(servers: Servers, *, purge: bool) -> Iterator[Databases]:
    """The queue and databases of this run; nothing of them is left behind."""
    claim_queue(servers.broker_url, purge=purge)
    databases = Databases(servers.database_url)
    try:
        yield databases
    finally:
        databases.drop_all()
        empty_queue(servers.broker_url)


def _set_environment() -> None:
    """What the platform's programs need to start with production's settings."""
    os.environ.update(
        SECRET_KEY=secrets.token_urlsafe(50),
        ALLOWED_HOSTS="127.0.0.1",
        DEBUG="false",
        HTTPS="false",
        LOG_LEVEL="INFO",
        EMAIL_URL="console:",
    )


def _prefetch() -> int:
    from energy.environment import read_environment

    return read_environment().ingest_prefetch


def _now_us() -> int:
    """The newest reading's time: now, on a quarter of an hour."""
    now_us = time.time_ns() // 1_000
    return now_us - now_us % INTERVAL_US


if __name__ == "__main__":
    sys.exit(main())
