"""Meter replacements, as an administrator records them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from devices.number_fields import CommaOrPointFloatField
from monitoring.admin.search import OfSensorAdmin
from monitoring.history.replacements import (
    check_replacement,
    delete_replacements,
    save_replacement,
)
from monitoring.models import MeterReplacement


class ReplacementForm(forms.ModelForm[MeterReplacement]):
    """The sensor never changes after; what the readings contradict is refused with the reason."""

    class Meta:
        model = MeterReplacement
        fields = ("sensor", "replaced_at", "final_kwh", "first_kwh", "note")
        field_classes = {
            "final_kwh": CommaOrPointFloatField,
            "first_kwh": CommaOrPointFloatField,
        }
        help_texts = {
            "replaced_at": _("In your time zone. After the last reading of the old meter."),
            "final_kwh": _("What the old meter showed when it was taken away."),
            "first_kwh": _("What the new meter showed when it was put in; often 0."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "sensor" in self.fields:
            self.fields["sensor"].disabled = True

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # fills the instance from the form
        if not self.errors:
            try:
                check_replacement(self.instance, now=timezone.now())
            except forms.ValidationError as problems:
                self.add_error(None, problems)


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
