"""What is asked of the fleet page, and what its buttons say."""

from django import forms

from monitoring.models import QuarantinedReading

LARGEST_KEY = 2**63 - 1


class ReasonForm(forms.Form):
    """Which entries of the quarantine to show."""

    reason = forms.ChoiceField(choices=QuarantinedReading.Reason.choices, required=False)


class EntryForm(ReasonForm):
    """Which entry is decided, and to which list the page leads back."""

    entry = forms.IntegerField(min_value=1, max_value=LARGEST_KEY)
