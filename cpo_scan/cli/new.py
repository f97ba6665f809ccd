"""`cpo-scan new probe NAME`: a plug-in project that works from the first minute."""

from pathlib import Path

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
