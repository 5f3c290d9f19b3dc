"""What the tests of the admin share."""

from uuid import UUID

from accounts.models import User
from monitoring.models import AlertEmail, QuarantinedReading
from tests.conftest import NOON

#: Every list of the admin, as its addresses are named.
LISTS = [
    "accounts_user",
    "accounts_failedlogin",
    "accounts_login",
    "devices_device",
    "devices_sensor",
    "monitoring_peak",
    "monitoring_exceedance",
    "monitoring_registerfall",
    "monitoring_meterreplacement",
    "monitoring_notification",
    "monitoring_alertemail",
    "monitoring_quarantinedreading",
    "monitoring_readingimport",
]


def quarantine(raw: bytes = b"{}", sensor_uuid: UUID | None = None) -> QuarantinedReading:
    """An entry in quarantine."""
    return QuarantinedReading.objects.create(
        received_at=NOON,
        reason="bad_shape",
        detail="The field 'timestamp' is missing.",
        sensor_uuid=sensor_uuid,
        raw=raw,
        raw_size_bytes=len(raw),
    )


def email_to(user: User, state: str = "waiting") -> AlertEmail:
    """An email of alerts."""
    return AlertEmail.objects.create(
        user=user, after_seq=0, up_to_seq=1, created_at=NOON, not_before=NOON, state=state
    )
