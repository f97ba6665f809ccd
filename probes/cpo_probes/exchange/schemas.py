"""Schemas that a product ships: their language, the standard they describe, and whether they hold together."""

import posixpath
from collections.abc import Iterator
from typing import Any

from cpo_scan.probe import Artifact, Content, Context, Finding, Strength, Unreadable, patterns
from cpo_scan.probe.dtd import read_dtd
from cpo_scan.probe.relaxng import compile_relaxng
from cpo_scan.probe.schematron import check_schematron
from cpo_scan.probe.xsd import compile_xsd
from cpo_scan.probe.xsd11 import compile_xsd11

SCHEMA_FORMATS = ("xsd", "json-schema", "relaxng", "relaxng-compact", "schematron", "express", "dtd", "shacl")
_LANGUAGES = {
    "xsd": "xsd",
    "json-schema": "json-schema",
    "relaxng": "relaxng",
    "relaxng-compact": "relaxng",
    "schematron": "schematron",
    "express": "express",
    "dtd": "dtd",
    "shacl": "rdf",
    "oslc-turtle": "rdf",
    "avro-schema": "avro",
}
_SPOKEN = 200
_NEWER = "xsd.version_1_1"
_UNRESOLVED = "schemap_src_resolve"  # libxml2: a reference to a component that is not declared


def examine_schema(artifact: Artifact, context: Context) -> Iterator[Finding]:
    """The finding about one schema."""
    recognised = artifact.recognition
    assert recognised is not None
    language = _LANGUAGES.get(recognised.format, recognised.format)
    facts = recognised.facts
    attributes: dict[str, Any] = {
        "standard": recognised.standard,
        "language": language,
        "version": recognised.version if language != "json-schema" else None,
        "language_version": None,
        "namespace": facts.get("namespace") or facts.get("id"),
        "name": facts.get("schema") or facts.get("title"),
        "valid": None,
        "problems": [],
    }
    try:
        match language:
            case "xsd":
                attributes |= _xsd(artifact, context)
            case "json-schema":
                attributes |= _json_schema(artifact, context)
            case "relaxng" if recognised.format != "relaxng-compact":
                valid, code = compile_relaxng(context.content(artifact), context.limits)
                attributes |= {"valid": valid, "problems": [{"code": code}] if code else []}
            case "schematron":
                attributes |= _schematron(artifact, context)
            case "dtd":
                attributes |= _dtd(artifact, context)
            case _:
                pass
    except Unreadable as error:
        context.unreadable(artifact, error, affects=("exchange.schema",))  # it was recognised: it is nothing else
        broken = error.reason.code in ("xml.malformed", "json.malformed", "dtd.malformed")
        attributes |= {"valid": False if broken else None, "problems": [_problem(error)]}
    if attributes["valid"] is None and not attributes["problems"]:
        attributes["problems"] = [{"code": "exchange.language_not_checked", "params": {"language": language}}]
    attributes["standard"] = attributes["standard"] or _standard(attributes, context)
    if _is_interface(attributes["standard"], context):
        return  # the schema of a language for interfaces is no schema of an exchange standard
    known = context.schemas.official(bytes(context.content(artifact).whole()))
    attributes["official"] = known is not None
    if known is not None:
        attributes |= {"standard": known["standard"], "version": known["version"], "source": known["source"]}
    elif attributes["version"] is None and attributes["standard"] is None:
        attributes["version"] = attributes["language_version"]
    attributes["publisher"] = None if attributes["standard"] else _publisher(attributes["namespace"] or "", context)
    attributes = {key: value[:_SPOKEN] if isinstance(value, str) else value for key, value in attributes.items()}
    strength = Strength.NAMED if recognised.by_name else Strength.RECOGNISED
    excerpt = str(attributes["namespace"] or attributes["name"] or artifact.name)
    yield Finding("exchange.schema", attributes, strength, evidence=(artifact.at(excerpt, line=1),))


def _standard(attributes: dict[str, Any], context: Context) -> str | None:
    """The standard that a schema describes, by its namespace, name or global elements."""
    table = context.data("exchange-schemas")
    namespace = attributes.get("namespace") or ""
    for row in table["namespaces"]:
        if patterns.standard(row["pattern"], text=True).match(namespace):
            return str(row["standard"])
    name = attributes.get("name") or ""
    if attributes["language"] == "express":
        known = context.data("step-schemas")["schemas"].get(name.upper())
        if known is not None:
            return str(known.get("standard", "step"))
        return next((row["standard"] for row in table["express"] if name.upper().startswith(row["prefix"])), None)
    for row in table["elements"]:
        if not namespace and row["element"] in attributes.get("elements", ()):
            return str(row["standard"])
    return None


