"""A COM type library as an interface that can be compared: what can be called, created and passed.

The same for libraries in both formats and for the IDL that they are made of. Names are taken in lower case: COM looks
them up without regard to case, and compilers write one spelling for all names that differ in case alone.
"""

from collections.abc import Iterator, Sequence

from cpo_probes.api.type_table import TypeTable
from cpo_probes.api.typelib.model import (
    BASIC,
    CALLED,
    DEEPEST,
    FUNCTION,
    GET,
    PUT,
    PUT_REFERENCE,
    Described,
    Library,
    Member,
)
from cpo_probes.api.wsdl.surface import deprecated
from cpo_scan.probe.differences import Difference
from cpo_scan.probe.interface import Interface, Operation, Slot, Type
from cpo_scan.probe.patterns import compile as pattern

_WORD = pattern(r"[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*", text=True)
_INVENTED = pattern(r"(?i)\A(?:tag)?__(?:widl|midl)_[A-Za-z0-9_]*\Z", text=True)
_HOW = {FUNCTION: "", GET: " (get)", PUT: " (put)", PUT_REFERENCE: " (putref)"}
_DATA = frozenset({"struct", "union", "enum"})
_WORDS = frozenset(word for text in (*BASIC.values(), "safearray") for word in text.lower().replace("*", "").split())
# What every interface that can be called by name inherits from COM (IUnknown, IDispatch); type libraries repeat it.
INHERITED = frozenset(
    {"QueryInterface", "AddRef", "Release", "GetTypeInfoCount", "GetTypeInfo", "GetIDsOfNames", "Invoke"}
)
# Numbers that a compiler makes up where none is stated.
_MADE_UP = (0x40000000, 0x70000000)


def functions(described: Described) -> Iterator[Member]:
    """The functions that the interface itself adds."""
    for member in described.members:
        if member.call and not (described.kind == "dispinterface" and member.name in INHERITED):
            yield member


def interface_of(libraries: Sequence[Library], family: str, *, fold: bool = True, files: int = 0) -> Interface:
    """What libraries in one file offer; `fold`: case does not count in names. `files`: others that it is made of.

    Where there are several, names begin with that of their library.
    """
    table = TypeTable()
    operations: dict[str, Operation] = {}
    facts: dict[str, str] = {}
    for library in libraries:
        before = f"{library.name}: " if len(libraries) > 1 else ""
        facts |= {f"{before}uuid": library.uuid} if library.uuid else {}
        for name, operation in _Reading(library, table, fold).operations():
            operations.setdefault((before + name)[:500], operation)
    one = libraries[0] if len(libraries) == 1 else Library()
    return Interface(
        family=family,
        title=one.name[:240],
        version=one.version[:240],
        files=files,
        facts=facts,
        operations=operations,
        types=table.types,
    )


def decided(difference: Difference, old: Interface, new: Interface) -> bool:
    """Can this be said of a type library and the IDL of another release?

    A library holds the types that it names, wherever they are declared, and the IDL what it declares, wherever it is
    used; and IDL may name numbers and types of files that are not at hand. Only what both tell is held against them.
    """
    match difference.change:
        case "operation_added" | "operation_removed":
            holder = f"interface {difference.element.partition('::')[0]}"
            return holder in old.operations and holder in new.operations
        case "type_changed":
            known = {key.rpartition(" ")[2] for one in (old, new) for key in one.operations if "::" not in key}
            return all(_is_known(text, known) for text in (difference.was, difference.now))
        case "fact_changed" if difference.element.endswith((" › id", " › value")):
            return bool(difference.was and difference.now)
        case _:
            return True


def _is_known(text: str, declared: set[str]) -> bool:
    return all(word in declared or word in _WORDS for word in (match.group() for match in _WORD.finditer(text)))


