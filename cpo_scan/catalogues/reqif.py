"""Catalogues as ReqIF (OMG ReqIF 1.x): attributes of objects become columns by their long names, with the defaults of
the types; the hierarchy of the specifications gives the groups."""

from collections.abc import Iterator
from typing import Any

import msgspec

from cpo_scan.catalogues.given import Entry, Given, Group, LeftOut
from cpo_scan.catalogues.languages import LANGUAGES
from cpo_scan.catalogues.markup import child, children, local, running_text, tidy
from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.load import RuleError

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_HEADINGS = ("ReqIF.ChapterName",)  # ReqIF Implementation Guide: what a heading is called
_NUMBERS = ("ReqIF.ChapterNumber", "ReqIF.ForeignID", "ID")  # what a heading may be numbered by
_NAMES = ("ReqIF.Name", "ReqIF.Text", "Title", "Titel", "Name")


class _Attribute(msgspec.Struct, frozen=True):
    """An attribute as a type defines it."""

    name: str
    default: str


class _Types(msgspec.Struct, frozen=True):
    """Names of enumerated values by id, and attributes by the id of the type of objects that has them."""

    values: dict[str, str]
    attributes: dict[str, dict[str, _Attribute]]


class _Object(msgspec.Struct, frozen=True, kw_only=True):
    identity: str
    line: int
    columns: dict[str, str]


def read_reqif(name: str, content: bytes, root: Any) -> Given:
    """The objects of a document, in the order of its specifications. Raises RuleError with file and line.

    An object with others below it that states nothing but a heading is a group; whether one of the others is a
    criterion or a note is told by its obligation, when it is imported.
    """
    core = child(root, "CORE-CONTENT", "REQ-IF-CONTENT")
    if core is None:
        raise RuleError(f"{name}:{root.sourceline or 1}: no REQ-IF-CONTENT stands in the document")
    types = _types(core)
    objects: dict[str, _Object] = {}
    for element in _all(core, "SPEC-OBJECTS"):
        if local(element) == "SPEC-OBJECT":
            one = _object(name, element, types)
            if one.identity in objects:
                raise RuleError(f"{name}:{one.line}: the object {one.identity} stands here twice")
            objects[one.identity] = one
    hierarchy = _Hierarchy(name, objects)
    for specification in _all(core, "SPECIFICATIONS"):
        hierarchy.walk(child(specification, "CHILDREN"), ())
    placed, left_out = hierarchy.placed, hierarchy.left_out
    for one in objects.values():
        if one.identity not in placed and one.identity not in hierarchy.headings:
            placed[one.identity] = _entry(one, ())
    if not placed:
        raise RuleError(f"{name}:{root.sourceline or 1}: the document holds no objects")
    if (relations := len([*_all(core, "SPEC-RELATIONS")])) > 0:
        left_out.append(LeftOut(str(relations), "catalogue.out.relations"))
    header = child(root, "THE-HEADER", "REQ-IF-HEADER")
    title = child(header, "TITLE") if header is not None else None
    lang = str(root.get(_XML_LANG) or root.get("lang") or "").lower()[:2]
    return Given(
        name=name,
        sha256=digest(content),
        form="reqif",
        entries=tuple(placed.values()),
        title={"": running_text(title)} if title is not None and running_text(title) else {},
        language=lang if lang in LANGUAGES else None,
        left_out=tuple(left_out),
        technical=frozenset({"IDENTIFIER"}),
    )


class _Hierarchy:
    """The objects in the order and the groups in which the specifications place them."""

    def __init__(self, name: str, objects: dict[str, _Object]) -> None:
        self._name, self._objects = name, objects
        self.placed: dict[str, Entry] = {}
        self.headings: set[str] = set()
        self.left_out: list[LeftOut] = []

    def walk(self, level: Any, groups: tuple[Group, ...]) -> None:
        """Places the objects of a level and of those below. Raises RuleError where one does not exist."""
        for element in children(level, "SPEC-HIERARCHY") if level is not None else ():
            reference = child(element, "OBJECT", "SPEC-OBJECT-REF")
            identity = running_text(reference) if reference is not None else ""
            one = self._objects.get(identity)
            if one is None:
                place = f"{self._name}:{element.sourceline or 1}"
                raise RuleError(f"{place}: the hierarchy names an object that is not there: {identity[:80]!r}")
            below = child(element, "CHILDREN")
            if below is not None and children(below, "SPEC-HIERARCHY") and _is_heading(one):
                self.headings.add(identity)
                self.walk(below, (*groups, _group(one)))
                continue
            if identity in self.placed:
                place = self.placed[identity].place
                self.left_out.append(LeftOut(place, "catalogue.out.again"))
            else:
                self.placed[identity] = _entry(one, groups)
            self.walk(below, groups)


