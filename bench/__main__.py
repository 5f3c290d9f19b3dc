"""`python -m bench [PART…]`: measures, prints a table, writes JSON. See `docs/benchmarks.md`."""

import argparse
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from bench.failure import BenchFailed
from bench.ingest import PARTS, measure_ingestion
from bench.report import RESULTS, Report, write_json
from bench.servers import get_versions
from bench.sizes import QUICK_SCALE, Sizes
from bench.stage import Stage, open_stage

LEAST_ROUNDS = 3


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
        epilog=f"PART is one of {', '.join(PARTS)}; without one: all of them.",
    )
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it all work?")
    parser.add_argument("--rounds", type=int, help=f"instead of {Sizes().rounds}")
    parser.add_argument("--purge", action="store_true", help="delete what the queue holds")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    return chosen


def _bench(chosen: argparse.Namespace) -> None:
    scale = float(os.environ.get("SCALE", QUICK_SCALE if chosen.quick else 1))
    sizes = Sizes().scaled(scale)
    if chosen.rounds:
        sizes = replace(sizes, rounds=chosen.rounds)
    parts = chosen.parts or PARTS
    started = time.monotonic()
    with open_stage(sizes, purge=chosen.purge) as stage:
        report = measure_ingestion(stage, parts)
        whole = set(parts) == set(PARTS) and scale == 1 and sizes.rounds >= LEAST_ROUNDS
        took_s = time.monotonic() - started
        path = RESULTS / ("ingest.json" if whole else "ingest-partial.json")
        _keep(stage, report, path, {"scale": scale, "took_s": round(took_s)})


def _keep(stage: Stage, report: Report, path: Path, about: dict[str, float]) -> None:
    versions = get_versions(stage.servers)
    write_json(path, report, {**about, "rounds": stage.sizes.rounds, "versions": versions})
    print(report.text)
    print(f"\nAfter {about['took_s']} s: {path.relative_to(RESULTS.parents[1])}")


if __name__ == "__main__":
    sys.exit(main())
