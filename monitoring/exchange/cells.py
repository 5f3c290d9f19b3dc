"""Text in the cells of CSV files."""

import csv
import io

#: What Excel, LibreOffice and Google Sheets begin to compute at, full-width ones too.
STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def write_cells(*texts: str) -> str:
    """Texts as adjoining cells of a row (RFC 4180), which no spreadsheet takes for formulas.

    An apostrophe goes before a text that would be one, as OWASP advises (CSV injection).
    """
    row = io.StringIO(newline="")
    csv.writer(row).writerow(map(defuse, texts))  # its end, too, is what it quotes
    return row.getvalue().removesuffix("\r\n")


def defuse(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would compute."""
    return f"'{text}" if text.lstrip().startswith(STARTS) else text
