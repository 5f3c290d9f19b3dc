"""What the pages and emails of alerts say of peaks: length, severity, likely cause and a tip."""

from datetime import datetime, timedelta

from django import template
from django.template.defaultfilters import date, floatformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.models import AlertGroup, Peak
from monitoring.rules.causes import DAYS_LOOKED_AT, Cause, Explanation
from monitoring.rules.severity import Severity
from monitoring.templatetags.quantities import SHOWN_DECIMALS, kw

register = template.Library()


@register.simple_tag
def lasting(peak: Peak) -> str:
    """How long a peak has lasted, in its two largest units: "1 h 5 min"."""
    return in_words(peak.ended_at - peak.started_at)


@register.filter
def in_a_word(severity: Severity) -> str:
    """A severity, for people."""
    return {
        Severity.MINOR: _("minor"),
        Severity.MODERATE: _("moderate"),
        Severity.SERIOUS: _("serious"),
    }[severity]


@register.filter
def badge(severity: Severity) -> str:
    """The style of its badge."""
    return {Severity.MINOR: "", Severity.MODERATE: "warning", Severity.SERIOUS: "danger"}[severity]


@register.simple_tag
def peaks_of_group(group: AlertGroup) -> str:
    """How many peaks a group has, and of when: "12 peaks today"."""
    count = {"count": floatformat(group.peak_count, "0g")}
    if group.kind == AlertGroup.Kind.OLDER:
        text = ngettext("%(count)s older peak", "%(count)s older peaks", group.peak_count)
        return text % count
    if group.day == timezone.localdate():
        text = ngettext("%(count)s peak today", "%(count)s peaks today", group.peak_count)
        return text % count
    text = ngettext("%(count)s peak on %(day)s", "%(count)s peaks on %(day)s", group.peak_count)
    return text % {**count, "day": date(group.day, _("j M Y"))}


@register.simple_tag
def days_between(started_at: datetime, ended_at: datetime) -> str:
    """The days of a group's first and last peak, in the current zone."""
    first, last = (date(timezone.localtime(at), _("j F Y")) for at in (started_at, ended_at))
    return first if first == last else f"{first} – {last}"


@register.filter
def likely_cause(explanation: Explanation) -> str:
    """The likely cause of a peak, with what speaks for it."""
    usual_kw, added_kw = explanation.usual_kw, explanation.added_kw
    if usual_kw is not None and added_kw is not None:
        # As they are written, they add up to the peak.
        whole_kw = round(usual_kw + added_kw, SHOWN_DECIMALS)
        added_kw = whole_kw - round(usual_kw, SHOWN_DECIMALS)
    words = {
        "when": date(explanation.at, _("l, H:i")),
        "usual": kw(usual_kw),
        "added": kw(added_kw),
        "days": explanation.peak_days,
        "all_days": DAYS_LOOKED_AT,
    }
    return _CAUSES[explanation.cause]() % words


_CAUSES = {
    Cause.UNKNOWN: lambda: _(
        "We do not know this meter's usual week well enough to suggest a cause."
    ),
    Cause.LOW_LIMIT: lambda: _(
        "The limit is probably too low for what this meter often uses: it was exceeded on "
        "%(days)d of the last %(all_days)d days."
    ),
    Cause.USUAL_LOAD: lambda: _(
        "Probably normal use for this time (%(when)s): the meter's average is then %(usual)s, "
        "close to the limit."
    ),
    Cause.LONG_LOAD: lambda: _(
        "Probably something that runs for hours, such as heating, hot water or car charging: "
        "%(added)s on top of the usual %(usual)s at this time (%(when)s)."
    ),
    Cause.ADDED_LOAD: lambda: _(
        "Probably a powerful appliance, or several at the same time: %(added)s on top of the "
        "usual %(usual)s at this time (%(when)s)."
    ),
}


@register.filter
def tip(explanation: Explanation) -> str:
    """One thing that helps against peaks of this likely cause."""
    return _TIPS[explanation.cause]()


_TIPS = {
    Cause.UNKNOWN: lambda: _("Note what was switched on, so that you recognise it next time."),
    Cause.LOW_LIMIT: lambda: _(
        "Ask your energy company whether the limit still fits, or choose a longer pause between "
        "alerts."
    ),
    Cause.USUAL_LOAD: lambda: _("Move something that can wait to a quieter hour."),
    Cause.LONG_LOAD: lambda: _("Let it run at night or with less power, if it can be set."),
    Cause.ADDED_LOAD: lambda: _("Run large appliances one after the other."),
}


def in_words(length: timedelta) -> str:
    """A length of time in its two largest units, cut to whole seconds."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [
        (days, ngettext("%(count)d day", "%(count)d days", days)),
        (hours, _("%(count)d h")),
        (minutes, _("%(count)d min")),
        (seconds, _("%(count)d s")),
    ]
    first = next((place for place, (count, _text) in enumerate(parts) if count), len(parts) - 1)
    largest = parts[first : first + 2]
    return " ".join(text % {"count": count} for count, text in largest if count) or _("0 s")
