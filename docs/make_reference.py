"""Makes the pages of the reference from the code and the rules, whenever the site is built (`mkdocs build`)."""

import inspect
from collections.abc import Iterable, Iterator, Sequence

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from cpo_scan.cli import program
from cpo_scan.model import Outcome, Strength
from cpo_scan.model.assessment import say
from cpo_scan.probe.registry import installed
from cpo_scan.rulebook.book import load_rulebook, profile_names
from cpo_scan.rulebook.formats import load_formats
from cpo_scan.rulebook.messages import load_messages


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The hook that MkDocs calls once it has found the pages that people wrote."""
    for name, text in pages().items():
        files.append(File.generated(config, f"reference/{name}", content=text))
    return files


def pages() -> dict[str, str]:
    """The pages by file name."""
    made = {
        "commands.md": _commands(),
        "probes.md": _probes(),
        "formats.md": _formats(),
        "criteria.md": _criteria(),
        "measures.md": _measures(),
        "words.md": _words(),
    }
    return {name: "\n".join(lines).rstrip() + "\n" for name, lines in made.items()}


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"
    yield ""


def _commands() -> Iterator[str]:
    yield from ["# Commands", ""]
    root = click.Context(program, info_name="cpo-scan")
    for name in program.list_commands(root):
        command = program.get_command(root, name)
        assert command is not None
        yield from _command(command, click.Context(command, info_name=name, parent=root))


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = command.collect_usage_pieces(context)
    yield from [f"## {context.command_path}", "", "```text", f"{context.command_path} {' '.join(usage)}", "```", ""]
    yield from [inspect.cleandoc(command.help or "").replace("\b\n", "").replace("<", "&lt;"), ""]
    options = [row for one in command.get_params(context) if (row := one.get_help_record(context)) is not None]
    yield from _table(("option", "meaning"), [(f"`{option}`", meaning) for option, meaning in options])
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _command(inner, click.Context(inner, info_name=name, parent=context))


def _probes() -> Iterator[str]:
    yield from ["# Probes", "", "What each installed probe states, and what it does not see.", ""]
    for one in installed():
        probe = one.probe
        if probe is None or not one.value.startswith("cpo_probes."):
            continue
        yield from [f"## {one.id}", "", _cell(inspect.cleandoc(type(probe).__doc__ or "")), ""]
        yield from [f"States {', '.join(f'`{kind}`' for kind in probe.states)}. Version {probe.version}.", ""]
        if probe.limitations:
            yield from ["Limitations:", "", *(f"- {_cell(line)}" for line in probe.limitations), ""]
        if probe.references:
            yield from ["References:", "", *(f"- {_cell(line)}" for line in probe.references), ""]


def _formats() -> Iterator[str]:
    rules = load_formats()
    yield from ["# Standards and formats", "", "## Standards", ""]
    head = ("id", "standard", "owner", "openness", "classes of data", "formats")
    yield from _table(
        head,
        [
            (f"`{row.id}`", row.title, row.owner, row.openness, ", ".join(row.domains), len(of))
            for row in rules.standards
            for of in [[one for one in rules.formats if one.standard == row.id]]
        ],
    )
    yield from ["## Formats", "", "How each is recognised, and where that is written.", ""]
    yield from _table(
        ("id", "format", "standard", "part", "recognised by", "source"),
        [
            (
                f"`{row.id}`", row.title, row.standard or "", row.part,
                "name" if row.by_name else f"content, {len(row.signatures)} signatures", row.source,
            )
            for row in sorted(rules.formats, key=lambda row: row.id)
        ],
    )  # fmt: skip


def _criteria() -> Iterator[str]:
    book = load_rulebook()
    yield from ["# Criteria", "", say(book.catalogue.notice, "en"), ""]
    for key, category in book.catalogue.categories.items():
        yield from [f"## {key} {say(category.title, 'en')}", ""]
        rows = [row for row in book.catalogue.criteria.values() if row.category == key]
        for row in rows:
            binding = book.binding_of(row)
            rule = f"`{binding.evidenced.text}`" if binding else "no rule: a person decides"
            yield from [f"### {row.id} {say(row.title, 'en')}", "", say(row.text, "en"), ""]
            yield from _table(
                ("level", "modes", "evidenced when", "measures"),
                [(f"{row.obligation} ({row.obligation_basis})", ", ".join(row.modes), rule,
                  ", ".join(binding.measures) if binding else "")],
            )  # fmt: skip
            yield from [f"What to do about a gap: {say(row.remediation, 'en')}", ""]
    yield from ["## Profiles", "", "`--profile NAME` takes one of these.", ""]
    yield from _table(
        ("profile", "title", "catalogue"),
        [
            (f"`{name}`", say(other.profile.title, "en"), f"`{other.catalogue.id}`")
            for name in profile_names()
            for other in [load_rulebook(profile=name)]
        ],
    )


def _measures() -> Iterator[str]:
    book = load_rulebook()
    yield from ["# Measures", "", "K numbers are key figures; the others feed them or stand beside them.", ""]
    yield from _table(
        ("id", "measure", "counts", "scope", "from strength"),
        [
            (
                row.id,
                f"{say(row.title, 'en')}. {say(row.definition, 'en')}",
                f"`{row.kind}`",
                row.scope,
                row.minimum_strength,
            )
            for row in book.measures.measures.values()
        ],
    )


def _words() -> Iterator[str]:
    messages = load_messages()
    yield from ["# Words of a report", ""]
    for head, words in (("Outcomes", list(Outcome)), ("Strengths, the weakest first", list(Strength))):
        rows = [(f"`{word}`", messages.render({"code": f"word.{word}"})) for word in words]
        yield from [f"## {head}", "", *_table(("word", "meaning"), rows)]
