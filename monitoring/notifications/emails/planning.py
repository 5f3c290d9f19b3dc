"""Which notifications go into an email, and when."""

from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, F, OuterRef, Q, Subquery

from monitoring.models import AlertEmail, AlertSettings, Notification
from monitoring.notifications.emails.due import get_due, get_next_look

USERS_A_STEP = 200


def plan_emails(*, now: datetime) -> int:
    """Writes an email for each user who wants one by now. Returns how many there are.

    All that a user has not been told goes into one. Any number of processes may plan at a time:
    each takes other users.
    """
    planned = 0
    while True:
        users, emails = _plan_step(now)
        planned += emails
        if users < USERS_A_STEP:
            return planned


@transaction.atomic
def _plan_step(now: datetime) -> tuple[int, int]:
    """How many users were looked at, and how many of them get an email."""
    ready = list(_ready(now))
    emails = []
    for wishes in ready:
        oldest_at = wishes.oldest_at  # type: ignore[attr-defined]  # annotated
        due = get_due(wishes, wishes.user, oldest_at=oldest_at, now=now)
        if due > now:
            wishes.not_before = get_next_look(due, now=now)
            continue
        last_seq = wishes.user.inbox.last_seq
        emails.append(
            AlertEmail(
                user_id=wishes.user_id,
                after_seq=wishes.emailed_seq,
                up_to_seq=last_seq,
                created_at=now,
                not_before=now,
            )
        )
        wishes.emailed_seq, wishes.not_before = last_seq, None
    AlertEmail.objects.bulk_create(emails)
    AlertSettings.objects.bulk_update(ready, ["emailed_seq", "not_before"])
    return len(ready), len(emails)


def _ready(now: datetime) -> "list[AlertSettings]":
    """Users with something that may be due, locked; each with the time of the oldest of it."""
    untold = Notification.objects.filter(user=OuterRef("user"), seq__gt=OuterRef("emailed_seq"))
    return list(
        AlertSettings.objects.exclude(emails=AlertSettings.Emails.OFF)
        .filter(Q(not_before__isnull=True) | Q(not_before__lte=now))
        .filter(user__is_active=True, user__inbox__last_seq__gt=F("emailed_seq"))
        .annotate(
            oldest_at=Subquery(
                untold.order_by("seq").values("created_at")[:1], output_field=DateTimeField()
            )
        )
        .filter(oldest_at__isnull=False)  # what it would tell of may have been deleted
        .select_related("user__inbox")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("user_id")[:USERS_A_STEP]
    )
