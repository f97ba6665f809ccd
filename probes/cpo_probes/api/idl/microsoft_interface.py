"""Microsoft's IDL (MIDL, ODL) as an interface that can be compared, by way of the type library that is made of it.

So a release that ships the IDL and one that ships the library are compared like with like. In IDL for remote calls
alone the names differ by their case, in that for COM they do not.
"""

from collections.abc import Callable, Iterator
from functools import partial

from cpo_probes.api.idl import microsoft_declarations as declarations
from cpo_probes.api.idl.microsoft import MicrosoftReader
from cpo_probes.api.idl.reader import Item
from cpo_probes.api.idl.tokens import matching, split
from cpo_probes.api.typelib.interface import interface_of
from cpo_probes.api.typelib.model import (
    FUNCTION,
    GET,
    PUT,
    PUT_REFERENCE,
    UNKNOWN,
    Described,
    Implemented,
    Library,
    Member,
    Parameter,
)
from cpo_scan.probe.interface import Interface
from cpo_scan.probe.tokens import is_word

_CALLS = {"propget": GET, "propput": PUT, "propputref": PUT_REFERENCE}
_HOLDERS = frozenset({"interface", "coclass", "module"})
_DATA = frozenset({"struct", "union", "enum"})


def read_microsoft(idl: MicrosoftReader) -> Interface | None:
    """What an IDL file declares; None where it declares nothing that can be compared."""
    library = _Reading(idl).library()
    if not library.types:
        return None
    return interface_of([library], "idl", fold=idl.dialect == "com", files=len(idl.includes))


