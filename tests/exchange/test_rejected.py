"""The list of rejected rows: it quotes what somebody has sent, to whoever opens it."""

import csv
import io

from monitoring.exchange.rejected import RejectedRowsWriter


def test_no_detail_is_a_formula() -> None:
    file = io.StringIO(newline="")
    RejectedRowsWriter(file).write([(2, "bad_row", '=cmd|"/C calc"!A0'), (3, "bad_row", "a, b")])
    assert list(csv.reader(io.StringIO(file.getvalue(), newline=""))) == [
        ["line", "reason", "detail"],
        ["2", "bad_row", '\'=cmd|"/C calc"!A0'],
        ["3", "bad_row", "a, b"],
    ]
