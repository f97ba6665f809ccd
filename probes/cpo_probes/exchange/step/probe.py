"""STEP and IFC files in clear text encoding: what their header says, whether they keep to grammar and schema."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from cpo_probes.exchange.conflict import conflict
from cpo_probes.exchange.problem import Problem
from cpo_probes.exchange.step.schemas import edition_of
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Probe, Unreadable, formats

if TYPE_CHECKING:
    from cpo_probes.exchange.part21.checker import Report
    from cpo_probes.exchange.part21.header import Schema

_LONGEST = 200  # characters of a text from the header
_NOT_CHECKED = "part21.instances_not_checked"


class StepProbe(Probe):
    """STEP and IFC files (ISO 10303-21): schema and edition, system of origin, syntax, instances."""

    id = "exchange.step"
    version = 4
    examines = formats("step-p21", "ifc-p21", "ifczip")
    states = ("exchange.file", "format.conflict")
    uses_index = True
    refines = ("exchange.files",)
    limitations: ClassVar[tuple[str, ...]] = (
        "the syntax is checked wholly; instances are held against the EXPRESS schema where the product ships it or "
        "it is given with --schemas: entities, numbers of attributes, types of values and of referred instances, "
        "bounds and widths that are plain numbers, SET and UNIQUE lists, ABSTRACT and ONEOF",
        "not evaluated of a schema: WHERE and UNIQUE rules, RULE, INVERSE, bounds that are expressions, AND among "
        "subtypes; elements of a list count as equal where they are written alike",
        "names that are used and nowhere defined are counted: they are no matter of syntax and leave `valid` as it is",
        "a keyword, name or number that is broken by a line end is taken for an error, as readers of the field do",
        "external references of edition 3 are recorded and never fetched; signatures are not verified",
    )
    references: ClassVar[tuple[str, ...]] = (
        "ISO 10303-21:1994, ISO 10303-21:2002, ISO 10303-21:2016 (Part 21, editions 1 to 3)",
        "ISO 10303-11:2004 (EXPRESS)",
        "ISO 16739-1 (IFC)",
    )
    remediation = "export the file again with a writer that keeps to Part 21; each error is given with its clause"

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        yield from conflict(artifact)
        if artifact.package is not None and artifact.package == artifact.standard:
            return  # the package is the file, and this the part of it
        try:
            member, data = _data(artifact, context)
            yield _finding(artifact, context, member, data)
        except Unreadable as error:
            yield _unread(artifact, error)
            raise


def _data(artifact: Artifact, context: Context) -> tuple[str | None, Any]:
    """The octets of the model, and the name of the member that holds it where the artifact is a package."""
    if artifact.format != "ifczip":
        return None, context.content(artifact).whole()
    models = sorted(name for name in context.members(artifact) if name.lower().endswith(".ifc"))
    if len(models) != 1:
        raise Unreadable("part21.no_member", count=len(models))
    return models[0], context.member(artifact, models[0])


def _finding(artifact: Artifact, context: Context, member: str | None, data: Any) -> Finding:
    from cpo_probes.exchange.part21.checker import check

    report = check(data, context.checkpoint)
    schemas = report.header.schemas
    standard = _standard(artifact, schemas)
    instances = _instances(artifact, context, report, data)
    problems = report.errors or instances.errors or (() if report.complete else report.remarks)
    attributes: dict[str, Any] = {
        "standard": standard,
        "schema": schemas[0].name[:_LONGEST] if schemas else None,
        "schemas": [schema.name[:_LONGEST] for schema in schemas[:20]] if len(schemas) > 1 else None,
        "version": _version(schemas[0], standard, context) if schemas else None,
        "object_identifier": schemas[0].object[:_LONGEST] or None if schemas else None,
        "encoding": "part21",
        "member": member[:_LONGEST] if member else None,
        "part21_level": report.header.level[:_LONGEST] or None,
        "originating_system": report.header.originating_system[:_LONGEST] or None,
        "preprocessor": report.header.preprocessor[:_LONGEST] or None,
        "instances": report.instances,
        "dangling_references": report.dangling,
        "valid": False if instances.errors else report.well_formed,
        "checked": "syntax and instances" if instances.done else "syntax",
        "checked_with": list(instances.schemas) or None,
        "not_checked": list(instances.reasons) or None,
        "problems": [problem.row() for problem in problems],
        "remarks": [problem.row() for problem in report.remarks] if report.complete else None,
    }
    places = _evidence(artifact, report, data, instances.errors)
    return Finding("exchange.file", attributes, evidence=tuple(places) if member is None else (artifact.at(member),))


class _Instances(msgspec.Struct, frozen=True):
    """What came of holding the instances against their schema; `reasons` say why that was not done."""

    done: bool = False
    errors: "tuple[Problem, ...]" = ()
    schemas: tuple[dict[str, Any], ...] = ()
    reasons: tuple[str | dict[str, Any], ...] = ()


def _instances(artifact: Artifact, context: Context, report: "Report", data: Any) -> _Instances:
    """Hold the data sections against their schemas: all against one, or each against the one that it names."""
    schemas = report.header.schemas
    if not report.well_formed or not schemas:
        return _Instances(reasons=(_NOT_CHECKED,))
    if len(schemas) == 1:
        return _held(artifact, context, data, schemas[0], None)
    if len(report.governed) < report.sections.count("DATA") or not all(report.governed):
        return _Instances(reasons=("instances.several_schemas",))
    wanted = {name.lower() for name in report.governed}
    outcomes = [
        _held(artifact, context, data, schema, schema.name.lower())
        for schema in schemas
        if schema.name.lower() in wanted
    ]
    errors = sorted((error for outcome in outcomes for error in outcome.errors), key=lambda error: error.byte)
    reasons = tuple(reason for outcome in outcomes for reason in outcome.reasons)
    used = tuple(row for outcome in outcomes for row in outcome.schemas)
    return _Instances(not reasons, tuple(errors), used, reasons)


def _held(artifact: Artifact, context: Context, data: Any, schema: "Schema", section: str | None) -> _Instances:
    from cpo_probes.exchange.express.at_hand import NotAtHand, schema_named
    from cpo_probes.exchange.part21 import checker as part21
    from cpo_probes.exchange.step import instances as step_instances

    try:
        found, model = schema_named(schema.name, schema.object, artifact, context)
    except NotAtHand as error:
        return _Instances(reasons=({"code": error.code, "params": error.params} if error.params else error.code,))
    outcome = step_instances.check(data, model, context.checkpoint, section)
    if outcome.foreign:
        return _Instances(reasons=("instances.other_names",))
    errors = [
        Problem(code=error.code, byte=error.byte, clause=error.clause, params=error.params) for error in outcome.errors
    ]
    reasons = () if outcome.whole or outcome.errors else ("instances.too_involved",)
    return _Instances(not reasons, tuple(part21.placed(data, errors)), (found.row(),), reasons)


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


def _version(schema: "Schema", standard: str, context: Context) -> str | None:
    """Of the standard; an IFC schema that the table does not know speaks for itself."""
    known = edition_of(schema.name, schema.object, context)
    return known or (schema.name[:_LONGEST] if standard == "ifc" else None)


def _evidence(artifact: Artifact, report: "Report", data: Any, errors: "tuple[Problem, ...]") -> Iterator[Evidence]:
    if report.schema_at is not None:
        at, length, line = report.schema_at
        excerpt = "FILE_SCHEMA" + bytes(data[at : at + min(length, 300)]).decode("utf-8", "replace")
        yield artifact.at(excerpt, bytes=(at, length), line=line)
    else:
        yield artifact.at(bytes(data[:60]).decode("utf-8", "replace"), bytes=(0, min(60, len(data))), line=1)
    for problem in (report.errors or errors)[:3]:
        around = bytes(data[max(0, problem.byte - 20) : problem.byte + 40]).decode("utf-8", "replace")
        yield artifact.at(around, bytes=(problem.byte, 1), line=problem.line, column=problem.column)
