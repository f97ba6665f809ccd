"""Schemas in EXPRESS: what they declare, whether they keep to the grammar, whether their names lead to something."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from cpo_probes.exchange.conflict import conflict
from cpo_probes.exchange.express.at_hand import LARGEST, schemas_used
from cpo_probes.exchange.step.schemas import edition_of, object_identifier, standard_of
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Strength, Unreadable, formats
from cpo_scan.probe.text import utf8

if TYPE_CHECKING:
    from cpo_probes.exchange.express.expressions import Broken
    from cpo_probes.exchange.express.grammar import Read
    from cpo_probes.exchange.express.names import Names
    from cpo_probes.exchange.express.tokens import Text

_LONGEST = 200
_LISTED = 20


class ExpressProbe(Probe):
    """Schemas in EXPRESS (ISO 10303-11): what they declare, their grammar, their names"""

    id = "exchange.express"
    version = 2
    examines = formats("express")
    states = ("exchange.schema", "format.conflict")
    uses_index = True
    refines = ("exchange.files",)
    limitations: ClassVar[tuple[str, ...]] = (
        "the types of expressions are not worked out: a comparison of a number with a text is not found",
        "in expressions and statements only names that nothing in the source declares are found",
        "schemas named by USE FROM or REFERENCE FROM are looked up in the file, in the folder of --schemas and in the "
        "product, at most 200 for one file: without one of them `valid` is null",
        "a function without a statement is remarked and, as by the readers of the field, let through",
        "sources of more than 16 MiB are not read",
    )
    references: ClassVar[tuple[str, ...]] = ("ISO 10303-11:2004 (EXPRESS, edition 2)",)
    remediation = "ship the schema as published; each error is given with its place and clause"

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        from cpo_probes.exchange.express.grammar import read
        from cpo_probes.exchange.express.names import resolve
        from cpo_probes.exchange.express.tokens import Text

        yield from conflict(artifact)
        try:
            octets = utf8(bytes(context.bytes(artifact, LARGEST)))
        except UnicodeDecodeError as error:
            octets = bytes(context.bytes(artifact, LARGEST)).decode("utf-16", "replace").encode("utf-8")
            context.partly(artifact, "express.encoding", octet=error.start)
        except Unreadable as error:
            yield _unread(artifact, error)
            raise
        text = Text(octets)
        context.checkpoint()
        found = read(text, context.checkpoint)
        names = None
        if not found.errors and not found.too_deep:
            used = schemas_used(found, context)
            names = resolve(text, found, context.checkpoint, used)
        yield from _finding(artifact, context, octets, text, found, names)


def _finding(
    artifact: Artifact, context: Context, octets: bytes, text: "Text", found: "Read", names: "Names | None"
) -> Iterator[Finding]:
    first = found.schemas[0] if found.schemas else None
    name = first.name if first else (artifact.recognition.facts.get("schema", "") if artifact.recognition else "")
    spoken = _spelled(octets, text, first.token) if first else name
    errors = found.errors or (names.errors if names else ())
    placed = _placed(octets, text, errors)
    missing = names.missing if names else ()
    problems = [*placed]
    if found.too_deep:
        problems.append({"code": "express.nesting"})
    if missing and not errors:
        params = {"schemas": ", ".join(sorted(missing))[:_LONGEST], "count": names.open if names else 0}
        problems.append({"code": "express.schemas_missing", "params": params})
    standard = standard_of(spoken, context) or artifact.standard
    interfaces = [interface for schema in found.schemas for interface in schema.interfaces]
    identifier = object_identifier(octets)
    attributes: dict[str, Any] = {
        "standard": standard,
        "language": "express",
        "version": edition_of(spoken, identifier, context) or artifact.version,
        "name": spoken[:_LONGEST] or None,
        "schemas": [schema.name[:_LONGEST] for schema in found.schemas[:_LISTED]] if len(found.schemas) > 1 else None,
        "object_identifier": identifier or None,
        "form": "short" if interfaces else "long",
        "uses": sorted({interface.schema.name[:_LONGEST] for interface in interfaces})[:_LISTED] or None,
        **_counts(found),
        "valid": False if errors else None if problems else True,
        "checked": ["syntax"] if names is None else ["syntax", "names"],
        "problems": problems,
        "remarks": _placed(octets, text, found.remarks) or None,
    }
    yield Finding("exchange.schema", attributes, evidence=tuple(_evidence(artifact, octets, text, found, placed)))


def _counts(found: "Read") -> dict[str, int]:
    """How much a source declares, by kind."""
    from cpo_probes.exchange.express.model import (
        Algorithm,
        Constant,
        Entity,
        Enumeration,
        Select,
        SubtypeConstraint,
        TypeDeclaration,
    )

    counted: Counter[str] = Counter()
    for schema in found.schemas:
        for declaration in schema.declarations:
            match declaration:
                case Entity():
                    counted["entities"] += 1
                    counted["attributes"] += len(declaration.explicit)
                case Algorithm(kind=kind):
                    counted[f"{kind}s"] += 1
                case Constant():
                    counted["constants"] += 1
                case SubtypeConstraint():
                    counted["subtype_constraints"] += 1
                case TypeDeclaration():
                    counted["types"] += 1
                    counted["enumerations"] += isinstance(declaration.type, Enumeration)
                    counted["selects"] += isinstance(declaration.type, Select)
    kinds = ("entities", "attributes", "types", "enumerations", "selects", "functions", "procedures", "rules")
    return {kind: counted[kind] for kind in kinds} | {
        kind: counted[kind] for kind in ("constants", "subtype_constraints") if counted[kind]
    }


def _spelled(octets: bytes, text: "Text", token: int) -> str:
    """A name as the source writes it."""
    at = text.octets([token])[token]
    return octets[at : at + len(text.tokens[token])].decode("latin-1")


def _placed(octets: bytes, text: "Text", errors: "tuple[Broken, ...]") -> list[dict[str, Any]]:
    """The errors as rows of the finding, with byte, line and column."""
    places = text.octets(broken.token for broken in errors)
    rows = []
    for broken in errors:
        at = places[broken.token]
        line, column = _position(octets, at)
        row = {"code": broken.code, "clause": broken.clause, "byte": at, "line": line, "column": column}
        rows.append(row | ({"params": broken.params} if broken.params else {}))
    return rows


def _position(octets: bytes, at: int) -> tuple[int, int]:
    """Line and column in octets, from 1; a line ends with LF, CR or both."""
    line = 1 + octets.count(b"\n", 0, at) + octets.count(b"\r", 0, at) - octets.count(b"\r\n", 0, at)
    start = max(octets.rfind(b"\n", 0, at), octets.rfind(b"\r", 0, at)) + 1
    return line, at - start + 1


def _evidence(
    artifact: Artifact, octets: bytes, text: "Text", found: "Read", placed: list[dict[str, Any]]
) -> Iterator[Evidence]:
    schemas = found.schemas[:_LISTED]
    places = text.octets(schema.token for schema in schemas)
    for schema in schemas:
        line, column = _position(octets, places[schema.token])
        yield artifact.at(f"SCHEMA {_spelled(octets, text, schema.token)}", line=line, column=column)
    if not schemas:
        yield artifact.at(octets[:60].decode("utf-8", "replace"), line=1)
    for row in placed[:3]:
        around = octets[max(0, row["byte"] - 20) : row["byte"] + 40].decode("utf-8", "replace")
        yield artifact.at(around, bytes=(row["byte"], 1), line=row["line"], column=row["column"])


def _unread(artifact: Artifact, error: Unreadable) -> Finding:
    attributes = {
        "standard": artifact.standard,
        "language": "express",
        "version": artifact.version,
        "valid": None,
        "problems": [{"code": error.reason.code, "params": error.reason.params}],
    }
    return Finding("exchange.schema", attributes, Strength.RECOGNISED, evidence=(artifact.at(),))
