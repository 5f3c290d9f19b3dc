"""What the pages and emails of alerts say of a peak."""

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.models import Peak

register = template.Library()


@register.simple_tag
def lasting(peak: Peak) -> str:
    """How long a peak has lasted, in its two largest units: "1 h 5 min"."""
    return in_words(peak.ended_at - peak.started_at)


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
