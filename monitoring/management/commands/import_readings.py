"""``manage.py import_readings FILE``: past readings out of a CSV file."""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from monitoring.exchange.importing import BadFile, ImportedBatch, import_readings
from monitoring.exchange.rejected import RejectedRowsWriter

PIECE_BYTES = 1024 * 1024
#: Rejected rows that are printed; --rejected writes all of them.
PRINTED_ROWS = 20


class Command(BaseCommand):
    """Imports in this process, by the path of live readings; running it again changes nothing.

    The file has the columns timestamp, sensor_id and measurement_value (docs/exchange.md).
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV file")
        parser.add_argument("--rejected", type=Path, help="write all rejected rows to this file")
        parser.add_argument("--no-progress", action="store_true", help="show no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with ExitStack() as stack:
                file = stack.enter_context(path.open("rb"))
                total = os.fstat(file.fileno()).st_size
                bar = stack.enter_context(_bar(total, hidden=options["no_progress"]))
                self._import(_read(file, bar), bar, options["rejected"])
        except BadFile as problem:
            raise CommandError(str(problem)) from None
        except OSError as problem:
            raise CommandError(f"{problem.filename}: {problem.strerror}") from None

    def _import(self, pieces: Iterator[bytes], bar: "tqdm[Any]", rejected: Path | None) -> None:
        rows = stored = repeated = refused = 0
        with ExitStack() as stack:
            listed = rejected and RejectedRowsWriter(
                stack.enter_context(rejected.open("w", newline=""))
            )
            for batch in import_readings(pieces):
                self._print_rejected(batch, room=PRINTED_ROWS - refused)
                if listed:
                    listed.write(batch.rejected)
                rows += batch.rows
                stored += batch.stored
                repeated += batch.repeated
                refused += len(batch.rejected)
                bar.set_postfix_str(f"{rows:,} rows")
        self.stdout.write(
            f"{rows:,} rows: {stored:,} stored, {repeated:,} stored before, {refused:,} rejected."
        )

    def _print_rejected(self, batch: ImportedBatch, *, room: int) -> None:
        for row in batch.rejected[: max(0, room)]:
            self.stderr.write(f"line {row.line}: {row.reason}: {row.detail}")
        if 0 <= room < len(batch.rejected):
            self.stderr.write("More rows are rejected; --rejected FILE lists all of them.")


def _bar(total: int, *, hidden: bool) -> "tqdm[Any]":
    # None: shown where somebody looks, that is on a terminal.
    return tqdm(total=total, unit="B", unit_scale=True, disable=True if hidden else None)


def _read(file: BinaryIO, bar: "tqdm[Any]") -> Iterator[bytes]:
    while piece := file.read(PIECE_BYTES):
        yield piece
        bar.update(len(piece))
