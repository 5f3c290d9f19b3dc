"""From checked options to what is to be published, and when."""

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sensor_sim.fleet import fleet_sensor_ids, spread_phases
from sensor_sim.households import HOUSEHOLDS, Family
from sensor_sim.meter import Meter, Reading, merge_readings
from sensor_sim.options import (
    DEFAULT_COUNTRY,
    DEFAULT_INTERVAL,
    DEFAULT_MEAN_KWH_PER_DAY,
    DEFAULT_PEAK_KW,
)
from sensor_sim.peaks import Peaks
from sensor_sim.places import PLACES
from sensor_sim.profile import EPOCH, Load, LoadProfile
from sensor_sim.replay import check_replay, replay_readings
from sensor_sim.runner import Clock, Pace

NOT_WITH_REPLAY = (
    *("interval", "start", "until", "count"),
    *("kwh_per_day", "profile", "country", "register", "peak_every", "peak_kw", "peak_seconds"),
)


class OptionsError(ValueError):
    """Options that do not fit together; the text is one clear line."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be published: see ``run_simulation``. ``reading_count`` is None if unknown."""

    readings: Iterator[Reading]
    pace: Pace | None
    batch_size: int
    reading_count: int | None


def make_plan(options: Namespace, *, clock: Clock) -> Plan:
    """Raises ``ValueError`` with one clear line if the options do not fit together."""
    sensor_ids = _sensor_ids(options)
    if options.replay:
        return _replay_plan(options, sensor_ids, clock)
    if options.shift_to_now:
        raise OptionsError("--shift-to-now needs --replay")
    return _simulation_plan(options, sensor_ids, clock())


def _sensor_ids(options: Namespace) -> list[UUID]:
    sensor_ids = list(options.sensor)
    if options.sensors_file:
        sensor_ids += _read_sensors(options.sensors_file)
    if options.fleet:
        sensor_ids += fleet_sensor_ids(options.fleet)
    if not sensor_ids:
        raise OptionsError("no sensor: give --sensor, --sensors-file or --fleet")
    return list(dict.fromkeys(sensor_ids))


def _read_sensors(path: Path) -> list[UUID]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise OptionsError(f"--sensors-file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise OptionsError(f"--sensors-file {path}: is not UTF-8 text") from None
    texts = ((number, line.partition("#")[0].strip()) for number, line in enumerate(lines, 1))
    return [_parse_sensor(text, path, number) for number, text in texts if text]


def _parse_sensor(text: str, path: Path, number: int) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise OptionsError(f"--sensors-file {path}, line {number}: {text!r} is no UUID") from None


def _simulation_plan(options: Namespace, sensor_ids: list[UUID], now: datetime) -> Plan:
    interval = options.interval or DEFAULT_INTERVAL
    speed = 1.0 if options.speed is None else options.speed
    start = _start(options, speed, now)
    until = options.until and _localized(options.until, options)
    if until and until <= (start or now):
        raise OptionsError("--until must be after the start")
    # Without --start the reading that was due last goes out at once: nobody likes to wait.
    first_at = start or now - interval
    meters = _meters(options, sensor_ids, interval, first_at)
    paced = start is not None and speed > 0
    return Plan(
        readings=merge_readings(meters, first_at, until=until, limit=options.count),
        pace=Pace(speed=speed, simulated_start=first_at, real_start=now) if paced else None,
        batch_size=options.batch,
        reading_count=_reading_count(options, len(meters), first_at, until, interval),
    )


def _start(options: Namespace, speed: float, now: datetime) -> datetime | None:
    if options.start is None:
        if speed != 1:
            raise OptionsError("--speed needs a --start in the past")
        return None
    start = _localized(options.start, options)
    if start > now:
        raise OptionsError(f"--start {start.isoformat()} is in the future")
    if start < EPOCH:
        raise OptionsError(f"--start {start.isoformat()} is before {EPOCH.date()}")
    return start


def _localized(at: datetime, options: Namespace) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=options.timezone)


def _meters(
    options: Namespace, sensor_ids: list[UUID], interval: timedelta, start: datetime
) -> list[Meter]:
    count = len(sensor_ids)
    phases = spread_phases(count, interval) if options.batch == 1 else [timedelta(0)] * count
    return [
        Meter(
            sensor_id,
            seed=options.seed,
            mean_kwh_per_day=options.kwh_per_day or DEFAULT_MEAN_KWH_PER_DAY,
            timezone=options.timezone,
            load=_load(options, sensor_id),
            interval=interval,
            phase=phase,
            peaks=_peaks(options),
            register_kwh=options.register,
            register_at=None if options.register is None else start,
        )
        for sensor_id, phase in zip(sensor_ids, phases, strict=True)
    ]


def _load(options: Namespace, sensor_id: UUID) -> Load | None:
    if options.profile is None:
        if options.country is not None:
            raise OptionsError("--country needs --profile")
        return None
    key = f"{options.seed}:{sensor_id}"
    days = HOUSEHOLDS[options.profile](
        key,
        mean_kwh_per_day=options.kwh_per_day or DEFAULT_MEAN_KWH_PER_DAY,
        family=Family(key, PLACES[options.country or DEFAULT_COUNTRY]),
    )
    return LoadProfile(days, timezone=options.timezone)


def _peaks(options: Namespace) -> Peaks | None:
    if options.peak_every is None:
        if options.peak_kw is not None or options.peak_seconds is not None:
            raise OptionsError("--peak-kw and --peak-seconds need --peak-every")
        return None
    return Peaks(
        every=options.peak_every,
        power_kw=options.peak_kw or DEFAULT_PEAK_KW,
        duration=options.peak_seconds,
    )


def _reading_count(
    options: Namespace, meters: int, start: datetime, until: datetime | None, interval: timedelta
) -> int | None:
    counts = [] if options.count is None else [options.count]
    if until is not None:
        counts.append(round((until - start) / interval))
    return meters * min(counts) if counts else None


def _replay_plan(options: Namespace, sensor_ids: list[UUID], clock: Clock) -> Plan:
    if len(sensor_ids) != 1:
        raise OptionsError(f"--replay is for exactly one sensor, not {len(sensor_ids)}")
    for name in NOT_WITH_REPLAY:
        if getattr(options, name) is not None:
            raise OptionsError(f"--replay cannot be used with --{name.replace('_', '-')}")
    summary = check_replay(options.replay, latest_at=None if options.shift_to_now else clock())
    now, speed = clock(), options.speed or 0.0
    shift = timedelta(0)
    if options.shift_to_now:
        duration = summary.newest_at - summary.oldest_at
        shift = now + (duration / max(speed, 1.0) if speed else timedelta(0)) - summary.newest_at
    pace = Pace(speed=speed, simulated_start=summary.oldest_at + shift, real_start=now)
    return Plan(
        readings=replay_readings(options.replay, sensor_ids[0], shift),
        pace=pace if speed else None,
        batch_size=options.batch,
        reading_count=summary.row_count,
    )
