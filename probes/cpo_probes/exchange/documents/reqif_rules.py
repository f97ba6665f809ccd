"""What ReqIF says beyond its schema: references lead to what their name says, values fit the attributes they are of.

Sources: OMG ReqIF 1.2 clause 10.8, the classes at the ends of associations and the attributes of datatype definitions.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from cpo_probes.exchange.verdict import MOST, problem
from cpo_scan.probe import Content, Context
from cpo_scan.probe.xml import End, Start, walk_xml

LARGEST = 4 * 2**20  # octets of a document up to which it is read a second time for this
_SPACE = "{http://www.omg.org/spec/ReqIF/20110401/reqif.xsd}"
_OWNERS = frozenset({"SPEC-OBJECT", "SPECIFICATION", "SPEC-RELATION", "RELATION-GROUP"})


class _Owner(msgspec.Struct):
    type: str = ""


class _Attribute(msgspec.Struct):
    type: str
    multiple: bool
    datatype: str = ""


class _Value(msgspec.Struct):
    owner: _Owner | None  # none: a default value
    line: int
    value: str | None
    definition: str = ""
    chosen: list[str] = []


class _Document:
    """What of a document the rules are about. Elements may stand in any order (`xsd:all`), so it is gathered first."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.references: list[tuple[str, str, int]] = []
        self.datatypes: dict[str, dict[str, str]] = {}
        self.offered: dict[str, str] = {}  # the enumeration of each of its values
        self.attributes: dict[str, _Attribute] = {}
        self.values: list[_Value] = []
        self._owner: _Owner | None = None
        self._type = self._datatype = ""
        self._attribute = _Attribute("", multiple=False)
        self._value = _Value(None, 0, None)

    def begins(self, name: str, around: str, event: Start) -> None:
        """An element of ReqIF begins."""
        identifier = event.attributes.get("IDENTIFIER", "")
        if identifier and name != "ALTERNATIVE-ID":
            self.kinds.setdefault(identifier, name)
        if name in _OWNERS:
            self._owner = _Owner()
        elif around == "SPEC-TYPES":
            self._type, self._owner = identifier, None
        elif around == "SPEC-ATTRIBUTES":
            multiple = event.attributes.get("MULTI-VALUED", "").strip() in ("true", "1")
            self._attribute = self.attributes[identifier] = _Attribute(self._type, multiple)
        elif around == "DATATYPES":
            self._datatype, self.datatypes[identifier] = identifier, event.attributes
        elif name == "ENUM-VALUE":
            self.offered[identifier] = self._datatype
        elif name.startswith("ATTRIBUTE-VALUE-"):
            self._value = _Value(self._owner, event.line, event.attributes.get("THE-VALUE"))
            self.values.append(self._value)

    def refers(self, name: str, target: str, path: list[str], line: int) -> None:
        """An element `name`-REF ends; `path` are the elements around it."""
        self.references.append((name, target, line))
        match path[-2:]:
            case [owner, "TYPE"] if owner in _OWNERS and self._owner is not None:
                self._owner.type = target
            case [_, "TYPE"]:
                self._attribute.datatype = target
            case [_, "DEFINITION"]:
                self._value.definition = target
            case [_, "VALUES"] if name == "ENUM-VALUE":
                self._value.chosen.append(target)
            case _:
                pass


def broken(content: Content, context: Context) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Problems, and what is odd: of a document, at most as many as are listed. Raises Unreadable."""
    document = _read(content, context)
    return list(islice(_references(document), MOST)), list(islice(_values(document), MOST))


def _read(content: Content, context: Context) -> _Document:
    document = _Document()
    path: list[str] = []
    lines: list[int] = []
    for event in walk_xml(content, context.limits):
        if isinstance(event, End):
            name, line = path.pop(), lines.pop()
            if name.endswith("-REF"):
                document.refers(name.removesuffix("-REF"), event.text.strip(), path, line)
            continue
        name = event.tag.removeprefix(_SPACE)
        if not name.startswith("{"):
            document.begins(name, path[-1] if path else "", event)
        path.append(name)
        lines.append(event.line)
    return document


def _references(document: _Document) -> Iterator[dict[str, Any]]:
    for wanted, target, line in document.references:
        found = document.kinds.get(target, wanted)
        if found != wanted:
            yield problem("reqif.reference_kind", reference=target[:200], wanted=wanted, found=found[:80], line=line)


def _values(document: _Document) -> Iterator[dict[str, Any]]:
    given: set[tuple[int, str]] = set()
    for value in document.values:
        attribute = document.attributes.get(value.definition)
        if attribute is None:
            continue  # the schema says that it is missing
        name = value.definition[:200]
        owner = value.owner
        if owner is not None:
            if owner.type in document.kinds and attribute.type != owner.type:
                yield problem("reqif.value_of_other_type", attribute=name, type=owner.type[:200], line=value.line)
            if (id(owner), value.definition) in given:
                yield problem("reqif.value_twice", attribute=name, line=value.line)
            given.add((id(owner), value.definition))
        if len(value.chosen) > 1 and not attribute.multiple:
            yield problem("reqif.value_more_than_one", attribute=name, count=len(value.chosen), line=value.line)
        for chosen in value.chosen:
            if document.offered.get(chosen, attribute.datatype) != attribute.datatype:
                yield problem("reqif.value_not_offered", attribute=name, value=chosen[:200], line=value.line)
        bound = _beyond(value.value or "", document.datatypes.get(attribute.datatype, {}))
        if bound:
            yield problem(
                "reqif.value_beyond", attribute=name, value=(value.value or "")[:80], bound=bound, line=value.line
            )


def _beyond(value: str, datatype: dict[str, str]) -> str:
    """Which bound of its datatype a value does not keep, or ""."""
    longest = datatype.get("MAX-LENGTH", "").strip()
    if longest.isdecimal() and len(longest) < 19 and len(value) > int(longest):
        return f"MAX-LENGTH {longest}"
    number = _number(value)
    for name, beyond in (("MIN", float.__lt__), ("MAX", float.__gt__)):
        limit = _number(datatype.get(name, ""))
        if number is not None and limit is not None and beyond(number, limit):
            return f"{name} {datatype[name].strip()}"[:80]
    return ""


def _number(text: str) -> float | None:
    """A number, or none where the text is none, which the schema says."""
    try:
        return float(text)
    except ValueError:
        return None
