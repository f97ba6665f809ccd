"""QIF: do lists hold as many elements as they state? (ISO 23952, ArrayType: attribute n.) The schema can't say that."""

from typing import Any

import msgspec

from cpo_probes.exchange.documents.xml_documents import check_document
from cpo_probes.exchange.verdict import MOST, Verdict, problem
from cpo_scan.probe import Artifact, Context, Unreadable
from cpo_scan.probe.xml import Start


class _Open:
    """An element that began, and how many elements it holds so far."""

    __slots__ = ("held", "start")

    def __init__(self, start: Start) -> None:
        self.start, self.held = start, 0


def document(artifact: Artifact, context: Context) -> Verdict:
    """The verdict by schema and references. What a list states and does not hold is remarked: readers count for
    themselves, and no schema looks."""
    verdict = check_document(artifact, context)
    try:
        wrong, total = _lists(artifact, context)
    except Unreadable:
        return verdict  # the verdict says so
    if not total:
        return verdict
    return msgspec.structs.replace(verdict, remarks=(*verdict.remarks, *wrong)[:MOST])


def _lists(artifact: Artifact, context: Context) -> tuple[list[dict[str, Any]], int]:
    """Lists that hold more or less than they state, at most 20, and how many there are. Raises Unreadable."""
    found: list[dict[str, Any]] = []
    total = 0
    opened: list[_Open] = []
    for event in context.walk_xml(artifact):
        if isinstance(event, Start):
            if opened:
                opened[-1].held += 1
            opened.append(_Open(event))
            continue
        over = opened.pop()
        stated = over.start.attributes.get("n", "").strip()
        plain = not over.held and bool(event.text.strip())  # a list of values, which are text
        if stated.isdecimal() and not plain and (stated.lstrip("0") or "0") != str(over.held):
            total += 1
            if len(found) < MOST:
                name = over.start.tag.rpartition("}")[2][:200]
                place = {"line": over.start.line, "column": over.start.column}
                found.append(problem("qif.count", element=name, stated=stated[:20], found=over.held, **place))
    return found, total
