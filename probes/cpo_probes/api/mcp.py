"""The probe for tool lists of the Model Context Protocol, whose calls are JSON-RPC."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.description import (
    Operation,
    Verdict,
    counted,
    evidence_of_gaps,
    evidence_of_problems,
    listed,
    mapping,
    opened,
    text_of,
    words,
)
from cpo_scan.probe import Artifact, Context, Finding, Probe, formats
from cpo_scan.probe.documents import Document, Problem, pointer_to
from cpo_scan.probe.wording import is_documented

_FAMILY = "mcp"
_COUNTED = 10_000  # problems beyond these are not looked for


class McpToolsProbe(Probe):
    """What the shipped tool lists of the Model Context Protocol describe.

    Operations are tools.
    """

    id = "api.mcp"
    version = 1
    examines = formats("mcp-tools")
    states = ("api.description",)
    limitations = ("the schemas of arguments are not checked; a list without a fault has validity null",)
    references = ("https://modelcontextprotocol.io/specification/2025-06-18/server/tools",)
    remediation = "Describe every tool and its arguments in words that say more than their names."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        document = opened(artifact, context, _FAMILY, context.json)
        if isinstance(document, Finding):
            yield document
            return
        value = mapping(document.value)
        tools = [(pointer_to("tools", at), tool) for at, tool in enumerate(listed(value.get("tools")))]
        verdict = Verdict()
        for pointer, code in _faults(tools):
            line, column = document.position(pointer)
            verdict.keep([Problem(code=code, pointer=pointer, line=line, column=column)])
        if verdict.valid is not False:
            verdict.lacks("mcp.no_schema")
        described = [(pointer, tool) for pointer, tool in tools if isinstance(tool, dict)]
        counts, gaps = counted([_operation(pointer, tool) for pointer, tool in described])
        parameters = [
            is_documented(words(mapping(schema), "title", "description"), name)
            for _, tool in described
            for name, schema in mapping(mapping(tool.get("inputSchema")).get("properties")).items()
        ]
        yield Finding(
            "api.description",
            {
                "family": _FAMILY,
                "title": _title(value),
                **counts,
                "parameters": len(parameters),
                "documented_parameters": sum(parameters),
                "operations_with_result": sum("outputSchema" in tool for _, tool in described),
                **verdict.attributes(),
            },
            strength=verdict.strength,
            evidence=(
                *_head(artifact, document),
                *evidence_of_problems(artifact, verdict.problems),
                *evidence_of_gaps(artifact, gaps, document),
            ),
        )


def _operation(pointer: str, tool: dict[str, Any]) -> Operation:
    name = str(tool.get("name", ""))[:300]
    return Operation(name, words(tool, "title", "description"), (name,), {"pointer": pointer})


def _faults(tools: list[tuple[str, Any]]) -> Iterator[tuple[str, str]]:
    """A tool has a name of its own and a schema of an object for its arguments (Tool, clause "Data Types")."""
    seen: set[str] = set()
    for pointer, tool in tools[:_COUNTED]:
        name = mapping(tool).get("name")
        schema = mapping(tool).get("inputSchema")
        if not isinstance(name, str) or not name:
            yield pointer, "mcp.no_name"
        elif name in seen:
            yield pointer, "mcp.name_twice"
        if not isinstance(schema, dict) or schema.get("type") != "object":
            yield pointer, "mcp.no_arguments"
        seen.update([name] if isinstance(name, str) else [])


def _title(value: dict[str, Any]) -> str | None:
    info = mapping(value.get("serverInfo"))
    return text_of(info.get("title")) or text_of(info.get("name")) or text_of(value.get("name"))


def _head(artifact: Artifact, document: Document) -> Iterator[Any]:
    yield artifact.at(document.excerpt("/tools"), **document.place("/tools"))
