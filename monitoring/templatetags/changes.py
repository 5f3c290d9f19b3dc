"""How much more or less something is, in words."""

from django import template
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def more_or_less(change_percent: float | None) -> str:
    """A change as people say it; what rounds to nothing is none."""
    if change_percent is None:
        return ""
    percent = floatformat(abs(change_percent), "0g")
    if percent == "0":
        return _("the same")
    if change_percent > 0:
        return _("%(percent)s%% more") % {"percent": percent}
    return _("%(percent)s%% less") % {"percent": percent}
