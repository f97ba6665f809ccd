"""Checking an XML document against a table of its vocabulary: elements, their attributes, how often, and where.

For languages whose official schema may not be handed on. The table (`rules/data/xml-vocabularies.yaml`) says for each
type of element which attributes and children it has; what belongs to another namespace is an extension and is let be.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unicodedata import category

import msgspec

from cpo_scan.probe.documents import Problem

Form = Callable[[str], object]
_NAME = r"(?:[^\W\d]|_)[\w.\-·]*+"
_NATURAL = r"\s*+\+?(?:[0-9]++|-0++)\s*+"


def _pattern(text: str) -> Form:
    return re.compile(text, re.DOTALL).fullmatch


def _identifier(text: str) -> bool:
    """OData CSDL 4.01 clause 15.2: at most 128 letters, digits, marks and underscores, no digit first."""
    return (
        0 < len(text) <= 128
        and (text[0] == "_" or category(text[0])[0] == "L" or category(text[0]) == "Nl")
        and all(category(char)[0] == "L" or category(char) in ("Nl", "Nd", "Mn", "Mc", "Pc", "Cf") for char in text)
    )


def _identifiers(separators: str, least: int = 1) -> Form:
    """Identifiers with one of these characters between them."""

    def fits(text: str) -> bool:
        for separator in separators[1:]:
            text = text.replace(separator, separators[0])
        parts = text.strip(" \t\r\n").split(separators[0])
        return len(parts) >= least and all(map(_identifier, parts))

    return fits


_qualified = _identifiers(".", 2)


def _type_name(text: str) -> bool:
    """A qualified name, or `Collection(…)` of one."""
    text = text.strip(" \t\r\n")
    if text.startswith("Collection(") and text.endswith(")"):
        text = text[len("Collection(") : -1]
    return bool(_qualified(text))


_FORMS: dict[str, Form] = {
    "text": _pattern(r".*+"),
    "ncname": _pattern(rf"\s*+{_NAME}\s*+"),
    "nmtoken": _pattern(r"\s*+[\w.\-:·]++\s*+"),
    "nmtokens": _pattern(r"\s*+[\w.\-:·]++(?:\s++[\w.\-:·]++)*+\s*+"),
    "qname": _pattern(rf"\s*+(?:{_NAME}:)?{_NAME}\s*+"),
    "qnames": _pattern(rf"\s*+(?:(?:{_NAME}:)?{_NAME}(?:\s++|\Z))*+"),
    "boolean": _pattern(r"\s*+(?:true|false|0|1)\s*+"),
    "integer": _pattern(r"\s*+[+-]?[0-9]++\s*+"),
    "natural": _pattern(_NATURAL),
    "naturals": _pattern(r"\s*+(?:\+?[0-9]++(?:\s++|\Z))*+"),
    # OData: names of the entity data model, and values of its facets
    "identifier": lambda text: _identifier(text.strip(" \t\r\n")),
    "namespace": lambda text: len(text) <= 511 and bool(_identifiers(".")(text)),
    "qualified": _qualified,
    "type": _type_name,
    "path": _identifiers("./"),
    "length": _pattern(rf"max|{_NATURAL}"),
    "scale": _pattern(rf"floating|variable|{_NATURAL}"),
    "srid": _pattern(rf"variable|{_NATURAL}"),
}
_CHILD = re.compile(r"([\w.-]+)([?*+]?)")
_LONGEST = 200


class XmlProblem(Problem, frozen=True, kw_only=True, omit_defaults=True):
    """A problem in an XML document: its place is an XPath."""

    xpath: str = ""

    def row(self) -> dict[str, Any]:
        """The problem as it stands in a finding's `problems`."""
        return {key: value for key, value in msgspec.to_builtins(self).items() if value not in ("", None, {})}


