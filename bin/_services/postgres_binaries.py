"""Which installed PostgreSQL to use."""

from pathlib import Path

from .private import base_environment
from .programs import HOMEBREW, find_folders, find_program, run
from .service import ServiceError

FOLDERS = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    *(f"{place}/opt/postgresql@*/bin" for place in HOMEBREW),
]


def binary_folders() -> list[Path]:
    """Lowest version first; what is on PATH counts when nothing else is found."""
    on_path = find_program(["initdb"], [])
    folders = find_folders(FOLDERS) or ([on_path.resolve().parent] if on_path else [])
    complete = [folder for folder in folders if (folder / "initdb").exists()]
    return sorted(complete, key=lambda folder: int(major_version(folder)))


def binaries_for(data: Path) -> Path:
    """The newest, or for existing data those of the version that wrote it."""
    folders = binary_folders()
    version_file = data / "PG_VERSION"
    if not version_file.exists():
        return folders[-1]
    version = version_file.read_text().strip()
    for folder in folders:
        if major_version(folder) == version:
            return folder
    raise ServiceError(
        f"The data in {data} was written by PostgreSQL {version}, which is not installed:"
        " install it, or delete that folder to begin anew."
    )


def major_version(folder: Path) -> str:
    version = run([str(folder / "postgres"), "--version"], base_environment())
    return version.split()[2].partition(".")[0]
