"""Meter replacements: what makes sense, and recording them so that history joins exactly."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from monitoring.history.falls import reconsider_replacement
from monitoring.history.locks import lock_sensors
from monitoring.history.spans import record_affected
from monitoring.models import MeterReplacement, Reading
from monitoring.rules.episodes import Span
from monitoring.rules.instants import to_us


class Around(NamedTuple):
    """The readings next to an instant."""

    before: Reading | None
    after: Reading | None


def check_replacement(replacement: MeterReplacement, *, now: datetime) -> None:
    """Raises ``ValidationError``, by field, for a replacement that the readings contradict.

    The new meter need not have sent anything yet. To be called in the transaction that records it:
    until its end no reading comes that might contradict.
    """
    lock_sensors([replacement.sensor_id])
    before, after = _get_around(replacement.sensor_id, replacement.replaced_at)
    problems = {}
    if replacement.replaced_at > now:
        problems["replaced_at"] = _("This time is in the future.")
    elif before is None:
        problems["replaced_at"] = _("There is no reading of the old meter before this time.")
    elif replacement.final_kwh < before.energy_kwh:
        problems["final_kwh"] = _(
            "The old meter stood at %(kwh)s kWh already, on %(at)s: its final register "
            "cannot be lower."
        ) % _words(before)
    if after is not None and replacement.first_kwh > after.energy_kwh:
        problems["first_kwh"] = _(
            "The next reading, of %(at)s, is %(kwh)s kWh: the new meter cannot have begun above "
            "that. If another reading of the old meter is meant, choose a later time."
        ) % _words(after)
    if problems:
        raise ValidationError(problems)


def _words(reading: Reading) -> dict[str, str]:
    return {
        "kwh": str(localize(round(reading.energy_kwh, 3))),
        "at": str(localize(localtime(reading.measured_at))),
    }


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
    start = before.measured_at if before else at
    end = after.measured_at if after else at
    record_affected([Span(sensor_id, to_us(start), to_us(end))])


def _get_around(sensor_id: int, at: datetime) -> Around:
    readings = Reading.objects.filter(sensor=sensor_id)
    return Around(
        readings.filter(measured_at__lt=at).order_by("-measured_at").first(),
        readings.filter(measured_at__gt=at).order_by("measured_at").first(),
    )
