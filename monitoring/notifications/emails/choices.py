"""Whether and when a user hears of peaks by email: the choice, and the link that ends it."""

from datetime import datetime

from django.core import signing
from django.db import transaction

from accounts.models import User
from monitoring.models import AlertEmail, AlertSettings
from monitoring.notifications.outbox import get_last_seq

_SALT = "alerts.unsubscribe"


class BadToken(ValueError):
    """The link to unsubscribe was not made by this site."""


def get_alert_settings(*, user: User) -> AlertSettings:
    """What the user has chosen; not stored yet if they never have."""
    return AlertSettings.objects.filter(user=user).first() or AlertSettings(user=user)


@transaction.atomic
def save_alert_settings(chosen: AlertSettings) -> None:
    """Stores what a user has chosen. What came while there were to be no emails is not sent."""
    AlertSettings.objects.get_or_create(user_id=chosen.user_id)
    # Locked, so that what is being planned at this moment is not planned again.
    stored = AlertSettings.objects.select_for_update().get(user_id=chosen.user_id)
    chosen.emailed_seq = stored.emailed_seq
    if stored.emails == AlertSettings.Emails.OFF:
        chosen.emailed_seq = get_last_seq(user_id=chosen.user_id)
    chosen.not_before = None
    chosen.save(force_update=True)


def make_unsubscribe_token(user_id: int) -> str:
    """Lets whoever has it turn the user's emails off, and nothing else."""
    return signing.dumps(user_id, salt=_SALT)


def unsubscribe(*, token: str, now: datetime) -> None:
    """Turns the emails off for the user of a token, the waiting ones too. Raises ``BadToken``."""
    user_id = read_unsubscribe_token(token)
    AlertSettings.objects.filter(user_id=user_id).update(emails=AlertSettings.Emails.OFF)
    AlertEmail.objects.filter(user_id=user_id, state=AlertEmail.State.WAITING).update(
        state=AlertEmail.State.NEEDLESS, finished_at=now
    )


def read_unsubscribe_token(token: str) -> int:
    """The user's key. Raises ``BadToken``."""
    try:
        return int(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadToken from error
