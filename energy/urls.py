"""All addresses of the platform."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from energy import fleet

handler404 = "energy.errors.not_found"
handler500 = "energy.errors.failed"

urlpatterns = [
    path("admin/", fleet.show, name="fleet"),
    # Where the page was; people have bookmarks.
    path("admin/fleet/", RedirectView.as_view(pattern_name="fleet", permanent=True)),
    path("admin/fleet/release/", fleet.release, name="fleet-release"),
    path("admin/fleet/discard/", fleet.discard, name="fleet-discard"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("api/v1/", include("monitoring.api.urls")),
    path("", include("monitoring.pages.urls")),
]
