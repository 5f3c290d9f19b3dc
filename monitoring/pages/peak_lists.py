"""Peaks on pages, each with the address of its alert in the reader's inbox."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from monitoring.models import Notification, Peak

NEWEST = 10


@dataclass(frozen=True)
class ListedPeak:
    """A peak, and the number of its alert; None for a reader who was not told of it."""

    peak: Peak
    seq: int | None

    @property
    def started_at(self) -> datetime:
        """When it began."""
        return self.peak.started_at

    @property
    def ended_at(self) -> datetime:
        """When it ended, as far as is known."""
        return self.peak.ended_at

    @property
    def power_kw(self) -> float:
        """Its highest power."""
        return self.peak.power_kw

    @property
    def url(self) -> str | None:
        """Where its alert is."""
        return None if self.seq is None else reverse("alert-detail", args=[self.seq])


def get_peaks(
    *, sensor_ids: Collection[int], user: User, since: datetime | None = None
) -> list[ListedPeak]:
    """The sensors' current peaks, newest first: those that end after ``since``, or the newest."""
    found = Peak.objects.filter(sensor__in=sensor_ids, superseded_at__isnull=True)
    found = found.select_related("sensor").order_by("-started_at", "-pk")
    peaks = list(found[:NEWEST] if since is None else found.filter(ended_at__gt=since))
    return list_peaks(peaks, user=user)


def list_peaks(peaks: Sequence[Peak], *, user: User) -> list[ListedPeak]:
    """Peaks, each with the number of its alert if the user had one of it."""
    seqs = dict(
        Notification.objects.filter(user=user, peak__in=peaks).values_list("peak_id", "seq")
    )
    return [ListedPeak(peak, seqs.get(peak.pk)) for peak in peaks]
