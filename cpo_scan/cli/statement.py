"""`cpo-scan statement`: a vendor's statement to fill in, empty or drafted from a report."""

from pathlib import Path
from typing import Any

import click

_LANG = click.option(
    "--lang", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language of the comments."
)
_CATALOGUE = click.option("--catalogue", metavar="FILE", help="A catalogue of criteria instead of the provisional one.")
_OUTPUT = click.option("-o", "path", metavar="FILE", help="Where to write it (default: standard output).")


@click.group()
def statement() -> None:
    """Write a CPO Statement. Hold it against a product with: cpo-scan scan PRODUCT --statement FILE"""


@statement.command()
@_OUTPUT
@_CATALOGUE
@_LANG
def new(path: str | None, catalogue: str | None, lang: str) -> None:
    """Write a statement with every criterion of the catalogue and no claim."""
    from cpo_scan.layers.drafts import new_statement
    from cpo_scan.rulebook.book import load_rulebook

    book = load_rulebook(catalogue=catalogue)
    write(new_statement(book.catalogue, book.messages, lang), path)


@statement.command()
@click.argument("report")
@_OUTPUT
@_CATALOGUE
@click.option("--profile", default="default", show_default=True, metavar="NAME|FILE", help="Which rules decide.")
@_LANG
def draft(report: str, path: str | None, lang: str, **judging: Any) -> None:
    """Write a statement drafted from REPORT: it claims what the scan evidences, and nothing more."""
    from cpo_scan.judging import Judging, judged
    from cpo_scan.layers.drafts import draft_statement

    scene, book, product = judged(report, Judging(**judging))
    write(draft_statement(scene, book.messages, lang, product), path)


def write(text: str, path: str | None) -> None:
    """A file that people will work on goes to standard output, or to a path where none is yet."""
    from cpo_scan.report.write import output

    if path is not None and path != "-" and Path(path).is_file():
        raise click.UsageError(f"{path} is there already; it may have been worked on, and is not replaced")
    with output(path or "-") as stream:
        stream.write(text.encode())
