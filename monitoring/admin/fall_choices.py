"""The buttons that decide a register fall: only those that can work, else why there are none."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.history.falls import find_implausible_rollover
from monitoring.history.plausible import say_risen
from monitoring.models import RegisterFall
from monitoring.rules.instants import to_us
from monitoring.rules.registers import Risen

Decision = RegisterFall.Decision


class DecisionForm(forms.Form):
    """A button that was pressed on a fall's own page, or on the fleet page."""

    decision = forms.ChoiceField(
        choices=[(choice.value, choice.label) for choice in Decision if choice != "replacement"]
    )
    is_on_fleet = forms.BooleanField(required=False)


@dataclass(frozen=True)
class Choices:
    """What may be said of a fall. ``replacement`` is the address to record one; may be empty."""

    fall: RegisterFall
    decisions: list[tuple[str, str]]
    replacement: str
    note: str


def get_choices(fall: RegisterFall) -> Choices:
    """The buttons for a fall, each a value and its label, and what explains a missing one."""
    if fall.superseded_at:
        return Choices(
            fall,
            [],
            "",
            _("A late reading showed that the register did not fall. There is nothing to decide."),
        )
    if fall.decision == Decision.REPLACEMENT:
        note = _(
            "A recorded meter replacement explains this fall. Change or delete that replacement"
            " instead."
        )
        return Choices(fall, [], "", note)
    labels = {
        Decision.ROLLOVER: _("The register rolled over"),
        Decision.RESET: _("The register was reset"),
        Decision.UNDECIDED: _("Undo: wait for a decision"),
    }
    why_not = "" if fall.decision == Decision.ROLLOVER else _why_no_rollover(fall)
    hidden = {fall.decision, Decision.ROLLOVER} if why_not else {fall.decision}
    decisions = [(value.value, label) for value, label in labels.items() if value not in hidden]
    is_waiting = fall.decision == Decision.UNDECIDED
    replacement = get_replacement_address(fall) if is_waiting else ""
    return Choices(fall, decisions, replacement, why_not)


def get_replacement_address(fall: RegisterFall) -> str:
    """The form that records a replacement, with what is known filled in."""
    address = reverse("admin:monitoring_meterreplacement_add")
    return f"{address}?{urlencode({'fall': fall.pk})}"


def _why_no_rollover(fall: RegisterFall) -> str:
    digits = fall.sensor.register_digits
    if digits is None:
        return _("If the register may have rolled over, first set its number of digits.")
    if fall.before_kwh >= 10.0**digits:
        text = ngettext(
            "It cannot have rolled over: the register has %(digits)d digit.",
            "It cannot have rolled over: the register has %(digits)d digits.",
            digits,
        )
        return text % {"digits": digits}
    return find_implausible_rollover(fall, fall.sensor)


def tell_history(fall: RegisterFall) -> str:
    """What history will show of the time of a fall that has just been decided."""
    risen = Risen(fall.risen_kwh or 0.0, to_us(fall.started_at), to_us(fall.ended_at))
    if fall.risen_kwh is None:
        text = _("History shows the consumption from %(start)s to %(end)s as unknown.")
    else:
        text = _("Within a minute, history will show %(used)s kWh from %(start)s to %(end)s.")
    return text % say_risen(risen)