class Vocabulary:
    """A table made ready: see `rules/schemas/data-xml-vocabularies.json` for its shape."""

    @classmethod
    def named(cls, data: Mapping[str, Any], name: str) -> "Vocabulary":
        """The vocabulary of this name in the data table; one that is `like` another has the types of that one too."""
        table = data["vocabularies"][name]
        if "like" in table:
            first = data["vocabularies"][table["like"]]
            types = {kind: first["types"].get(kind, {}) | row for kind, row in table["types"].items()}
            table = first | table | {"types": first["types"] | types}
        return cls(table)

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.standard = str(table["standard"])
        self._prefixes = {uri: prefix for prefix, uris in table["namespaces"].items() for uri in uris}
        self._tolerant = bool(table.get("other_attributes", False))
        self.root = str(table["root"])
        self._types = {name: _Type(row) for name, row in table["types"].items()}

    def problems(self, root: Any) -> Iterator[XmlProblem]:
        """What the table forbids below the root element, in the order of the document."""
        open_elements = [(root, self.root)]  # each with its type
        while open_elements:
            element, name = open_elements.pop()
            kind = self._types[name]
            yield from self._attributes(element, kind)
            if kind.anything:
                continue
            yield from self._children(element, kind)
            below = [
                (child, kind.children[known][0])
                for child in element.iterchildren("*")
                if (known := self._known(child)) in kind.children
            ]
            open_elements += reversed(below)

    def _known(self, element: Any) -> str:
        """`prefix:local` with the table's prefix; without prefix in no namespace; empty for another vocabulary."""
        namespace, _, local = element.tag.rpartition("}")
        if not namespace:
            return str(local)
        prefix = self._prefixes.get(namespace[1:])
        return f"{prefix}:{local}" if prefix is not None else ""

    def _attributes(self, element: Any, kind: "_Type") -> Iterator[XmlProblem]:
        for name, value in element.items():
            if name.startswith("{"):
                continue
            form = kind.attributes.get(name)
            if form is None:
                if not (kind.other_attributes or self._tolerant):
                    yield self._problem(element, kind, "structure.attribute_unknown", name=name)
            elif not (value in form if isinstance(form, frozenset) else form(value)):
                yield self._problem(element, kind, "structure.attribute_value", name=name, value=value)
        for name in kind.required:
            if element.get(name) is None:
                yield self._problem(element, kind, "structure.attribute_missing", name=name)

    def _children(self, element: Any, kind: "_Type") -> Iterator[XmlProblem]:
        seen: Counter[str] = Counter()
        for child in element.iterchildren("*"):
            known = self._known(child)
            if not known:
                continue
            seen[known] += 1
            if known not in kind.children:
                yield self._problem(child, kind, "structure.element_unknown", name=known, parent=_local(element))
            elif seen[known] == 2 and kind.children[known][1] in ("", "?"):
                yield self._problem(child, kind, "structure.element_twice", name=known, parent=_local(element))
        for name, (_, occurs) in kind.children.items():
            if occurs in ("", "+") and name not in seen:
                yield self._problem(element, kind, "structure.element_missing", name=name, parent=_local(element))
        if kind.some and seen.keys().isdisjoint(kind.some):
            yield self._problem(
                element, kind, "structure.element_missing", name=" | ".join(kind.some), parent=_local(element)
            )

    def _problem(self, element: Any, kind: "_Type", code: str, **params: str) -> XmlProblem:
        told = {key: value[:_LONGEST] for key, value in params.items()}
        return problem_at(element, code, clause=f"{self.standard} §{kind.clause}", **told)


class _Type:
    """One type of element: what the table says of it."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.clause = str(row["clause"])
        self.anything = bool(row.get("anything", False))
        self.other_attributes = bool(row.get("other_attributes", False))
        self.some: tuple[str, ...] = tuple(row.get("some", ()))
        self.attributes: dict[str, Form | frozenset[str]] = {}
        self.required: list[str] = []
        for name, form in row.get("attributes", {}).items():
            optional = form.endswith("?")
            plain = form.removesuffix("?")
            self.attributes[name] = _FORMS[plain] if plain in _FORMS else frozenset(plain.split("|"))
            if not optional:
                self.required.append(name)
        self.children: dict[str, tuple[str, str]] = {}
        for name, stated in row.get("children", {}).items():
            match = _CHILD.fullmatch(stated)
            assert match is not None, stated
            self.children[name] = (match[1], match[2])


def problem_at(element: Any, code: str, file: str = "", **params: Any) -> XmlProblem:
    """A problem at an element of an lxml tree. Its exact XPath costs as much as the element has siblings."""
    return XmlProblem(
        code=code,
        params=params,
        xpath=element.getroottree().getpath(element),
        line=element.sourceline,
        file=file,
    )


def path_to(element: Any) -> str:
    """An XPath that a person can read: by names where elements have one. Costs no more than its depth.

    Where siblings share a name it leads to all of them; the line tells them apart.
    """
    steps = []
    while element is not None:
        local = _local(element)
        step = f"{element.prefix}:{local}" if element.prefix else f"*[local-name()='{local}']"
        for key in ("name", "Name", "id"):
            value = element.get(key)
            if value and len(value) <= _LONGEST and "'" not in value:
                step += f"[@{key}='{value}']"
                break
        steps.append(step)
        element = element.getparent()
    return "/" + "/".join(reversed(steps))


def text_in(element: Any) -> str:
    """All character data inside an element, comments left out."""
    pieces = [element.text or ""]
    for inner in element.iterdescendants():
        if isinstance(inner.tag, str):
            pieces.append(inner.text or "")
        pieces.append(inner.tail or "")
    return "".join(pieces)


def entities_of(tree: Any) -> int:
    """How many entities a document declares; references to them are not expanded."""
    table = tree.docinfo.internalDTD
    return sum(1 for _ in table.iterentities()) if table is not None else 0


def expanded(element: Any, name: str) -> tuple[str, str] | None:
    """Namespace and local part of a QName in a document's content; None where its prefix is not declared."""
    prefix, colon, local = name.strip().partition(":")
    if not colon:
        return element.nsmap.get(None) or "", prefix
    namespace = element.nsmap.get(prefix)
    return (namespace, local) if namespace else None


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2][:_LONGEST]