class _Reading:
    def __init__(self, library: Library, table: TypeTable, fold: bool) -> None:
        self._library, self._fold = library, fold
        self._aliases = {
            self._name(one.name): one.stands_for for one in library.types if one.kind == "typedef" and one.stands_for
        }
        # A type without a name gets one that its compiler makes up anew; it goes by that of its alias.
        for alias, target in list(self._aliases.items()):
            if _INVENTED.search(self._name(target)):
                del self._aliases[alias]
                self._aliases.setdefault(self._name(target), alias)
        self._plain: dict[str, str] = {}
        self.table = table

    def operations(self) -> Iterator[tuple[str, Operation]]:
        for one in self._library.types:
            if one.kind in CALLED:
                yield from self._called(one)
            elif one.kind == "coclass":
                yield self._class(one)
            elif one.kind in _DATA:
                yield self._data(one)
            # An alias is compared as what it stands for, wherever it is used.

    def _name(self, name: str) -> str:
        return name.lower() if self._fold else name

    def _type(self, text: str) -> str:
        """A type without aliases, in the spelling that is compared."""
        known = self._plain.get(text)
        if known is None:
            known = self._plain[text] = self._without_aliases(self._name(text), 0)[:500]
        return known

    def _without_aliases(self, text: str, depth: int) -> str:
        parts, at = [], 0
        for match in _WORD.finditer(text):
            target = self._aliases.get(match.group()) if depth < DEEPEST else None
            if target is not None:
                parts += [text[at : match.start()], self._without_aliases(self._name(target), depth + 1)[:500]]
                at = match.end()
        return "".join([*parts, text[at:]])

    def _leaf(self, text: str) -> int:
        return self.table.leaf(self._type(text))

    # -- what is called

    def _called(self, one: Described) -> Iterator[tuple[str, Operation]]:
        full = self._name(one.name)
        if one.kind != "module":
            by_name, by_table = one.kind == "dispinterface" or one.dual, one.kind == "interface" or one.dual
            facts = {"called": "by name and by table" if by_name and by_table else "by name" if by_name else "by table"}
            facts |= {"uuid": one.uuid} if one.uuid else {}
            bases = {f"base {self._type(name)}": Slot(at=full) for name in one.bases if self._type(name) != "idispatch"}
            yield f"interface {full}", Operation(outputs=bases, facts=facts, deprecated=_ends(one), at=full)
        by_name = one.kind == "dispinterface" or one.dual
        before = ""
        seen: set[str] = set()
        for member in functions(one):
            key = f"{full}::{self._name(member.name)}{_HOW.get(member.call, '')}"
            if key in seen:  # overloads differ by the number of their parameters (MIDL 3)
                key += f", with {len(member.parameters)} parameters"
            seen.add(key)
            facts = {}
            if one.kind == "interface" or one.dual:
                facts = {"after": before}  # its place in the table, by what stands in front of it
                before = key[len(full) + 2 :]
            yield key, self._function(member, key, facts, by_name)
        for member in one.members:
            if member.call:
                continue
            key = f"{full}::{self._name(member.name)}"
            slot = Slot(type=self._leaf(member.type), facts=_value(member), at=key)
            inputs = {} if member.value is not None else {"value": slot}
            yield key, Operation(inputs, {"value": slot}, facts=_number(member) if by_name else {}, at=key)

    def _function(self, member: Member, key: str, facts: dict[str, str], by_name: bool) -> Operation:
        inputs: dict[str, Slot] = {}
        outputs: dict[str, Slot] = {}
        for number, parameter in enumerate(member.parameters, 1):
            told = {"way": parameter.way}
            if by_name and parameter.name and not (member.call != FUNCTION and number == len(member.parameters)):
                told["name"] = self._name(parameter.name)  # callers may pass it by its name
            slot = Slot(
                type=self._leaf(parameter.type), required=not parameter.optional, facts=told, at=f"{key}({number})"
            )
            if parameter.way in ("in", "inout"):
                inputs[f"parameter {number}"] = slot
            if parameter.way != "in":
                outputs[f"parameter {number}"] = slot
        result = self._type(member.type)
        if result != "void":
            outputs["result"] = Slot(type=self.table.leaf(result), at=key)
        if by_name:
            facts = facts | _number(member)
        return Operation(inputs, outputs, facts=facts, deprecated=_ends(member), at=key)

    def _class(self, one: Described) -> tuple[str, Operation]:
        full = self._name(one.name)
        outputs = {
            f"{'events' if each.source else 'interface'} {self._type(each.name)}": Slot(
                facts={"default": "yes"} if each.default else {}, at=full
            )
            for each in one.implements
        }
        facts = {"created": "by callers" if one.creatable else "by the library"}
        facts |= {"uuid": one.uuid} if one.uuid else {}
        return f"class {full}", Operation(outputs=outputs, facts=facts, deprecated=_ends(one), at=full)

    # -- what is passed

    def _data(self, one: Described) -> tuple[str, Operation]:
        full = self._type(one.name)
        members: dict[str, Slot] = {}
        before = ""
        for member in one.members:
            key = self._name(member.name)
            if one.kind == "enum":
                members[key] = Slot(facts=_value(member), at=f"{full}.{key}")
            else:
                # Members lie one behind the other: what stands in front tells the place.
                facts = {"after": before} if one.kind == "struct" else {}
                slot = Slot(type=self._leaf(member.type), required=True, facts=facts, at=f"{full}.{key}")
                members[key] = slot
                before = key
        number = self.table.add(
            Type(name=full[:500], bases=(one.kind,), members=dict(sorted(members.items())), at=full)
        )
        return f"{one.kind} {full}", Operation(
            inputs={"value": Slot(type=number, at=full)}, deprecated=_ends(one), at=full
        )


def _value(member: Member) -> dict[str, str]:
    return {"value": member.value[:200]} if member.value is not None else {}


def _number(member: Member) -> dict[str, str]:
    """The number by which a member is called, where somebody stated it."""
    if member.id is None or _MADE_UP[0] <= member.id < _MADE_UP[1]:
        return {}
    return {"id": str(member.id - 2**32 if member.id & 0x80000000 else member.id)}


def _ends(one: Described | Member) -> bool:
    """Marked as deprecated, or its help text says so: a type library has no mark for it."""
    return one.deprecated or deprecated(one.text) is not None
