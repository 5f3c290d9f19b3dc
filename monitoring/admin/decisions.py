"""An administrator's decisions on quarantine, and what they are told of the outcome."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from monitoring.ingest.release import NotReleasable, discard, release
from monitoring.models import QuarantinedReading

#: Entries that one request decides, each in a transaction of its own. The rest waits for the next.
MAX_DECIDED = 1000


class Told(NamedTuple):
    """What became of an entry, and how that is told."""

    level: int
    outcome: str


Decide = Callable[[HttpRequest, int], Told]


def release_entry(request: HttpRequest, entry_id: int) -> Told:
    """Releases an entry.

    Raises ``QuarantinedReading.DoesNotExist``, and ``django.db.Error`` if nothing can be stored.
    """
    try:
        outcome = release(entry_id=entry_id, by=_get_user(request), now=timezone.now())
    except NotReleasable as error:
        return Told(messages.ERROR, str(error))
    return Told(messages.SUCCESS, str(outcome))


def discard_entry(request: HttpRequest, entry_id: int) -> Told:
    """Marks an entry discarded. Raises ``QuarantinedReading.DoesNotExist``."""
    try:
        discard(entry_id=entry_id, by=_get_user(request), now=timezone.now())
    except NotReleasable as error:
        return Told(messages.ERROR, str(error))
    return Told(messages.SUCCESS, str(QuarantinedReading.Decision.DISCARDED.label))


def decide_entry(request: HttpRequest, entry_id: int, decide: Decide) -> None:
    """Decides an entry and tells the outcome. Raises as ``decide`` does."""
    level, outcome = decide(request, entry_id)
    text = _("Entry %(entry)s: %(outcome)s") % {"entry": entry_id, "outcome": outcome}
    messages.add_message(request, level, text)


def decide_entries(
    request: HttpRequest, entry_ids: "QuerySet[QuarantinedReading, int]", decide: Decide
) -> None:
    """Decides the first ``MAX_DECIDED`` entries; a message tells each outcome with its number."""
    found = list(entry_ids[: MAX_DECIDED + 1])
    told = Counter(_decide_if_there(request, key, decide) for key in found[:MAX_DECIDED])
    for (level, outcome), count in told.items():
        text = ngettext("%(count)d entry: %(outcome)s", "%(count)d entries: %(outcome)s", count)
        messages.add_message(request, level, text % {"count": count, "outcome": outcome})
    if len(found) > MAX_DECIDED:
        text = _("Only the first %(count)d entries were handled. Repeat the action for the rest.")
        messages.warning(request, text % {"count": MAX_DECIDED})


def _decide_if_there(request: HttpRequest, entry_id: int, decide: Decide) -> Told:
    try:
        return decide(request, entry_id)
    except QuarantinedReading.DoesNotExist:
        return Told(messages.WARNING, _("no longer there"))


def _get_user(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the admin lets nobody else in
    return user
