"""An administrator's decisions on quarantine, and what they are told of the outcome."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from monitoring.ingest.release import NotReleasable, discard, release
from monitoring.models import QuarantinedReading


def release_entry(request: HttpRequest, entry_id: int) -> None:
    """Releases an entry and says what became of it.

    Raises ``QuarantinedReading.DoesNotExist``, and ``django.db.Error`` if nothing can be stored.
    """

    def decide(by: User) -> str:
        return str(release(entry_id=entry_id, by=by, now=timezone.now()))

    _decide(request, entry_id, decide)


def discard_entry(request: HttpRequest, entry_id: int) -> None:
    """Marks an entry discarded. Raises ``QuarantinedReading.DoesNotExist``."""

    def decide(by: User) -> str:
        discard(entry_id=entry_id, by=by, now=timezone.now())
        return str(QuarantinedReading.Decision.DISCARDED.label)

    _decide(request, entry_id, decide)


def _decide(request: HttpRequest, entry_id: int, decide: Callable[[User], str]) -> None:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the admin lets nobody else in
    named: dict[str, object] = {"entry": entry_id}
    try:
        named["outcome"] = decide(user)
    except NotReleasable as error:
        named["outcome"] = str(error)
        messages.error(request, _("Entry %(entry)s: %(outcome)s") % named)
    else:
        messages.success(request, _("Entry %(entry)s: %(outcome)s") % named)
