"""STEP and IFC files in clear text encoding: what their header says, and whether they keep to the grammar."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from cpo_probes.exchange.conflict import conflict
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Unreadable, formats

if TYPE_CHECKING:
    from cpo_probes.exchange.part21 import Problem, Report
    from cpo_probes.exchange.part21_header import Schema

_LONGEST = 200  # characters of a text from the header
_NOT_CHECKED = "part21.instances_not_checked"


class StepProbe(Probe):
    """STEP and IFC files (ISO 10303-21): schema and edition, system of origin, syntax."""

    id = "exchange.step"
    version = 1
    examines = formats("step-p21", "ifc-p21")
    states = ("exchange.file", "format.conflict")
    refines = ("exchange.files",)
    limitations: ClassVar[tuple[str, ...]] = (
        "the syntax is checked wholly; instances are not held against an EXPRESS schema",
        "names that are used and nowhere defined are counted: they are no matter of syntax and leave `valid` as it is",
        "a keyword, name or number that is broken by a line end is taken for an error, as readers of the field do",
        "external references of edition 3 are recorded and never fetched; signatures are not verified",
    )
    references: ClassVar[tuple[str, ...]] = (
        "ISO 10303-21:1994, ISO 10303-21:2002, ISO 10303-21:2016 (Part 21, editions 1 to 3)",
        "ISO 16739-1 (IFC)",
    )
    remediation = "export the file again with a writer that keeps to Part 21; each error is given with its clause"

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        from cpo_probes.exchange.part21 import check

        yield from conflict(artifact)
        data = context.content(artifact).whole()
        try:
            report = check(data, context.checkpoint)
        except Unreadable as error:
            yield _unread(artifact, error)
            raise
        schemas = report.header.schemas
        known = _known(schemas[0], context.data("step-schemas")) if schemas else {}
        standard = _standard(artifact, schemas)
        attributes: dict[str, Any] = {
            "standard": standard,
            "schema": schemas[0].name[:_LONGEST] if schemas else None,
            "schemas": [schema.name[:_LONGEST] for schema in schemas[:20]] if len(schemas) > 1 else None,
            "version": known.get("version") or (schemas[0].name[:_LONGEST] if schemas and standard == "ifc" else None),
            "object_identifier": schemas[0].object[:_LONGEST] or None if schemas else None,
            "encoding": "part21",
            "part21_level": report.header.level[:_LONGEST] or None,
            "originating_system": report.header.originating_system[:_LONGEST] or None,
            "preprocessor": report.header.preprocessor[:_LONGEST] or None,
            "instances": report.instances,
            "dangling_references": report.dangling,
            "valid": report.well_formed,
            "checked": "syntax",
            "not_checked": [_NOT_CHECKED],
            "problems": [_row(problem) for problem in report.errors or (() if report.complete else report.remarks)],
            "remarks": [_row(problem) for problem in report.remarks] if report.complete else None,
        }
        yield Finding("exchange.file", attributes, evidence=tuple(_evidence(artifact, report, data)))


def _unread(artifact: Artifact, error: Unreadable) -> Finding:
    attributes = {
        "standard": artifact.standard,
        "version": artifact.version,
        "valid": None,
        "problems": [{"code": error.reason.code}],
    }
    return Finding("exchange.file", attributes, evidence=(artifact.at(),))


def _standard(artifact: Artifact, schemas: "tuple[Schema, ...]") -> str:
    """An IFC file is `ifc` although its carrier is that of STEP; without a schema the recognition has the say."""
    if schemas:
        return "ifc" if schemas[0].name.upper().startswith("IFC") else "step"
    return artifact.standard or "step"


def _known(schema: "Schema", table: dict[str, Any]) -> dict[str, Any]:
    """What the table knows of a schema: `version` of the standard, by its name and its object identifier."""
    row = table["schemas"].get(schema.name.upper())
    if row is None:
        return {}
    edition = row.get("edition")
    numbers = schema.object.split()
    # { iso standard 10303 part version … }: the number after the part tells the edition where the table says how
    if edition is None and len(numbers) > 4 and numbers[:3] == ["1", "0", "10303"]:
        edition = row.get("editions", {}).get(numbers[4])
    return {"version": f"{row['version']} ed{edition}" if edition else row["version"]}


def _row(problem: "Problem") -> dict[str, Any]:
    row: dict[str, Any] = {
        "code": problem.code,
        "clause": problem.clause,
        "byte": problem.byte,
        "line": problem.line,
        "column": problem.column,
    }
    return row | ({"params": problem.params} if problem.params else {})


def _evidence(artifact: Artifact, report: "Report", data: Any) -> Iterator[Evidence]:
    if report.schema_at is not None:
        at, length, line = report.schema_at
        excerpt = "FILE_SCHEMA" + bytes(data[at : at + min(length, 300)]).decode("utf-8", "replace")
        yield artifact.at(excerpt, bytes=(at, length), line=line)
    else:
        yield artifact.at(bytes(data[:60]).decode("utf-8", "replace"), bytes=(0, min(60, len(data))), line=1)
    for problem in report.errors[:3]:
        around = bytes(data[max(0, problem.byte - 20) : problem.byte + 40]).decode("utf-8", "replace")
        yield artifact.at(around, bytes=(problem.byte, 1), line=problem.line, column=problem.column)
