"""What an administrator decides about quarantine: release it into ingestion, or discard it."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from monitoring.ingest.salvage import store_or_quarantine
from monitoring.ingest.states import SensorKeys
from monitoring.models import QuarantinedReading
from monitoring.notifications.hints import send_hints
from monitoring.rules.instants import to_us
from monitoring.rules.wire import parse_message

Decision = QuarantinedReading.Decision


class NotReleasable(Exception):
    """The entry is released or discarded already, or was cut: not what the meter sent any more."""


@dataclass(frozen=True)
class Outcome:
    """What became of the readings of a released entry; a repeat was stored before."""

    stored: int
    repeated: int
    rejected_by_reason: dict[str, int]

    def __str__(self) -> str:
        parts = [
            ngettext("%(count)d reading stored", "%(count)d readings stored", self.stored)
            % {"count": self.stored}
        ]
        if self.repeated:
            text = ngettext("%(count)d already stored", "%(count)d already stored", self.repeated)
            parts.append(text % {"count": self.repeated})
        for reason, count in self.rejected_by_reason.items():
            label = QuarantinedReading.Reason(reason).label
            parts.append(
                _("%(count)d back in quarantine (%(reason)s)") % {"count": count, "reason": label}
            )
        return ", ".join(parts)


def release(*, entry_id: int, by: User, now: datetime) -> Outcome:
    """Lets the original bytes go through the rules and the store again, as the worker would.

    What is rejected again becomes a new entry. Together with that the entry is marked, so that
    two administrators do not release it twice. One that was discarded may be released, for that may
    have been a slip. Raises ``NotReleasable``, and ``QuarantinedReading.DoesNotExist``.
    """
    with transaction.atomic():
        entry = _lock(entry_id, if_it_is=(Decision.WAITING, Decision.DISCARDED))
        if not entry.is_whole:
            raise NotReleasable(_("Only the beginning of the message was kept."))
        parsed = parse_message(bytes(entry.raw), now_us=to_us(now))
        results = list(store_or_quarantine(parsed.readings, parsed.rejections, keys=SensorKeys()))
        rejected = sum((Counter(stored.quarantined_by_reason) for stored in results), Counter())
        stored_count = sum(stored.readings for stored in results)
        received = len(parsed.readings) + len(parsed.rejections)
        outcome = Outcome(stored_count, received - stored_count - rejected.total(), dict(rejected))
        _decide(entry, Decision.RELEASED, by, now, outcome=str(outcome))
    told = frozenset().union(*(stored.notified_user_ids for stored in results))
    if told:
        transaction.on_commit(lambda: send_hints(told))
    return outcome


@transaction.atomic
def discard(*, entry_id: int, by: User, now: datetime) -> None:
    """Marks an entry as seen to; it is kept. Raises ``NotReleasable`` and ``DoesNotExist``."""
    _decide(_lock(entry_id, if_it_is=(Decision.WAITING,)), Decision.DISCARDED, by, now)


def _lock(entry_id: int, *, if_it_is: Collection[str]) -> QuarantinedReading:
    entry = QuarantinedReading.objects.select_for_update().get(pk=entry_id)
    if entry.decision not in if_it_is:
        raise NotReleasable(_("It has been decided already."))
    return entry


def _decide(
    entry: QuarantinedReading, decision: str, by: User, now: datetime, *, outcome: str = ""
) -> None:
    entry.decision, entry.decided_by, entry.decided_at = decision, by, now
    entry.outcome = outcome
    entry.save(update_fields=["decision", "decided_by", "decided_at", "outcome"])