def _publisher(namespace: str, context: Context) -> str | None:
    """Who publishes schemas of a namespace, where that is a standards body or the maker of a platform."""
    rows = context.data("exchange-schemas")["publishers"]
    fitting = (row for row in rows if patterns.standard(row["pattern"], text=True).match(namespace))
    return next((str(row["publisher"]) for row in fitting), None)


def _schematron(artifact: Artifact, context: Context) -> dict[str, Any]:
    """Held against its grammar, its expressions parsed; its rules are never run."""
    report = check_schematron(context.content(artifact), context.limits)
    problems = [
        {"code": reason.code, "params": reason.params} | ({"line": line} if line else {})
        for reason, line in report.problems
    ]
    return {"valid": report.valid, "problems": problems, "rules": report.rules, "query": report.query or None}


def _dtd(artifact: Artifact, context: Context) -> dict[str, Any]:
    """Read wholly; what it keeps in other files is not, so that it is refused or stays without a verdict."""
    report = read_dtd(context.content(artifact))
    problems: list[dict[str, Any]] = [
        {"code": "xsd.missing", "params": {"location": place}} for place in report.external
    ]
    if report.undeclared:
        problems.append({"code": "dtd.module", "params": {"entities": list(report.undeclared)}})
    return {"declared_elements": report.elements, "valid": None if problems else True, "problems": problems}


def _is_interface(standard: str | None, context: Context) -> bool:
    row = next((row for row in context.data("standards")["standards"] if row["id"] == standard), None)
    return row is not None and row.get("domains") == ["api"]


def _json_schema(artifact: Artifact, context: Context) -> dict[str, Any]:
    """Valid by the meta-schema that it names, offline."""
    import jsonschema_rs

    document = context.json(artifact).value
    found: dict[str, Any] = {}
    if isinstance(document, dict):
        found["namespace"] = _string(document.get("$id") or document.get("id"))
        found["name"] = _string(document.get("title"))
    try:
        return found | {"valid": bool(jsonschema_rs.meta.is_valid(document))}
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        # A dialect that is not built in: nothing is fetched.
        return found | {"problems": [{"code": "exchange.dialect_unknown", "params": {"error": type(error).__name__}}]}


def _xsd(artifact: Artifact, context: Context) -> dict[str, Any]:
    """Compiled with all that it imports and includes, out of the same container."""
    path = artifact.path.rpartition("!/")[2]

    def load(target: str) -> Content | None:
        found = context.related(artifact, posixpath.relpath("/" + target, "/" + posixpath.dirname(path)))
        return context.content(found) if found is not None else None

    report = compile_xsd(context.content(artifact), context.limits, path, load)
    problems = [
        {"code": problem.reason.code, "params": problem.reason.params}
        | ({"line": problem.line} if problem.line else {})
        for problem in report.problems
    ]
    newer = any(one.reason.code == _NEWER for one in report.problems)
    valid = report.valid
    if newer and valid is None:
        valid, found = compile_xsd11(context.content(artifact))
        more = [
            {"code": reason.code, "params": reason.params} | ({"line": line} if line else {}) for reason, line in found
        ]
        problems = more if valid is not None else problems + more
    # Groups and types that another schema includes: XML Schema 1.0 part 1, 5.3, missing sub-components
    module = (
        report.valid is False
        and not report.elements
        and all(problem.reason.params.get("error") == _UNRESOLVED for problem in report.problems)
    )
    return {
        "namespace": report.namespace,
        "language_version": "1.1" if newer else "1.0",
        "schema_version": report.version,
        "elements": list(report.elements),
        "valid": None if module else valid,
        "problems": [{"code": "xsd.module", "params": {}}, *problems] if module else problems,
    }


def _problem(error: Unreadable) -> dict[str, Any]:
    known = {key: value for key, value in error.reason.params.items() if key in ("line", "column")}
    params = {key: value for key, value in error.reason.params.items() if key not in known}
    return {"code": error.reason.code} | ({"params": params} if params else {}) | known


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None
