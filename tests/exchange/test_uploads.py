"""Uploads: kept, imported by the worker, counted, dropped."""

from collections.abc import Iterable
from contextlib import closing

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import User
from devices.models import Sensor
from monitoring.exchange import importing, running, uploads
from monitoring.exchange.importing import ImportedBatch
from monitoring.exchange.running import TURN, run_imports
from monitoring.exchange.uploads import TooLargeFile, TooManyImports, keep_upload
from monitoring.models import ImportPart, Reading, ReadingImport, RejectedRow
from tests.conftest import NOON
from tests.exchange.conftest import HEADER, csv_of


def kept(user: User, pieces: Iterable[bytes]) -> ReadingImport:
    return keep_upload(user=user, file_name="past.csv", pieces=pieces, now=NOON)


def imported(user: User, *pieces: bytes) -> ReadingImport:
    upload = kept(user, pieces)
    run_imports()
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
        patch.setattr(running, "_count", die)
        with pytest.raises(Killed):
            run_imports()
    assert Reading.objects.count() == 2
    run_imports()
    run_imports()  # the schedule sends the task again and again
    upload.refresh_from_db()
    assert counts(upload) == (5, 2, 2, 1)
    assert RejectedRow.objects.count() == 1


def test_what_breaks_the_import_is_not_left_running(
    alice: User, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(running, "_count", fail)
    upload = kept(alice, [csv_of(meter, [(0, 1.0)])])
    with pytest.raises(ZeroDivisionError):
        run_imports()
    upload.refresh_from_db()
    assert upload.state == "failed"
    assert "log" in upload.problem


def test_progress_is_shown_while_a_file_is_imported(
    alice: User, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_BATCH", 1)
    file = csv_of(meter, [(15 * step, step / 2) for step in range(8)])
    seen: list[int] = []
    count = running._count

    def note(upload: ReadingImport, batch: ImportedBatch) -> None:
        seen.append(ReadingImport.objects.get(pk=upload.pk).percent_done)
        count(upload, batch)

    monkeypatch.setattr(running, "_count", note)
    pieces = [file[at : at + 100] for at in range(0, len(file), 100)]
    imported(alice, *pieces)
    assert seen == sorted(seen)
    assert any(0 < percent < 100 for percent in seen)


def test_rejected_rows_are_named_up_to_a_number_and_counted_all(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_BATCH", 4)
    monkeypatch.setattr(running, "MAX_NAMED_ROWS", 6)
    upload = imported(alice, HEADER.encode() + b"x,y,z\n" * 10)
    assert upload.rows_rejected == 10
    assert list(RejectedRow.objects.values_list("line", flat=True)) == list(range(2, 8))


def test_too_large_a_file_is_not_kept(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)
    with pytest.raises(TooLargeFile):
        kept(alice, [b"12345", b"123456"])
    assert not ReadingImport.objects.exists()


def test_nothing_to_import_is_no_error(db: None) -> None:
    run_imports()


def test_worker_that_stops_leaves_the_rest_to_the_next_one(
    alice: User, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_A_BATCH", 2)
    values = [(15.0 * step, step / 4) for step in range(6)]
    file = csv_of(meter, values).replace(b"\n", b"\nx,y,z\n", 1)
    first, second = kept(alice, [file]), kept(alice, [b""])
    with monkeypatch.context() as patch:
        patch.setattr(running, "is_stopping", Reading.objects.exists)  # after the first batch
        run_imports()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.rows_read, second.state) == ("waiting", 2, "waiting")
    run_imports()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, counts(first), second.state) == ("done", (7, 5, 1, 1), "failed")


def test_import_that_fails_for_lack_of_a_database_keeps_no_other_from_its_turn(
    alice: User, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = kept(alice, [csv_of(meter, [(0, 1.0)])]), kept(alice, [csv_of(meter, [(15, 1.5)])])
    count = running._count

    def fail_first(upload: ReadingImport, batch: ImportedBatch) -> None:
        if upload.pk == bad.pk:
            raise OperationalError
        count(upload, batch)

    monkeypatch.setattr(running, "_count", fail_first)
    for _ in range(2):
        with pytest.raises(OperationalError):
            run_imports()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == ("running", "done")


def test_who_was_overtaken_changes_nothing_any_more(
    alice: User, meter: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = kept(alice, [csv_of(meter, [(0, 1.0)])])
    count = running._count

    def overtaken(mine: ReadingImport, batch: ImportedBatch) -> None:
        monkeypatch.setattr(running, "_count", count)
        running._begin(ReadingImport.objects.get(pk=upload.pk))  # as another worker would
        count(mine, batch)

    monkeypatch.setattr(running, "_count", overtaken)
    running._run(upload)
    upload.refresh_from_db()
    assert (upload.state, counts(upload)) == ("running", (0, 0, 0, 0))
    run_imports()
    upload.refresh_from_db()
    assert (upload.state, counts(upload)) == ("done", (1, 0, 1, 0))


@pytest.mark.django_db(transaction=True)
def test_one_import_at_a_time_and_none_is_left(
    alice: User, meter: Sensor, kept_partitions: None
) -> None:
    upload = kept(alice, [csv_of(meter, [(0, 1.0)])])
    other = connection.copy()  # another worker's
    with closing(other), other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [TURN])
        run_imports()
        upload.refresh_from_db()
        assert upload.state == "waiting"
        # Of a closed connection, the server takes notice a little later.
        cursor.execute("SELECT pg_advisory_unlock_all()")
    run_imports()
    upload.refresh_from_db()
    assert upload.state == "done"
    with connection.cursor() as cursor:  # the turn was given back
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone() == (0,)


def test_only_so_many_of_a_user_are_unfinished(
    alice: User, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_UNFINISHED", 2)
    for _ in range(2):
        kept(alice, [b"x"])
    with pytest.raises(TooManyImports):
        kept(alice, [b"x"])
    kept(charlie, [b"x"])
    run_imports()
    kept(alice, [b"x"])
