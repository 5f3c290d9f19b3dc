"""``schema/`` and ``docs/``: the API's description, for programs and for people."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

__all__ = ["DocsView", "SpectacularAPIView"]


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, with its script as a file of its own: the site allows no inline script."""

    template_name = "monitoring/api_docs.html"
