"""What an email of alerts says, in its reader's language and time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Count, F, Min, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.models import AlertEmail, AlertGroup, Notification, Peak
from monitoring.notifications.emails.choices import make_unsubscribe_token
from monitoring.rules.causes import Explanation
from monitoring.templatetags.quantities import kw

#: Groups of alerts; the others are counted, and stand on the page.
LINES_SHOWN = 20


class Explain(Protocol):
    """Finds the likely cause of a peak."""

    def __call__(self, group: AlertGroup, peak: Peak, *, zone: ZoneInfo) -> Explanation: ...


@dataclass(frozen=True, slots=True)
class Line:
    """The alerts of a sensor of one day, by the one with the highest peak."""

    highest: Notification
    count: int
    explanation: Explanation | None

    @property
    def url(self) -> str:
        """Where the alert is, or all of them."""
        if self.count > 1:
            return _url("alert-group", self.highest.group_id)
        return _url("alert-detail", self.highest.seq)


def compose(email: AlertEmail, explain: Explain | None = None) -> EmailMultiAlternatives | None:
    """The message of an email; None if no peak of it has remained, of devices still the user's."""
    alerts = Notification.objects.filter(
        user=email.user_id,
        seq__gt=email.after_seq,
        seq__lte=email.up_to_seq,
        group__kind=AlertGroup.Kind.DAY,  # there are no emails of older peaks
        peak__superseded_at__isnull=True,
        peak__sensor__device__owner=F("user"),
    )
    count = alerts.count()
    if not count:
        return None
    user = email.user
    with translation.override(user.language), timezone.override(ZoneInfo(user.time_zone)):
        return _compose(email, count, _list_lines(alerts, ZoneInfo(user.time_zone), explain))


def _list_lines(
    alerts: QuerySet[Notification], zone: ZoneInfo, explain: Explain | None
) -> list[Line]:
    """A line a group, in the order in which they were told first."""
    groups = alerts.values("group").annotate(count=Count("pk"), first=Min("seq")).order_by("first")
    counts = {row["group"]: row["count"] for row in groups[:LINES_SHOWN]}
    highest = (
        alerts.filter(group__in=counts)
        .select_related("peak__sensor__device", "group")
        .order_by("group_id", "-peak__power_kw", "seq")
        .distinct("group_id")
    )
    by_group = {alert.group_id: alert for alert in highest}
    return [
        Line(
            alert,
            count,
            explain(alert.group, alert.peak, zone=zone) if explain else None,
        )
        for group_id, count in counts.items()
        if (alert := by_group.get(group_id))
    ]


def _compose(email: AlertEmail, count: int, lines: Sequence[Line]) -> EmailMultiAlternatives:
    unsubscribe_url = _url("alert-unsubscribe", make_unsubscribe_token(email.user_id))
    context = {
        "user": email.user,
        "language": email.user.language,
        "lines": lines,
        "count": count,
        "more": count - sum(line.count for line in lines),
        "inbox_url": _url("notification-list"),
        "settings_url": _url("alert-settings"),
        "unsubscribe_url": unsubscribe_url,
    }
    message = EmailMultiAlternatives(
        subject=_subject(count, lines),
        body=render_to_string("monitoring/email/alerts.txt", context),
        to=[email.user.email],
        headers={
            "Message-ID": message_id(email.pk, email.created_at),
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
        },
    )
    message.attach_alternative(
        render_to_string("monitoring/email/alerts.html", context), "text/html"
    )
    return message


def message_id(email_id: int, created_at: datetime) -> str:
    """The same for the same email, however often it is composed."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<alerts.{email_id}.{created_at:%Y%m%d%H%M%S%f}@{host}>"


def _subject(count: int, lines: Sequence[Line]) -> str:
    """On one line: a device's name may hold anything."""
    peak = lines[0].highest.peak
    words = {
        "count": count,
        "power": kw(peak.power_kw),
        "device": peak.sensor.device.description,
        "sensor": peak.sensor.description,
    }
    if count == 1:
        text = _("Peak of %(power)s: %(device)s") % words
    elif len(lines) == 1:
        text = ngettext(
            "%(sensor)s: %(count)d peak, highest %(power)s",
            "%(sensor)s: %(count)d peaks, highest %(power)s",
            count,
        )
        text %= words
    else:
        text = ngettext("%(count)d peak", "%(count)d peaks", count) % words
    return " ".join(text.split())


def _url(name: str, *arguments: object) -> str:
    return settings.SITE_URL + reverse(name, args=arguments)
