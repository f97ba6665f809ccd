"""Schemas that a product ships: their language, the standard they describe, and whether they hold together."""

import posixpath
from collections.abc import Callable, Iterator
from typing import Any

from cpo_probes.exchange.schemas.json_references import references
from cpo_probes.exchange.schemas.rdf import CARRIERS, examine_rdf
from cpo_scan.probe import Artifact, Content, Context, Finding, Strength, Unreadable, patterns
from cpo_scan.probe.dtd import read_dtd
from cpo_scan.probe.relaxng import compile_compact, compile_relaxng
from cpo_scan.probe.schematron import check_schematron
from cpo_scan.probe.xsd import XsdReport, compile_xsd
from cpo_scan.probe.xsd11 import compile_xsd11

SCHEMA_FORMATS = (
    "xsd", "json-schema", "relaxng", "relaxng-compact", "schematron", "express", "dtd", "owl-xml", "shex", *CARRIERS,
)  # fmt: skip
_LANGUAGES = {
    "xsd": "xsd",
    "json-schema": "json-schema",
    "relaxng": "relaxng",
    "relaxng-compact": "relaxng",
    "schematron": "schematron",
    "express": "express",
    "dtd": "dtd",
    **dict.fromkeys(CARRIERS, "rdf"),
    "owl-xml": "rdf",
    "shex": "rdf",
    "avro-schema": "avro",
}
_SPOKEN_OF = {"owl-xml": "OWL/XML", "shex": "ShEx"}
_SPOKEN = 200
_BROKEN = ("xml.malformed", "json.malformed", "dtd.malformed", "rdf.malformed", "relaxng.malformed")
_NEWER = "xsd.version_1_1"
_TWICE = "schemap_ag_props_correct"  # one attribute by two ways is taken for two
_SEVERAL = 3  # one name may be a slip, and another one its consequence
_UNRESOLVED = "schemap_src_resolve"  # libxml2: a reference to a component that is not declared


def examine_schema(artifact: Artifact, context: Context) -> Iterator[Finding]:
    """The finding about one schema; RDF that defines nothing is a file of its standard, if of any."""
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
    defines = True
    try:
        if language == "rdf" and recognised.format in CARRIERS:
            found = examine_rdf(artifact, context)
            defines = found.defines
            attributes |= found.attributes | _described(found.namespaces, context)
        else:
            attributes |= _examined(language, artifact, context)
    except Unreadable as error:
        context.unreadable(artifact, error, affects=("exchange.schema",))  # it was recognised: it is nothing else
        broken = error.reason.code in _BROKEN
        attributes |= {"valid": False if broken else None, "problems": [_problem(error)]}
    if attributes["valid"] is None and not attributes["problems"]:
        spoken = _SPOKEN_OF.get(recognised.format, language)
        attributes["problems"] = [{"code": "exchange.language_not_checked", "params": {"language": spoken}}]
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
    if not defines:
        if attributes["standard"] is not None:
            attributes["format"] = recognised.format
            yield Finding("exchange.file", attributes, strength, evidence=(artifact.at(artifact.name, line=1),))
        return
    excerpt = str(attributes["namespace"] or attributes["name"] or artifact.name)
    yield Finding("exchange.schema", attributes, strength, evidence=(artifact.at(excerpt, line=1),))


def _examined(language: str, artifact: Artifact, context: Context) -> dict[str, Any]:
    """What is found in a schema of a language; nothing where that is only recognised. Raises Unreadable."""
    match language:
        case "xsd":
            return _xsd(artifact, context)
        case "json-schema":
            return _json_schema(artifact, context)
        case "relaxng":
            return _relaxng(artifact, context)
        case "schematron":
            return _schematron(artifact, context)
        case "dtd":
            return _dtd(artifact, context)
        case _:
            if artifact.format == "owl-xml":
                context.well_formed(artifact)
            return {}


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


def _described(namespaces: tuple[str, ...], context: Context) -> dict[str, Any]:
    """The first of the namespaces that belongs to a standard, and the standard."""
    for namespace in namespaces:
        standard = _standard({"namespace": namespace, "language": "rdf"}, context)
        if standard is not None:
            return {"namespace": namespace, "standard": standard}
    return {}


def _publisher(namespace: str, context: Context) -> str | None:
    """Who publishes schemas of a namespace, where that is a standards body or the maker of a platform."""
    rows = context.data("exchange-schemas")["publishers"]
    fitting = (row for row in rows if patterns.standard(row["pattern"], text=True).match(namespace))
    return next((str(row["publisher"]) for row in fitting), None)


def _relaxng(artifact: Artifact, context: Context) -> dict[str, Any]:
    """Compiled with all that it takes in, out of the same container."""
    path, load = _beside(artifact, context)
    compiler = compile_compact if artifact.format == "relaxng-compact" else compile_relaxng
    report = compiler(context.content(artifact), context.limits, path, load)
    problems: list[dict[str, Any]] = [
        {"code": reason.code} | ({"params": reason.params} if reason.params else {}) for reason in report.problems
    ]
    return {"declared_elements": report.elements, "valid": report.valid, "problems": problems}


