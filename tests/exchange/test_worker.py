"""An upload's whole way: over HTTP, through the broker, in a real worker."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from devices.models import Sensor
from monitoring.models import Reading
from tests.api.conftest import client_of
from tests.exchange.conftest import csv_of
from tests.servers import until, worker

URL = "/api/v1/readings/import/"


@pytest.mark.django_db(transaction=True)
def test_upload_is_imported_by_a_worker(alice: User, meter: Sensor, purged_queue: None) -> None:
    api: APIClient = client_of(alice)
    file = csv_of(meter, [(15.0 * step, step / 4) for step in range(100)])
    with worker():
        answer = api.generic("POST", URL, file.decode(), "text/csv")
        assert answer.status_code == 202, answer.content
        state = f"{URL}{answer.json()['id']}/"
        until(lambda: api.get(state).json()["state"] == "done", what="the file is imported")
    assert api.get(state).json()["rows_stored"] == Reading.objects.count() == 100
