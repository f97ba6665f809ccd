"""`cpo-scan catalogue`: catalogues of others imported, checked, carried to the next edition; what a machine covers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cpo_scan.rulebook.book import Rulebook
    from cpo_scan.rulebook.catalogue import Catalogue

_LANG = click.option("--lang", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language.")
_PROFILE = click.option(
    "--profile", default="default", show_default=True, metavar="NAME|FILE", help="Which rules decide which criterion."
)


@click.group()
def catalogue() -> None:
    """Import, check and migrate catalogues. Judge by one with: cpo-scan assess REPORT --catalogue FILE"""


@catalogue.command("import")
@click.argument("source")
@click.option("-o", "path", metavar="FILE", required=True, help="Where to write the catalogue; - is standard output.")
@click.option(
    "--map",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Which column is which field; FIELD.de marks a language; mapped_to:SCHEME@VERSION[:RELATION] takes ids in"
    " another scheme. Repeatable.",
)
@click.option(
    "--obligation",
    "obligations",
    multiple=True,
    metavar="WORD=LEVEL",
    help="What a word for obligation means: mandatory, desired or optional; * stands for no word. Repeatable.",
)
@click.option(
    "--crosswalk",
    "crosswalks",
    multiple=True,
    metavar="FILE",
    help="Which criterion is which requirement elsewhere (YAML, CSV, XLSX); equal to one of ours binds its rule.",
)
@click.option("--bind-by-id", is_flag=True, help="Let provisional criteria decide those that have the same id.")
@click.option("--lang", metavar="LANGUAGE", help="Language of texts that the source does not mark (default: en).")
@click.option("--id", "identity", metavar="ID", help="Id of the catalogue (default: made from its title).")
@click.option("--edition", metavar="VERSION", help="Version of the catalogue, where the source states none.")
@click.option(
    "--category-depth",
    type=click.IntRange(1, 20),
    default=1,
    show_default=True,
    help="Which group is the category, counted from outside.",
)
@click.option("--provisional", is_flag=True, help="Mark the catalogue as provisional.")
@click.option("--replace", is_flag=True, help="Replace FILE if it is there already.")
@click.option(
    "--notes-in", type=click.Choice(["en", "de"]), default="en", show_default=True, help="Language of the notes."
)
def import_(source: str, path: str, crosswalks: tuple[str, ...], replace: bool, notes_in: str, **choices: Any) -> None:
    """Import SOURCE: OSCAL (JSON, XML, YAML), ReqIF (also .reqifz), CSV, XLSX or YAML.

    What the source states is kept: ids, texts, groups, levels and its own columns. What was mapped to what, and what
    was not, is told. Criteria without a rule need a human; decided_by or a crosswalk binds a rule.
    """
    from cpo_scan.catalogues import Choices, import_catalogue, read_given
    from cpo_scan.catalogues.crosswalk import read_crosswalk
    from cpo_scan.catalogues.own import own_catalogue
    from cpo_scan.catalogues.writing import write_yaml
    from cpo_scan.layers.source import read_bytes
    from cpo_scan.report.write import output
    from cpo_scan.rulebook.catalogue import load_catalogue, parse_catalogue
    from cpo_scan.rulebook.messages import load_messages

    _free(path, replace)
    messages = load_messages()
    if (kept := own_catalogue(source)) is not None:
        content, notes = kept
    else:
        read = tuple(read_crosswalk(name, read_bytes(name)) for name in crosswalks)
        made = import_catalogue(read_given(source), Choices(crosswalks=read, **choices), load_catalogue())
        content, notes = write_yaml(path, messages.render({"code": "catalogue.head"}), made.data), made.notes
        parse_catalogue(path, content)  # what is written is what will be read
    with output(path) as stream:
        stream.write(content)
    for note in notes:
        click.echo(messages.render(note, notes_in), err=path == "-")


def _free(path: str, replace: bool) -> None:
    if path != "-" and Path(path).is_file() and not replace:
        raise click.UsageError(f"{path} is there already; it may have been worked on: --replace replaces it")


@catalogue.command()
@click.argument("file", required=False)
@_PROFILE
@click.option("--strict", is_flag=True, help="Remarks count as faults: exit 2.")
@_LANG
def check(file: str | None, profile: str, strict: bool, lang: str) -> int:
    """Check the catalogue FILE (default: the profile's): dangling ids, unreached criteria, levels, missing texts.

    Exit 2 where something can't be meant so.
    """
    from cpo_scan.catalogues.checking import check_catalogue
    from cpo_scan.rulebook.book import decider_catalogue

    book = _book(profile, file)
    remarks = check_catalogue(book, decider_catalogue(book), _kinds())
    for one in remarks:
        head = book.messages.render({"code": "check.fault" if one.fault else "check.remark"}, lang)
        click.echo(f"{head}: {book.messages.render(one.reason, lang)}")
    faults = sum(one.fault for one in remarks)
    params = {
        "catalogue": book.catalogue.id,
        "version": book.catalogue.version,
        "profile": book.profile.id,
        "criteria": len(book.catalogue.criteria),
        "faults": faults,
        "remarks": len(remarks) - faults,
    }
    click.echo(book.messages.render({"code": "check.summary", "params": params}, lang))
    return 2 if faults or (strict and remarks) else 0


@catalogue.command()
@click.argument("old")
@click.argument("new")
@click.option("--determinations", metavar="FILE", help="Determinations that were made on OLD.")
@click.option("--waivers", metavar="FILE", help="Waivers that were given on OLD.")
@click.option("-o", "path", metavar="FILE", required=True, help="Where to write what is carried; - is standard output.")
@_LANG
def migrate(old: str, new: str, determinations: str | None, waivers: str | None, path: str, lang: str) -> None:
    """Carry determinations or waivers from the catalogue OLD to NEW, and list what can't be carried.

    OLD and NEW are files, or `provisional`. Where title or text of a criterion changed, nothing is carried.
    """
    from cpo_scan.catalogues.migrating import migrate as carry
    from cpo_scan.catalogues.writing import write_yaml
    from cpo_scan.layers.source import read_layer
    from cpo_scan.report.write import output
    from cpo_scan.rulebook.messages import load_messages

    if (determinations is None) == (waivers is None):
        raise click.UsageError("Name one file: --determinations FILE or --waivers FILE.")
    _free(path, replace=False)
    layer = "determinations" if determinations else "waivers"
    before, after, messages = _catalogue(old), _catalogue(new), load_messages()
    done = carry(read_layer(str(determinations or waivers), layer), layer, before, after)
    versions = {
        "old": before.id,
        "old_version": before.version,
        "new": after.id,
        "new_version": after.version,
    }
    head = messages.render({"code": "migrate.head", "params": versions}, lang)
    with output(path) as stream:
        stream.write(write_yaml(path, head, done.data))
    rows = len(done.data[layer])
    for reason in (*done.carried, *done.left):
        click.echo(messages.render(reason, lang), err=path == "-")
    summary = {"code": "migrate.summary", "params": {"carried": rows, "left": len(done.left)}}
    click.echo(messages.render(summary, lang), err=path == "-")


@catalogue.command()
@click.argument("file", required=False)
@_PROFILE
@click.option("-o", "path", metavar="FILE", default="-", help="Where to write the page (default: standard output).")
@_LANG
def coverage(file: str | None, profile: str, path: str, lang: str) -> None:
    """Write which criteria of FILE (default: the profile's catalogue) files can answer, in part, or not at all."""
    from cpo_scan.catalogues.matrix import coverage_page
    from cpo_scan.catalogues.reach import coverage as covered
    from cpo_scan.report.write import output

    book = _book(profile, file)
    with output(path) as stream:
        stream.write(coverage_page(book, covered(book, _kinds()), lang).encode())


def _kinds() -> frozenset[str]:
    """Kinds of findings that installed probes state."""
    from cpo_scan.probe.registry import installed

    return frozenset(kind for one in installed() if one.outline is not None for kind in one.outline.states)


def _catalogue(name: str) -> "Catalogue":
    from cpo_scan.layers.source import read_bytes
    from cpo_scan.rulebook.catalogue import load_catalogue, parse_catalogue

    return load_catalogue() if name == "provisional" else parse_catalogue(name, read_bytes(name))


def _book(profile: str, catalogue: str | None) -> "Rulebook":
    from cpo_scan.rulebook.book import load_rulebook

    return load_rulebook(profile, catalogue, strict=False)
