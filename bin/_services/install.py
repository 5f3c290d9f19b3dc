"""Installs missing Debian packages, without letting them start servers of the system."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .service import ServiceError

POLICY = Path("/usr/sbin/policy-rc.d")
NEVER_START = "#!/bin/sh\nexit 101\n"


def can_install() -> bool:
    """Root on Debian, Ubuntu and the like."""
    return os.geteuid() == 0 and bool(shutil.which("apt-get")) and bool(shutil.which("dpkg"))


def install(packages: list[str], log_file: Path) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with log_file.open("wb") as log, no_server_starts():
        for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
            done = subprocess.run(
                ["apt-get", *words],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
            if done.returncode:
                log.flush()
                tail = "\n".join(log_file.read_text(errors="replace").splitlines()[-15:])
                raise ServiceError(f"apt-get {words[0]} failed. The end of {log_file}:\n{tail}")


@contextmanager
def no_server_starts() -> Iterator[None]:
    """Debian asks policy-rc.d whether a package may start its server: the answer is no."""
    aside = POLICY.with_name("policy-rc.d.before-bin-services")
    if POLICY.exists():
        POLICY.rename(aside)
    POLICY.write_text(NEVER_START)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
        if aside.exists():
            aside.rename(POLICY)
