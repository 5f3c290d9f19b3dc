"""All addresses of the platform."""

from django.contrib import admin
from django.urls import include, path

from energy import fleet

handler404 = "energy.errors.not_found"
handler500 = "energy.errors.failed"

urlpatterns = [
    path("admin/fleet/", fleet.show, name="fleet"),
    path("admin/fleet/release/", fleet.release, name="fleet-release"),
    path("admin/fleet/discard/", fleet.discard, name="fleet-discard"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("api/v1/", include("monitoring.api.urls")),
    path("", include("monitoring.pages.urls")),
]