def _is_heading(one: _Object) -> bool:
    """Does it state a heading, or a name and nothing else but its number?"""
    if any(one.columns.get(column) for column in _HEADINGS):
        return True
    return not set(one.columns) - {*_NAMES, *_NUMBERS, "IDENTIFIER", "LONG-NAME", "DESC"}


def _group(one: _Object) -> Group:
    said = [one.columns[column] for column in (*_HEADINGS, *_NAMES, "LONG-NAME") if one.columns.get(column)]
    number = next((one.columns[column] for column in _NUMBERS if one.columns.get(column)), "")
    title = " ".join(said[0].split()) if said else ""
    return Group(number or title or one.identity, {"": title} if title else {})


def _entry(one: _Object, groups: tuple[Group, ...]) -> Entry:
    return Entry(
        line=one.line,
        identity=one.identity,
        groups=groups,
        informative=True,
        columns={column: {"": text} for column, text in one.columns.items() if text},
    )


def _types(core: Any) -> _Types:
    values: dict[str, str] = {}
    for datatype in _all(core, "DATATYPES"):
        for value in _all(datatype, "SPECIFIED-VALUES"):
            values[value.get("IDENTIFIER", "")] = value.get("LONG-NAME") or value.get("IDENTIFIER", "")
    attributes: dict[str, dict[str, _Attribute]] = {}
    for kind in _all(core, "SPEC-TYPES"):
        if local(kind) == "SPEC-OBJECT-TYPE":
            attributes[kind.get("IDENTIFIER", "")] = {
                one.get("IDENTIFIER", ""): _Attribute(
                    one.get("LONG-NAME") or one.get("IDENTIFIER", ""),
                    "; ".join(_value(default, values) for default in _all(one, "DEFAULT-VALUE")),
                )
                for one in _all(kind, "SPEC-ATTRIBUTES")
            }
    return _Types(values, attributes)


def _object(name: str, element: Any, types: _Types) -> _Object:
    identity, line = element.get("IDENTIFIER", ""), element.sourceline or 1
    if not identity:
        raise RuleError(f"{name}:{line}: an object without an IDENTIFIER")
    kind = child(element, "TYPE", "SPEC-OBJECT-TYPE-REF")
    attributes = types.attributes.get(running_text(kind) if kind is not None else "", {})
    columns = {one.name: one.default for one in attributes.values()}
    for value in _all(element, "VALUES"):
        definition = child(value, "DEFINITION")
        reference = running_text(definition) if definition is not None else ""
        known = attributes.get(reference)
        columns[known.name if known else reference] = _value(value, types.values)
    columns |= {column: element.get(column) or "" for column in ("LONG-NAME", "DESC")}
    columns["IDENTIFIER"] = identity
    return _Object(identity=identity, line=line, columns={key: tidy(text) for key, text in columns.items() if text})


def _value(element: Any, values: dict[str, str]) -> str:
    match local(element):
        case "ATTRIBUTE-VALUE-ENUMERATION":
            named = [running_text(one) for one in _all(element, "VALUES")]
            return "; ".join(values.get(one, one) for one in named)
        case "ATTRIBUTE-VALUE-XHTML":
            the = child(element, "THE-VALUE")
            return running_text(the) if the is not None else ""
        case _:
            return str(element.get("THE-VALUE", ""))


def _all(element: Any, name: str) -> Iterator[Any]:
    """The elements inside of the child of this name."""
    inner = child(element, name)
    yield from (one for one in inner if local(one)) if inner is not None else ()
