"""Publishes single readings at an even rate until it is ended: `python -m bench.load`.

A process of its own, so that it takes no time from the one that measures.
"""

import argparse
import os
import time
from collections.abc import Iterator

from bench.broker import Pipeline, open_channel
from bench.messages import encode_all, readings

CONFIRM_EVERY = 100


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load")
    parser.add_argument("--per-second", type=int, required=True)
    parser.add_argument("--sensors", type=int, required=True)
    parser.add_argument("--skip", type=int, required=True, help="leave out each so many-th sensor")
    parser.add_argument("--start-us", type=int, required=True)
    parser.add_argument("--first-step", type=int, required=True)
    chosen = parser.parse_args()
    with open_channel(os.environ["BROKER_URL"]) as channel:
        pipeline = Pipeline(channel)
        print("Publishing.", flush=True)
        for count, body in enumerate(_paced(_bodies(chosen), chosen.per_second)):
            pipeline.publish(body)
            if count % CONFIRM_EVERY == 0:
                pipeline.flush()


def _bodies(chosen: argparse.Namespace) -> Iterator[bytes]:
    steps = range(chosen.first_step, chosen.first_step + 100_000)
    sent = readings(chosen.sensors, steps, start_us=chosen.start_us)
    return encode_all((one for one in sent if one.sensor % chosen.skip), per_message=1)


def _paced(bodies: Iterator[bytes], per_second: int) -> Iterator[bytes]:
    started = time.perf_counter()
    for count, body in enumerate(bodies):
        ahead_s = started + count / per_second - time.perf_counter()
        if ahead_s > 0:
            time.sleep(ahead_s)
        yield body


if __name__ == "__main__":
    main()
