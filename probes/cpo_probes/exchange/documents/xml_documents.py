"""An XML document, or one in a package, held against the schema for its root element."""

from typing import Any

import msgspec

from cpo_probes.exchange.documents.product_schemas import schemas_for
from cpo_probes.exchange.documents.references import Key, broken, keys_of
from cpo_probes.exchange.verdict import MOST, Verdict, problem, together, unread
from cpo_scan.probe import Artifact, Content, Context, Reason, Severity, Unreadable
from cpo_scan.probe.schema_library import NotAtHand
from cpo_scan.probe.xml import Start, walk_xml, well_formed
from cpo_scan.probe.xml_identifiers import Broken
from cpo_scan.probe.xml_plain import read_identified
from cpo_scan.probe.xml_validation import SchemaUnusable, XmlChecked, XsdValidator
from cpo_scan.probe.xsd_references import References

_VERSIONS = ("fmiVersion", "version", "versionQIF", "SchemaVersion", "schemaVersion")


def check_document(artifact: Artifact, context: Context) -> Verdict:
    """Is a file that is an XML document valid?"""
    return check_xml(artifact, context, context.content(artifact), artifact.version)


def check_part(artifact: Artifact, context: Context, name: str) -> Verdict:
    """Is a member of a package valid?"""
    try:
        content = context.member_content(artifact, name)
    except Unreadable as error:
        return unread(artifact, context, error, part=name)
    return check_xml(artifact, context, content, None, part=name)


def check_xml(
    artifact: Artifact, context: Context, content: Content, version: str | None, *, part: str = ""
) -> Verdict:
    """The verdict on an XML document; `version` is the one that it states, `part` its name in a package."""
    verdict = _held(artifact, context, content, version, part)
    malformed = any(item["code"].startswith(("xml.malformed", "xml.encoding", "limit.")) for item in verdict.problems)
    recognised = artifact.recognition
    keys = keys_of(recognised.format, context) if recognised is not None and not malformed else ()
    return _referring(verdict, artifact, context, content, keys, part) if keys else verdict


def _referring(
    verdict: Verdict, artifact: Artifact, context: Context, content: Content, keys: tuple[Key, ...], part: str
) -> Verdict:
    """The verdict, and what references.yaml wants beside the schema."""
    try:
        wrong = broken(content, context, keys)
    except Unreadable as error:
        return together([verdict, unread(artifact, context, error, part=part)])
    if wrong.too_many:
        told = problem("structure.large", **_part(part))
        return together([verdict, Verdict(valid=None, problems=(told,), total=1)])
    if not wrong.total:
        return verdict
    told_of = [item | {"params": item["params"] | _part(part)} for item in wrong.problems]
    known = [item for item in verdict.problems if item not in told_of]
    return msgspec.structs.replace(
        verdict,
        valid=False,
        problems=(*told_of, *known)[:MOST],
        total=wrong.total + len(known),
        dangling=verdict.dangling + wrong.dangling,
    )


def _held(artifact: Artifact, context: Context, content: Content, version: str | None, part: str) -> Verdict:
    """The verdict by the schema, or by what can be said without one."""
    try:
        root = root_of(content, context)
        validators, reason = _schemas(root, artifact, context, version or _version(root))
        if not validators:
            return _without_schema(artifact, context, content, problem(reason.code, **reason.params, **_part(part)))
        checks = [validator.check(content, context.limits) for _, validator in validators]
    except Unreadable as error:
        return unread(artifact, context, error, part=part)
    rows = tuple(row for row, _ in validators)
    for entity in checks[0].unread:
        context.unreadable(artifact, entity)
    if len({check.valid for check in checks}) > 1:
        told = (problem("exchange.schemas_disagree", count=len(checks), **_part(part)),)
        return Verdict(valid=None, problems=told, total=1, checked_with=rows)
    check = checks[0]
    return Verdict(
        valid=check.valid,
        problems=_problems(check, part),
        total=check.total,
        checked_with=rows,
        elements=check.elements,
        dangling=check.dangling,
    )


def _without_schema(artifact: Artifact, context: Context, content: Content, why: dict[str, Any]) -> Verdict:
    """What can be said all the same: XML well-formed, and identifiers as all editions of the schema want them."""
    recognised = artifact.recognition
    form = recognised.format if recognised is not None and "part" not in why.get("params", {}) else ""
    rows = context.data("official-schemas")["identifiers"]
    names = next((row["attributes"] for row in rows if form in row["formats"]), None)
    read = read_identified(content, context.limits, References(attributes=names)) if names else None
    left = read.unread if read is not None else well_formed(content, context.limits).unread
    for entity in left:
        context.unreadable(artifact, entity)
    wrong = Broken([], [])
    if read is not None and not read.identifiers.full and not left:
        wrong = read.identifiers.broken(content, context.limits)
    told = (
        *(problem("xml.identifier_twice", name=name) for name in wrong.twice[:MOST]),
        *(problem("xml.dangling", reference=value[:200], element=name[:300]) for value, name in wrong.dangling[:MOST]),
        why,
        *(problem(entity.reason.code, **entity.reason.params) for entity in left),
    )
    count = len(wrong.twice) + len(wrong.dangling)
    return Verdict(
        valid=False if count else None,
        problems=told[:MOST],
        total=count + 1 + len(left),
        dangling=len(wrong.dangling),
    )


def root_of(content: Content, context: Context) -> Start:
    """The root element; raises Unreadable."""
    for event in walk_xml(content, context.limits):
        if isinstance(event, Start):
            return event
    raise Unreadable("xml.malformed", line=1, column=1, error="no_elements")


_Chosen = list[tuple[dict[str, Any], XsdValidator]]


def _schemas(root: Start, artifact: Artifact, context: Context, version: str | None) -> tuple[_Chosen, Reason]:
    """What to hold the document against, with what is said of it; or nothing, and why."""
    try:
        schema, validator = context.schemas.xml(root.tag, version, context.limits)
        return [(schema.row(), validator)], Reason("")
    except NotAtHand as error:
        reason = error.reason
    except SchemaUnusable as error:
        first = error.problems[0].reason if error.problems else None
        reason = Reason("exchange.schema_unusable", {"error": first.code if first else "unknown"})
    found = schemas_for(root.tag, artifact, context)
    if not found and reason.code == "exchange.schema_extra":
        context.partly(artifact, reason.code, severity=Severity.BY_DESIGN, **reason.params)
    return [(schema.row(), validator) for schema, validator in found], reason


def _version(root: Start) -> str | None:
    return next((root.attributes[name] for name in _VERSIONS if name in root.attributes), None)


def _problems(check: XmlChecked, part: str) -> tuple[dict[str, Any], ...]:
    told = [problem(error.reason.code, **error.reason.params, **_part(part)) for error in check.unread]
    for each in check.problems:
        place = {"line": each.line} if each.line else {}
        told.append(problem(each.reason.code, **each.reason.params, **place, **_part(part)))
    return tuple(told[:MOST])


def _part(name: str) -> dict[str, str]:
    return {"part": name[:200]} if name else {}
