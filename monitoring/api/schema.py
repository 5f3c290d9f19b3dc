"""``schema/`` and ``docs/``: the API's description, for programs and for people."""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAuthenticated

__all__ = ["DocsView", "SpectacularAPIView"]


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, with its script as a file of its own: the site allows no inline script.

    It is a page for people: whoever is not logged in is asked to log in, and led back.
    """

    template_name = "monitoring/api_docs.html"

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, NotAuthenticated):
            return redirect_to_login(self.request.get_full_path())
        return super().handle_exception(exc)
