"""An upload's whole way: over HTTP, through the broker, in a real worker."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import pytest
from django.db import connection
from kombu import Connection
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Sensor
from monitoring.exchange.importing import ROWS_A_BATCH
from monitoring.exchange.uploads import PART_BYTES, keep_upload
from monitoring.ingest.topology import READINGS_QUEUE
from monitoring.models import Reading
from tests.api.conftest import client_of
from tests.conftest import NOON
from tests.exchange.conftest import csv_of
from tests.servers import test_database_environment, until, worker

URL = "/api/v1/readings/import/"


pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("kept_partitions")]


def test_upload_is_imported_by_a_worker(alice: User, meter: Sensor, purged_queue: None) -> None:
    api: APIClient = client_of(alice)
    file = csv_of(meter, [(15.0 * step, step / 4) for step in range(100)])
    with worker():
        answer = api.generic("POST", URL, file.decode(), "text/csv")
        assert answer.status_code == 202, answer.content
        state = f"{URL}{answer.json()['id']}/"
        until(lambda: api.get(state).json()["state"] == "done", what="the file is imported")
    assert api.get(state).json()["rows_stored"] == Reading.objects.count() == 100


@contextmanager
def states_locked() -> Iterator[None]:
    """No batch of readings is stored meanwhile."""
    with closing(psycopg2.connect(test_database_environment()["DATABASE_URL"])) as line:
        line.cursor().execute("LOCK TABLE monitoring_sensorstate IN EXCLUSIVE MODE")
        yield


def is_waiting_for_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def test_worker_stops_in_time_and_the_next_one_imports_what_nobody_sent_it(
    alice: User, meter: Sensor, broker_url: str, purged_queue: None
) -> None:
    rows = 3 * ROWS_A_BATCH
    file = csv_of(meter, ((minute / 100, minute / 1e6) for minute in range(rows)))
    pieces = (file[at : at + PART_BYTES] for at in range(0, len(file), PART_BYTES))
    upload = keep_upload(user=alice, file_name="past.csv", pieces=pieces, now=NOON)

    def rows_read() -> int:
        upload.refresh_from_db()
        return upload.rows_read

    with worker() as process, Connection(broker_url) as broker:
        readings: Any = broker.channel()

        def has_stopped_receiving() -> bool:
            found = readings.queue_declare(READINGS_QUEUE.name, passive=True)
            return int(found.consumer_count) == 0

        with states_locked():
            until(is_waiting_for_the_lock, what="the first rows are about to be stored")
            process.terminate()
            until(has_stopped_receiving, what="the worker is stopping")
        process.wait(10)
    assert rows_read() == ROWS_A_BATCH
    assert upload.state == "waiting"
    with worker():
        until(lambda: rows_read() == rows, what="the file is imported", within_s=120)
    assert Reading.objects.count() == rows
