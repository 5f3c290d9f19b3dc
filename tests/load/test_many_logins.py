"""A thousand people log in at the same moment, while a worker stores readings."""

from statistics import median

import pytest

from accounts.models import User
from devices.models import Sensor
from monitoring.models import Reading
from tests.energy.flood import log_in_at_once
from tests.servers import until, worker

MOST_MB = 600
MOST_CONNECTIONS = 40  # the worker's too
#: Half of the pages of a client who is logged in come within this time. The slowest one is that of
#: the moment in which all arrive; it is printed, for it depends on what else the machine does.
PAGE_S = 2


@pytest.mark.django_db(transaction=True)
def test_a_thousand_logins_at_once(
    alice: User, meter: Sensor, purged_queue: None, kept_partitions: None
) -> None:
    with worker():
        outcome = log_in_at_once(1000, client=alice, sensor=meter)
        print(outcome)
        sent = outcome.readings[202]
        until(lambda: Reading.objects.count() == sent, what="the readings are stored")
    assert set(outcome.logins) <= {302, 503}
    assert set(outcome.pages) == {200}
    assert set(outcome.readings) == {202}
    assert median(outcome.pages_s) < PAGE_S
    assert outcome.peak_mb < MOST_MB
    assert outcome.connections < MOST_CONNECTIONS
