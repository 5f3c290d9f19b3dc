"""What a scrape says of the readings' partitions, and that it waits for no lock."""

import time

import pytest
from django.utils import timezone

from devices.models import Sensor
from energy.metrics import partitions
from energy.metrics.partitions import PartitionsCollector
from monitoring.ingest.store import store_batch
from monitoring.partitions.keeping import keep_partitions
from monitoring.partitions.months import Month
from monitoring.partitions.retention import get_months_to_drop, raise_raw_kept_from
from monitoring.partitions.tables import create_partition
from tests.metrics.scrapes import TOKEN, scrape
from tests.partitions.dropping import drop_partition
from tests.partitions.test_tables import MAY, in_another_connection, open_transaction, readings
from tests.servers import web_server

IN_DEFAULT, AHEAD = "energy_readings_in_default_partition", "energy_partition_months_ahead"
TO_DROP = "energy_partition_months_to_drop"


def collect() -> dict[str, float]:
    """Each sample's value, asked as a scrape does: in a thread of its own."""
    found: dict[str, float] = {}

    def ask() -> None:
        for family in PartitionsCollector().collect():
            found.update({sample.name: sample.value for sample in family.samples})

    in_another_connection(ask)
    return found


@pytest.mark.usefixtures("kept_partitions")
def test_it_counts_the_default_partition_and_the_months_ahead(
    meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    keep_partitions(kept_months=0, now=now)
    assert collect() == {IN_DEFAULT: 0, AHEAD: 3, TO_DROP: 0}
    drop_partition(Month.of(now).plus(2))
    store_batch(readings(meter, MAY.start, MAY.end), now=now)
    assert collect() == {IN_DEFAULT: 2, AHEAD: 1, TO_DROP: 0}
    monkeypatch.setattr(partitions, "COUNT_AT_MOST", 1)
    assert collect()[IN_DEFAULT] == 1
    create_partition(MAY)
    raise_raw_kept_from(kept_months=12, now=now)
    to_drop = get_months_to_drop()  # the imports of other tests may have left months behind
    assert MAY in to_drop
    assert collect()[TO_DROP] == len(to_drop)


@pytest.mark.usefixtures("kept_partitions")
def test_locked_table_costs_only_these_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "ANSWER_TIMEOUT_MS", 200)
    with open_transaction("LOCK TABLE monitoring_reading_default"):
        begun = time.monotonic()
        assert collect() == {}
        assert time.monotonic() - begun < 5
    assert set(collect()) == {IN_DEFAULT, AHEAD, TO_DROP}


@pytest.mark.usefixtures("kept_partitions")
def test_a_running_server_tells_it() -> None:
    keep_partitions(kept_months=0, now=timezone.now())
    with web_server(METRICS_TOKEN=TOKEN) as address:
        samples = scrape(f"{address}/metrics").samples
    assert samples[IN_DEFAULT, ()] == 0
    assert samples[AHEAD, ()] >= 3
