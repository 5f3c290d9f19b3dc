"""The administration: its lists by what people do with them, rather than by our packages."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

GROUPS: Sequence[tuple[str, Promise, Sequence[str]]] = (
    (
        "clients",
        _("Clients and meters"),
        ("accounts.User", "devices.Device", "devices.Sensor", "monitoring.MeterReplacement"),
    ),
    (
        "readings",
        _("Readings"),
        (
            "monitoring.QuarantinedReading",
            "monitoring.RegisterFall",
            "monitoring.ReadingImport",
        ),
    ),
    (
        "alerts",
        _("Alerts"),
        (
            "monitoring.Peak",
            "monitoring.Exceedance",
            "monitoring.Notification",
            "monitoring.AlertEmail",
        ),
    ),
    ("logins", _("Logins"), ("accounts.FailedLogin", "accounts.Login")),
)


class EnergyAdminSite(AdminSite):
    """Django's own, with lists in groups."""

    site_header = _("Administration")
    site_title = _("Energy")
    index_title = _("Fleet")
    empty_value_display = "–"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The groups; with a label, the models of that app as Django lists them."""
        if app_label:
            return super().get_app_list(request, app_label)
        apps = super().get_app_list(request)
        models = {
            f"{app['app_label']}.{model['object_name']}": model
            for app in apps
            for model in app["models"]
        }
        groups = [
            {
                "app_label": label,
                "name": name,
                "app_url": "",
                "has_module_perms": True,
                "models": [models.pop(key) for key in keys if key in models],
            }
            for label, name, keys in GROUPS
        ]
        return [group for group in groups if group["models"]]
