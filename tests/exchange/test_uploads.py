"""Uploads: kept, imported by the worker, counted, dropped."""

from collections.abc import Iterable

import pytest
from django.utils import timezone

from accounts.models import User
from devices.models import Sensor
from monitoring.exchange import importing, uploads
from monitoring.exchange.uploads import TooLargeFile, keep_upload, run_import
from monitoring.models import ImportPart, Reading, ReadingImport, RejectedRow
from tests.conftest import NOON
from tests.exchange.conftest import HEADER, csv_of


def kept(user: User, pieces: Iterable[bytes]) -> ReadingImport:
    return keep_upload(user=user, file_name="past.csv", pieces=pieces, now=NOON)


def imported(user: User, *pieces: bytes) -> ReadingImport:
    upload = kept(user, pieces)
    run_import(upload.pk)
    upload.refresh_from_db()
    return upload


def counts(upload: ReadingImport) -> tuple[int, int, int, int]:
    return (
        upload.rows_read,
        upload.rows_stored,
        upload.rows_repeated,
        upload.rows_rejected,
    )


def test_file_is_imported_and_dropped(
    alice: User, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_BATCH", 3)
    file = csv_of(meter, [(15 * step, step / 2) for step in range(8)]) + b"x,y,z\n"
    upload = imported(alice, file[:100], file[100:])
    assert (upload.state, upload.problem) == ("done", "")
    assert counts(upload) == (9, 8, 0, 1)
    assert upload.size_bytes == upload.done_bytes == len(file)
    assert upload.percent_done == 100
    assert upload.started_at
    assert upload.finished_at
    assert upload.finished_at <= timezone.now()
    row = RejectedRow.objects.get()
    assert (row.reading_import_id, row.line, row.reason) == (upload.pk, 10, "bad_sensor_id")
    assert not ImportPart.objects.exists()


def test_owner_writes_own_sensors_and_administrator_all(
    charlie: User, administrator: User, meter: Sensor
) -> None:
    file = csv_of(meter, [(0, 1.0)])
    assert counts(imported(charlie, file)) == (1, 0, 0, 1)
    assert counts(imported(administrator, file)) == (1, 1, 0, 0)


def test_bad_file_fails_with_a_reason(alice: User) -> None:
    upload = imported(alice, b"time,id\n")
    assert upload.state == "failed"
    assert "timestamp, sensor_id, measurement_value is missing" in upload.problem
    assert not ImportPart.objects.exists()


def test_import_that_was_cut_off_begins_anew(
    alice: User, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_BATCH", 2)
    upload = kept(alice, [csv_of(meter, [(0, 1.0), (15, 1.5), (30, 2.0), (45, 2.5)]) + b"x,y,z\n"])

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(uploads, "_count", die)
        with pytest.raises(Killed):
            run_import(upload.pk)
    assert Reading.objects.count() == 2
    run_import(upload.pk)
    run_import(upload.pk)  # the broker may deliver the task again
    upload.refresh_from_db()
    assert counts(upload) == (5, 2, 2, 1)
    assert RejectedRow.objects.count() == 1


def test_what_breaks_the_import_is_not_left_running(
    alice: User, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(uploads, "_count", fail)
    upload = kept(alice, [csv_of(meter, [(0, 1.0)])])
    with pytest.raises(ZeroDivisionError):
        run_import(upload.pk)
    upload.refresh_from_db()
    assert upload.state == "failed"
    assert "log" in upload.problem


def test_rejected_rows_are_named_up_to_a_number_and_counted_all(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_BATCH", 4)
    monkeypatch.setattr(uploads, "MAX_NAMED_ROWS", 6)
    upload = imported(alice, HEADER.encode() + b"x,y,z\n" * 10)
    assert upload.rows_rejected == 10
    assert list(RejectedRow.objects.values_list("line", flat=True)) == list(range(2, 8))


def test_too_large_a_file_is_not_kept(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)
    with pytest.raises(TooLargeFile):
        kept(alice, [b"12345", b"123456"])
    assert not ReadingImport.objects.exists()


def test_import_that_is_gone_is_no_error(db: None) -> None:
    run_import(0)
