"""``readings/import/``."""

from typing import Any

import pytest
from kombu.exceptions import OperationalError
from rest_framework.test import APIClient

from devices.models import Sensor
from monitoring.exchange import uploads
from monitoring.exchange.running import run_imports
from monitoring.exchange.tasks import import_uploads
from monitoring.models import Reading, ReadingImport
from tests.exchange.conftest import csv_of

URL = "/api/v1/readings/import/"


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the worker was told, in order."""
    told: list[str] = []
    monkeypatch.setattr(import_uploads, "delay", lambda: told.append("import"))
    return told


def send(api: APIClient, body: bytes, content_type: str = "text/csv") -> Any:
    return api.generic("POST", URL, body, content_type)  # type: ignore[arg-type]


def test_file_is_kept_then_imported_by_the_worker(
    api: APIClient, meter: Sensor, queued: list[str]
) -> None:
    answer = send(api, csv_of(meter, [(0, 1.0), (15, 1.5)]) + b"x,y,z\n")
    assert answer.status_code == 202, answer.content
    assert (answer.json()["state"], answer.json()["rows_read"]) == ("waiting", 0)
    assert queued == ["import"]
    import_id = answer.json()["id"]
    run_imports()
    state = api.get(f"{URL}{import_id}/").json()
    assert (state["state"], state["percent_done"]) == ("done", 100)
    assert [state[f"rows_{what}"] for what in ("read", "stored", "repeated", "rejected")] == [
        *(3, 2, 0, 1)
    ]
    listed = api.get(f"{URL}{import_id}/rejected/")
    assert listed["Content-Type"].startswith("text/csv")
    assert listed.text.splitlines() == [
        "line,reason,detail",
        "4,bad_sensor_id,\"sensor_id must be a UUID, not 'y'.\"",
    ]


def test_client_cannot_write_what_is_not_theirs(
    outsider: APIClient, meter: Sensor, queued: list[str]
) -> None:
    import_id = send(outsider, csv_of(meter, [(0, 1.0)])).json()["id"]
    run_imports()
    assert outsider.get(f"{URL}{import_id}/").json()["rows_rejected"] == 1
    assert not Reading.objects.exists()


def test_imports_of_others_are_absent(
    api: APIClient,
    outsider: APIClient,
    administrators_api: APIClient,
    meter: Sensor,
    queued: list[str],
) -> None:
    import_id = send(api, csv_of(meter, [(0, 1.0)])).json()["id"]
    for url in (f"{URL}{import_id}/", f"{URL}{import_id}/rejected/"):
        assert outsider.get(url).status_code == 404
        assert administrators_api.get(url).status_code == 200
        assert APIClient().get(url).status_code == 401
    assert api.get(f"{URL}0/").status_code == 404
    assert APIClient().post(URL).status_code == 401
    assert api.get(URL).status_code == 405


def test_only_csv_is_taken_and_not_too_much(
    api: APIClient, db: None, queued: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(api, b"{}", "application/json").status_code == 415
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)
    assert send(api, b"x" * 11).status_code == 413
    assert not ReadingImport.objects.exists()
    assert queued == []


def test_without_a_broker_the_file_waits_for_the_schedule(
    api: APIClient, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError

    monkeypatch.setattr(import_uploads, "delay", refuse)
    assert send(api, csv_of(meter, [(0, 1.0)])).status_code == 202
    import_uploads()
    assert ReadingImport.objects.get().state == "done"


def test_only_so_many_of_a_user_wait(
    api: APIClient, administrators_api: APIClient, db: None, queued: list[str]
) -> None:
    for _ in range(uploads.MAX_UNFINISHED):
        assert send(api, b"x").status_code == 202
    answer = send(api, b"x")
    assert answer.status_code == 409
    assert "waiting to be imported" in answer.json()["detail"]
    assert send(administrators_api, b"x").status_code == 202
    run_imports()
    assert send(api, b"x").status_code == 202
