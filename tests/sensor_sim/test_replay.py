"""Readings from a CSV file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sensor_sim.replay import ReplayError, check_replay, replay_readings
from tests.sensor_sim.conftest import SENSOR_ID

AT = datetime(2019, 10, 9, 21, tzinfo=UTC)


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "meter.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_all_kinds_of_timestamps_are_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "\ufefftimestamp,value\r\n"
        "2019-10-09T21:00:00Z,0.1\r\n"
        "2019-10-09T23:00:01.000001+02:00, 0.2\r\n"
        "1570654802,0.3\r\n"
        "1570654803.5,0.4\r\n"
        "\r\n"
        "1570654804000,5e-1\r\n",
    )
    readings = list(replay_readings(path, SENSOR_ID, timedelta(0)))
    offsets = [reading.measured_at - AT for reading in readings]
    assert [offset.total_seconds() for offset in offsets] == [0, 1.000001, 2, 3.5, 4]
    assert [reading.register_kwh for reading in readings] == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert {reading.sensor_id for reading in readings} == {SENSOR_ID}
    summary = check_replay(path)
    assert (summary.row_count, summary.oldest_at) == (5, AT)
    assert summary.newest_at == AT + timedelta(seconds=4)


def test_timestamps_can_be_moved(tmp_path: Path) -> None:
    path = write(tmp_path, "timestamp,value\n1570654800,1\n")
    (reading,) = replay_readings(path, SENSOR_ID, timedelta(days=1))
    assert reading.measured_at == AT + timedelta(days=1)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2019-10-09T21:00:00,1", "timestamp '2019-10-09T21:00:00' is neither"),
        ("yesterday,1", "timestamp 'yesterday' is neither"),
        ("nan,1", "timestamp 'nan' is neither"),
        ("1e300,1", "is neither"),
        ("100,1", "before 2000-01-01"),
        ("1570654800,-0.1", "value '-0.1' is not a finite number"),
        ("1570654800,nan", "value 'nan' is not"),
        ("1570654800,inf", "value 'inf' is not"),
        ("1570654800,", "value '' is not"),
        ("1570654800", "expected 2 columns, found 1"),
        ("1570654800,1,2", "expected 2 columns, found 3"),
        ('"1570654800,1', "unexpected end of data"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, row: str, message: str) -> None:
    path = write(tmp_path, f"timestamp,value\n1570654800,1\n{row}\n")
    with pytest.raises(ReplayError, match=r"meter\.csv, line 3: ") as caught:
        check_replay(path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: the header row must be: timestamp,value"),
        ("1570654800,1\n", "line 1: the header row must be: timestamp,value"),
        ("timestamp,value\n", "there are no readings in it"),
        (b"timestamp,value\n\xff,1\n", "is not UTF-8 text"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(ReplayError, match=message):
        check_replay(write(tmp_path, content))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="cannot be read: No such file"):
        check_replay(tmp_path / "missing.csv")


def test_a_timestamp_in_the_future_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "timestamp,value\n1570654800,1\n1570654801,1\n")
    assert check_replay(path, latest_at=AT + timedelta(seconds=1)).row_count == 2
    with pytest.raises(ReplayError, match=r"line 3: .* is in the future"):
        check_replay(path, latest_at=AT)
