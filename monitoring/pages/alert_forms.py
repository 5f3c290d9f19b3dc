"""What people say on the pages of alerts."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from devices.models import Device
from monitoring.models import AlertSettings
from monitoring.pages.alert_list import UNACKNOWLEDGED, UNREAD, AlertFilter, Place

LARGEST_SEQ = 2**63 - 1


def _seq_field() -> forms.IntegerField:
    return forms.IntegerField(min_value=0, max_value=LARGEST_SEQ, required=False)


class AlertFilterForm(forms.Form):
    """Which alerts to list, and from where on. All of it stands in the address."""

    show = forms.ChoiceField(
        label=_("Show"),
        choices=[
            ("", _("All")),
            (UNREAD, _("Unread")),
            (UNACKNOWLEDGED, _("Not acknowledged")),
        ],
        required=False,
    )
    device: forms.ModelChoiceField[Device] = forms.ModelChoiceField(
        Device.objects.none(), label=_("Device"), required=False, empty_label=_("All devices")
    )
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        device = self.fields["device"]
        assert isinstance(device, forms.ModelChoiceField)  # noqa: S101 - tells the type checker
        device.queryset = Device.objects.filter(owner=user)

    def get_filter(self) -> AlertFilter:
        """The valid part of what was asked; days are those of the current time zone."""
        self.is_valid()
        given = self.cleaned_data
        last: date | None = given.get("until")
        return AlertFilter(
            show=given.get("show", ""),
            device=given.get("device"),
            since=_midnight(given.get("since")),
            until=_midnight(last + timedelta(days=1) if last and last < date.max else None),
        )


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None


class PeakPlaceForm(forms.Form):
    """From when on a page of a group's peaks goes back."""

    before = forms.DateTimeField(required=False)

    def get_before(self) -> datetime | None:
        """Nonsense is the newest."""
        return self.cleaned_data["before"] if self.is_valid() else None


class PlaceForm(forms.Form):
    """From which alert on a page of the list goes, to older or to newer ones."""

    before = _seq_field()
    after = _seq_field()

    def get_place(self) -> Place:
        """Nonsense is the beginning."""
        if not self.is_valid():
            return Place()
        return Place(self.cleaned_data["before"], self.cleaned_data["after"])


class MarkReadForm(forms.Form):
    """Which: one, those of a group, or all up to the newest that the page showed."""

    seq = forms.IntegerField(min_value=1, max_value=LARGEST_SEQ, required=False)
    group = forms.IntegerField(min_value=1, max_value=LARGEST_SEQ, required=False)
    up_to_seq = _seq_field()

    def clean(self) -> dict[str, Any]:
        """Nothing is not "all": that would also mark what nobody has seen."""
        if all(self.cleaned_data.get(name) is None for name in self.fields):
            raise forms.ValidationError(_("Choose the alerts to mark as read."))
        return self.cleaned_data


class AcknowledgeForm(forms.Form):
    """Which alert has been seen to, or which group of alerts."""

    seq = forms.IntegerField(min_value=1, max_value=LARGEST_SEQ, required=False)
    group = forms.IntegerField(min_value=1, max_value=LARGEST_SEQ, required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        if all(self.cleaned_data.get(name) is None for name in self.fields):
            raise forms.ValidationError(_("Choose the alerts to acknowledge."))
        return self.cleaned_data


class AlertSettingsForm(forms.ModelForm[AlertSettings]):
    """How the user hears of peaks by email."""

    daily_at_hour = forms.TypedChoiceField(
        label=_("Hour of the daily email"),
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
    )

    pause_minutes = forms.TypedChoiceField(
        label=_("Pause between alerts of a meter"),
        coerce=int,
        choices=AlertSettings.Pause.choices,
        required=False,
        help_text=_(
            "Peaks that begin within this time after a meter's last alert are added to that "
            "alert, without a message or an email of their own."
        ),
    )

    class Meta:
        model = AlertSettings
        fields = ["emails", "daily_at_hour", "quiet_from", "quiet_until", "pause_minutes"]
        labels = {"emails": _("Email")}
        help_texts = {
            "quiet_from": _(
                "No emails during these hours. Alerts from this time arrive together afterwards."
            ),
            "quiet_until": _(
                "An end before the start means the next morning. Leave both empty to get emails"
                " at any hour."
            ),
        }
        widgets = {
            "quiet_from": forms.TimeInput({"type": "time"}, "%H:%M"),
            "quiet_until": forms.TimeInput({"type": "time"}, "%H:%M"),
        }

    def clean_pause_minutes(self) -> int:
        """None, where nothing is said."""
        return self.cleaned_data["pause_minutes"] or AlertSettings.Pause.NONE

    def clean(self) -> dict[str, Any]:
        """Quiet hours have both ends or none, and are not the whole day."""
        start, end = self.cleaned_data.get("quiet_from"), self.cleaned_data.get("quiet_until")
        if not {"quiet_from", "quiet_until"} & set(self.errors):
            if (start is None) != (end is None):
                self.add_error(
                    "quiet_until" if end is None else "quiet_from",
                    _("Enter both times or neither."),
                )
            elif start is not None and start == end:
                self.add_error("quiet_until", _("The end must differ from the start."))
        return self.cleaned_data
