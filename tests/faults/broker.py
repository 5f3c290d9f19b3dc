"""The private RabbitMQ as these tests see and control it, through its own command."""

import subprocess
import time
from typing import NamedTuple

from _services.rabbitmq import RabbitMQ
from kombu import Connection

from monitoring.ingest.topology import DEAD_QUEUE, READINGS_QUEUE, declare_topology
from tests.servers import until

from .erlang import Line

USUAL_DISK_LIMIT = "50MB"

# What list_queues tells of a quorum queue may be seconds old; this asks the queue itself, and is
# how RabbitMQ's own tests ask.
COUNT = """
    Ask = fun(Queue, What) ->
        {ok, {_, N}, _} =
            ra:local_query({list_to_atom("%2F_" ++ Queue), node()}, fun rabbit_fifo:What/1),
        N
    end,
    io_lib:format("~b ~b ~b", [Ask("readings", query_messages_ready),
        Ask("readings", query_messages_checked_out), Ask("readings.dead", query_messages_total)]).
"""
LOG_POSITION = """
    [Status | _] = rabbit_quorum_queue:status(<<"/">>, <<"readings">>),
    integer_to_list(proplists:get_value(<<"Commit Index">>, Status)).
"""
CONSUMERS = """
    [
        io_lib:format("~s ~s~n", [Tag, rabbit_misc:pid_to_string(Channel)])
        || [{_, {_, _, _, <<"readings">>}}, {_, Channel}, {_, Tag} | _]
            <- rabbit_amqqueue:consumers_all(<<"/">>)
    ].
"""
QUIET_FOR_S = 2


class Counts(NamedTuple):
    """Messages: waiting, in a consumer's hands, and given up."""

    ready: int
    unacked: int
    dead: int


class Broker:
    def __init__(self, server: RabbitMQ) -> None:
        self.server = server
        self._line = Line(server.client([])[1])

    def close(self) -> None:
        self._line.close()

    @property
    def url(self) -> str:
        return self.server.address()

    def control(self, *words: str) -> str:
        """``rabbitmqctl``."""
        command, environment = self.server.client(["-q", *words])
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"rabbitmqctl {words[0]}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def declare(self) -> None:
        with Connection(self.url) as connection:
            declare_topology(connection.channel())

    def purge(self) -> None:
        for queue in (READINGS_QUEUE, DEAD_QUEUE):
            self.control("purge_queue", queue.name)

    def counts(self) -> Counts:
        return Counts(*map(int, self._line.ask(COUNT).split()))

    def log_position(self) -> int:
        """Grows with each message that the queue takes, delivers, takes back or forgets."""
        return int(self._line.ask(LOG_POSITION))

    def wait_until_quiet(self) -> int:
        """Returns the position of the queue's log once it stands still."""
        position, since = self.log_position(), time.monotonic()

        def stands_still() -> bool:
            nonlocal position, since
            before, position = position, self.log_position()
            if position != before:
                since = time.monotonic()
            return time.monotonic() - since > QUIET_FOR_S

        until(stands_still, what="the queue is quiet")
        return position

    def consumers(self) -> dict[str, str]:
        """Who takes readings: consumer tag → channel."""
        return dict(line.split() for line in self._line.ask(CONSUMERS).splitlines() if line)

    def heartbeat_s(self) -> int:
        """What was agreed with the worker that takes readings."""
        (channel,) = self.consumers().values()
        channels = self._pairs("list_channels", "pid", "connection")
        connections = self._pairs("list_connections", "pid", "timeout")
        return int(connections[channels[channel]])

    def set_disk_limit(self, size: str) -> None:
        """Above the free disk space it is an alarm, and nobody can publish."""
        self._line.ask(f'rabbit_disk_monitor:set_disk_free_limit("{size}"), "".')

    def _pairs(self, *words: str) -> dict[str, str]:
        lines = self.control(*words).splitlines()
        return dict(line.split("\t", 1) for line in lines)
