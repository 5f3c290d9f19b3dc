"""A platform's HTTP API in the hands of a test: it answers what the test says, in that order."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]
ACCEPTED = {"accepted": 1, "rejected": []}


def answer(status: int, document: Any = ACCEPTED, **headers: str) -> Answer:
    """Answers with a status and a JSON document."""

    def write(request: BaseHTTPRequestHandler) -> None:
        body = json.dumps(document).encode()
        request.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return write


def hang_up(request: BaseHTTPRequestHandler) -> None:
    """Takes the message and ends the connection without an answer."""
    request.close_connection = True


class Site:
    """What was asked of the server, and what it still has to answer; afterwards it answers 202."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, str | None]] = []
        self.bodies: list[Any] = []
        self.connections: set[Any] = set()
        self.url = ""


@contextmanager
def site(*answers: Answer) -> Iterator[Site]:
    """A server on a free port that gives these answers first."""
    it = Site(*answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            it.bodies.append(json.loads(self.rfile.read(length)))
            it.requests.append((self.path, self.headers["Authorization"]))
            it.connections.add(self.client_address)
            (it.answers.pop(0) if it.answers else answer(202))(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    it.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield it
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
