"""The request of a page that only logged-in users reach."""

from django.http import HttpRequest

from accounts.models import User


class UserRequest(HttpRequest):
    """A request behind ``login_required``: its user is known. For annotations only."""

    user: User
