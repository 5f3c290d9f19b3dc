"""Running programs as another user: PostgreSQL refuses to be started by root."""

import os
import pwd
import subprocess
from pathlib import Path
from typing import Any


def unprivileged_user() -> str | None:
    """Whom root should run PostgreSQL as; None for everybody else, who run it themselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


def as_user(name: str | None) -> dict[str, Any]:
    """Keyword arguments that make subprocess run a command as that user; None: as who we are."""
    if name is None:
        return {}
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}


def can_enter(folder: Path, user: str | None) -> bool:
    entry = subprocess.run(["test", "-x", str(folder)], check=False, cwd="/", **as_user(user))
    return entry.returncode == 0
