"""Reads AMQP frames from the socket in large pieces instead of three small ones a frame.

A message is three frames, so the library asks the kernel nine times or more for each; that is
most of what receiving a small message costs (``make bench``).
"""

import errno
from collections.abc import Mapping
from struct import Struct
from typing import Any, cast

from amqp.exceptions import UnexpectedFrame
from amqp.transport import SSLTransport, TCPTransport
from kombu.transport import pyamqp

PIECE_BYTES = 64 * 1024
FRAME_END = 0xCE

_header = Struct(">BHI").unpack_from  # type, channel, size of the payload
_HEADER_BYTES = 7
_TRY_LATER = (errno.EAGAIN, errno.EINTR, errno.ENOENT)

Frame = tuple[int, int, bytes]


class _LargeReads:
    """Replaces the reading side of a py-amqp transport. A time-out loses nothing."""

    sock: Any
    connected: bool
    _received = b""
    _position = 0
    _ahead: "Frame | None" = None

    def read_frame(self, unpack: Any = None) -> Frame:
        """The next frame: type, channel, payload. Raises ``OSError`` as the library's own does."""
        while not self.has_frame():
            # Only what is left of an unfinished frame is copied: frames are 128 KiB at most.
            self._received = self._received[self._position :] + self._receive()
            self._position = 0
        frame, self._ahead = self._ahead, None
        return cast("Frame", frame)

    def has_frame(self) -> bool:
        """Whether ``read_frame`` can return without asking the socket."""
        self._ahead = self._ahead or self._next_frame()
        return self._ahead is not None

    def _next_frame(self) -> Frame | None:
        received, payload = self._received, self._position + _HEADER_BYTES
        if len(received) < payload:
            return None
        frame_type, channel, size = _header(received, self._position)
        end = payload + size
        if len(received) <= end:
            return None
        if received[end] != FRAME_END:
            raise UnexpectedFrame(f"A frame ends with {received[end]:#04x} instead of 0xce.")
        self._position = end + 1
        return frame_type, channel, received[payload:end]

    def _receive(self) -> bytes:
        try:
            piece: bytes = self.sock.recv(PIECE_BYTES)
        except TimeoutError:
            raise
        except OSError as error:
            if error.errno in _TRY_LATER or "timed out" in str(error):
                raise TimeoutError from error
            self.connected = False
            raise
        if not piece:
            self.connected = False
            raise OSError("The broker has closed the connection.")
        return piece


class _PlainTransport(_LargeReads, TCPTransport):
    """AMQP over TCP."""


class _TlsTransport(_LargeReads, SSLTransport):
    """AMQP over TLS."""


class _Connection(pyamqp.Connection):
    def Transport(  # noqa: N802, PLR0913, PLR0917 - the library's name and signature
        self,
        host: str,
        connect_timeout: float | None,
        ssl: bool | dict[str, Any] = False,
        read_timeout: float | None = None,
        write_timeout: float | None = None,
        socket_settings: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> _PlainTransport | _TlsTransport:
        kind = _TlsTransport if ssl else _PlainTransport
        return kind(
            host,
            connect_timeout=connect_timeout,
            ssl=ssl,
            read_timeout=read_timeout,
            write_timeout=write_timeout,
            socket_settings=socket_settings,
            **options,
        )


class LargeReadsTransport(pyamqp.Transport):
    """kombu's AMQP transport with such a connection: ``kombu.Connection(transport=…)``."""

    Connection = _Connection


class LargeReadsTlsTransport(pyamqp.SSLTransport):
    """The same over TLS, for ``amqps:`` addresses."""

    Connection = _Connection


def transport_for(broker_url: str) -> type | None:
    """The transport to receive with; None is kombu's own choice (in memory)."""
    scheme = broker_url.partition(":")[0]
    return {"amqp": LargeReadsTransport, "amqps": LargeReadsTlsTransport}.get(scheme)
