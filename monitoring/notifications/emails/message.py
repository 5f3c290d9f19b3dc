"""What an email of alerts says, in its reader's language and time zone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitoring.models import AlertEmail, Notification
from monitoring.notifications.emails.choices import make_unsubscribe_token
from monitoring.templatetags.quantities import kw

#: The others are counted, and stand on the page.
ALERTS_SHOWN = 20


def compose(email: AlertEmail) -> EmailMultiAlternatives | None:
    """The message of an email; None if no peak of it has remained, of devices still the user's."""
    alerts = list(
        Notification.objects.filter(
            user=email.user_id,
            seq__gt=email.after_seq,
            seq__lte=email.up_to_seq,
            peak__superseded_at__isnull=True,
            peak__sensor__device__owner=F("user"),
        )
        .select_related("peak__sensor__device")
        .order_by("seq")
    )
    if not alerts:
        return None
    user = email.user
    with translation.override(user.language), timezone.override(ZoneInfo(user.time_zone)):
        return _compose(email, alerts)


def _compose(email: AlertEmail, alerts: Sequence[Notification]) -> EmailMultiAlternatives:
    unsubscribe_url = _url("alert-unsubscribe", make_unsubscribe_token(email.user_id))
    context = {
        "user": email.user,
        "language": email.user.language,
        "alerts": [_as_line(alert) for alert in alerts[:ALERTS_SHOWN]],
        "count": len(alerts),
        "more": len(alerts) - ALERTS_SHOWN,
        "inbox_url": _url("notification-list"),
        "settings_url": _url("alert-settings"),
        "unsubscribe_url": unsubscribe_url,
    }
    message = EmailMultiAlternatives(
        subject=_subject(alerts),
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


def _as_line(alert: Notification) -> dict[str, Any]:
    return {"peak": alert.peak, "url": _url("alert-detail", alert.seq)}


def _subject(alerts: Sequence[Notification]) -> str:
    """On one line: a device's name may hold anything."""
    peak = alerts[0].peak
    if len(alerts) == 1:
        text = _("Peak of %(power)s: %(device)s") % {
            "power": kw(peak.power_kw),
            "device": peak.sensor.device.description,
        }
    else:
        text = ngettext("%(count)d peak", "%(count)d peaks", len(alerts)) % {"count": len(alerts)}
    return " ".join(text.split())


def _url(name: str, *arguments: object) -> str:
    return settings.SITE_URL + reverse(name, args=arguments)
