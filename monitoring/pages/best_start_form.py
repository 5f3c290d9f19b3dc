"""What an appliance needs, and when it may run. All of it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from devices.number_fields import CommaOrPointFloatField
from monitoring.rules.best_start import Programme, Wish

MOST_MINUTES = 24 * 60
MOST_KWH = 1000


@dataclass(frozen=True)
class Preset:
    """A usual programme of an appliance, to begin with."""

    name: str | Promise
    duration_minutes: int
    kwh: float


PRESETS = (
    Preset(_("Washing machine"), 120, 0.9),
    Preset(_("Dishwasher"), 150, 1.0),
    Preset(_("Electric car"), 240, 14.0),
)


@dataclass(frozen=True)
class PresetLink:
    """A preset, the address that asks for it, and whether it is what was asked for."""

    name: str | Promise
    query: str
    is_current: bool


class BestStartForm(forms.Form):
    """Without anything given it asks for the first preset, at any time of the next 24 hours."""

    duration_minutes = forms.IntegerField(
        label=_("Running time (minutes)"), min_value=1, max_value=MOST_MINUTES
    )
    kwh = CommaOrPointFloatField(label=_("Energy used (kWh)"), min_value=0.001, max_value=MOST_KWH)
    earliest = forms.TimeField(
        label=_("Not before"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    latest = forms.TimeField(
        label=_("Ready by"),
        required=False,
        widget=forms.TimeInput({"type": "time"}, "%H:%M"),
        help_text=_(
            "A time before “not before” means the next morning. Leave both empty for any time "
            "in the next 24 hours."
        ),
    )
    of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, given: Mapping[str, str]) -> None:
        first = PRESETS[0]
        defaults = {"duration_minutes": first.duration_minutes, "kwh": first.kwh}
        super().__init__(
            {**defaults, **{name: given[name] for name in self.base_fields if name in given}}
        )

    def clean(self) -> dict[str, Any]:
        """A window has both ends or none."""
        start, end = self.cleaned_data.get("earliest"), self.cleaned_data.get("latest")
        if not {"earliest", "latest"} & set(self.errors) and (start is None) != (end is None):
            self.add_error(
                "latest" if end is None else "earliest", _("Enter both times or neither.")
            )
        return self.cleaned_data

    def get_wish(self) -> Wish | None:
        """What was asked for; None if that is not valid."""
        if not self.is_valid():
            return None
        given = self.cleaned_data
        programme = Programme(timedelta(minutes=given["duration_minutes"]), given["kwh"])
        return Wish(programme, given["earliest"] or time(), given["latest"] or time())

    def make_preset_links(self) -> list[PresetLink]:
        """The presets, each with the rest of what was asked for."""
        return [self._make_link(preset) for preset in PRESETS]

    def _make_link(self, preset: Preset) -> PresetLink:
        numbers = {"duration_minutes": preset.duration_minutes, "kwh": preset.kwh}
        query = QueryDict(mutable=True)
        query.update({name: str(value) for name, value in {**self.data, **numbers}.items()})
        is_current = self.is_valid() and all(
            self.cleaned_data[name] == value for name, value in numbers.items()
        )
        return PresetLink(preset.name, query.urlencode(), is_current)
