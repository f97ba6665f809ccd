"""ARXML: references are paths of short names, and lead into the same file or another one of the product.

A description may be spread over files that nobody shipped, so that a path that leads nowhere is a remark and no error.
"""

from typing import Any

import msgspec

from cpo_probes.exchange.documents.xml_documents import check_document
from cpo_probes.exchange.verdict import MOST, Verdict, problem
from cpo_scan.probe import Artifact, Content, Context, Unreadable
from cpo_scan.probe.xml import End, Start, walk_xml

_PATHS = 500_000  # elements and references of a file that are remembered
_FILES = 30  # other files that are looked at
_OCTETS = 32 * 2**20  # of all of them


class _Paths(msgspec.Struct, frozen=True):
    """Paths of the elements with a short name, and where references lead (AUTOSAR, Generic Structure Template)."""

    defined: frozenset[str]
    used: frozenset[str]
    full: bool


def document(artifact: Artifact, context: Context) -> Verdict:
    """The verdict by the schema, and how many references lead where."""
    verdict = check_document(artifact, context)
    try:
        own = _paths(context.content(artifact), context)
    except Unreadable:
        return verdict  # the verdict says so
    facts: dict[str, Any] = {"elements_named": len(own.defined), "references": len(own.used)}
    left = set(own.used - own.defined)
    whole = own.full
    if left and whole:
        elsewhere, whole = _elsewhere(artifact, context, left)
        facts["references_elsewhere"] = len(elsewhere)
        left -= elsewhere
    if left and whole:
        facts["references_missing"] = len(left)
        told = tuple(problem("autosar.path_missing", path=path[:300]) for path in sorted(left)[:MOST])
        verdict = msgspec.structs.replace(verdict, remarks=(*verdict.remarks, *told)[:MOST])
    return msgspec.structs.replace(verdict, facts=verdict.facts | facts)


def _elsewhere(artifact: Artifact, context: Context, wanted: set[str]) -> tuple[set[str], bool]:
    """Those paths that another file of the product has, and whether all files were looked at."""
    found: set[str] = set()
    octets = 0
    for number, other in enumerate(context.index.select(formats=("autosar",))):
        if other.path == artifact.path:
            continue
        octets += other.size
        if number > _FILES or octets > _OCTETS:
            return found, False
        context.checkpoint()
        try:
            there = _paths(context.content(other), context)
        except Unreadable:
            return found, False
        found |= wanted & there.defined
        if not there.full:
            return found, False
    return found, True


def _paths(content: Content, context: Context) -> _Paths:
    """Raises Unreadable."""
    defined: set[str] = set()
    used: set[str] = set()
    opened: list[tuple[str, bool]] = []  # the path of each open element, and whether it refers to something
    left = _PATHS
    for event in walk_xml(content, context.limits):
        match event:
            case Start():
                path = opened[-1][0] if opened else ""
                local = event.tag.rpartition("}")[2]
                refers = "DEST" in event.attributes and local.endswith("REF") and "BASE" not in event.attributes
                opened.append((path, refers))
            case End():
                _, refers = opened.pop()
                text = event.text.strip()
                if refers and text.startswith("/"):
                    left -= 1
                    used.add(text)
                elif opened and event.tag.rpartition("}")[2] == "SHORT-NAME":
                    left -= 1
                    opened[-1] = (f"{opened[-1][0]}/{text}", opened[-1][1])
                    defined.add(opened[-1][0])
                if left < 0:
                    return _Paths(frozenset(defined), frozenset(used), False)
    return _Paths(frozenset(defined), frozenset(used), True)
