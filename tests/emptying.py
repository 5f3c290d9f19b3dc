"""How the database is emptied after a test that commits."""

from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

#: Written by Django's migrations, the same for each test.
KEPT = {model._meta.db_table for model in (ContentType, Permission)}


def empty_tables(_test_case: Any) -> None:
    """Deletes all rows, once those who write have ended their transactions.

    Django's own way truncates all tables, full or not, which is much work for the disk, and makes
    content types and permissions anew. It also keeps readers waiting, such as a web server that
    lives on, and so can be in a deadlock with them.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        existing = connection.introspection.django_table_names(
            only_existing=True, include_views=False
        )
        names = {table: connection.ops.quote_name(table) for table in sorted({*existing} - KEPT)}
        cursor.execute(f"LOCK TABLE {', '.join(names.values())} IN SHARE ROW EXCLUSIVE MODE")
        questions = (
            f"SELECT '{table}' WHERE EXISTS (SELECT FROM {name})" for table, name in names.items()
        )
        cursor.execute(" UNION ALL ".join(questions))
        # Foreign keys are looked at when it is committed.
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {names[table]}")
