"""A hundred people log in at the same moment: bounded memory, nothing fails, others go on."""

import pytest

from accounts.models import User
from devices.models import Sensor
from tests.energy.flood import log_in_at_once

MOST_MB = 600
MOST_CONNECTIONS = 30


@pytest.mark.django_db(transaction=True)
def test_a_hundred_logins_at_once(alice: User, meter: Sensor, purged_queue: None) -> None:
    outcome = log_in_at_once(100, client=alice, sensor=meter)
    print(outcome)
    assert set(outcome.logins) <= {302, 503}
    assert outcome.logins[302] >= 1
    assert set(outcome.pages) == {200}
    assert set(outcome.readings) == {202}
    assert outcome.peak_mb < MOST_MB
    assert outcome.connections < MOST_CONNECTIONS
