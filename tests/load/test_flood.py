"""How long a reading waits while another sensor floods the platform with late ones.

Prints the time from publishing to the stored row, in two ways: late readings put aside, and
(INGEST_DEFERRED_MAX_MB=0) stored together with the live ones.
"""

import random
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.faults.check import check_settled
from tests.faults.publisher import Publisher
from tests.faults.site import Site, temporary_site
from tests.faults.test_floods import is_stored
from tests.faults.wire import Message, messages, reading_at
from tests.servers import until

FLOOD_MESSAGES = 300
READINGS_A_MESSAGE = 1_000
SAMPLES = 150
EVERY_S = 0.1


@pytest.fixture(scope="module")
def servers_site() -> Iterator[Site]:
    with temporary_site() as site:
        yield site


def flood_of(meter: object, count: int) -> Iterator[Message]:
    minutes = list(range(count))
    random.Random(3).shuffle(minutes)
    rows = (reading_at(meter, minute, minute / 20) for minute in minutes)  # type: ignore[arg-type]
    return messages(rows, size=READINGS_A_MESSAGE)


@pytest.mark.parametrize("deferred_mb", ["2048", "0"], ids=["put aside", "stored with live ones"])
def test_a_live_reading_in_a_flood(servers_site: Site, deferred_mb: str) -> None:
    site = servers_site
    site.database.forget_everything()
    flooding, live = site.database.seed_meters(2)
    count = FLOOD_MESSAGES * READINGS_A_MESSAGE
    worker = site.worker(INGEST_DEFERRED_MAX_MB=deferred_mb)
    sender, meter = Publisher(site.broker.url), Publisher(site.broker.url)
    sender.publish(messages([reading_at(flooding, count + 1, 1e6)]))
    until(lambda: is_stored(site, flooding, count + 1), what="the newest reading is stored")
    thread = threading.Thread(target=sender.publish, args=(list(flood_of(flooding, count)),))
    thread.start()
    waits_s = []
    for minute in range(SAMPLES):
        started_s = time.monotonic()
        meter.publish(messages([reading_at(live, minute, minute / 100)]))
        while not is_stored(site, live, minute):
            time.sleep(0.005)
            assert time.monotonic() < started_s + 600
        waits_s.append(time.monotonic() - started_s)
        time.sleep(max(0.0, EVERY_S - waits_s[-1]))
    thread.join()
    print(
        f"\n{count:,} late readings, INGEST_DEFERRED_MAX_MB={deferred_mb}:"
        f" a live reading is stored after p50 {np.percentile(waits_s, 50) * 1000:,.0f} ms,"
        f" p99 {np.percentile(waits_s, 99) * 1000:,.0f} ms, at most {max(waits_s) * 1000:,.0f} ms"
    )
    sender.ledger.rows.update(meter.ledger.rows)
    check_settled(site, sender.ledger)
    worker.terminate(within_s=20)