class _Reading:
    def __init__(self, idl: MicrosoftReader) -> None:
        self._idl = idl
        self._values: dict[str, int] = {}
        self._members: dict[str, list[Member]] = {}

    def library(self) -> Library:
        library = Library()
        found: dict[tuple[str, str], Described] = {}
        for item in self._idl.items:
            if item.kind in ("operation", "attribute") and item.scope:
                self._members.setdefault(item.scope, []).extend(self._called(item))
        for item in self._idl.items:
            told, rest = declarations.attributes(self._own(item))
            if item.kind == "library":
                library.name, library.version = item.name, declarations.plain(told.get("version", ["0.0"]))
                library.uuid = _uuid(told)
            elif item.kind in _HOLDERS:
                described = self._holder(item, told, rest)
                found.setdefault((described.kind, described.name), described)
            elif item.kind in _DATA:
                data = self._data(item, rest)
                if data is not None:
                    found.setdefault((data.kind, data.name), data)
            elif item.kind == "typedef":
                for name, target in self._aliases(item, rest):
                    found.setdefault(("typedef", name), _described("typedef", name, stands_for=target))
        functions = [one for one in self._idl.items if one.kind == "operation" and not one.scope]
        if functions:
            members = tuple(member for item in functions for member in self._called(item))
            found[("module", "")] = _described("module", "", members=members)
        library.types = list(found.values())
        return library

    def _own(self, item: Item) -> list[str]:
        return self._idl.texts[item.first : item.last + 1]

    def _deprecated(self, item: Item) -> bool:
        return item.deprecated or "@deprecated" in self._idl.tokens.comment(item.first, item.last)

    def _full(self, scope: str) -> Callable[[str], str]:
        # Only namespaces (MIDL 3) hold names: what an interface declares is seen outside of it, as in C.
        return partial(_full, symbols=self._idl.symbols, scope=scope) if self._idl.modern else str

    def _own_name(self, item: Item, name: str) -> str:
        return f"{item.scope}::{name}" if item.scope and self._idl.modern else name

    # -- interfaces, classes, modules

    def _holder(self, item: Item, told: declarations.Attributes, rest: list[str]) -> Described:
        start = rest.index("{") if "{" in rest else len(rest)
        word = rest[0] if rest else item.kind
        full = self._full(item.scope)
        bases = tuple(
            full("".join("::" if text == "." else text for text in declarations.attributes(part)[1]))
            for part in split(rest[rest.index(":") + 1 : start] if ":" in rest[:start] else [])
        )
        members = self._members.get(item.full, [])
        implements: tuple[Implemented, ...] = ()
        kind = {"dispinterface": "dispinterface", "runtimeclass": "interface"}.get(word, item.kind)
        if kind == "coclass":
            implements = tuple(_with_defaults(list(self._implemented(rest[start + 1 : -1], full))))
        elif kind == "dispinterface" and not members:
            # `dispinterface x { interface y; }`: the functions of y
            bases = bases or tuple(one.name for one in self._implemented(rest[start + 1 : -1], full))
        elif kind == "module":
            members = [*members, *self._constants(rest[start + 1 : -1], full)]
        return Described(
            kind,
            self._own_name(item, item.name),
            item.text,
            "hidden" in told,
            tuple(members),
            uuid=_uuid(told),
            dual="dual" in told,
            creatable="noncreatable" not in told,
            bases=bases[:1] if kind != "interface" or word != "runtimeclass" else bases,
            implements=implements,
            deprecated=self._deprecated(item),
        )

    def _implemented(self, texts: list[str], full: Callable[[str], str]) -> Iterator[Implemented]:
        for statement in split(texts, ";"):
            told, rest = declarations.attributes(statement)
            if len(rest) > 1 and rest[0] in ("interface", "dispinterface"):
                yield Implemented(full("".join(rest[1:])), "default" in told, "source" in told)

    def _constants(self, texts: list[str], full: Callable[[str], str]) -> Iterator[Member]:
        for statement in split(texts, ";"):
            _, rest = declarations.attributes(statement)
            if rest[:1] == ["const"] and "=" in rest:
                at = rest.index("=")
                value = declarations.evaluated(rest[at + 1 :], self._values)
                for name, type_ in declarations.declared(rest[1:at], full):
                    said = declarations.plain(rest[at + 1 :]) if value is None else str(value)
                    yield Member(name, 0, "", False, 0, type=type_, value=said)

    def _called(self, item: Item) -> Iterator[Member]:
        """A method, or a property: read, written or both."""
        told, rest = declarations.attributes(self._own(item))
        full = self._full(item.scope)
        rest = rest[: rest.index(";")] if ";" in rest and "{" not in rest else rest
        identity = declarations.evaluated(told["id"], self._values) if "id" in told else None
        about = (item.text, "hidden" in told or "restricted" in told, item.first)
        start = next((at for at in range(1, len(rest)) if rest[at] == "(" and rest[at - 1] == item.name), -1)
        deprecated = self._deprecated(item)
        if start < 0:  # a property without brackets
            words = rest[: rest.index("{")] if "{" in rest else rest
            type_ = dict(declarations.declared(words, full)).get(item.name, "?")
            if not self._idl.modern:
                yield Member(item.name, 0, *about, type=type_, id=identity, deprecated=deprecated)
                return
            yield Member(item.name, GET, *about, type=type_, deprecated=deprecated)
            if "{" not in rest or "set" in rest:
                parameter = Parameter("", type_)
                yield Member(item.name, PUT, *about, type="void", parameters=(parameter,), deprecated=deprecated)
            return
        call = next((kind for name, kind in _CALLS.items() if name in told), FUNCTION)
        yield Member(
            item.name,
            call,
            *about,
            type=declarations.type_text(rest[: start - 1], full),
            parameters=tuple(
                declarations.parameters(rest[start + 1 : matching(rest, start)], full, any_number="vararg" in told)
            ),
            id=None if identity is None else identity & 0xFFFFFFFF,
            deprecated=deprecated,
        )

    # -- data

    def _data(self, item: Item, rest: list[str]) -> Described | None:
        """A structure, union or enumeration with its members; one without a tag has the name of its typedef."""
        if item.kind not in rest:
            return None
        start = rest.index("{", rest.index(item.kind)) if "{" in rest[rest.index(item.kind) :] else -1
        if start < 0:
            return None
        name = item.name or self._named_behind(item)
        if not name:
            return None
        name = self._own_name(item, name)
        inside = rest[start + 1 : matching(rest, start)]
        members: list[Member] = []
        full = self._full(item.scope)
        if item.kind == "enum":
            for own, value in declarations.enumerators(inside, self._values):
                members.append(Member(own, 0, "", False, 0, type="long", value=value))
        else:
            for statement in split(inside, ";"):
                _, own_rest = declarations.attributes(statement)
                while own_rest[:1] == ["case"] or own_rest[:1] == ["default"]:  # of a union that is switched
                    own_rest = own_rest[own_rest.index(":") + 1 :] if ":" in own_rest else []
                for own, type_ in declarations.declared(_without_bodies(own_rest), full):
                    members.append(Member(own, 0, "", False, 0, type=type_))
        return _described(item.kind, name, members=tuple(members), deprecated=self._deprecated(item))

    def _named_behind(self, item: Item) -> str:
        """The first name of a typedef that is no pointer."""
        texts = self._idl.texts
        end = next((at for at in range(item.last + 1, min(item.last + 200, self._idl.end)) if texts[at] == ";"), -1)
        for part in split(texts[item.last + 1 : end]) if end > 0 else []:
            if len(part) == 1 and is_word(part[0]):
                return part[0]
        return ""

    def _aliases(self, item: Item, rest: list[str]) -> Iterator[tuple[str, str]]:
        """The names that a typedef gives to a type, but for the one that the type itself goes by."""
        if rest[:1] != ["typedef"]:
            return
        _, rest = declarations.attributes(rest[1:])
        rest = rest[:-1] if rest[-1:] == [";"] else rest
        full = self._full(item.scope)
        without = _without_bodies(rest)
        unnamed = without[:1] != rest[:1] or (len(rest) > 1 and rest[0] in _DATA and rest[1] in ("{", "switch"))
        first = ""
        for name, target in declarations.declared(["?", *without[1:]] if unnamed else without, full):
            if unnamed and target == "?" and not first:
                first = name
            elif target.replace("?", first or UNKNOWN) != name:
                yield self._own_name(item, name), target.replace("?", first or UNKNOWN)


def _with_defaults(found: list[Implemented]) -> Iterator[Implemented]:
    """The first interface is the default one where none is marked (MIDL reference, `default`); so for events."""
    for one in found:
        alike = [each for each in found if each.source == one.source]
        unmarked = not any(each.default for each in alike)
        yield Implemented(one.name, one.default or (unmarked and one is alike[0]), one.source)


def _without_bodies(texts: list[str]) -> list[str]:
    """A declaration without what stands in braces."""
    found: list[str] = []
    at = 0
    while at < len(texts):
        if texts[at] == "{":
            at = matching(texts, at)
        else:
            found.append(texts[at])
        at += 1
    return found


def _described(
    kind: str, name: str, *, members: tuple[Member, ...] = (), stands_for: str = "", deprecated: bool = False
) -> Described:
    return Described(kind, name, "", False, members, stands_for=stands_for, deprecated=deprecated)


def _uuid(told: declarations.Attributes) -> str:
    return declarations.plain(told["uuid"]).strip("{}").lower()[:36] if "uuid" in told else ""


def _full(name: str, symbols: dict[str, str], scope: str) -> str:
    while True:
        full = f"{scope}::{name}" if scope else name
        if full in symbols or not scope:
            return full
        scope = scope.rpartition("::")[0]
