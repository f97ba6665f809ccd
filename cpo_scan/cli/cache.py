"""`cpo-scan cache`: what a folder of kept results holds, and making it smaller."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cpo_scan.scan.cache import CacheStore

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


@click.group()
def cache() -> None:
    """Look after a cache, the folder that `cpo-scan scan --cache DIR` keeps results in."""


@cache.command()
@click.argument("folder", metavar="DIR")
def show(folder: str) -> None:
    """Say how large it is, how many results it holds, and how many scans took from it."""
    from cpo_scan.report.phrases import number, size

    with _opened(folder) as store:
        held = store.status()
    click.echo(f"{number(held.entries, 'en')} results of {number(held.scans, 'en')} scans in {size(held.size, 'en')}")
    click.echo(f"{number(held.reused, 'en')} taken from it, {number(held.kept, 'en')} put into it so far")
    if held.entries:
        click.echo(f"the result that was not used for longest: {held.days} days")
    if held.size > held.held:
        click.echo(
            f"{size(held.size - held.held, 'en')} of it are free for new results; cpo-scan cache prune gives them back"
        )


@cache.command()
@click.argument("folder", metavar="DIR")
@click.option(
    "--size",
    "most",
    callback=lambda _ctx, _param, value: _bytes(value),
    metavar="SIZE",
    help="Keep at most so much: 500M, 2G.",
)
@click.option("--days", type=click.IntRange(0, 36_500), help="Drop what was not used for so many days.")
def prune(folder: str, most: int | None, days: int | None) -> None:
    """Drop results that were not used for long, the oldest first, and give the room back."""
    with _opened(folder) as store:
        gone = store.prune(most=most, days=days)
        held = store.status()
    from cpo_scan.report.phrases import number, size

    click.echo(f"{number(gone, 'en')} results dropped, {number(held.entries, 'en')} left in {size(held.size, 'en')}")


@cache.command()
@click.argument("folder", metavar="DIR")
def clear(folder: str) -> None:
    """Delete it. A file that is no cache of cpo-scan is left alone."""
    from cpo_scan.scan.cache import clear as delete

    click.echo("the cache is deleted" if delete(Path(folder)) else "there was no cache")


def _opened(folder: str) -> "closing[CacheStore]":
    from cpo_scan.scan.cache import CacheStore

    return closing(CacheStore(Path(folder), make=False))


def _bytes(text: str | None) -> int | None:
    """`500M`, `2G`: powers of 1000."""
    if text is None:
        return None
    unit = text[-1:] if text[-1:] in _UNITS else ""
    digits = text.removesuffix(unit) if unit else text
    if not digits.isascii() or not digits.isdigit():
        raise click.BadParameter("a size is expected, such as 500M or 2G")
    return int(digits) * _UNITS[unit]
