"""Tables that commands write: CSV, or a workbook where the file's name ends in `.xlsx`."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec

import click


def write_table(
    path: str | None, title: str, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Mapping[int, int]
) -> None:
    """Write a table to a file, or as CSV to standard output; whole or not at all."""
    from cpo_scan.report.spreadsheet import csv_table, write_xlsx_table
    from cpo_scan.report.write import output

    workbook = path is not None and path.lower().endswith(".xlsx")
    if workbook and find_spec("openpyxl") is None:
        raise click.UsageError(f"{path}: needs openpyxl: pip install 'cpo-scan[xlsx]'")
    with output(path or "-") as stream:
        if workbook:
            write_xlsx_table(title, head, rows, stream, widths)
        else:
            stream.write(csv_table(head, rows))
