"""Figures of the whole fleet, taken once a minute."""

from django.db import models


class ReadingCount(models.Model):
    """How many readings the database had inserted by a minute, since its statistics began, and how
    many meters were live, silent and never seen.

    Two rows tell how many readings came in between, so that nobody has to count them; and pages
    read the newest row instead of every sensor's state.
    """

    counted_at = models.DateTimeField(primary_key=True)
    inserted = models.BigIntegerField()
    live = models.PositiveIntegerField(null=True)
    silent = models.PositiveIntegerField(null=True)
    never_seen = models.PositiveIntegerField(null=True)
