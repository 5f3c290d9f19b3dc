"""Durations in words."""

from datetime import timedelta
from math import ceil

from django import template
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def minutes(duration: timedelta) -> str:
    """A duration as "15 minutes", rounded up: whoever waits that long has waited enough."""
    count = ceil(duration / timedelta(minutes=1))
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
