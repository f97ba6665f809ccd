"""XML Schemas as types that can be compared: the elements and types that a WSDL or WADL description names.

What a schema says is read as an instance shows it: child elements by their local names, attributes with `@` in front.
Derivation is worked in; substitution groups and identity constraints are not looked at.
"""

from collections import deque
from collections.abc import Iterator
from math import isfinite
from typing import Any, NamedTuple

from cpo_probes.api.type_table import TypeTable
from cpo_scan.probe.interface import ANY, Slot, Type
from cpo_scan.probe.xml_structure import expanded
from cpo_scan.probe.xsd import XSD
from cpo_scan.probe.xsd_set import SchemaDocument, SchemaSet

_X = f"{{{XSD}}}"
_DEEPEST = 60  # derivations
_GLOBAL = ("element", "complexType", "simpleType", "group", "attributeGroup", "attribute")
_TEXTS = frozenset(
    ("string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "ID", "IDREF", "ENTITY", "QName",
     "NOTATION", "anyURI")
)  # fmt: skip
# XML Schema 1.0 part 2 §3.3.13 to §3.3.25: the integers with their bounds.
_INTEGERS: dict[str, tuple[float | None, float | None]] = {
    "integer": (None, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "long": (-(2.0**63), 2.0**63 - 1),
    "int": (-(2.0**31), 2.0**31 - 1),
    "short": (-(2.0**15), 2.0**15 - 1),
    "byte": (-128, 127),
    "nonNegativeInteger": (0, None),
    "unsignedLong": (0, 2.0**64 - 1),
    "unsignedInt": (0, 2.0**32 - 1),
    "unsignedShort": (0, 2.0**16 - 1),
    "unsignedByte": (0, 255),
    "positiveInteger": (1, None),
}
_LISTS = {"NMTOKENS": "NMTOKEN", "IDREFS": "IDREF", "ENTITIES": "ENTITY"}
_NUMBERS = frozenset(("decimal", "float", "double"))
# Facets (part 2 §4.3) and the bounds that they are.
_BOUNDS = {
    "minLength": "minLength", "maxLength": "maxLength", "minInclusive": "minimum", "maxInclusive": "maximum",
    "minExclusive": "minimum (exclusive)", "maxExclusive": "maximum (exclusive)", "totalDigits": "max digits",
    "fractionDigits": "max digits of the fraction",
}  # fmt: skip


class _Global(NamedTuple):
    """A global component, with the namespace of what is declared inside of it."""

    element: Any
    namespace: str


class XsdTypes:
    """The types of a set of schemas. `element` and `type` give numbers; `read` fills in what they stand for."""

    def __init__(self, schemas: SchemaSet, table: TypeTable) -> None:
        self._table = table
        self._known: dict[tuple[str, str], _Global] = {}
        self._simple_types: dict[Any, Type] = {}
        for document in schemas.documents:
            self._collect(document)
        self._todo: deque[tuple[int, Any, str, str]] = deque()

    def _collect(self, document: SchemaDocument) -> None:
        for holder in (document.root, *document.root.iterchildren(f"{_X}redefine")):
            for child in holder.iterchildren(*(_X + kind for kind in _GLOBAL)):
                kind = child.tag.removeprefix(_X).replace("simpleType", "type").replace("complexType", "type")
                key = (kind, f"{{{document.namespace}}}{child.get('name') or ''}")
                self._known.setdefault(key, _Global(child, document.namespace))

    def element(self, name: tuple[str, str]) -> int:
        """The number of the type of a global element, by namespace and local name; `ANY` where it is not at hand."""
        found = self._find("element", name)
        return self._of_element(found.element, found.namespace) if found is not None else ANY

    def type(self, name: tuple[str, str]) -> int:
        """The number of a named type; `ANY` where it is not at hand."""
        if name[0] == XSD:
            return self._built_in(name[1])
        found = self._find("type", name)
        return self._numbered(found.element, found.namespace, name[1]) if found is not None else ANY

    def read(self) -> None:
        """Fill in all that was numbered."""
        while self._todo:
            number, definition, namespace, name = self._todo.popleft()
            self._table.put(number, self._type(definition, namespace, name))

    # -- references

    def _find(self, kind: str, name: tuple[str, str] | None) -> _Global | None:
        return self._known.get((kind, f"{{{name[0]}}}{name[1]}")) if name is not None else None

    def _built_in(self, name: str) -> int:
        if name in ("anyType", "anySimpleType"):
            return ANY
        if name in _LISTS:
            return self._table.array(self._built_in(_LISTS[name]))
        return self._table.shared(_simple(name))

    def _numbered(self, definition: Any, namespace: str, name: str) -> int:
        number, new = self._table.number(definition)
        if new:
            self._todo.append((number, definition, namespace, name))
        return number

    def _of_element(self, element: Any, namespace: str) -> int:
        stated = element.get("type")
        if stated:
            name = expanded(element, stated)
            return self.type(name) if name is not None else ANY
        for inner in element.iterchildren(f"{_X}complexType", f"{_X}simpleType"):
            return self._numbered(inner, namespace, "")
        return ANY

    def _base(self, element: Any, attribute: str = "base") -> tuple[str, str] | None:
        stated = element.get(attribute)
        return expanded(element, stated) if stated else None

    # -- types

    def _type(self, definition: Any, namespace: str, name: str) -> Type:
        if definition.tag == f"{_X}simpleType":
            return _named(self._simple_type(definition, 0), name, definition)
        members: dict[str, Slot] = {}
        content: Type | None = None
        chain = list(self._derivation(definition, namespace))
        for holder, inner, restricted in chain:
            if restricted:
                members = {key: slot for key, slot in members.items() if key.startswith("@")}
            members |= dict(self._content(holder, inner, set(), required=True))
            members |= dict(self._attributes(holder, inner, set()))
        simple = next((one for one in definition.iterchildren(f"{_X}simpleContent")), None)
        if simple is not None:
            content = self._simple_content(simple, 0)
        if content is None:
            content = Type(bases=("object",))
        return _named(
            Type(
                bases=content.bases,
                values=content.values,
                item=content.item,
                alternatives=content.alternatives,
                limits=content.limits,
                facts=content.facts,
                members=dict(sorted(members.items())),
            ),
            name,
            definition,
        )

    def _derivation(self, definition: Any, namespace: str) -> Iterator[tuple[Any, str, bool]]:
        """What holds the content of a complex type: that of the base first; and whether it takes the base's place."""
        found: list[tuple[Any, str, bool]] = []
        for _ in range(_DEEPEST):
            derived = next(definition.iterchildren(f"{_X}complexContent", f"{_X}simpleContent"), None)
            if derived is None:
                found.append((definition, namespace, False))
                break
            step = next(derived.iterchildren(f"{_X}extension", f"{_X}restriction"), None)
            if step is None:
                break
            found.append((step, namespace, step.tag == f"{_X}restriction" and derived.tag == f"{_X}complexContent"))
            base = self._base(step)
            known = self._find("type", base)
            if known is None or known.element.tag != f"{_X}complexType":
                break
            definition, namespace = known
        yield from reversed(found)

    def _content(
        self, holder: Any, namespace: str, seen: set[tuple[Any, bool]], *, required: bool
    ) -> Iterator[tuple[str, Slot]]:
        """The child elements that a model group allows. Each named group is gone through once, as needed and as not."""
        for part in holder.iterchildren(f"{_X}element", f"{_X}sequence", f"{_X}choice", f"{_X}all", f"{_X}group"):
            must = required and part.get("minOccurs", "1").strip() != "0"
            if part.tag == f"{_X}element":
                yield self._element(part, namespace, must, many=_many(holder) or _many(part))
            elif part.tag == f"{_X}group":
                found = self._find("group", self._base(part, "ref"))
                if found is not None and (found.element, must) not in seen:
                    seen.add((found.element, must))
                    yield from self._content(found.element, found.namespace, seen, required=must)
            else:
                several = sum(1 for _ in part.iterchildren("*")) > 1
                must = must and not (part.tag == f"{_X}choice" and several)
                yield from self._content(part, namespace, seen, required=must)

    def _element(self, element: Any, namespace: str, must: bool, *, many: bool) -> tuple[str, Slot]:
        name = self._base(element, "ref")
        if name is not None:
            local, number = name[1], self.element(name)
        else:
            local, number = element.get("name") or "", self._of_element(element, namespace)
        if many:
            number = self._table.array(number, _occurs(element))
        facts = {"nillable": "yes"} if element.get("nillable", "").strip() in ("true", "1") else {}
        return local, Slot(type=number, required=must, facts=facts, at=local)

    def _attributes(self, holder: Any, namespace: str, seen: set[Any]) -> Iterator[tuple[str, Slot]]:
        for part in holder.iterchildren(f"{_X}attribute", f"{_X}attributeGroup"):
            name = self._base(part, "ref")
            if part.tag == f"{_X}attributeGroup":
                group = self._find("attributeGroup", name)
                if group is not None and group.element not in seen:
                    seen.add(group.element)
                    yield from self._attributes(group.element, group.namespace, seen)
                continue
            if part.get("use") == "prohibited":
                continue
            found = self._find("attribute", name) or _Global(part, namespace)
            local = f"@{name[1] if name is not None else part.get('name') or ''}"
            number = self._of_element(found.element, found.namespace)
            yield local, Slot(type=number, required=part.get("use") == "required", at=local)

    # -- simple types

    def _simple_type(self, definition: Any, depth: int) -> Type:
        if definition not in self._simple_types:
            self._simple_types[definition] = Type()  # for one that leads to itself, which is wrong
            if depth <= _DEEPEST:
                self._simple_types[definition] = self._read_simple(definition, depth)
        return self._simple_types[definition]

    def _read_simple(self, definition: Any, depth: int) -> Type:
        for step in definition.iterchildren(f"{_X}restriction", f"{_X}list", f"{_X}union"):
            inner = [self._simple_type(one, depth + 1) for one in step.iterchildren(f"{_X}simpleType")]
            if step.tag == f"{_X}list":
                item = self._named_simple(self._base(step, "itemType"), depth) if not inner else inner[0]
                return Type(bases=("array",), item=self._table.shared(item))
            if step.tag == f"{_X}union":
                names = [expanded(step, stated) for stated in (step.get("memberTypes") or "").split()]
                inner = [self._named_simple(name, depth) for name in names] + inner
                return Type(alternatives=tuple(map(self._table.shared, inner))) if len(inner) > 1 else Type()
            base = self._named_simple(self._base(step), depth) if not inner else inner[0]
            return _restricted(base, step)
        return Type()

    def _named_simple(self, name: tuple[str, str] | None, depth: int) -> Type:
        if name is None:
            return Type()
        if name[0] == XSD:
            return Type() if name[1] in ("anyType", "anySimpleType") else _simple(name[1])
        found = self._find("type", name)
        if found is None or depth > _DEEPEST:
            return Type()
        if found.element.tag == f"{_X}simpleType":
            return self._simple_type(found.element, depth + 1)
        simple = next(found.element.iterchildren(f"{_X}simpleContent"), None)
        return self._simple_content(simple, depth + 1) if simple is not None else Type()

    def _simple_content(self, simple: Any, depth: int) -> Type:
        for step in simple.iterchildren(f"{_X}extension", f"{_X}restriction"):
            base = self._named_simple(self._base(step), depth)
            return _restricted(base, step) if step.tag == f"{_X}restriction" else base
        return Type()


def _simple(name: str) -> Type:
    """A built-in simple type: texts, integers with their bounds, numbers; all others by their own name."""
    if name in _TEXTS:
        return Type(bases=("string",), facts={} if name == "string" else {"form": name})
    if name in _INTEGERS:
        low, high = _INTEGERS[name]
        limits = {key: float(value) for key, value in (("minimum", low), ("maximum", high)) if value is not None}
        return Type(bases=("integer",), limits=limits)
    return Type(
        bases=("number",) if name in _NUMBERS else (name[:80],), facts={} if name != "float" else {"form": name}
    )


def _restricted(base: Type, step: Any) -> Type:
    """A simple type with the facets of one more restriction."""
    limits, facts = dict(base.limits), dict(base.facts)
    values, patterns = [], []
    for facet in step.iterchildren("*"):
        kind, value = facet.tag.removeprefix(_X), (facet.get("value") or "")[:200]
        if kind == "enumeration":
            values.append(value)
        elif kind == "pattern":
            patterns.append(value)
        elif kind == "length":
            limits |= {name: number for name in ("minLength", "maxLength") if (number := _number(value)) is not None}
        elif kind in _BOUNDS and (number := _number(value)) is not None:
            limits[_BOUNDS[kind]] = number
    if patterns:
        facts["pattern"] = " | ".join(sorted(patterns))[:200]
    known = tuple(sorted(set(values))) if values else base.values
    return Type(
        bases=base.bases, values=known, item=base.item, alternatives=base.alternatives, limits=limits, facts=facts
    )


def _named(type: Type, name: str, definition: Any) -> Type:
    parent = definition.getparent()
    at = name or (parent.get("name") or "" if parent is not None else "")
    return Type(
        name=name, bases=type.bases, values=type.values, members=type.members, item=type.item,
        alternatives=type.alternatives, limits=type.limits, facts=type.facts, at=at,
    )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _many(part: Any) -> bool:
    return (part.get("maxOccurs") or "1").strip() not in ("0", "1")


def _occurs(element: Any) -> dict[str, float]:
    """How many at least and at most, where the description says so."""
    found = {}
    for key, name in (("minOccurs", "minItems"), ("maxOccurs", "maxItems")):
        number = _number(element.get(key) or "")
        if number is not None and number > 1:
            found[name] = number
    return found
