"""What is answered where there is nothing."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found
from rest_framework.exceptions import NotFound


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A page for people; for programs what the API answers where it knows no such sensor."""
    if not request.path.startswith("/api/"):
        return page_not_found(request, exception)
    return JsonResponse({"detail": str(NotFound.default_detail)}, status=NotFound.status_code)
