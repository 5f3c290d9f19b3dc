"""Asks a server in its own protocol whether it is ready; a false answer includes "not yet"."""

import socket
import struct

PATIENCE_S = 2


def ask(host: str, port: int, *messages: bytes) -> list[bytes]:
    """The beginning of the answer to each message; empty where the server said nothing."""
    answers = []
    try:
        with socket.create_connection((host, port), timeout=PATIENCE_S) as connection:
            for message in messages:
                connection.sendall(message)
                answers.append(connection.recv(4096))
    except OSError:
        pass
    return answers + [b""] * (len(messages) - len(answers))


def is_open(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True


def postgres_is_ready(port: int) -> bool:
    """Asks to log in: the question for the password comes only when logins are possible.

    https://www.postgresql.org/docs/current/protocol-message-formats.html (StartupMessage)
    """
    body = struct.pack("!I", 0x0003_0000) + b"user\0energy\0database\0energy\0\0"
    (answer,) = ask("127.0.0.1", port, struct.pack("!I", len(body) + 4) + body)
    return answer.startswith(b"R")


def rabbitmq_is_ready(port: int, password: str) -> bool:
    """Logs in up to connection.tune, which comes only when the password was right.

    https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 2.3.5 (frames) and connection.start-ok
    """
    login = b"\0energy\0" + password.encode()
    start_ok = struct.pack("!HHI", 10, 11, 0) + b"\x05PLAIN"
    start_ok += struct.pack("!I", len(login)) + login + b"\x05en_US"
    frame = struct.pack("!BHI", 1, 0, len(start_ok)) + start_ok + b"\xce"
    _, answer = ask("127.0.0.1", port, b"AMQP\0\0\x09\x01", frame)
    return answer[7:11] == struct.pack("!HH", 10, 30)


def redis_is_ready(port: int, password: str) -> bool:
    _, answer = ask("127.0.0.1", port, f"AUTH {password}\r\n".encode(), b"PING\r\n")
    return answer.startswith(b"+PONG")
