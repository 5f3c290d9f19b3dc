"""`python -m bench [PART…]`: measures, prints a table, writes JSON. See `docs/benchmarks.md`."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.failure import BenchFailed
from bench.history.measure import measure_history
from bench.imports import measure_imports
from bench.ingest import PARTS, measure_ingestion
from bench.pages.measure import measure_pages
from bench.report import RESULTS, Report, write_json
from bench.servers import get_versions
from bench.settings_table import measure_settings
from bench.sizes import QUICK_SCALE, Sizes, parse_sizes
from bench.sockets import measure_sockets
from bench.stage import Stage, open_stage

LEAST_ROUNDS = 3
#: Benchmarks with results of their own.
ALONE: dict[str, Callable[[Stage], Report]] = {
    "import": measure_imports,
    "settings": measure_settings,
    "sockets": measure_sockets,
    "history": measure_history,
    "pages": measure_pages,
}


def main() -> int:
    chosen = _parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        _bench(chosen)
    except BenchFailed as failure:
        print(f"No figures: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures on this machine; see docs/benchmarks.md.",
        epilog=f"PART is one of {', '.join(PARTS)}; without one: all of these. "
        f"Or, alone, one of {', '.join(ALONE)}.",
    )
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it all work?")
    parser.add_argument("--rounds", type=int, help=f"instead of {Sizes().rounds}")
    parser.add_argument("--sizes", type=parse_sizes, help="readings of a history, such as 1m,10m")
    parser.add_argument("--purge", action="store_true", help="delete what the queue holds")
    chosen = parser.parse_args()
    allowed = set(ALONE) if len(chosen.parts) == 1 else set()
    if unknown := set(chosen.parts) - set(PARTS) - allowed:
        parser.error(f"there is no part {', '.join(sorted(unknown))}, or not with others")
    return chosen


def _bench(chosen: argparse.Namespace) -> None:
    scale = float(os.environ.get("SCALE", QUICK_SCALE if chosen.quick else 1))
    sizes = Sizes().scaled(scale)
    if chosen.rounds:
        sizes = replace(sizes, rounds=chosen.rounds)
    if chosen.sizes:
        sizes = replace(sizes, history=chosen.sizes)
    parts = chosen.parts or PARTS
    alone = ALONE.get(parts[0])
    started = time.monotonic()
    with open_stage(sizes, purge=chosen.purge) as stage:
        report = alone(stage) if alone else measure_ingestion(stage, parts)
        whole = alone is not None or set(parts) == set(PARTS)
        complete = whole and sizes == Sizes(rounds=max(sizes.rounds, LEAST_ROUNDS))
        name = f"{parts[0] if alone else 'ingest'}{'' if complete else '-partial'}.json"
        took_s = round(time.monotonic() - started)
        _keep(stage, report, RESULTS / name, {"scale": scale, "took_s": took_s})


def _keep(stage: Stage, report: Report, path: Path, about: dict[str, float]) -> None:
    versions = get_versions(stage.servers)
    write_json(path, report, {**about, "rounds": stage.sizes.rounds, "versions": versions})
    print(report.text)
    print(f"\nAfter {about['took_s']} s: {path.relative_to(RESULTS.parents[1])}")


if __name__ == "__main__":
    sys.exit(main())
