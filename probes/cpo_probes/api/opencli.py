"""The probe for OpenCLI descriptions of command line programs."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.description import (
    Operation,
    Verdict,
    counted,
    evidence_of_gaps,
    information,
    listed,
    mapping,
    opened,
    text_of,
    words,
)
from cpo_scan.probe import Artifact, Context, Finding, Probe, formats
from cpo_scan.probe.documents import Document
from cpo_scan.probe.wording import is_documented

_FAMILY = "opencli"
_STEPS = 100_000  # commands of one program


class OpenCliProbe(Probe):
    """What the shipped OpenCLI documents describe.

    Operations are commands that have no commands below them; a program without commands is one operation.
    """

    id = "api.opencli"
    version = 1
    examines = formats("opencli")
    states = ("api.description",)
    limitations = ("OpenCLI is a draft without a final schema: a document has validity null",)
    references = ("https://opencli.org/draft",)
    remediation = "Describe every command, argument and option in words that say more than their names."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        document = opened(artifact, context, _FAMILY, context.yaml)
        if isinstance(document, Finding):
            yield document
            return
        value = mapping(document.value)
        verdict = Verdict()
        verdict.keep(document.problems, tolerated=frozenset({"json.duplicate_key"}))
        verdict.lacks("opencli.no_schema")
        commands = list(_commands(document))
        counts, gaps = counted([operation for operation, _ in commands])
        parameters = [
            is_documented(words(item, "description"), str(item.get("name", "")))
            for _, command in commands
            for key in ("arguments", "options")
            for item in map(mapping, listed(command.get(key)))
        ]
        yield Finding(
            "api.description",
            {
                "family": _FAMILY,
                "version": text_of(value.get("opencli")),
                **information(value.get("info")),
                **counts,
                "parameters": len(parameters),
                "documented_parameters": sum(parameters),
                "operations_with_example": sum(bool(command.get("examples")) for _, command in commands),
                **verdict.attributes(),
            },
            strength=verdict.strength,
            evidence=(
                artifact.at(document.excerpt("/opencli"), **document.place("/opencli")),
                *evidence_of_gaps(artifact, gaps, document),
            ),
        )


def _commands(document: Document) -> Iterator[tuple[Operation, dict[str, Any]]]:
    """The commands at the ends of the tree, in the order of the document."""
    root = mapping(document.value)
    start = ("/command", mapping(root["command"])) if isinstance(root.get("command"), dict) else ("", root)
    todo: list[tuple[str, dict[str, Any], str, bool]] = [(*start, "", False)]
    for _ in range(_STEPS):
        if not todo:
            return
        pointer, command, path, hidden = todo.pop()
        below = [(at, item) for at, item in enumerate(listed(command.get("commands"))) if isinstance(item, dict)]
        hidden = hidden or command.get("hidden") is True
        if not below:
            name = path or text_of(command.get("name")) or text_of(mapping(root.get("info")).get("title")) or ""
            text = words(command, "description", "summary") or words(
                mapping(root.get("info")), "summary", "description"
            )
            yield Operation(name, text, tuple(name.split()), {"pointer": pointer}, internal=hidden), command
        todo += [
            (f"{pointer}/commands/{at}", item, f"{path} {item.get('name', '')}".strip()[:300], hidden)
            for at, item in reversed(below)
        ]
