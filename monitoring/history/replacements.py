"""Meter replacements: what makes sense, and recording them so that history joins exactly."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from monitoring.history.falls import reconsider_replacement
from monitoring.history.locks import lock_sensors
from monitoring.history.plausible import (
    refuse_absence,
    refuse_new_meter,
    refuse_old_meter,
    say_kwh,
    say_sample,
    say_time,
)
from monitoring.history.spans import record_affected
from monitoring.models import MeterReplacement, Reading, RegisterFall
from monitoring.rules.episodes import Span
from monitoring.rules.instants import from_us, to_us
from monitoring.rules.power import Sample
from monitoring.rules.registers import Replacement, Risen, may_explain, split_at

Decision = RegisterFall.Decision


class Around(NamedTuple):
    """The readings next to an instant."""

    before: Sample | None
    after: Sample | None


class Outcome(NamedTuple):
    """What became of a replacement that was recorded: what history shows of either meter.

    ``fall`` is the register fall that it explains. Others of the sensor may still wait.
    """

    fall: RegisterFall | None
    old: Risen | None
    new: Risen | None
    waiting_falls: int


def check_replacement(
    replacement: MeterReplacement, *, now: datetime, fall: RegisterFall | None = None
) -> None:
    """Raises ``ValidationError``, by field, for a replacement that the readings contradict.

    ``fall`` is the register fall that it is to explain, if there is one: its time lies between the
    two readings of that. So it does of a fall that waits, and that its registers may explain. What
    either meter is said to have used must be plausible.

    The new meter need not have sent anything yet. To be called in the transaction that records it:
    until its end no reading comes that might contradict.
    """
    lock_sensors([replacement.sensor_id])
    around = _get_around(replacement.sensor_id, replacement.replaced_at)
    problems = (
        _contradict_registers(replacement, around, now=now)
        or _contradict_falls(replacement, fall)
        or _contradict_power(replacement, around)
        or _contradict_absence(replacement)
    )
    if problems:
        raise ValidationError(problems)


def _contradict_registers(
    replacement: MeterReplacement, around: Around, *, now: datetime
) -> dict[str, str]:
    before, after = around
    problems = {}
    if replacement.replaced_at > now:
        problems["replaced_at"] = _("This time is in the future.")
    elif before is None:
        problems["replaced_at"] = _("There is no reading of the old meter before this time.")
    elif replacement.final_kwh < before.energy_kwh:
        problems["final_kwh"] = _(
            "The old meter already showed %(kwh)s kWh on %(at)s: its final register cannot be "
            "lower."
        ) % say_sample(before)
    if after is not None and replacement.first_kwh > after.energy_kwh:
        problems["first_kwh"] = _(
            "The next reading, on %(at)s, is %(kwh)s kWh: the new meter cannot have started "
            "above that. If that reading is still from the old meter, choose a later time."
        ) % say_sample(after)
    return problems


def _contradict_falls(replacement: MeterReplacement, fall: RegisterFall | None) -> dict[str, str]:
    if fall is None or fall.superseded_at or fall.sensor_id != replacement.sensor_id:
        fall = _find_explained(replacement)
    if fall is None or fall.started_at <= replacement.replaced_at <= fall.ended_at:
        return {}
    return {
        "replaced_at": _(
            "The register fell between %(start)s (%(before)s kWh) and %(end)s (%(after)s kWh): "
            "the meter was replaced between the two. If you mean another replacement, first "
            "decide what that fall was."
        )
        % {
            "start": say_time(fall.started_at),
            "before": say_kwh(fall.before_kwh),
            "end": say_time(fall.ended_at),
            "after": say_kwh(fall.after_kwh),
        }
    }


#: Of so many falls that wait, the newest, it is looked which a replacement may explain.
FALLS_LOOKED_AT = 100


def _find_explained(replacement: MeterReplacement) -> RegisterFall | None:
    """The newest fall that would wait without this replacement, and that it may explain."""
    known = MeterReplacement.objects.filter(pk=replacement.pk).first()
    waits = Q(decision=Decision.UNDECIDED)
    if known is not None:
        at = known.replaced_at
        waits |= Q(decision=Decision.REPLACEMENT, started_at__lte=at, ended_at__gte=at)
    falls = RegisterFall.objects.filter(
        waits, sensor=replacement.sensor_id, superseded_at__isnull=True
    ).order_by("-ended_at")
    registers, max_power_kw = _as_rule(replacement), _max_power_kw(replacement)
    for fall in falls[:FALLS_LOOKED_AT]:
        start = Sample(to_us(fall.started_at), fall.before_kwh)
        end = Sample(to_us(fall.ended_at), fall.after_kwh)
        if may_explain(registers, start, end, max_power_kw=max_power_kw):
            return fall
    return None


def _contradict_power(replacement: MeterReplacement, around: Around) -> dict[str, str]:
    if around.before is None:
        return {}
    old, new = split_at(_as_rule(replacement), around.before, around.after)
    max_power_kw = _max_power_kw(replacement)
    if not old.is_plausible(max_power_kw=max_power_kw):
        return {"replaced_at": refuse_old_meter(old, max_power_kw=max_power_kw)}
    if new and not new.is_plausible(max_power_kw=max_power_kw):
        return {"replaced_at": refuse_new_meter(new, max_power_kw=max_power_kw)}
    return {}


def _contradict_absence(replacement: MeterReplacement) -> dict[str, str]:
    """Of one that is moved: what would be left where it was."""
    known = MeterReplacement.objects.filter(pk=replacement.pk).first()
    if known is None:
        return {}
    left = _left_without(known, gone=[known.pk], moved_to=replacement.replaced_at)
    return {"replaced_at": left} if left else {}


def find_needed(replacements: Collection[MeterReplacement]) -> list[str]:
    """Why some of these replacements cannot be taken back: what history would show instead."""
    gone = [replacement.pk for replacement in replacements]
    found = (_left_without(replacement, gone=gone) for replacement in replacements)
    return [
        f"{replacement}: {why}" for replacement, why in zip(replacements, found, strict=True) if why
    ]


def _left_without(
    replacement: MeterReplacement, *, gone: Collection[int], moved_to: datetime | None = None
) -> str:
    """Why it cannot be taken away; empty if it can."""
    before, after = _get_around(replacement.sensor_id, replacement.replaced_at)
    if before is None or after is None or after.energy_kwh < before.energy_kwh:
        return ""  # what a register that falls has measured is unknown
    start, end = from_us(before.at_us), from_us(after.at_us)
    if moved_to is not None and start <= moved_to <= end:
        return ""
    others = MeterReplacement.objects.filter(
        sensor=replacement.sensor_id, replaced_at__gt=start, replaced_at__lt=end
    )
    if others.exclude(pk__in=gone).exists():
        return ""
    risen = Risen(after.energy_kwh - before.energy_kwh, before.at_us, after.at_us)
    max_power_kw = _max_power_kw(replacement)
    if risen.is_plausible(max_power_kw=max_power_kw):
        return ""
    return refuse_absence(risen, max_power_kw=max_power_kw)


def _max_power_kw(replacement: MeterReplacement) -> float:
    return float(replacement.sensor.max_power_kw)


def _as_rule(replacement: MeterReplacement) -> Replacement:
    at_us = to_us(replacement.replaced_at)
    return Replacement(replacement.sensor_id, at_us, replacement.final_kwh, replacement.first_kwh)


def get_outcome(replacement: MeterReplacement) -> Outcome:
    """What became of a replacement that is recorded."""
    before, after = _get_around(replacement.sensor_id, replacement.replaced_at)
    falls = RegisterFall.objects.filter(sensor=replacement.sensor_id, superseded_at__isnull=True)
    explained = falls.filter(
        decision=Decision.REPLACEMENT,
        started_at__lte=replacement.replaced_at,
        ended_at__gte=replacement.replaced_at,
    )
    old, new = split_at(_as_rule(replacement), before, after) if before else (None, None)
    waiting = falls.filter(decision=Decision.UNDECIDED).count()
    return Outcome(explained.first(), old, new, waiting)


def save_replacement(replacement: MeterReplacement) -> None:
    """Records a replacement, or changes one; ``check_replacement`` has found no fault with it."""
    with transaction.atomic():
        lock_sensors([replacement.sensor_id])
        known = MeterReplacement.objects.filter(pk=replacement.pk).first()
        replacement.save()
        if known is not None:
            _reconsider(known)
        _reconsider(replacement)


def delete_replacements(replacements: Collection[MeterReplacement]) -> None:
    """Takes replacements back, as if they had never been recorded."""
    with transaction.atomic():
        lock_sensors(replacement.sensor_id for replacement in replacements)
        for replacement in replacements:
            MeterReplacement.objects.filter(pk=replacement.pk).delete()
            _reconsider(replacement)


def _reconsider(replacement: MeterReplacement) -> None:
    sensor_id, at = replacement.sensor_id, replacement.replaced_at
    reconsider_replacement(sensor_id=sensor_id, replaced_at=at)
    before, after = _get_around(sensor_id, at)
    start_us = before.at_us if before else to_us(at)
    end_us = after.at_us if after else to_us(at)
    record_affected([Span(sensor_id, start_us, end_us)])


def _get_around(sensor_id: int, at: datetime) -> Around:
    readings = Reading.objects.filter(sensor=sensor_id)
    return Around(
        _as_sample(readings.filter(measured_at__lt=at).order_by("-measured_at").first()),
        _as_sample(readings.filter(measured_at__gt=at).order_by("measured_at").first()),
    )


def _as_sample(reading: Reading | None) -> Sample | None:
    return Sample(to_us(reading.measured_at), reading.energy_kwh) if reading else None
