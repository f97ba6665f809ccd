"""Compiling an XML Schema 1.1 that is not trusted, by the package xmlschema (extra `schemas`): one document alone.

libxml2 knows XML Schema 1.0 only. Assertions are parsed and never evaluated; nothing is opened or fetched, so that a
schema that names others is not compiled.
"""

import importlib.util
import warnings
from typing import Any

from cpo_scan.model import Reason
from cpo_scan.probe.xml import root_of
from cpo_scan.targets.content import Content

INSTALL = 'pip install "cpo-scan[schemas]"'
_LARGEST = 2**20  # octets: the compiler is slow, and builds some hundred objects for each component
_LISTED = 20
_REFERENCES = ("include", "import", "redefine", "override")
_XSD = "{http://www.w3.org/2001/XMLSchema}"


Problem = tuple[Reason, int | None]
"""What is wrong, and the line."""


def compile_xsd11(content: Content) -> tuple[bool | None, list[Problem]]:
    """Does the schema hold together by XML Schema 1.1? None where it was not compiled, with the reason.

    Raises Unreadable where the document is no well-formed XML.
    """

    if importlib.util.find_spec("xmlschema") is None:
        return None, [(Reason("xsd.extra_1_1", {"install": INSTALL}), None)]
    data = bytes(content.whole())
    if len(data) > _LARGEST:
        return None, [(Reason("limit.document_bytes", {"size": len(data), "limit": _LARGEST}), None)]
    root: Any = root_of(data)
    if root.getroottree().docinfo.doctype:
        return None, [(Reason("xsd.entities"), None)]
    if any(True for name in _REFERENCES for _ in root.iterchildren(f"{_XSD}{name}")):
        return None, [(Reason("xsd.references_1_1"), None)]
    if problems := _patterns(root):
        return False, problems
    return _compiled(root)


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


def _compiled(root: Any) -> tuple[bool | None, list[Problem]]:
    import xmlschema

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            schema = xmlschema.XMLSchema11(root, validation="lax", allow="none", defuse="always", use_fallback=False)
            errors = list(schema.all_errors)
    except xmlschema.XMLSchemaException as error:
        return False, [(Reason("xsd.refused", {"error": type(error).__name__}), None)]
    except Exception as error:  # a compiler of others on what nobody vouches for: that says nothing of it
        return None, [(Reason("xsd.compiler_1_1", {"error": type(error).__name__}), None)]
    said = {(_name(error), line if isinstance(line := error.sourceline, int) else None): None for error in errors}
    ordered = sorted(said, key=lambda one: (one[1] or 0, one[0]))
    return not errors, [(Reason("xsd.refused", {"error": name}), line) for name, line in ordered[:_LISTED]]


def _name(error: Exception) -> str:
    """What kind of error it is: its wording is that of a foreign program, and changes with it."""
    return type(error.__cause__ or error).__name__
