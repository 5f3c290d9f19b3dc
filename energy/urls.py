"""All addresses of the platform."""

from django.contrib import admin
from django.urls import include, path

from energy import health

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("api/v1/", include("monitoring.api.urls")),
    path("", include("monitoring.pages.urls")),
]
