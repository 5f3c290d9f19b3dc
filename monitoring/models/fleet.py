"""Figures of the whole fleet, taken now and then."""

from django.db import models


class ReadingCount(models.Model):
    """How many readings the database had inserted by a minute, since its statistics began.

    Two of them tell how many came in between, and nobody has to count readings.
    """

    counted_at = models.DateTimeField(primary_key=True)
    inserted = models.BigIntegerField()
