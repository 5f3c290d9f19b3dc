"""Imports of past readings in the admin."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from kombu.exceptions import OperationalError

from devices.models import Sensor
from monitoring.admin import imports
from monitoring.exchange.tasks import import_upload
from monitoring.exchange.uploads import run_import
from monitoring.models import Reading, ReadingImport
from tests.exchange.conftest import csv_of

LIST = "/admin/monitoring/readingimport/"


def upload(client: Client, content: bytes) -> str:
    """Sends a file and gives the page that follows."""
    file = SimpleUploadedFile("past.csv", content, content_type="text/csv")
    return client.post(f"{LIST}add/", {"file": file}, follow=True).text


@pytest.mark.django_db(transaction=True)
def test_file_is_uploaded_watched_and_its_bad_rows_fetched(
    as_administrator: Client, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[int] = []
    monkeypatch.setattr(import_upload, "delay", queued.append)
    page = upload(as_administrator, csv_of(meter, [(0, 1.0), (15, 1.5)]) + b"<b>,y,z\n")
    assert "The file is being imported" in page
    assert '<progress max="100" value="0"' in page
    run_import(queued[0])
    page = as_administrator.get(f"{LIST}{queued[0]}/change/").text
    assert '<progress max="100" value="100"' in page
    assert Reading.objects.count() == 2
    address = f"{LIST}{queued[0]}/rejected.csv"
    assert address in page
    answer = as_administrator.get(address)
    assert "attachment" in answer["Content-Disposition"]
    assert answer.text.splitlines()[1].startswith("4,bad_sensor_id,")
    log = as_administrator.get("/admin/")
    assert "past.csv" in log.text


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_administrator_is_told(
    as_administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: int) -> None:
        raise OperationalError

    monkeypatch.setattr(import_upload, "delay", refuse)
    file = SimpleUploadedFile("past.csv", b"x")
    as_administrator.post(f"{LIST}add/", {"file": file})
    assert "The message broker is away" in as_administrator.get(LIST).text
    assert not ReadingImport.objects.exists()


def test_no_file_and_too_large_a_file_are_told_of(
    as_administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "This field is required" in as_administrator.post(f"{LIST}add/", {}).text
    monkeypatch.setattr(imports, "MAX_BYTES", 3)
    assert "too large" in upload(as_administrator, b"1234")
    assert not ReadingImport.objects.exists()


def test_rejected_rows_are_the_administrators_alone(as_alice: Client, db: None) -> None:
    answer = as_alice.get(f"{LIST}1/rejected.csv")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_import_is_neither_changed_nor_deleted(as_administrator: Client, db: None) -> None:
    user_id = int(as_administrator.session["_auth_user_id"])
    kept = ReadingImport.objects.create(
        user_id=user_id, file_name="past.csv", created_at="2026-03-10T12:00Z"
    )
    assert as_administrator.post(f"{LIST}{kept.pk}/change/", {}).status_code == 403
    assert as_administrator.post(f"{LIST}{kept.pk}/delete/", {"post": "yes"}).status_code == 403
