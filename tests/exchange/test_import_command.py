"""``manage.py import_readings``."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from devices.models import Sensor
from monitoring.models import Reading
from tests.exchange.conftest import csv_of


def run(*arguments: object) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_readings", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_rows_are_stored_counted_and_listed(meter: Sensor, tmp_path: Path) -> None:
    file, rejected = tmp_path / "past.csv", tmp_path / "rejected.csv"
    file.write_bytes(csv_of(meter, [(0, 1.0), (15, 1.5)]) + b"x,y,1\n" * 25)
    out, err = run(file, "--rejected", rejected)
    assert out == "27 rows: 2 stored, 0 stored before, 25 rejected.\n"
    assert err.count("bad_sensor_id") == 20
    assert "line 4: bad_sensor_id: sensor_id must be a UUID, not 'y'." in err
    assert "--rejected FILE lists all" in err
    assert len(rejected.read_text().splitlines()) == 26
    assert Reading.objects.count() == 2
    out, _ = run(file)
    assert out == "27 rows: 0 stored, 2 stored before, 25 rejected.\n"


def test_file_that_is_missing_or_none_ends_with_one_line(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.csv: No such file"):
        run(tmp_path / "nowhere.csv")
    (tmp_path / "empty.csv").touch()
    with pytest.raises(CommandError, match="The file is empty"):
        run(tmp_path / "empty.csv")
