"""ODX packages (ISO 22901-1): what the index names is there, and links between documents lead to elements in them."""

from collections.abc import Iterator
from typing import NamedTuple

from cpo_probes.exchange.documents.packages import parts
from cpo_probes.exchange.verdict import MOST, Verdict, problem, refused, unread
from cpo_scan.probe import Artifact, Context, Unreadable
from cpo_scan.probe.xml import End, Start, walk_xml

_INDEX = "index.xml"
# Clause 7.3: kinds of layers, which links name beside the documents themselves
_LAYERS = frozenset({"PROTOCOL", "FUNCTIONAL-GROUP", "BASE-VARIANT", "ECU-VARIANT", "ECU-SHARED-DATA"})
_CATEGORY = 2  # depth of the element below ODX, whose short name is that of the document
_LINKS = 1_000_000  # identifiers and links of a package that are remembered


class _Link(NamedTuple):
    part: str
    line: int
    element: str
    identifier: str
    document: str


class _Package:
    """Identifiers by document and layer, and the links that name one."""

    def __init__(self) -> None:
        self.identifiers: dict[str, set[str]] = {}
        self.links: list[_Link] = []
        self.left = _LINKS

    def read(self, artifact: Artifact, context: Context, name: str) -> None:
        """Take in a document. Raises Unreadable."""
        known: set[str] = set()
        open_tags: list[str] = []
        for event in walk_xml(context.member_content(artifact, name), context.limits):
            match event:
                case Start():
                    open_tags.append(event.tag)
                    self._start(event, name, known)
                case End():
                    open_tags.pop()
                    around = open_tags[-1] if open_tags else ""
                    if event.tag == "SHORT-NAME" and (len(open_tags) == _CATEGORY or around in _LAYERS):
                        self.identifiers[event.text.strip()] = known

    def _start(self, event: Start, name: str, known: set[str]) -> None:
        attributes = event.attributes
        if "ID" in attributes or "DOCREF" in attributes:
            self.left -= 1
        if self.left < 0:
            return
        if "ID" in attributes:
            known.add(attributes["ID"])
        if "ID-REF" in attributes and "DOCREF" in attributes:
            self.links.append(_Link(name, event.line, event.tag, attributes["ID-REF"], attributes["DOCREF"]))


def pdx(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
    """Clause 9: the index, the documents that it lists, and their links."""
    if _INDEX not in members:
        yield refused("package.part_missing", part=_INDEX)
    else:
        yield from _listed(artifact, context, members)
    names = [name for name in members if ".odx" in name.lower().rpartition("/")[2]]
    yield from parts(artifact, context, names)
    yield from _linked(artifact, context, names)
    yield Verdict(valid=True, facts={"documents": len(names)})


def _listed(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
    folded = {name.lower() for name in members}
    try:
        for event in walk_xml(context.member_content(artifact, _INDEX), context.limits):
            if isinstance(event, End) and event.tag == "FILE":
                name = event.text.strip()
                if name and name.lower() not in folded:
                    yield refused("package.part_missing", part=name[:200])
    except Unreadable as error:
        yield unread(artifact, context, error, part=_INDEX)


def _linked(artifact: Artifact, context: Context, names: list[str]) -> Iterator[Verdict]:
    package = _Package()
    for name in names:
        context.checkpoint()
        try:
            package.read(artifact, context, name)
        except Unreadable:
            return  # the verdict on the part says so
    if package.left < 0:
        yield Verdict(valid=None, problems=(problem("structure.large"),), total=1)
        return
    elsewhere = sorted({link.document for link in package.links if link.document not in package.identifiers})
    remarks = tuple(problem("odx.document_missing", name=name[:200]) for name in elsewhere[:MOST])
    broken = [link for link in package.links if link.identifier not in package.identifiers.get(link.document, ())]
    broken = [link for link in broken if link.document in package.identifiers]
    told = tuple(
        problem(
            "xml.dangling", reference=link.identifier[:200], element=link.element[:200], part=link.part, line=link.line
        )
        for link in broken[:MOST]
    )
    yield Verdict(valid=not broken, problems=told, total=len(broken), remarks=remarks, dangling=len(broken))
