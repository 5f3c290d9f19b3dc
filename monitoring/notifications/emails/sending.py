"""Sends the emails that wait, each at most once, from any number of processes.

An email is claimed, and the claim committed, before the mail server hears of it. A server that is
away or says no has not taken the message, which is tried again later. If the process or the
connection ends while the server may have taken it, nobody can know: the email is then "perhaps
sent" and is shown to the administrator, but never sent again.
"""

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from monitoring.models import AlertEmail, AlertSettings
from monitoring.notifications.emails.due import get_next_look, get_quiet_end
from monitoring.notifications.emails.mailer import Mailer, NoMailServer, NotSent, PerhapsSent
from monitoring.notifications.emails.message import Explain, compose

logger = logging.getLogger(__name__)

State = AlertEmail.State

FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=2)
#: No attempt takes so long: each of its few steps ends with EMAIL_TIMEOUT.
LOST_AFTER = timedelta(minutes=10)
#: What is not sent by then is left to the next run.
RUN_FOR = timedelta(seconds=50)


def send_emails(*, clock: Callable[[], datetime], explain: Explain | None = None) -> int:
    """Sends what waits and is not held back by quiet hours. Returns how many were sent.

    ``explain`` finds the likely causes that they tell.
    """
    started_at, sent = clock(), 0
    _give_up_lost(started_at)
    mailer = Mailer()
    try:
        while (now := clock()) - started_at < RUN_FOR and (email := _claim_next(now)):
            if email.state == State.WAITING:
                continue
            state, is_server_there = _send(email, mailer, clock, explain)
            sent += state is State.SENT
            if not is_server_there:
                break
    finally:
        mailer.close()
    return sent


def _give_up_lost(now: datetime) -> None:
    lost = AlertEmail.objects.filter(state=State.SENDING, claimed_at__lt=now - LOST_AFTER)
    count = lost.update(
        state=State.UNKNOWN,
        finished_at=now,
        detail="The process that sent it ended before it noted what the mail server said.",
    )
    if count:
        logger.error("%d alert emails were perhaps sent, perhaps not.", count)


@transaction.atomic
def _claim_next(now: datetime) -> AlertEmail | None:
    """Claims what is to be sent next, or puts it off where its reader has quiet hours.

    Those may have begun since it was planned. To be put off is no attempt.
    """
    email = _lock_next(now)
    if email is None:
        return None
    quiet_end = _get_quiet_end(email, now)
    if quiet_end > now:
        email.not_before = get_next_look(quiet_end, now=now)
        email.save(update_fields=["not_before"])
        return email
    email.state, email.claimed_at = State.SENDING, now
    email.attempts += 1
    email.save(update_fields=["state", "claimed_at", "attempts"])
    return email


def _lock_next(now: datetime) -> AlertEmail | None:
    return (
        AlertEmail.objects.filter(state=State.WAITING, not_before__lte=now)
        .select_related("user")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("not_before")
        .first()
    )


def _get_quiet_end(email: AlertEmail, now: datetime) -> datetime:
    wishes = _get_wishes(email)
    return now if wishes is None else get_quiet_end(wishes, email.user, now=now)


def _send(
    email: AlertEmail, mailer: Mailer, clock: Callable[[], datetime], explain: Explain | None
) -> tuple[AlertEmail.State, bool]:
    """Sends one email and notes what became of it: its state, and whether the server is there."""
    try:
        message = compose(email, explain) if _is_wanted(email) else None
        if message is None:
            return _note(email, State.NEEDLESS, clock()), True
        mailer.send(message)
    except NotSent as error:
        is_server_there = not isinstance(error, NoMailServer)
        return _retry_later(email, error, clock()), is_server_there
    except PerhapsSent as error:
        logger.exception("Alert email %d was perhaps sent, perhaps not.", email.pk)
        return _note(email, State.UNKNOWN, clock(), detail=str(error)), True
    return _note(email, State.SENT, clock()), True


def _is_wanted(email: AlertEmail) -> bool:
    """Whether its reader still wants emails."""
    return _get_wishes(email) is not None and email.user.is_active


def _get_wishes(email: AlertEmail) -> AlertSettings | None:
    """What the reader has chosen; None if they want no emails."""
    some = AlertSettings.objects.exclude(emails=AlertSettings.Emails.OFF)
    return some.filter(user=email.user_id).first()


def _retry_later(email: AlertEmail, error: NotSent, now: datetime) -> AlertEmail.State:
    if error.is_final or now - email.created_at > GIVE_UP_AFTER:
        logger.error("Alert email %d is given up: %s", email.pk, error)
        return _note(email, State.FAILED, now, detail=str(error))
    # Doubled each time; with jitter, for a mail server that comes back is not to be flooded.
    pause = min(FIRST_RETRY * 2 ** min(email.attempts - 1, 10), LAST_RETRY)
    logger.warning("Alert email %d is not sent (%s); again in %s.", email.pk, error, pause)
    AlertEmail.objects.filter(pk=email.pk, state=State.SENDING).update(
        state=State.WAITING,
        not_before=now + pause * random.uniform(0.75, 1.25),
        detail=str(error),
    )
    return State.WAITING


def _note(
    email: AlertEmail, state: AlertEmail.State, now: datetime, *, detail: str = ""
) -> AlertEmail.State:
    # A run that was slow may have been taken for lost; what it knows counts.
    AlertEmail.objects.filter(pk=email.pk, state__in=[State.SENDING, State.UNKNOWN]).update(
        state=state, finished_at=now, detail=detail
    )
    return state
