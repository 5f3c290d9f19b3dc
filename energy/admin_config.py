"""Puts our site of the administration in the place of Django's."""

from django.contrib.admin.apps import AdminConfig


class EnergyAdminConfig(AdminConfig):
    """Django's administration with its lists in groups."""

    default_site = "energy.admin_site.EnergyAdminSite"
