"""From the options to what is published, and when."""

import argparse
from datetime import timedelta
from itertools import islice, pairwise
from pathlib import Path
from uuid import UUID

import pytest

from sensor_sim.fleet import fleet_sensor_ids
from sensor_sim.options import add_options
from sensor_sim.plan import Plan, make_plan
from tests.sensor_sim.conftest import NOON, SENSOR_ID

SENSOR = ["--sensor", str(SENSOR_ID)]
YESTERDAY = (NOON - timedelta(days=1)).isoformat()


def plan_of(*arguments: str) -> Plan:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(parser, default_broker="nowhere")
    return make_plan(parser.parse_args(arguments), clock=lambda: NOON)


def test_by_default_the_reading_that_was_due_last_goes_out_at_once() -> None:
    plan = plan_of(*SENSOR)
    times = [reading.measured_at for reading in islice(plan.readings, 3)]
    assert NOON - timedelta(seconds=10) <= times[0] <= NOON
    assert [after - before for before, after in pairwise(times)] == [timedelta(seconds=10)] * 2
    assert (plan.pace, plan.batch_size, plan.reading_count) == (None, 1, None)


def test_start_speed_and_count() -> None:
    plan = plan_of(*SENSOR, "--start", YESTERDAY, "--speed", "60", "--count", "3")
    assert plan.pace is not None
    assert plan.pace.due_at(NOON - timedelta(hours=23)) == NOON + timedelta(minutes=1)
    assert plan.reading_count == len(list(plan.readings)) == 3


def test_until_ends_it_and_speed_0_has_no_pace() -> None:
    until = (NOON - timedelta(hours=23)).isoformat()
    plan = plan_of(
        *("--fleet", "2", "--start", YESTERDAY, "--until", until, "--speed", "0"),
        *("--interval", "900"),
    )
    assert plan.pace is None
    assert plan.reading_count == len(list(plan.readings)) == 8


def test_a_time_without_offset_is_one_of_the_time_zone() -> None:
    plan = plan_of(*SENSOR, "--start", "2026-03-04T01:00", "--timezone", "Asia/Kolkata")
    assert next(plan.readings).measured_at.isoformat() == "2026-03-03T19:30:00+00:00"


def test_sensors_come_from_options_file_and_fleet_each_one_once(tmp_path: Path) -> None:
    file = tmp_path / "sensors"
    file.write_text(f"# ours\n\n{UUID(int=7)}  # garage\n{SENSOR_ID}\n", encoding="utf-8")
    plan = plan_of(*SENSOR, "--sensors-file", str(file), "--fleet", "2", "--count", "1")
    ids = {reading.sensor_id for reading in plan.readings}
    assert ids == {SENSOR_ID, UUID(int=7), *fleet_sensor_ids(2)}
    assert plan.reading_count == 4


def test_a_fleet_is_spread_over_the_interval_unless_in_batches() -> None:
    spread = plan_of("--fleet", "5", "--count", "1").readings
    assert len({reading.measured_at for reading in spread}) == 5
    together = plan_of("--fleet", "5", "--count", "1", "--batch", "5").readings
    assert len({reading.measured_at for reading in together}) == 1


def test_register_seed_and_mean_reach_the_meter() -> None:
    start = ["--start", YESTERDAY, "--until", NOON.isoformat(), "--interval", "3600"]
    registers = [r.register_kwh for r in plan_of(*SENSOR, *start, "--register", "0").readings]
    assert registers[0] == 0
    assert 5 < registers[-1] < 15
    other = [r.register_kwh for r in plan_of(*SENSOR, *start, "--seed", "1").readings]
    assert other[0] > 10_000
    assert other[0] != next(plan_of(*SENSOR, *start).readings).register_kwh
    small = list(plan_of(*SENSOR, *start, "--register", "0", "--kwh-per-day", "1").readings)
    assert 0.5 < small[-1].register_kwh < 1.5


def test_peaks_reach_the_meter() -> None:
    plan = plan_of(
        *SENSOR, "--peak-every", "60", "--peak-kw", "9", "--peak-seconds", "15", "--count", "13"
    )
    registers = [reading.register_kwh for reading in plan.readings]
    peaks = [(after - before) * 360 > 9 for before, after in pairwise(registers)]
    assert sum(peaks) == 4  # two in two minutes, each for two intervals


