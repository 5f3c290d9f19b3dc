"""A TCP proxy before the broker that refuses, cuts and stalls connections."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self, TypeVarTuple
from urllib.parse import urlsplit

Arguments = TypeVarTuple("Arguments")


class Proxy:
    """Forwards to the broker of ``broker_url``; ``url`` is the broker's URL through the proxy."""

    def __init__(self, broker_url: str) -> None:
        parts = urlsplit(broker_url)
        self._broker = (parts.hostname or "localhost", parts.port or 5672)
        self._listener = self._listen(0)
        self._port = self._listener.getsockname()[1]
        credentials = parts.netloc.rpartition("@")[0]
        self.url = parts._replace(netloc=f"{credentials}@127.0.0.1:{self._port}").geturl()
        self.connection_count = 0
        self.connected = threading.Event()
        self._open_sockets: list[socket.socket] = []
        self._flowing = threading.Event()
        self._flowing.set()
        self._bytes_until_cut: int | None = None

    def __enter__(self) -> Self:
        self.accept()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self.resume()

    def accept(self) -> None:
        """Takes connections (again)."""
        if self._listener.fileno() == -1:
            self._listener = self._listen(self._port)
        self._start(self._accept_all, self._listener)

    def refuse(self) -> None:
        """Cuts all connections and refuses new ones."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Cuts the connections there are."""
        sockets, self._open_sockets = self._open_sockets, []
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def cut_after(self, sent_bytes: int) -> None:
        """Cuts once so many more bytes have gone to the broker: its answer is lost."""
        self._bytes_until_cut = sent_bytes

    def stall(self) -> None:
        """Keeps back whatever the broker answers."""
        self._flowing.clear()

    def resume(self) -> None:
        """Forwards the broker's answers again."""
        self._flowing.set()

    @staticmethod
    def _listen(port: int) -> socket.socket:
        return socket.create_server(("127.0.0.1", port))

    @staticmethod
    def _start(target: Callable[[*Arguments], None], *arguments: *Arguments) -> None:
        threading.Thread(target=target, args=arguments, daemon=True).start()

    def _accept_all(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            broker = socket.create_connection(self._broker)
            self.connection_count += 1
            self.connected.set()
            self._open_sockets += [client, broker]
            self._start(self._forward_requests, client, broker)
            self._start(self._forward_answers, broker, client)

    def _forward_requests(self, client: socket.socket, broker: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                broker.sendall(data)
                if self._bytes_until_cut is not None:
                    self._bytes_until_cut -= len(data)
                    if self._bytes_until_cut <= 0:
                        self._bytes_until_cut = None
                        self.cut()
        self._close(client, broker)

    def _forward_answers(self, broker: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := broker.recv(65536):
                self._flowing.wait()
                client.sendall(data)
        self._close(client, broker)

    @staticmethod
    def _close(*sockets: socket.socket) -> None:
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
