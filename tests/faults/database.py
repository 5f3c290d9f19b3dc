"""The private PostgreSQL as these tests see it: past Django, in plain SQL."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from django.contrib.auth.hashers import make_password

from tests.servers import until

from .oracle import Span
from .wire import LIMIT_KW, Meter, Rejected, Row

OPTIONS = "-c statement_timeout=30s -c timezone=UTC"
OWNER = "alice@example.com"
PASSWORD = "correct horse battery"

US = "(extract(epoch FROM {}) * 1000000)::bigint"
COMMIT_LOCK = 4711

SEED_OWNER = """
    INSERT INTO accounts_user
        (email, password, name, time_zone, language, is_staff, is_active, date_joined)
    VALUES (%s, %s, 'Alice', 'UTC', 'en', false, true, now()) RETURNING id
"""
SEED_DEVICE = """
    INSERT INTO devices_device
        (owner_id, description, address, max_hourly_consumption_kwh, created_at)
    VALUES (%s, 'Flat', '', 6, now()) RETURNING id
"""
SEED_SENSOR = """
    INSERT INTO devices_sensor (uuid, device_id, description, max_power_kw, is_active, created_at)
    VALUES (%s, %s, 'Meter', %s, %s, now()) RETURNING id
"""
# A commit of new readings waits for whoever holds the advisory lock.
HOLD_COMMITS = f"""
    CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared({COMMIT_LOCK}); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON monitoring_reading
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_commit()
"""
COMMITS = f"SELECT pg_advisory_xact_lock({COMMIT_LOCK})"
LET_COMMITS_GO = "DROP FUNCTION IF EXISTS hold_commit CASCADE"

#: What a transaction of ours may lock; the worker then waits with nothing written, or in the end.
STATES = "LOCK TABLE monitoring_sensorstate IN EXCLUSIVE MODE"
INBOXES = "SELECT FROM monitoring_inbox FOR UPDATE"


class Lock:
    """Held by a session of ours; who waits for it can be seen."""

    def __init__(self, database: "Database", connection: Any) -> None:
        self._database = database
        self._pid = connection.info.backend_pid

    def waiting(self) -> list[str]:
        """What those are doing who wait for this lock, as SQL."""
        return [
            row[0]
            for row in self._database.query(
                "SELECT query FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))",
                self._pid,
            )
        ]

    def wait_until_waited_for(self) -> str:
        """Returns the statement that waits."""
        until(lambda: bool(self.waiting()), what="somebody waits for the lock")
        return self.waiting()[0]


class Database:
    """One database; a connection a question, so that no restart breaks one that is kept."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def connected(self) -> Iterator[Any]:
        connection = psycopg2.connect(self.url, connect_timeout=5, options=OPTIONS)
        try:
            yield connection
        finally:
            connection.close()

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            rows = cursor.fetchall() if cursor.description else []
            connection.commit()
            return list(rows)

    def value(self, sql: str, *parameters: object) -> Any:
        return self.query(sql, *parameters)[0][0]

    @contextmanager
    def locked(self, sql: str, *parameters: object) -> Iterator[Lock]:
        """Keeps a transaction open that has run the statement; undone at the end of the block."""
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            yield Lock(self, connection)

    @contextmanager
    def changed(self, change: str, undo: str) -> Iterator[None]:
        self.query(change)
        try:
            yield
        finally:
            self.query(undo)

    def forget_everything(self) -> None:
        """Keys are never used again: nobody may mistake a new sensor for an old one."""
        self.query(LET_COMMITS_GO)
        tables = self.value(
            "SELECT string_agg(format('%I', tablename), ', ') FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename ~ '^(accounts|devices|monitoring)_'"
        )
        self.query(f"TRUNCATE {tables} CASCADE")

    def seed_meters(self, number: int) -> list[Meter]:
        """So many sensors of one owner."""
        owner = self.value(SEED_OWNER, OWNER, make_password(PASSWORD))
        device = self.value(SEED_DEVICE, owner)
        return [self.seed_meter(device) for _ in range(number)]

    def seed_meter(self, device_id: int | None = None, *, is_active: bool = True) -> Meter:
        device_id = device_id or self.value("SELECT id FROM devices_device LIMIT 1")
        name = str(uuid.uuid4())
        return Meter(self.value(SEED_SENSOR, name, device_id, LIMIT_KW, is_active), name)

    def count(self, table: str) -> int:
        return int(self.value(f"SELECT count(*) FROM {table}"))

    def rows(self) -> list[Row]:
        return [
            Row(*row)
            for row in self.query(
                f"SELECT uuid::text, {US.format('measured_at')}, energy_kwh"
                " FROM monitoring_reading JOIN devices_sensor ON id = sensor_id"
            )
        ]

    def quarantine(self) -> list[Rejected]:
        found = self.query("SELECT reason, raw FROM monitoring_quarantinedreading")
        return [Rejected(reason, bytes(raw)) for reason, raw in found]

    def current(self, table: str) -> list[Span]:
        return [
            Span(*row)
            for row in self.query(
                f"SELECT uuid::text, {US.format('started_at')}, {US.format('ended_at')}"
                f" FROM {table} found JOIN devices_sensor sensor ON sensor.id = sensor_id"
                " WHERE superseded_at IS NULL"
            )
        ]