def test_profile_and_country_reach_the_meter() -> None:
    start = ["--start", "2026-01-07T00:00Z", "--until", "2026-01-09T00:00Z", "--register", "0"]
    used_kwh = {
        tuple(chosen): list(plan_of(*SENSOR, *start, "--interval", "3600", *chosen).readings)[-1]
        for chosen in (
            [],
            ["--profile", "heat-pump"],
            ["--profile", "heat-pump", "--country", "RO"],
        )
    }
    plain, german, romanian = (reading.register_kwh for reading in used_kwh.values())
    assert romanian > german > 1.3 * plain  # in winter


@pytest.fixture
def csv_file(tmp_path: Path) -> str:
    path = tmp_path / "meter.csv"
    path.write_text("timestamp,value\n1570654800,1\n1570654860,2\n", encoding="utf-8")
    return str(path)


def test_a_replay_keeps_its_timestamps_and_goes_out_at_once(csv_file: str) -> None:
    plan = plan_of(*SENSOR, "--replay", csv_file, "--batch", "2")
    assert [r.measured_at.timestamp() for r in plan.readings] == [1570654800, 1570654860]
    assert (plan.pace, plan.batch_size, plan.reading_count) == (None, 2, 2)


def test_a_replay_can_be_paced(csv_file: str) -> None:
    plan = plan_of(*SENSOR, "--replay", csv_file, "--speed", "2")
    assert plan.pace is not None
    due = [plan.pace.due_at(reading.measured_at) for reading in plan.readings]
    assert due == [NOON, NOON + timedelta(seconds=30)]


@pytest.mark.parametrize(("speed", "last_seconds"), [("0", 0), ("1", 60), ("4", 15)])
def test_a_replay_moved_to_now_ends_with_the_moment_it_is_published(
    csv_file: str, speed: str, last_seconds: int
) -> None:
    plan = plan_of(*SENSOR, "--replay", csv_file, "--shift-to-now", "--speed", speed)
    first, last = [reading.measured_at for reading in plan.readings]
    assert last == NOON + timedelta(seconds=last_seconds)
    assert last - first == timedelta(seconds=60)
    if plan.pace:
        assert plan.pace.due_at(first) == NOON
        assert plan.pace.due_at(last) == last


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no sensor: give --sensor"),
        ([*SENSOR, "--speed", "2"], "--speed needs a --start"),
        ([*SENSOR, "--speed", "0"], "--speed needs a --start"),
        ([*SENSOR, "--start", "2026-03-04T12:00:01Z"], "is in the future"),
        ([*SENSOR, "--start", "1999-12-31T00:00Z"], "is before 2000-01-01"),
        ([*SENSOR, "--until", YESTERDAY], "--until must be after the start"),
        ([*SENSOR, "--peak-kw", "5"], "need --peak-every"),
        ([*SENSOR, "--country", "RO"], "--country needs --profile"),
        ([*SENSOR, "--peak-every", "15"], "need at least 20 s"),
        ([*SENSOR, "--shift-to-now"], "--shift-to-now needs --replay"),
        (["--sensors-file", "/nonexistent"], "--sensors-file /nonexistent: No such file"),
        (["--fleet", "2", "--replay", "x.csv"], "exactly one sensor, not 2"),
        ([*SENSOR, "--replay", "x.csv", "--count", "3"], "cannot be used with --count"),
        ([*SENSOR, "--replay", "x.csv", "--kwh-per-day", "3"], "cannot be used with --kwh-per-day"),
        ([*SENSOR, "--replay", "x.csv", "--profile", "car"], "cannot be used with --profile"),
        ([*SENSOR, "--replay", "/nonexistent.csv"], "cannot be read"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan_of(*arguments)


def test_a_bad_line_of_a_sensors_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "sensors"
    file.write_text(f"{SENSOR_ID}\nkitchen # no id\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2: 'kitchen' is no UUID"):
        plan_of("--sensors-file", str(file))


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--sensor", "kitchen", "invalid UUID value: 'kitchen'"),
        ("--fleet", "0", "must be from 1"),
        ("--fleet", "1.5", "not a whole number"),
        ("--batch", "1001", "must be from 1 to 1000"),
        ("--interval", "0", "must be from 0.001"),
        ("--interval", "nan", "must be from 0.001"),
        ("--speed", "-1", "must be from 0"),
        ("--speed", "fast", "'fast' is not a number"),
        ("--start", "yesterday", "'yesterday' is not an ISO 8601 time"),
        ("--timezone", "Moon/Crater", "'Moon/Crater' is not a known time zone"),
        ("--register", "-1", "must be from 0"),
    ],
)
def test_a_bad_value_is_refused(option: str, value: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentError) as caught:
        plan_of(f"{option}={value}")
    assert message in str(caught.value)
