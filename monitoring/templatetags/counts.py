"""Numbers of rows that nobody counts to their end."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from monitoring.fleet.overview import MAX_COUNTED

register = template.Library()


@register.filter
def counted(count: int | None) -> str:
    """A number of rows, or that there are more than were counted."""
    if count is None:
        return "–"
    number = number_format(min(count, MAX_COUNTED), force_grouping=True)
    return _("more than %(count)s") % {"count": number} if count > MAX_COUNTED else number
