"""Programs to copy: ``energy/templates/snippets``, filled in for who looks at them."""

from typing import Any
from urllib.parse import urlsplit

from django import template
from django.template.loader import render_to_string
from django.utils.html import escape

register = template.Library()


@register.inclusion_tag("snippet.html", takes_context=True)
def snippet(
    context: dict[str, Any], name: str, title: str, *, is_open: bool = False, **values: object
) -> dict[str, Any]:
    """A program under its title, folded unless it ``is_open``, with a button that copies it.

    It gets ``site`` and ``socket_site``, the addresses by which the site was reached, without a
    slash at the end, and the ``values``.
    """
    site = context["request"].build_absolute_uri("/").rstrip("/")
    sites = {"site": site, "socket_site": _as_socket(site)}
    code = render_to_string(f"snippets/{name}.txt", {**sites, **values})
    return {"name": name, "title": title, "is_open": is_open, "code": escape(code.strip())}


def _as_socket(site: str) -> str:
    parts = urlsplit(site)
    return parts._replace(scheme="wss" if parts.scheme == "https" else "ws").geturl()