def _schematron(artifact: Artifact, context: Context) -> dict[str, Any]:
    """Held against its grammar, its expressions parsed; its rules are never run."""
    report = check_schematron(context.content(artifact), context.limits)
    problems = [
        {"code": reason.code, "params": reason.params} | ({"line": line} if line else {})
        for reason, line in report.problems
    ]
    return {"valid": report.valid, "problems": problems, "rules": report.rules, "query": report.query or None}


def _dtd(artifact: Artifact, context: Context) -> dict[str, Any]:
    """Read wholly with the files that it names; what lies elsewhere is not, so that it stays without a verdict."""
    path, load = _beside(artifact, context)
    report = read_dtd(context.content(artifact), path, load)
    problems: list[dict[str, Any]] = [
        {"code": "xsd.missing", "params": {"location": place}} for place in report.external
    ]
    if report.undeclared:
        problems.append({"code": "dtd.module", "params": {"entities": list(report.undeclared)}})
    if report.sgml:
        problems = [{"code": "dtd.sgml"}]
    return {"declared_elements": report.elements, "valid": None if problems else True, "problems": problems}


def _beside(artifact: Artifact, context: Context) -> tuple[str, Callable[[str], Content | None]]:
    """The path of a schema in its container, and what gives the others there."""
    path = artifact.path.rpartition("!/")[2]

    def load(target: str) -> Content | None:
        found = context.related(artifact, posixpath.relpath("/" + target, "/" + posixpath.dirname(path)))
        return context.content(found) if found is not None else None

    return path, load


def _is_interface(standard: str | None, context: Context) -> bool:
    row = next((row for row in context.data("standards")["standards"] if row["id"] == standard), None)
    return row is not None and row.get("domains") == ["api"]


def _json_schema(artifact: Artifact, context: Context) -> dict[str, Any]:
    """Held against the meta-schema that it names, and its references followed, offline."""
    import jsonschema_rs

    read = context.json(artifact)
    document = read.value
    found: dict[str, Any] = {}
    if isinstance(document, dict):
        found["namespace"] = _string(document.get("$id") or document.get("id"))
        found["name"] = _string(document.get("title"))
    try:
        valid = bool(jsonschema_rs.meta.is_valid(document))
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        # A dialect that is not built in: nothing is fetched.
        return found | {"problems": [{"code": "exchange.dialect_unknown", "params": {"error": type(error).__name__}}]}
    if not valid:
        return found | {"valid": False, "problems": [{"code": "json_schema.meta"}]}
    loose = references(read, artifact, context)
    problems = []
    for one in loose:
        code = "json_schema.dangling" if one.missing else "json_schema.elsewhere"
        line, column = read.position(one.pointer)
        place = {"pointer": one.pointer[:_SPOKEN], "line": line, "column": column}
        problems.append({"code": code, "params": {"reference": one.target}} | place)
    verdict = False if any(one.missing for one in loose) else None if loose else True
    return found | {"valid": verdict, "problems": problems}


def _xsd(artifact: Artifact, context: Context) -> dict[str, Any]:
    """Compiled with all that it imports and includes, out of the same container."""
    path, load = _beside(artifact, context)
    report = compile_xsd(context.content(artifact), context.limits, path, load)
    problems = [
        {"code": problem.reason.code, "params": problem.reason.params}
        | ({"line": problem.line} if problem.line else {})
        for problem in report.problems
    ]
    newer = any(one.reason.code == _NEWER for one in report.problems)
    valid = report.valid
    if (newer and valid is None) or _is_doubtful(report):
        valid, found = compile_xsd11(context.content(artifact), "1.1" if newer else "1.0", path, load)
        more = [
            {"code": reason.code, "params": reason.params} | ({"line": line} if line else {}) for reason, line in found
        ]
        if valid is None and report.restricts:
            problems = [{"code": "xsd.restriction", "params": {}}]
        problems = more if valid is not None else problems + more
    module = report.valid is False and _is_module(report)
    return {
        "namespace": report.namespace,
        "language_version": "1.1" if newer else "1.0",
        "schema_version": report.version,
        "elements": list(report.elements),
        "valid": None if module else valid,
        "problems": [{"code": "xsd.module", "params": {}}, *problems] if module else problems,
    }


def _is_doubtful(report: XsdReport) -> bool:
    """Does the verdict rest on what libxml2 leaves out, or sees otherwise than the standard?"""
    if report.valid:
        return report.restricts
    return report.valid is False and all(one.reason.params.get("error") == _TWICE for one in report.problems)


def _is_module(report: XsdReport) -> bool:
    """Is it a part that others include (XML Schema 1.0 part 1, 5.3, missing sub-components)?

    All that is wrong with it is that names are declared nowhere: it declares no element itself, or takes in nothing
    though it uses several such names.
    """
    if any(problem.reason.params.get("error") != _UNRESOLVED for problem in report.problems):
        return False
    return not report.elements or (not report.includes and len(report.undeclared) >= _SEVERAL)


def _problem(error: Unreadable) -> dict[str, Any]:
    known = {key: value for key, value in error.reason.params.items() if key in ("line", "column")}
    params = {key: value for key, value in error.reason.params.items() if key not in known}
    return {"code": error.reason.code} | ({"params": params} if params else {}) | known


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None
