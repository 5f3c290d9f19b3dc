"""``{% export_buttons "sensor-export" sensor.uuid %}``: consumption as a file."""

from typing import Any

from django import template
from django.urls import reverse

from monitoring.pages.exports import make_export_form

register = template.Library()


@register.inclusion_tag("monitoring/export_buttons.html")
def export_buttons(url_name: str, *arguments: object) -> dict[str, Any]:
    """A form that fetches the file of the page that is so named; its ids differ from others'."""
    prefix = "".join(f"{argument}_" for argument in (url_name, *arguments))
    return {
        "export_url": reverse(url_name, args=arguments),
        "form": make_export_form(prefix=prefix),
    }
