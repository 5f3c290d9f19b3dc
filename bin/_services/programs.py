"""Where programs are, also those that stand on nobody's PATH, and running them."""

import os
import shutil
import subprocess
from pathlib import Path

from .service import ServiceError
from .users import as_user

HOMEBREW = ("/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew")


def find_program(names: list[str], folders: list[str]) -> Path | None:
    """The first of the names found in the folders, then on PATH."""
    places = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    found = (shutil.which(name, path=places) for name in names)
    return next((Path(program) for program in found if program), None)


def find_folders(patterns: list[str]) -> list[Path]:
    """The existing folders that match, each pattern an absolute path."""
    return [folder for pattern in patterns for folder in Path("/").glob(pattern.lstrip("/"))]


def run(
    command: list[str],
    environment: dict[str, str],
    *,
    user: str | None = None,
    input_text: str = "",
) -> str:
    """What the command prints; raises ServiceError with its complaint when it fails."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command,
        env=environment,
        input=input_text,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **as_user(user),
    )
    if done.returncode:
        raise ServiceError(f"{command[0]} failed:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout
