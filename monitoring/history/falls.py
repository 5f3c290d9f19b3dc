"""What became of a register that fell: found by rule, or said by an administrator.

Each decision marks the span that it changes, so that history is computed anew there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from devices.models import Sensor
from monitoring.history.locks import lock_sensors
from monitoring.history.plausible import refuse_rollover
from monitoring.history.spans import record_affected
from monitoring.models import MeterReplacement, Reading, RegisterFall
from monitoring.partitions.retention import get_raw_kept_from
from monitoring.rules.episodes import Span
from monitoring.rules.instants import from_us, to_us
from monitoring.rules.intervals import QUARTER_US
from monitoring.rules.power import Fell, Sample
from monitoring.rules.registers import risen_over_kwh, roll_over

Decision = RegisterFall.Decision


class CannotDecide(ValueError):
    """The fall cannot be what somebody says it is. The text says why."""


def make_falls(found: Sequence[tuple[int, Fell]]) -> list[RegisterFall]:
    """Register falls of (sensor key, fall) pairs, each decided as far as the rules can."""
    falls = [
        RegisterFall(
            sensor_id=sensor_id,
            started_at=from_us(fell.start.at_us),
            ended_at=from_us(fell.end.at_us),
            before_kwh=fell.start.energy_kwh,
            after_kwh=fell.end.energy_kwh,
        )
        for sensor_id, fell in found
    ]
    _decide(falls)
    return falls


def decide_falls(
    falls: QuerySet[RegisterFall], *, decision: RegisterFall.Decision
) -> list[RegisterFall]:
    """Writes down what an administrator says of falls: a rollover, a reset, or not decided.

    Returns those of which it was written: what a late reading has refuted is left, and so is what
    is recorded as a replacement, which is changed or taken back itself. Raises ``CannotDecide`` and
    changes nothing if one of them cannot have been a rollover, or if history cannot follow.
    """
    with transaction.atomic():
        lock_sensors(falls.values_list("sensor_id", flat=True))
        current = falls.filter(superseded_at__isnull=True).exclude(decision=Decision.REPLACEMENT)
        chosen = list(current.select_related("sensor"))
        for fall in chosen:
            if Decision.ROLLOVER in (decision, fall.decision) and not _is_computable(fall):
                raise CannotDecide(
                    _(
                        "The readings around %(fall)s of %(sensor)s are no longer stored, so "
                        "the history of that time cannot be changed."
                    )
                    % {"fall": fall, "sensor": fall.sensor}
                )
            fall.said = "" if decision == Decision.UNDECIDED else decision
            is_rollover = decision == Decision.ROLLOVER
            _save(fall, decision, _rolled_over_kwh(fall, fall.sensor) if is_rollover else None)
    return chosen


def check_digits(sensor: Sensor) -> None:
    """Raises ``CannotDecide`` if what was said to be a rollover cannot be one with these digits.

    Without a number of digits what was known of a rollover stays.
    """
    if sensor.register_digits is None:
        return
    for fall in _falls_of_meter(sensor).filter(said=Decision.ROLLOVER):
        if fall.before_kwh < 10.0**sensor.register_digits:
            _rolled_over_kwh(fall, sensor)


def reconsider_digits(sensor: Sensor) -> None:
    """Decides the sensor's falls again, by the digits that its register is now said to have.

    To be called in the transaction that has changed them. What an administrator has said stays, but
    a rollover's energy follows the digits; falls of an earlier meter stay.
    """
    lock_sensors([sensor.pk])
    _decide_again(_falls_of_meter(sensor))


def _falls_of_meter(sensor: Sensor) -> QuerySet[RegisterFall]:
    """What the sensor's present meter has left to decide, or to compute through."""
    falls = RegisterFall.objects.filter(
        sensor=sensor,
        superseded_at__isnull=True,
        decision__in=[Decision.UNDECIDED, Decision.ROLLOVER],
    )
    last = MeterReplacement.objects.filter(sensor=sensor).order_by("-replaced_at").first()
    if last is not None:
        falls = falls.filter(started_at__gte=last.replaced_at)
    return falls


def reconsider_replacement(*, sensor_id: int, replaced_at: datetime) -> None:
    """Decides the falls around a replacement again, which was recorded, moved or taken back.

    What an administrator has said of them before holds again where there is no replacement.
    """
    _decide_again(
        RegisterFall.objects.filter(
            sensor=sensor_id,
            superseded_at__isnull=True,
            started_at__lte=replaced_at,
            ended_at__gte=replaced_at,
        )
    )


