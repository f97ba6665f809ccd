"""`cpo-scan new`: a plug-in project that works from the first minute, and files for auditors to begin with."""

from pathlib import Path
from typing import Any

import click


@click.group()
def new() -> None:
    """Start something of your own."""


@new.command()
@click.argument("name")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to put it (default: here, by its name).",
)
def probe(name: str, directory: Path | None) -> None:
    """Write a working probe plug-in with its tests. NAME is its id, for example acme.gadget."""
    from cpo_scan.probe.scaffold import ScaffoldError, write_project

    try:
        written = write_project(name, directory)
    except ScaffoldError as error:
        raise click.UsageError(str(error)) from None
    for path in written.files:
        click.echo(path)
    click.echo(f"\nNext: pip install -e {written.root}, then: cpo-scan probes {name}")


@new.command()
@click.argument("report")
@click.option("-o", "path", metavar="FILE", help="Where to write it (default: standard output).")
@click.option("--catalogue", metavar="FILE", help="A catalogue of criteria instead of the provisional one.")
@click.option("--lang", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language of comments.")
def determinations(report: str, path: str | None, catalogue: str | None, lang: str) -> None:
    """Write a file of determinations to fill in, with the digests of REPORT and of the criteria that they judge."""
    from cpo_scan.cli.statement import write
    from cpo_scan.judging import Judging, judged
    from cpo_scan.layers.drafts import new_determinations

    scene, book, product = judged(report, Judging(catalogue=catalogue))
    write(new_determinations(scene, book.messages, lang, product), path)


@new.command()
@click.argument("report")
@click.option("-o", "path", metavar="FILE", help="Where to write it (default: standard output).")
@click.option("--catalogue", metavar="FILE", help="A catalogue of criteria instead of the provisional one.")
@click.option("--profile", default="default", show_default=True, metavar="NAME|FILE", help="Which rules decide.")
@click.option("--lang", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language of comments.")
def nonconformities(report: str, path: str | None, lang: str, **judging: Any) -> None:
    """Write a file of nonconformities to raise from REPORT: where files contradict a criterion, or somebody determined
    that it is not fulfilled. Hold it against a later scan with: cpo-scan scan PRODUCT --nonconformities FILE"""
    from cpo_scan.cli.statement import write
    from cpo_scan.judging import Judging, judged
    from cpo_scan.layers.drafts import new_nonconformities

    scene, book, product = judged(report, Judging(**judging))
    write(new_nonconformities(scene, book.messages, lang, product), path)
