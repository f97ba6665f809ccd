"""Compiling an XML Schema that is not trusted by the package xmlschema (extra `schemas`): one document, with what it
includes.

libxml2 knows XML Schema 1.0 only, and leaves some of its rules out. Assertions are parsed and never evaluated; nothing
is opened or fetched by the compiler: what a schema includes is put in its place before, and one that imports others, or
includes what differs in its names, is not compiled.
"""

import importlib.util
import posixpath
import warnings
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from cpo_scan.model import Reason
from cpo_scan.probe.xml import root_of
from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import Unreadable

INSTALL = 'pip install "cpo-scan[schemas]"'
_LARGEST = 2**20  # octets: the compiler is slow, and builds some hundred objects for each component
_LISTED = 20
_REFERENCES = ("include", "import", "redefine", "override")
_XSD = "{http://www.w3.org/2001/XMLSchema}"


# What a schema says once for all of its parts
_OF_ALL = ("targetNamespace", "elementFormDefault", "attributeFormDefault", "blockDefault", "finalDefault",
           "defaultAttributes", "xpathDefaultNamespace")  # fmt: skip

Load = Callable[[str], Content | None]
Problem = tuple[Reason, int | None]
"""What is wrong, and the line."""


def compile_xsd11(
    content: Content, version: str = "1.1", path: str = "", load: Load = lambda _: None
) -> tuple[bool | None, list[Problem]]:
    """Does the schema at `path` hold together by XML Schema 1.1, or 1.0? None where it was not compiled, and why.

    `load` gives what it includes, by the path in its container.

    Raises Unreadable where the document is no well-formed XML.
    """

    if importlib.util.find_spec("xmlschema") is None:
        return None, [(Reason("xsd.extra_1_1", {"install": INSTALL, "version": version}), None)]
    data = bytes(content.whole())
    if len(data) > _LARGEST:
        return None, [(Reason("limit.document_bytes", {"size": len(data), "limit": _LARGEST}), None)]
    root: Any = root_of(data)
    if root.getroottree().docinfo.doctype:
        return None, [(Reason("xsd.entities"), None)]
    whole = _with_included(root, path, load, len(data))
    if not whole or any(True for name in _REFERENCES for _ in root.iterchildren(f"{_XSD}{name}")):
        return None, [(Reason("xsd.references_1_1", {"version": version}), None)]
    if problems := _patterns(root):
        return False, problems
    return _compiled(root, version)


def _with_included(root: Any, path: str, load: Load, octets: int) -> bool:
    """Put what the schema includes in its place, once each; False where that can't be done without changing a name.

    Parts keep their meaning where they say the same of prefixes, namespace and defaults (part 1 §4.2.1).
    """
    seen = {path}
    left = [(path, one) for one in root.iterchildren(f"{_XSD}include")]
    while left:
        base, include = left.pop()
        location = include.get("schemaLocation", "").strip()
        place = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(location)))
        if include.getparent() is root:
            root.remove(include)
        if place in seen:
            continue
        seen.add(place)
        content = load(place) if location and ":" not in location.partition("/")[0] else None
        data = bytes(content.whole()) if content is not None else b""
        octets += len(data)
        if not data or octets > _LARGEST:
            return False
        try:
            part: Any = root_of(data)
        except Unreadable:
            return False
        same = all(part.get(name, "") == root.get(name, "") for name in _OF_ALL)
        if not same or part.nsmap != root.nsmap or part.getroottree().docinfo.doctype:
            return False
        for child in list(part):
            if child.tag == f"{_XSD}include":
                left.append((place, child))
            else:
                root.append(child)
    return True


def _patterns(root: Any) -> list[Problem]:
    """Check each pattern, and let it match anything: values of the schema are held against them, in any time."""
    from elementpath.regex import RegexError, translate_pattern

    found: list[Problem] = []
    for facet in root.iter(f"{_XSD}pattern"):
        try:
            translate_pattern(facet.get("value", ""), back_references=False, lazy_quantifiers=False, anchors=False)
        except (RegexError, RecursionError):
            found.append((Reason("xsd.refused", {"error": "pattern"}), facet.sourceline))
        facet.set("value", ".*")
    return found[:_LISTED]


def _compiled(root: Any, version: str) -> tuple[bool | None, list[Problem]]:
    import xmlschema
    from lxml import etree

    try:
        errors = _errors(root, version)
    except TypeError:
        # With trees of lxml it can't join the contents of an extended type to others; as text it has no lines.
        try:
            errors = _errors(etree.tostring(root, encoding="unicode"), version)
        except Exception as error:
            return None, [(Reason("xsd.compiler_1_1", {"error": type(error).__name__, "version": version}), None)]
    except xmlschema.XMLSchemaException as error:
        return False, [(Reason("xsd.refused", {"error": type(error).__name__}), None)]
    except Exception as error:  # a compiler of others on what nobody vouches for: that says nothing of it
        return None, [(Reason("xsd.compiler_1_1", {"error": type(error).__name__, "version": version}), None)]
    said = {(_name(error), line if isinstance(line := error.sourceline, int) else None): None for error in errors}
    ordered = sorted(said, key=lambda one: (one[1] or 0, one[0]))
    return not errors, [(Reason("xsd.refused", {"error": name}), line) for name, line in ordered[:_LISTED]]


def _errors(source: Any, version: str) -> list[Any]:
    import xmlschema

    compiler = xmlschema.XMLSchema11 if version == "1.1" else xmlschema.XMLSchema10
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = compiler(source, validation="lax", allow="none", defuse="always", use_fallback=False)
        return list(schema.all_errors)


def _name(error: Exception) -> str:
    """What kind of error it is: its wording is that of a foreign program, and changes with it."""
    return type(error.__cause__ or error).__name__
