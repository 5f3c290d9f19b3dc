"""All addresses of the platform."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("accounts.urls")),
    path("api/v1/", include("monitoring.api.urls")),
    path("", include("monitoring.pages.urls")),
]
