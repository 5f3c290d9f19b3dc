"""Meter replacements, as an administrator records them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from devices.number_fields import CommaOrPointFloatField
from monitoring.admin.search import OfSensorAdmin
from monitoring.history.plausible import say_kwh, say_risen
from monitoring.history.replacements import (
    check_replacement,
    delete_replacements,
    find_needed,
    get_outcome,
    save_replacement,
)
from monitoring.models import MeterReplacement, RegisterFall


class ReplacementForm(forms.ModelForm[MeterReplacement]):
    """The sensor never changes after; what the readings contradict is refused with the reason.

    ``fall`` is the register fall that the form was opened from, if it was.
    """

    fall = forms.ModelChoiceField(
        RegisterFall.objects.filter(superseded_at__isnull=True),
        required=False,
        label=_("register fall"),
        widget=forms.HiddenInput,
    )

    class Meta:
        model = MeterReplacement
        fields = ("sensor", "replaced_at", "final_kwh", "first_kwh", "note")
        field_classes = {
            "final_kwh": CommaOrPointFloatField,
            "first_kwh": CommaOrPointFloatField,
        }
        help_texts = {
            "replaced_at": _(
                "In your time zone. Between the last reading of the old meter and the first one"
                " of the new meter."
            ),
            "final_kwh": _("The register of the old meter when it was removed."),
            "first_kwh": _("The register of the new meter when it was installed; often 0."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "sensor" in self.fields:
            self.fields["sensor"].disabled = True

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # fills the instance from the form
        if not self.errors:
            try:
                fall = self.cleaned_data.get("fall")
                check_replacement(self.instance, now=timezone.now(), fall=fall)
            except forms.ValidationError as problems:
                self.add_error(None, problems)


def _fill_in(fall: RegisterFall) -> dict[str, Any]:
    """The form for a fall. The time is the middle of its two readings, to the second."""
    middle = fall.started_at + (fall.ended_at - fall.started_at) / 2
    return {
        "fall": fall.pk,
        "sensor": fall.sensor_id,
        "replaced_at": max(middle.replace(microsecond=0), fall.started_at),
        "final_kwh": fall.before_kwh,
        "first_kwh": 0,
    }


def tell_outcome(replacement: MeterReplacement) -> str:
    """What became of the fall, and what history will show of either meter."""
    outcome = get_outcome(replacement)
    sentences = []
    if outcome.fall:
        named = {
            "before": say_kwh(outcome.fall.before_kwh),
            "after": say_kwh(outcome.fall.after_kwh),
        }
        text = gettext("This explains the register's fall from %(before)s to %(after)s kWh.")
        sentences.append(text % named)
    elif outcome.new:
        sentences.append(gettext("The register did not fall at this time."))
    if outcome.old:
        text = gettext(
            "Within a minute, history will show %(used)s kWh for the old meter from %(start)s "
            "to %(end)s."
        )
        sentences.append(text % say_risen(outcome.old))
    if outcome.new:
        text = gettext("For the new meter it will show %(used)s kWh from %(start)s to %(end)s.")
        sentences.append(text % say_risen(outcome.new))
    else:
        sentences.append(gettext("The new meter has not sent a reading yet."))
    if outcome.waiting_falls:
        text = ngettext(
            "%(count)d fall of this sensor still waits for a decision.",
            "%(count)d falls of this sensor still wait for a decision.",
            outcome.waiting_falls,
        )
        sentences.append(text % {"count": outcome.waiting_falls})
    return " ".join(sentences)


@admin.register(MeterReplacement)
class MeterReplacementAdmin(OfSensorAdmin[MeterReplacement]):
    form = ReplacementForm
    list_display = ("replaced_at", "sensor_link", "device", "owner", "final", "first", "note")
    list_filter = ("replaced_at",)
    ordering = ("-replaced_at", "-id")
    search_fields = (*OfSensorAdmin.search_fields, "note")
    search_help_text = _("Sensor id, sensor, device, the owner's email address, or the note.")
    show_full_result_count = False
    autocomplete_fields = ("sensor",)

    def save_model(self, request: HttpRequest, obj: MeterReplacement, *_: Any) -> None:
        save_replacement(obj)
        self.message_user(request, tell_outcome(obj))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """With ``?fall=``, what is known of that fall."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        number = initial.get("fall", "")
        fall = RegisterFall.objects.filter(pk=number).first() if number.isdecimal() else None
        return {**initial, **_fill_in(fall)} if fall else initial

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuses to take back what keeps energy out of history that never flowed."""
        needed = find_needed(list(objs))
        names, counts, permissions, protected = super().get_deleted_objects(objs, request)
        return names, counts, permissions, [*protected, *needed]

    def delete_model(self, request: HttpRequest, obj: MeterReplacement) -> None:
        delete_replacements([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[MeterReplacement]) -> None:
        delete_replacements(list(queryset))

    @admin.display(description=_("final register (kWh)"), ordering="final_kwh")
    def final(self, replacement: MeterReplacement) -> str:
        return number_format(replacement.final_kwh, 3, force_grouping=True)

    @admin.display(description=_("first register (kWh)"), ordering="first_kwh")
    def first(self, replacement: MeterReplacement) -> str:
        return number_format(replacement.first_kwh, 3, force_grouping=True)