def _decide_again(falls: Iterable[RegisterFall]) -> None:
    falls = [fall for fall in falls if _is_computable(fall)]
    known = [(fall.decision, fall.risen_kwh) for fall in falls]
    _decide(falls)
    for fall, before in zip(falls, known, strict=True):
        if (fall.decision, fall.risen_kwh) != before:
            _save(fall, Decision(fall.decision), fall.risen_kwh)


def _is_computable(fall: RegisterFall) -> bool:
    """Whether the fall's quarter hours can be computed anew: from the reading that was there when
    the first of them began. It may have been dropped."""
    kept_from = get_raw_kept_from()
    if kept_from is None or fall.started_at >= kept_from:
        return True
    begun_at = from_us(to_us(fall.started_at) // QUARTER_US * QUARTER_US)
    return Reading.objects.filter(sensor=fall.sensor_id, measured_at__lte=begun_at).exists()


def _decide(falls: Sequence[RegisterFall]) -> None:
    """Sets each fall's decision: a replacement, what was said of it, a rollover, or none yet."""
    sensor_ids = {fall.sensor_id for fall in falls}
    if not sensor_ids:
        return
    sensors = Sensor.objects.in_bulk(sensor_ids)
    replaced_at = _get_replacement_times(sensor_ids)
    for fall in falls:
        if any(fall.started_at <= at <= fall.ended_at for at in replaced_at[fall.sensor_id]):
            fall.decision, fall.risen_kwh = Decision.REPLACEMENT, None
        elif fall.said == Decision.RESET:
            fall.decision, fall.risen_kwh = Decision.RESET, None
        else:
            find_kwh = _said_kwh if fall.said == Decision.ROLLOVER else _found_kwh
            fall.risen_kwh = find_kwh(fall, sensors[fall.sensor_id])
            is_known = fall.risen_kwh is not None
            fall.decision = Decision.ROLLOVER if is_known else Decision.UNDECIDED


def _found_kwh(fall: RegisterFall, sensor: Sensor) -> float | None:
    """What flowed if the rule takes the fall for a rollover."""
    return risen_over_kwh(
        *_samples(fall),
        digits=sensor.register_digits,
        max_power_kw=float(sensor.max_power_kw),
    )


def find_implausible_rollover(fall: RegisterFall, sensor: Sensor) -> str:
    """Why nobody can have used what the fall makes as a rollover; empty if they can.

    Empty, too, where nobody knows the digits of the register.
    """
    max_power_kw, digits = float(sensor.max_power_kw), sensor.register_digits
    risen = None if digits is None else roll_over(*_samples(fall), digits=digits)
    if risen is None or risen.is_plausible(max_power_kw=max_power_kw):
        return ""
    return refuse_rollover(risen, max_power_kw=max_power_kw)


def _said_kwh(fall: RegisterFall, sensor: Sensor) -> float | None:
    """What flowed, as the fall was a rollover: by the digits, or as it was known before."""
    try:
        return _rolled_over_kwh(fall, sensor)
    except CannotDecide:
        return fall.risen_kwh


def _get_replacement_times(sensor_ids: set[int]) -> defaultdict[int, list[datetime]]:
    times: defaultdict[int, list[datetime]] = defaultdict(list)
    recorded = MeterReplacement.objects.filter(sensor__in=sensor_ids)
    for sensor_id, at in recorded.values_list("sensor_id", "replaced_at"):
        times[sensor_id].append(at)
    return times


def _rolled_over_kwh(fall: RegisterFall, sensor: Sensor) -> float:
    """What flowed if the fall was a rollover, wherever in the register's range it happened.

    Raises ``CannotDecide`` if the digits do not allow it, or if nobody uses that much.
    """
    digits = sensor.register_digits
    if digits is None:
        raise CannotDecide(
            _("First set the number of digits of the register of %(sensor)s.") % {"sensor": sensor}
        )
    if fall.before_kwh >= 10.0**digits:
        raise CannotDecide(
            _("%(fall)s cannot be a rollover: the register of %(sensor)s has %(digits)d digits.")
            % {"fall": fall, "sensor": sensor, "digits": digits}
        )
    if why := find_implausible_rollover(fall, sensor):
        raise CannotDecide(f"{fall}, {sensor}: {why}")
    return roll_over(*_samples(fall), digits=digits).kwh


def _samples(fall: RegisterFall) -> tuple[Sample, Sample]:
    return (
        Sample(to_us(fall.started_at), fall.before_kwh),
        Sample(to_us(fall.ended_at), fall.after_kwh),
    )


def _save(fall: RegisterFall, decision: RegisterFall.Decision, risen_kwh: float | None) -> None:
    fall.decision, fall.risen_kwh = decision, risen_kwh
    fall.save(update_fields=["said", "decision", "risen_kwh"])
    record_affected([Span(fall.sensor_id, to_us(fall.started_at), to_us(fall.ended_at))])
