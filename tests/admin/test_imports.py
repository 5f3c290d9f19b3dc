"""Imports of past readings in the admin."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from devices.models import Sensor
from monitoring.admin import imports
from monitoring.exchange import uploads
from monitoring.exchange.running import run_imports
from monitoring.exchange.tasks import import_uploads
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
    queued: list[int] = []  # how many uploads the worker sees when it is told
    monkeypatch.setattr(
        import_uploads, "delay", lambda: queued.append(ReadingImport.objects.count())
    )
    page = upload(as_administrator, csv_of(meter, [(0, 1.0), (15, 1.5)]) + b"<b>,y,z\n")
    assert "The file is being imported" in page
    assert '<progress max="100" value="0"' in page
    assert queued == [1]
    run_imports()
    kept = ReadingImport.objects.get()
    page = as_administrator.get(f"{LIST}{kept.pk}/change/").text
    assert '<progress max="100" value="100"' in page
    assert Reading.objects.count() == 2
    address = f"{LIST}{kept.pk}/rejected.csv"
    assert address in page
    answer = as_administrator.get(address)
    assert "attachment" in answer["Content-Disposition"]
    assert answer.text.splitlines()[1].startswith("4,bad_sensor_id,")
    log = as_administrator.get("/admin/")
    assert "past.csv" in log.text


def test_too_many_uploads_are_told_of_in_the_form(
    as_administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_UNFINISHED", 1)
    assert "The file is being imported" in upload(as_administrator, b"x")
    assert "waiting to be imported" in upload(as_administrator, b"x")
    assert ReadingImport.objects.count() == 1


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
