"""Exchange files and schemas of every recognised standard that has no probe of its own.

What can be checked without the schema of the standard is checked wholly: XML is well-formed, JSON parses, a package is
intact. That can refuse a file and never makes one valid.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from cpo_probes.exchange.conflict import conflict
from cpo_probes.exchange.documents.packages import intact
from cpo_probes.exchange.schemas.shipped import SCHEMA_FORMATS, examine_schema
from cpo_probes.exchange.verdict import BROKEN
from cpo_scan.probe import (
    Artifact,
    Context,
    Finding,
    LimitHit,
    Probe,
    Severity,
    Strength,
    Unreadable,
    conflicts,
    formats,
    parts,
    patterns,
)

_FACTS = ("schema", "root", "namespace", "title", "id")
_LONGEST = 200

_ELEMENT = r"\A(?:\xef\xbb\xbf)?\s*+<(?:\?xml\s|!DOCTYPE\s|!--|[A-Za-z_:][^\s/>]{0,200}(?:\s|/?>))"
# VTK XML file formats: behind an element that says so, binary data makes what precedes it no XML document.
_RAW = {"vtk-xml": r"""<AppendedData\s[^<>]{0,200}\bencoding\s*+=\s*+["']raw["']"""}
# An object or array of RFC 8259, as far as its first token goes: other formats begin with brackets too (RTF, tables).
_VALUE = (
    r"\A(?:\xef\xbb\xbf)?\s*+(?:\{\s*+(?:[\"}]|\Z)"
    r"|\[\s*+(?:[\"{\[\]\-0-9]|true\b|false\b|null\b|\Z))"
)


class ExchangeFilesProbe(Probe):
    """Files and schemas of exchange standards: what they are, their version, whether their carrier is intact."""

    id = "exchange.files"
    version = 5
    examines = parts("file") | parts("schema") | formats(*SCHEMA_FORMATS) | conflicts()
    states = ("exchange.file", "exchange.schema", "format.conflict")
    limitations: ClassVar[tuple[str, ...]] = (
        "files are not held against a schema here: `valid` is false for a broken carrier, else null",
        "XML Schema 1.0, RELAX NG (both syntaxes) and document type definitions are read with all that they take in "
        "where that lies beside them; nothing is fetched, and no catalogue is obeyed",
        "a schema of XML Schema 1.1, and one that restricts content models, is compiled by an extra, with what it "
        "includes: one that imports or redefines others has no verdict",
        "a schema that refers to names which nothing at hand declares may be a part that others include, and has no "
        "verdict then; neither have definitions of SGML and RELAX NG with datatypes of other libraries",
        "JSON Schema of draft 3, of drafts after 2020-12 and of other dialects has no verdict; of the others the "
        "meta-schema and the references are checked, and not the patterns",
        "rules of Schematron are parsed and never run; neither they nor shapes of RDF are tried on files",
        "shapes of SHACL are held against the syntax rules of its core: queries, rules and programs in them, and what "
        "they import, leave the verdict open; vocabularies in RDF have no rules to check; of shape expressions (ShEx) "
        "nothing is checked; RDF 1.2 is not read",
        "members of a package of the same standard are part of it and no files of their own",
        "checksums of packages are recomputed up to 32 MiB a member and 256 MiB a package",
    )
    references: ClassVar[tuple[str, ...]] = (
        "W3C XML 1.0",
        "RFC 8259",
        "APPNOTE.TXT (ZIP)",
        "W3C XML Schema 1.0",
        "W3C SHACL, 20 July 2017",
        "ISO/IEC 19757-2 (RELAX NG)",
    )
    remediation = "ship files that parse, with the extension of their format, and the schemas that they follow"

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        yield from conflict(artifact)
        recognised = artifact.recognition
        if recognised is None or recognised.carrier:
            return
        if recognised.part == "schema":
            yield from examine_schema(artifact, context)
        elif recognised.part == "file" and recognised.standard and artifact.package != recognised.standard:
            yield _file(artifact, context)


def _file(artifact: Artifact, context: Context) -> Finding:
    recognised = artifact.recognition
    assert recognised is not None
    carrier, valid, problems = _carrier(artifact, context)
    attributes: dict[str, Any] = {
        "standard": recognised.standard,
        "version": recognised.version,
        "format": recognised.format,
        "carrier": carrier,
        "valid": valid,
        "checked": "carrier" if carrier and valid is None and len(problems) == 1 else None,
        "problems": problems,
    } | {key: recognised.facts[key][:_LONGEST] for key in _FACTS if key in recognised.facts}
    strength = Strength.NAMED if recognised.by_name else Strength.RECOGNISED
    place = {"line": problems[0]["line"], "column": problems[0].get("column")} if "line" in problems[0] else {}
    return Finding("exchange.file", attributes, strength, evidence=(artifact.at(_excerpt(artifact, context), **place),))


def _carrier(artifact: Artifact, context: Context) -> tuple[str | None, bool | None, list[dict[str, Any]]]:
    """What carries the file, False where that is broken, and what is wrong or was not checked."""
    unchecked: list[dict[str, Any]] = [{"code": "exchange.schema_not_at_hand"}]
    head = context.content(artifact).head
    carrier = _sniff(head)
    try:
        match carrier:
            case "xml":
                for unread in context.well_formed(artifact).unread:
                    context.unreadable(artifact, unread)
                    unchecked.append(_problem(unread))
            case "json":
                context.json(artifact)
            case "zip":
                intact(artifact, context, context.members(artifact))
            case _:
                return None, None, unchecked
    except LimitHit as hit:
        context.unreadable(artifact, hit)
        return carrier, None, [_problem(hit)]
    except Unreadable as error:
        if _raw_data(artifact, context, error):
            context.partly(artifact, "exchange.raw_data", severity=Severity.BY_DESIGN)
            return carrier, None, [*unchecked, {"code": "exchange.raw_data"}]
        context.unreadable(artifact, error)
        return carrier, False if error.reason.code in BROKEN else None, [_problem(error)]
    return carrier, None, unchecked


def _raw_data(artifact: Artifact, context: Context, error: Unreadable) -> bool:
    """Is what stopped the XML reader the binary data that the format allows there?"""
    pattern = _RAW.get(artifact.format or "")
    if pattern is None or error.reason.code != "xml.malformed":
        return False
    data = context.content(artifact).whole()
    opened = patterns.compile(pattern).search(data)
    if opened is None:
        return False
    return int(error.reason.params.get("line", 0)) > bytes(data[: opened.start()]).count(b"\n")


def _sniff(head: bytes) -> str | None:
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode("utf-8", "replace")
    if patterns.standard(_ELEMENT).match(head):
        return "xml"
    return "json" if patterns.standard(_VALUE).match(head) else None


def _problem(error: Unreadable) -> dict[str, Any]:
    known = {key: value for key, value in error.reason.params.items() if key in ("line", "column")}
    params = {key: value for key, value in error.reason.params.items() if key not in known}
    return {"code": error.reason.code} | ({"params": params} if params else {}) | known


def _excerpt(artifact: Artifact, context: Context) -> str:
    head = context.content(artifact).head[:240]
    if b"\0" in head:
        return artifact.name
    return head.decode("utf-8", "replace")
