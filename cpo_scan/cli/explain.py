"""`cpo-scan explain ID`: a criterion, a measure, a probe, a format, a standard, or one of the words of a report."""

import inspect
from collections.abc import Mapping

import click

from cpo_scan.model.assessment import say
from cpo_scan.probe.registry import Registered
from cpo_scan.rulebook.book import Rulebook
from cpo_scan.rulebook.formats import FormatRules


@click.command()
@click.argument("name", metavar="ID")
@click.option("--lang", type=click.Choice(["en", "de"]), default="en", help="Language of the texts.")
def explain(name: str, lang: str) -> None:
    """Explain a criterion, a measure, a probe, a format, a standard or a word such as `inconclusive`."""
    from difflib import get_close_matches

    from cpo_scan.probe.registry import installed
    from cpo_scan.rulebook.book import load_rulebook
    from cpo_scan.rulebook.formats import load_formats

    registry = installed()
    if name in registry.ids:
        return show_probe(registry[name])
    book = load_rulebook()
    if name in book.catalogue.criteria:
        return show_criterion(book, name, lang)
    if name in book.measures.measures:
        return show_measure(book, name, lang)
    rules = load_formats()
    ids = {row.id for row in rules.formats} | {row.id for row in rules.standards}
    if name in ids:
        return show_format(rules, name)
    word = f"word.{name}"
    if word in book.messages:
        click.echo(f"{name}: {book.messages.render({'code': word}, lang)}")
        return None
    words = [code.removeprefix("word.") for code in book.messages.codes() if code.startswith("word.")]
    known = [*registry.ids, *book.catalogue.criteria, *book.measures.measures, *sorted(ids), *words]
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    raise click.UsageError(f"There is nothing of the name {name!r}.{hint}")


def show_probe(registered: Registered) -> None:
    """All that a probe says about itself."""
    from cpo_scan.rulebook.messages import load_messages

    click.secho(registered.id, bold=True)
    if registered.probe is None:
        click.echo(f"  broken: {load_messages().render(registered.problem)}" if registered.problem else "  broken")
        return
    probe = registered.probe
    click.echo(inspect.cleandoc(type(probe).__doc__ or ""))
    _lines(
        {
            "version": str(probe.version),
            "from": f"{registered.distribution} {registered.version} ({registered.value})",
            "states": ", ".join(probe.states),
            "refines": ", ".join(probe.refines),
        }
    )
    _list("limitations", probe.limitations)
    _list("references", probe.references)
    if probe.remediation:
        click.echo(f"\nWhat to do about a gap: {probe.remediation}")


def show_criterion(book: Rulebook, name: str, lang: str) -> None:
    """A criterion: text, level, how to test, what decides it, what to do."""
    row = book.catalogue.criteria.get(name)
    if row is None:
        raise click.UsageError(f"There is no criterion {name!r} in the catalogue {book.catalogue.id}.")
    click.secho(f"{row.id}  {_said(row.title, lang)}", bold=True)
    click.echo(_said(row.text, lang))
    binding = book.binding_of(row)
    _lines(
        {
            "category": f"{row.category} {_said(book.catalogue.categories[row.category].title, lang)}",
            "level": f"{row.obligation} ({row.obligation_basis})",
            "groups": " / ".join(row.groups),
            "official id": row.official_id
            or ("none: this catalogue is provisional" if book.catalogue.provisional else ""),
            "modes": ", ".join(f"{mode}{'' if required else ' (optional)'}" for mode, required in row.modes.items()),
            "roles": ", ".join(row.roles),
            "rule": binding.evidenced.text if binding else "no rule bound: a person decides",
            "measures": ", ".join(binding.measures) if binding else "",
        }
    )
    _list(
        "remarks",
        [
            f"{_said(one.text, lang)} ({'inconclusive at most, ' if one.limits else ''}while {one.when.text})"
            for one in (binding.remarks if binding else ())
        ],
    )
    for head, text in (("How to test", row.how_to_test), ("What to do about a gap", row.remediation)):
        if text:
            click.echo(f"\n{head}: {_said(text, lang)}")
    _list("questions", row.questions.get(lang) or row.questions.get("en") or next(iter(row.questions.values()), []))
    _list("other requirements", [f"{to.scheme} {to.version}: {to.id} ({to.relation})" for to in row.mapped_to])
    _list("columns of the source", [f"{name}: {value}" for name, value in row.columns.items()])


def show_measure(book: Rulebook, name: str, lang: str) -> None:
    """A measure: what it counts, from which strength on, and how it could be gamed."""
    row = book.measures.measures.get(name)
    if row is None:
        raise click.UsageError(f"There is no measure {name!r}.")
    click.secho(f"{row.id}  {_said(row.title, lang)}", bold=True)
    click.echo(_said(row.definition, lang))
    _lines(
        {
            "counts": f"{row.kind}, from strength {row.minimum_strength}",
            "scope": row.scope,
            "key figure": row.kpi or "",
        }
    )
    if row.traps:
        click.echo(f"\nHow it could be gamed, and what stops that: {_said(row.traps, lang)}")


def show_format(rules: FormatRules, name: str) -> None:
    """A format, or a standard with its formats."""
    for standard in rules.standards:
        if standard.id == name:
            click.secho(f"{standard.id}  {standard.title}", bold=True)
            _lines(
                {
                    "owner": standard.owner,
                    "openness": str(standard.openness),
                    "data": ", ".join(standard.domains),
                    "suffixes": ", ".join(standard.extensions),
                    "editions": ", ".join(f"{edition.name} ({edition.date})" for edition in standard.editions),
                    "formats": ", ".join(row.id for row in rules.formats if row.standard == name),
                }
            )
    found = False
    for row in rules.formats:
        if row.id == name:
            found = True
            click.secho(f"{row.id}  {row.title}", bold=True)
            _lines(
                {
                    "standard": row.standard or "none",
                    "part": row.part,
                    "openness": str(row.openness or ""),
                    "opens as": row.opens_as or "",
                    "names": ", ".join([*row.names, *row.shared]),
                    "recognised by": "its name" if row.by_name else f"content ({len(row.signatures)} signatures)",
                    "source": row.source,
                }
            )
    if not found and all(standard.id != name for standard in rules.standards):
        raise click.UsageError(f"There is no format {name!r}.")


def _said(text: Mapping[str, str], lang: str) -> str:
    return say(text, lang)


def _lines(rows: Mapping[str, str]) -> None:
    for head, text in rows.items():
        if text:
            click.echo(f"  {head + ':':16}{text}")


def _list(head: str, rows: "list[str] | tuple[str, ...]") -> None:
    if rows:
        click.echo(f"\n{head.capitalize()}:")
        for row in rows:
            click.echo(f"  - {row}")
