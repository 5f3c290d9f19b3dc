"""Powers, energies and times, written as people of the page's language write them."""

from datetime import datetime, timedelta
from typing import Literal

from django import template
from django.template.defaultfilters import date, floatformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.rules.known import DAY_S, KnownTime
from monitoring.rules.readings import MAX_REGISTER_KWH

register = template.Library()

NO_BREAK = "\N{NO-BREAK SPACE}"
#: A larger number has hundreds of digits at worst, and says nothing (kWh, kW).
MOST_WRITTEN = MAX_REGISTER_KWH
MOST_PERCENT = 1_000_000
#: Energies and powers on pages: ten watts, ten watt hours. Scripts do so too (locale.js).
SHOWN_DECIMALS = 2
#: A shorter span is shown with its seconds.
SHORT = timedelta(minutes=10)


@register.filter
def kw(power_kw: float | Literal[""] | None) -> str:
    """A power in kW. Templates pass an empty text for what is missing."""
    return "–" if power_kw is None or power_kw == "" else f"{_shown(power_kw)}{NO_BREAK}kW"


@register.filter
def limit_kw(power_kw: float | None) -> str:
    """A limit in kW: people set round numbers, so only the decimals that there are."""
    return "–" if power_kw is None else f"{_round_number(power_kw)}{NO_BREAK}kW"


@register.filter
def limit_kwh(energy_kwh: float) -> str:
    """A limit in kWh, as ``limit_kw``."""
    return f"{_round_number(energy_kwh)}{NO_BREAK}kWh"


def _shown(value: float) -> str:
    """ "> 1,000,000,000,000" where it is absurd, as of a broken register."""
    if value > MOST_WRITTEN:
        return f">{NO_BREAK}{floatformat(MOST_WRITTEN, '0g')}"
    return floatformat(value, f"{SHOWN_DECIMALS}g")


def _round_number(value: float) -> str:
    digits = f"{value:.3f}".rstrip("0").partition(".")[2]
    return floatformat(value, f"{len(digits)}g")


@register.filter
def kwh(energy_kwh: float | Literal[""] | None) -> str:
    """An energy, or a register, in kWh. Templates pass an empty text for what is missing."""
    return "–" if energy_kwh is None or energy_kwh == "" else f"{_shown(energy_kwh)}{NO_BREAK}kWh"


@register.simple_tag
def known_part(known: KnownTime | None) -> str:
    """ "14 of 28 days known", to stand beside a sum; empty where that is whole."""
    gap = known.gap if known else None
    if gap is None:
        return ""
    if gap.unit_s == DAY_S:
        text = ngettext(
            "%(known)s of %(all)s day known", "%(known)s of %(all)s days known", gap.all
        )
    else:
        text = ngettext(
            "%(known)s of %(all)s hour known", "%(known)s of %(all)s hours known", gap.all
        )
    return text % {"known": floatformat(gap.known, "0g"), "all": floatformat(gap.all, "0g")}


@register.filter
def when(at: datetime | None) -> str:
    """A time of the current zone, to the minute."""
    return "–" if at is None else date(timezone.localtime(at), _("j M Y, H:i"))


@register.simple_tag
def time_span(started_at: datetime, ended_at: datetime) -> str:
    """From when to when, in the current zone; the day of the end only if it is another."""
    start, end = timezone.localtime(started_at), timezone.localtime(ended_at)
    is_short = ended_at - started_at < SHORT
    whole, clock = (_("j M Y, H:i:s"), "H:i:s") if is_short else (_("j M Y, H:i"), "H:i")
    return f"{date(start, whole)}–{date(end, clock if start.date() == end.date() else whole)}"


@register.simple_tag
def percent_over(power_kw: float, limit: float) -> str:
    """How far a power is above its limit, in percent of the limit."""
    percent = min(100 * (power_kw / limit - 1), MOST_PERCENT)
    return f"+{floatformat(percent, '0g' if percent >= 10 else '1g')}%"
