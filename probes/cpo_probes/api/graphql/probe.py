"""The probe for GraphQL schemas in the schema definition language; the modules named graphql_* do the work."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from cpo_probes.api.description import LISTED, Verdict, evidence_of_gaps, evidence_of_problems, offered_by, refused
from cpo_probes.api.graphql.parts import Part, Parts, schemas, stands_alone
from cpo_probes.api.graphql.rules import ELSEWHERE, breaches
from cpo_probes.api.graphql.schema import At, root_types
from cpo_probes.api.graphql.surface import description_of, surface
from cpo_probes.api.graphql.syntax import parse
from cpo_probes.api.graphql.tokens import Lines, SyntaxFault
from cpo_scan.probe import Artifact, Evidence, Finding, ProductContext, ProductProbe, Unreadable, formats
from cpo_scan.probe.documents import Problem, without_collection

_FAMILY = "graphql"
_FORMAT = "graphql-sdl"
_BYTES = 16 * 2**20  # a longer document is not read: the longest public schemas have 2 MB
_TOTAL = 32 * 2**20  # of all documents together
_CLASHING = 200  # documents that clash and are looked at one by one; of more, as one schema
_COUNTED = 10_000  # breaches of one schema beyond these are not looked for
# What a schema may take over from a specification that it links to (`@link` of the GraphQL core schema specification).
_LINKED = frozenset(
    (
        *("graphql.directive_unknown", "graphql.type_unknown", "graphql.extends_nothing", "graphql.no_query"),
        "graphql.schema_no_query",
    )
)


class GraphQlProbe(ProductProbe):
    """What the shipped GraphQL schemas describe (schema definition language).

    Operations are the fields of the root types. A schema may be spread over several documents of neighbouring folders:
    those that define what others lack are checked together, and each is counted for the operations that it holds. A
    document without operations is a part of a schema and no description.
    """

    id = "api.graphql"
    version = 2
    examines = formats(_FORMAT)
    states = ("api.description",)
    limitations = (
        "schemas that a program builds at run time or keeps in its code are not seen",
        "arguments of directives are not held against their types, default values are",
    )
    references = ("https://spec.graphql.org/September2025/",)
    remediation = "Give every field of the root types a description that says more than its name."

    def examine(self, context: ProductContext) -> Iterator[Finding]:
        parts: list[Part] = []
        texts: dict[str, Lines] = {}
        total = 0
        for artifact in context.index.select(formats=(_FORMAT,)):
            context.checkpoint()
            try:
                text = context.text(artifact, min(_BYTES, max(_TOTAL - total, 0)))
                total += len(text)
                lines = texts[artifact.path] = Lines(text)
                with without_collection():
                    parts.append(_read(artifact, text, lines))
            except Unreadable as error:
                yield from refused(artifact, context, error, _FAMILY)
        for schema in schemas(parts):
            context.checkpoint()
            yield from _described(schema, texts)


def _read(artifact: Artifact, text: str, lines: Lines) -> Part:
    try:
        return Part(artifact, *parse(text, artifact))
    except SyntaxFault as fault:
        line, column = lines.place(fault.at)
        raise Unreadable("graphql.syntax", line=line, column=column, found=fault.found) from None


def _described(together: Parts, texts: dict[str, Lines]) -> Iterator[Finding]:
    """One finding for each document that holds operations; for a schema without any, one for the first that says so."""
    schema = together.all
    definitions = [item for part in schema for item in part.definitions]
    of_all = root_types(definitions)
    roots = [root_types(part.definitions) if stands_alone(part) else of_all for part in schema]
    holding = [
        (part, own)
        for part, own in zip(schema, roots, strict=True)
        if any(item.name in own and item.fields for item in part.definitions)
    ]
    if not holding:
        holding = [(part, of_all) for part in schema if any(item.kind == "schema" for item in part.definitions)][:1]
    if not holding:
        return
    found = list(islice(_problems(schema), _COUNTED))
    linked = any(use.name == "link" for item in definitions if item.kind == "schema" for use in item.uses)
    clash = len(schema) <= _CLASHING and _clash(schema)
    for part, own in holding:
        behind = together.behind(part) if found else set()
        if clash and found:
            found_here = list(islice(_problems([each for each in schema if each.artifact.path in behind]), _COUNTED))
        else:
            found_here = [each for each in found if each[1].path in behind]
        yield _finding(part, schema, own, found_here, linked, texts)


def _clash(schema: list[Part]) -> bool:
    """Do two documents define the same, so that they can't be of one schema? A third one takes from both."""
    seen: set[tuple[bool, str]] = set()
    for part in schema:
        own = {(item.kind == "directive", item.name) for item in part.definitions if not item.extends}
        if not seen.isdisjoint(own):
            return True
        seen |= own
    return False


def _problems(schema: list[Part]) -> Iterator[tuple[str, Artifact, At, dict[str, str]]]:
    for part in schema:
        for name, at in part.doubled:
            yield "graphql.input_field_twice", part.artifact, at, {"name": name}
    yield from breaches([item for part in schema for item in part.definitions])


def _finding(
    part: Part,
    schema: list[Part],
    roots: dict[str, str],
    found: list[tuple[str, Artifact, At, dict[str, str]]],
    linked: bool,
    texts: dict[str, Lines],
) -> Finding:
    artifact, lines = part.artifact, texts[part.artifact.path]

    def place(at: At) -> dict[str, Any]:
        line, column = lines.place(int(at))
        return {"line": line, "column": column}

    verdict = Verdict()
    elsewhere = ELSEWHERE | _LINKED if linked else ELSEWHERE
    for code, file, at, params in found:
        line, column = texts[file.path].place(int(at))
        problem = Problem(
            code=code,
            params={key: text[:200] for key, text in params.items()},
            line=line,
            column=column,
            file="" if file is artifact else file.path,
        )
        if code in elsewhere:
            verdict.missing.append(problem)
        else:
            verdict.keep([problem])
    attributes, gaps = surface(part.definitions, roots, place, lambda at: lines.excerpt(int(at)))
    offered, reason = offered_by(description_of(part.definitions))
    return Finding(
        "api.description",
        {
            "family": _FAMILY,
            **attributes,
            "files": [other.artifact.path for other in schema if other is not part][:LISTED] or None,
            **verdict.attributes(),
        },
        strength=verdict.strength,
        evidence=(
            *_heads(part, roots, lines),
            *evidence_of_problems(artifact, verdict.problems),
            *evidence_of_gaps(artifact, gaps),
        ),
        offered=offered,
        offered_reason=reason,
    )


def _heads(part: Part, roots: dict[str, str], lines: Lines) -> list[Evidence]:
    """Where the schema and its root types are defined."""
    heads = [item for item in part.definitions if item.kind == "schema" or item.name in roots][:8]
    found = []
    for item in heads or part.definitions[:1]:
        line, column = lines.place(int(item.at))
        found.append(part.artifact.at(lines.excerpt(int(item.at)), line=line, column=column))
    return found or [part.artifact.at()]
