"""PostgreSQL, RabbitMQ and Redis that bin/services started, used through real clients."""

import re
from pathlib import Path

import kombu
import psycopg2
import pytest
import redis
from amqp.exceptions import AccessRefused

from .conftest import Services, processes_of, urls

QUEUE = kombu.Queue("kept", durable=True, queue_arguments={"x-queue-type": "quorum"})


def query(url: str, sql: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def publish(url: str, body: str) -> None:
    with (
        kombu.Connection(url, transport_options={"confirm_publish": True}) as connection,
        connection.Producer() as producer,
    ):
        producer.publish(body, routing_key="kept", declare=[QUEUE], delivery_mode=2)


def fetch(url: str) -> str:
    with kombu.Connection(url) as connection, connection.channel() as channel:
        message = QUEUE(channel).get()
        assert message is not None
        message.ack()
        return str(message.payload)


def test_each_answers_its_client_at_its_url(all_servers: Services) -> None:
    where = urls(all_servers)
    assert query(where["DATABASE_URL"], "SELECT current_user, current_database()") == [
        ("energy", "energy")
    ]
    publish(where["BROKER_URL"], "hello")
    assert fetch(where["BROKER_URL"]) == "hello"
    with redis.Redis.from_url(where["REDIS_URL"]) as client:
        assert client.ping()


def test_each_refuses_a_wrong_password(all_servers: Services) -> None:
    where = {name: re.sub(r":\w+@", ":wrong@", url) for name, url in urls(all_servers).items()}
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        query(where["DATABASE_URL"], "SELECT 1")
    with pytest.raises(AccessRefused), kombu.Connection(where["BROKER_URL"]) as connection:
        connection.connect()
    with (
        redis.Redis.from_url(where["REDIS_URL"]) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_postgres_is_local_and_durable(all_servers: Services) -> None:
    url = urls(all_servers)["DATABASE_URL"]
    assert query(url, "SHOW listen_addresses") == [("127.0.0.1",)]
    assert query(url, "SHOW fsync") == [("on",)]


def test_the_role_may_create_databases_but_is_no_superuser(all_servers: Services) -> None:
    rights = "SELECT rolcreatedb, rolsuper FROM pg_roles WHERE rolname = 'energy'"
    assert query(urls(all_servers)["DATABASE_URL"], rights) == [(True, False)]


def test_the_passthroughs_reach_these_very_servers(all_servers: Services) -> None:
    answer = all_servers("psql", "-U", "postgres", "-Atc", "SHOW data_directory")
    assert str(answer.stdout.strip()) in all_servers("status", "postgres").stdout
    assert "energy\t[administrator]" in all_servers("rabbitmqctl", "-q", "list_users").stdout


def test_stop_leaves_nothing_and_start_brings_back_ports_and_data(
    all_servers: Services, all_data: Path
) -> None:
    before = urls(all_servers)
    query(before["DATABASE_URL"], "CREATE TABLE kept AS SELECT 42 AS answer")
    publish(before["BROKER_URL"], "still here")
    with redis.Redis.from_url(before["REDIS_URL"]) as client:
        client.set("kept", "yes")

    assert all_servers("stop").stdout.count("stopped") == 3
    assert processes_of(all_data) == []
    assert all_servers("status").returncode == 1
    assert all_servers("start", "rabbitmq", "postgres", "redis").returncode == 0

    assert urls(all_servers) == before
    assert query(before["DATABASE_URL"], "SELECT answer FROM kept") == [(42,)]
    assert fetch(before["BROKER_URL"]) == "still here"
    with redis.Redis.from_url(before["REDIS_URL"]) as client:
        assert client.get("kept") == b"yes"


def test_postgres_recovers_what_was_committed_before_a_crash(all_servers: Services) -> None:
    url = urls(all_servers)["DATABASE_URL"]
    for number, crash in enumerate([("kill", "postgres", "KILL"), ("stop", "postgres")]):
        query(url, f"CREATE TABLE before_crash_{number} ()")
        immediate = ["--immediate"] if crash[0] == "stop" else []
        assert all_servers(*crash, *immediate).returncode == 0
        assert "not running" in all_servers("status", "postgres").stdout
        assert all_servers("start", "postgres").returncode == 0
        assert query(url, f"SELECT count(*) FROM before_crash_{number}") == [(0,)]
