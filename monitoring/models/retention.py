"""From when on raw readings are kept."""

from django.db import models
from django.db.models import Q


class ReadingRetention(models.Model):
    """One row, once retention has begun: readings before ``kept_from`` are gone, or about to go.

    It is never lowered, whatever the setting says later: a reading that is not accepted any more
    might be one that was dropped, and would be judged a second time.
    """

    id = models.SmallAutoField(primary_key=True)
    kept_from = models.DateTimeField()
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_reading_retention")]
