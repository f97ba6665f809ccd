"""`cpo-scan probes | formats | criteria | measures`: what there is, as a table of text."""

from collections.abc import Iterable, Sequence

import click

from cpo_scan.model.assessment import say

_LANG = click.option("--lang", type=click.Choice(["en", "de"]), default="en", help="Language of the texts.")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their heads, columns aligned; the last column runs free."""
    every = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in every) for column in range(len(head) - 1)]
    for row in every:
        cells = [cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)]
        click.echo("  ".join(cells).rstrip())


@click.command()
@click.argument("name", required=False)
def probes(name: str | None) -> int:
    """List the installed probes with their state, or show one: NAME is its id."""
    from cpo_scan.probe.registry import installed
    from cpo_scan.rulebook.messages import load_messages

    registry = installed()
    if name is not None:
        from cpo_scan.cli.explain import show_probe

        show_probe(registry[name])
        return 0
    messages = load_messages()
    broken = False
    rows = []
    for one in registry:
        broken = broken or one.probe is None
        if one.probe is not None:
            state, what = f"ok v{one.probe.version}", (type(one.probe).__doc__ or "").strip().splitlines()[0]
        else:
            state, what = "broken", messages.render(one.problem) if one.problem else ""
        rows.append((one.id, state, f"{one.distribution} {one.version}", what))
    table(("probe", "state", "from", "what it states"), rows)
    return 3 if broken else 0


@click.command()
@click.argument("name", required=False)
def formats(name: str | None) -> None:
    """List the formats that are recognised, or show one: NAME is its id."""
    from cpo_scan.rulebook.formats import load_formats

    rules = load_formats()
    if name is not None:
        from cpo_scan.cli.explain import show_format

        show_format(rules, name)
        return
    rows = [
        (row.id, row.standard or "", row.part, str(row.openness or ""), row.opens_as or "", row.title)
        for row in sorted(rules.formats, key=lambda row: row.id)
    ]
    table(("format", "standard", "part", "openness", "opens as", "title"), rows)


@click.command()
@click.argument("name", required=False)
@click.option("--catalogue", metavar="FILE", help="Another catalogue than the provisional one.")
@_LANG
def criteria(name: str | None, catalogue: str | None, lang: str) -> None:
    """List the criteria of the catalogue, or show one: NAME is its id."""
    from cpo_scan.rulebook.book import load_rulebook

    book = load_rulebook(catalogue=catalogue)
    if name is not None:
        from cpo_scan.cli.explain import show_criterion

        show_criterion(book, name, lang)
        return
    rows = [
        (
            row.id,
            row.obligation,
            row.obligation_basis,
            "".join(mode[0].upper() for mode in row.modes),
            say(row.title, lang),
        )
        for row in book.catalogue.criteria.values()
    ]
    table(("criterion", "level", "basis", "mode", "title"), rows)
    click.echo("\nM machine · T test · D declaration · I interview")
    if book.catalogue.provisional:
        click.echo(say(book.catalogue.notice, lang))


@click.command()
@click.argument("name", required=False)
@_LANG
def measures(name: str | None, lang: str) -> None:
    """List the measures, or show one: NAME is its id."""
    from cpo_scan.rulebook.book import load_rulebook

    book = load_rulebook()
    if name is not None:
        from cpo_scan.cli.explain import show_measure

        show_measure(book, name, lang)
        return
    rows = [
        (row.id, row.kind, str(row.minimum_strength), row.title.get(lang) or row.title["en"])
        for row in book.measures.measures.values()
    ]
    table(("measure", "counts", "from strength", "title"), rows)
