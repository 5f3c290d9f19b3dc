"""Months far from any clock's and from the other tests' readings, gone again after each test."""

from collections.abc import Iterator

import pytest
from django.db import connection

from monitoring.partitions.known import forget_partitions
from monitoring.partitions.retention import forget_raw_kept_from
from monitoring.partitions.tables import create_partition, drop_partition, get_partitions


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """What the process remembers is of one test only."""
    forget_partitions()
    forget_raw_kept_from()
    yield
    forget_partitions()
    forget_raw_kept_from()


@pytest.fixture
def kept_partitions(transactional_db: None) -> Iterator[None]:
    """For tests that commit: afterwards the partitions are those that were there before."""
    before = get_partitions()
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE monitoring_reading")
    after = get_partitions()
    for month in after - before:
        drop_partition(month)
    for month in before - after:
        create_partition(month)
