"""Runs a command in the foreground and hands on the signals that were meant for it."""

import os
import signal
import subprocess
import sys
from types import FrameType


def run_command(command: list[str], environment: dict[str, str]) -> int:
    """The command's exit code, as a shell would give it."""
    process: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def hand_on(number: int, _frame: FrameType | None) -> None:
        if process is None:
            early.append(number)
        elif number != signal.SIGINT or not in_foreground():
            process.send_signal(number)

    for handled in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(handled, hand_on)
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError) else 126
    for number in early:
        process.send_signal(number)
    code = process.wait()
    return 128 - code if code < 0 else code


def in_foreground() -> bool:
    """Whether Ctrl-C reaches the command by itself: a terminal sends it to the whole group."""
    try:
        with open("/dev/tty", "rb", buffering=0) as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False
