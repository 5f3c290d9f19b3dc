"""Exports that are being sent."""

from django.conf import settings
from django.db import models


class RunningExport(models.Model):
    """The export of a user that is being sent. They have one at a time, on all web servers."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    #: Which one it is: one that was given up must not end the next.
    key = models.UUIDField()
    #: It counts until then. A web server that dies cannot end it; one that lives moves this on.
    until = models.DateTimeField()
