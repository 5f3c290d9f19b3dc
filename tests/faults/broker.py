"""The private RabbitMQ as these tests see and control it, through its own command."""

import re
import subprocess
from typing import NamedTuple

from _services.rabbitmq import RabbitMQ
from kombu import Connection

from monitoring.ingest.topology import DEAD_QUEUE, READINGS_QUEUE, declare_topology
from tests.servers import until

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


class Counts(NamedTuple):
    """Messages: waiting, in a consumer's hands, and given up."""

    ready: int
    unacked: int
    dead: int


class Broker:
    def __init__(self, server: RabbitMQ) -> None:
        self.server = server

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
        return Counts(*map(int, re.findall(r"\d+", self.control("eval", COUNT))))

    def log_position(self) -> int:
        """Grows with each message that the queue takes, delivers, takes back or forgets."""
        return int(self.control("eval", LOG_POSITION).strip('"'))

    def wait_until_quiet(self) -> int:
        """Returns the position of the queue's log once it stands still."""
        positions = [self.log_position()]

        def stands_still() -> bool:
            positions.append(self.log_position())
            return positions[-3:] == [positions[-1]] * 3

        until(stands_still, what="the queue is quiet")
        return positions[-1]

    def consumers(self) -> dict[str, str]:
        """Who takes readings: consumer tag → channel."""
        # The columns come in this order whatever was asked for.
        lines = self.control("list_consumers", "queue_name", "channel_pid", "consumer_tag")
        words = [line.split("\t") for line in lines.splitlines()]
        return {tag: channel for queue, channel, tag in words if queue == READINGS_QUEUE.name}

    def heartbeat_s(self) -> int:
        """What was agreed with the worker that takes readings."""
        (channel,) = self.consumers().values()
        channels = self._pairs("list_channels", "pid", "connection")
        connections = self._pairs("list_connections", "pid", "timeout")
        return int(connections[channels[channel]])

    def set_disk_limit(self, size: str) -> None:
        """Above the free disk space it is an alarm, and nobody can publish."""
        self.control("set_disk_free_limit", size)

    def _pairs(self, *words: str) -> dict[str, str]:
        lines = self.control(*words).splitlines()
        return dict(line.split("\t", 1) for line in lines)
