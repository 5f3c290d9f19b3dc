"""``make run``: everything in one terminal, started anew on changes, ended with Ctrl-C."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import ROOT, free_port, until

from .conftest import processes_of

SOURCE = ROOT / "energy" / "urls.py"
#: What is installed is not this test's business.
INSTALLED = ["-o", ".venv/dev-installed", "-o", "frontend/built/energy/echarts.js"]
WITHIN_S = 120


@contextmanager
def make_run(port: int, data: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A terminal in which somebody has typed ``make run``."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", *INSTALLED, "run", f"PORT={port}", f"RUN_DATA={data}"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            # As a terminal does, to all that was started there.
            os.killpg(process.pid, signal.SIGINT)
            process.wait(60)


def test_it_serves_starts_anew_on_a_change_and_leaves_nothing(tmp_path: Path) -> None:
    port, data, log = free_port(), tmp_path / "data", tmp_path / "log"

    def started(times: int) -> bool:
        printed = log.read_text(errors="replace")
        signs = ("web.1    | ", "Listening on TCP address"), ("worker.1 | ", "Receiving readings")
        return all(
            sum(who in line and what in line for line in printed.splitlines()) == times
            for who, what in signs
        )

    with make_run(port, data, log) as process:
        until(lambda: started(1), what="it has started", within_s=WITHIN_S)
        printed = log.read_text()
        assert f"http://localhost:{port}/" in printed
        assert "in another terminal: make administrator" in printed
        os.utime(SOURCE)
        until(lambda: started(2), what="it has started anew", within_s=WITHIN_S)
        assert process.poll() is None
    assert processes_of(data) == []
    assert "Traceback" not in log.read_text()
