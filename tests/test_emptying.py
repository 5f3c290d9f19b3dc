"""That a test finds nothing of what the one before has committed."""

import threading

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from accounts.models import User
from devices.models import Sensor
from tests.conftest import PASSWORD, Store
from tests.emptying import empty_tables
from tests.servers import until

pytestmark = pytest.mark.django_db(transaction=True)

WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"


def get_filled() -> set[type]:
    return {model for model in apps.get_models() if model._default_manager.exists()}


def test_all_tables_are_emptied_but_what_migrations_write(meter: Sensor, store: Store) -> None:
    store(meter, (0, 0.0), (60, 9.0))
    assert len(get_filled()) > 8
    empty_tables(None)
    assert get_filled() == {ContentType, Permission}


def test_what_is_being_written_is_waited_for(alice: User) -> None:
    def empty() -> None:
        empty_tables(None)
        connection.close()

    emptying = threading.Thread(target=empty)
    with transaction.atomic(), connection.cursor() as cursor:
        User.objects.create_user("late@example.com", PASSWORD)
        emptying.start()

        def waits() -> bool:
            cursor.execute(WAITING)
            return bool(cursor.fetchone()[0])

        until(waits, what="the other connection waits")
    emptying.join(30)
    assert not User.objects.exists()
