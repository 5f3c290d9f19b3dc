"""What became of a register that fell: found by rule, or said by an administrator.

Each decision marks the span that it changes, so that history is computed anew there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from devices.models import Sensor
from monitoring.history.spans import record_affected
from monitoring.models import MeterReplacement, RegisterFall
from monitoring.rules.episodes import Span
from monitoring.rules.instants import from_us, to_us
from monitoring.rules.power import Fell, Sample
from monitoring.rules.registers import risen_over_kwh

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
    _decide_by_rule(falls)
    return falls


def decide_falls(falls: Iterable[RegisterFall], *, decision: RegisterFall.Decision) -> None:
    """Writes down what an administrator says of falls: a rollover, a reset, or not decided.

    Raises ``CannotDecide`` and changes nothing if one of them cannot have been a rollover.
    """
    with transaction.atomic():
        for fall in falls:
            risen_kwh = _rolled_over_kwh(fall) if decision == Decision.ROLLOVER else None
            _save(fall, decision, risen_kwh)


def reconsider_digits(sensor: Sensor) -> None:
    """Decides the sensor's falls again, by the digits that its register is now said to have.

    Those of an earlier meter stay, and so do those that an administrator has called a reset.
    """
    falls = RegisterFall.objects.filter(
        sensor=sensor,
        superseded_at__isnull=True,
        decision__in=[Decision.UNDECIDED, Decision.ROLLOVER],
    )
    last = MeterReplacement.objects.filter(sensor=sensor).order_by("-replaced_at").first()
    if last is not None:
        falls = falls.filter(started_at__gte=last.replaced_at)
    with transaction.atomic():
        _decide_again(falls)


def reconsider_replacement(*, sensor_id: int, replaced_at: datetime) -> None:
    """Decides the falls around a replacement again, which was recorded, moved or taken back."""
    _decide_again(
        RegisterFall.objects.filter(
            sensor=sensor_id,
            superseded_at__isnull=True,
            started_at__lte=replaced_at,
            ended_at__gte=replaced_at,
        )
    )


def _decide_again(falls: Iterable[RegisterFall]) -> None:
    falls = list(falls)
    known = [(fall.decision, fall.risen_kwh) for fall in falls]
    _decide_by_rule(falls)
    for fall, before in zip(falls, known, strict=True):
        if (fall.decision, fall.risen_kwh) != before:
            _save(fall, Decision(fall.decision), fall.risen_kwh)


def _decide_by_rule(falls: Sequence[RegisterFall]) -> None:
    """Sets each fall's decision: a replacement, a rollover, or none yet."""
    sensor_ids = {fall.sensor_id for fall in falls}
    if not sensor_ids:
        return
    sensors = Sensor.objects.in_bulk(sensor_ids)
    replaced_at = _get_replacement_times(sensor_ids)
    for fall in falls:
        fall.decision, fall.risen_kwh = Decision.UNDECIDED, None
        if any(fall.started_at <= at <= fall.ended_at for at in replaced_at[fall.sensor_id]):
            fall.decision = Decision.REPLACEMENT
            continue
        sensor = sensors[fall.sensor_id]
        risen_kwh = risen_over_kwh(
            Sample(to_us(fall.started_at), fall.before_kwh),
            Sample(to_us(fall.ended_at), fall.after_kwh),
            digits=sensor.register_digits,
            max_power_kw=float(sensor.max_power_kw),
        )
        if risen_kwh is not None:
            fall.decision, fall.risen_kwh = Decision.ROLLOVER, risen_kwh


def _get_replacement_times(sensor_ids: set[int]) -> defaultdict[int, list[datetime]]:
    times: defaultdict[int, list[datetime]] = defaultdict(list)
    recorded = MeterReplacement.objects.filter(sensor__in=sensor_ids)
    for sensor_id, at in recorded.values_list("sensor_id", "replaced_at"):
        times[sensor_id].append(at)
    return times


def _rolled_over_kwh(fall: RegisterFall) -> float:
    """What flowed if the fall was a rollover, wherever in the register's range it happened."""
    digits = fall.sensor.register_digits
    if digits is None:
        raise CannotDecide(
            _("How many digits the register of %(sensor)s has is not known: set it first.")
            % {"sensor": fall.sensor}
        )
    full_kwh = 10.0**digits
    if fall.before_kwh >= full_kwh:
        raise CannotDecide(
            _("%(fall)s cannot be a rollover: the register of %(sensor)s has %(digits)d digits.")
            % {"fall": fall, "sensor": fall.sensor, "digits": digits}
        )
    return fall.after_kwh + (full_kwh - fall.before_kwh)


def _save(fall: RegisterFall, decision: RegisterFall.Decision, risen_kwh: float | None) -> None:
    fall.decision, fall.risen_kwh = decision, risen_kwh
    fall.save(update_fields=["decision", "risen_kwh"])
    record_affected([Span(fall.sensor_id, to_us(fall.started_at), to_us(fall.ended_at))])
