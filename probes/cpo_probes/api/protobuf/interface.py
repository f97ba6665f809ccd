"""A .proto file as an interface that can be compared: its rpcs, messages, enumerations and extensions.

Each of them is compared where it is declared, once, and others refer to it by its full name: what is generated from a
.proto file is used by name, and a message may be stored or sent without an rpc. So a file without a service has an
interface as well, and a change in an imported file is told of that file.
"""

from collections.abc import Iterator

from cpo_probes.api.protobuf.defaults import plain
from cpo_probes.api.protobuf.grammar import ProtoFile
from cpo_probes.api.protobuf.names import LARGEST, Names
from cpo_probes.api.protobuf.reader import Field, Reference, Rpc
from cpo_probes.api.type_table import TypeTable
from cpo_scan.probe import Artifact, Context
from cpo_scan.probe.interface import Interface, Operation, Slot, Type
from cpo_scan.probe.tokens import Tokens

_LABELS = ("optional", "required", "repeated")
_OPEN, _CLOSE = "([{<", ")]}>"


def read_protobuf(artifact: Artifact, context: Context) -> Interface | None:
    """What a .proto file declares; None where it does not parse. Raises as the readers do."""
    proto = ProtoFile(Tokens(context.text(artifact, LARGEST)))
    context.checkpoint()
    if proto.syntax_faults or not proto.symbols:
        return None  # the probe of the family says so
    return _Reading(proto, Names(artifact, proto, context)).interface()


class _Reading:
    def __init__(self, proto: ProtoFile, names: Names) -> None:
        self._proto, self._names = proto, names
        self._texts = proto.texts
        self._table = TypeTable()

    def interface(self) -> Interface:
        operations: dict[str, Operation] = {}
        for name, operation in (*self._rpcs(), *self._messages(), *self._enums(), *self._extensions()):
            operations.setdefault(name, operation)
        return Interface(
            family="protobuf",
            title=self._proto.package[:240],
            files=len(self._names.files),
            operations=operations,
            types=self._table.types,
        )

    def _rpcs(self) -> Iterator[tuple[str, Operation]]:
        package = self._proto.package
        for rpc in self._proto.rpcs:
            service = f"{package}.{rpc.service}" if package else rpc.service
            name = f"{service}/{rpc.name}"
            (asks, request), (tells, answer) = self._sides(rpc, service)
            yield (
                name,
                Operation(
                    inputs={"request": Slot(type=self._table.leaf(request), required=True, at=name)},
                    outputs={"response": Slot(type=self._table.leaf(answer), at=name)},
                    facts={"request": "stream" if asks else "single", "response": "stream" if tells else "single"},
                    deprecated=rpc.deprecated,
                    at=name,
                ),
            )

    def _sides(self, rpc: Rpc, scope: str) -> list[tuple[bool, str]]:
        """`( [stream] type )`, twice: is it a stream, and the full name of the type."""
        found: list[tuple[bool, str]] = []
        at = rpc.first
        while at < rpc.last and len(found) < 2:
            if self._texts[at] == "(":
                end = self._texts.index(")", at)
                inner = self._texts[at + 1 : end]
                streams = inner[0] == "stream" and len(inner) > 1 and inner[1] != "."
                found.append((streams, self._full("".join(inner[1:] if streams else inner), scope, "message")))
                at = end
            at += 1
        return found

    def _messages(self) -> Iterator[tuple[str, Operation]]:
        members: dict[str, dict[str, Slot]] = {}
        for field in self._proto.fields:
            if not field.extends:
                members.setdefault(field.owner, {})[field.name] = self._slot(field)
        for full, _, _ in self._proto.messages:
            type_ = Type(
                name=full[:500], bases=("message",), members=dict(sorted(members.get(full, {}).items())), at=full
            )
            yield f"message {full}", self._component(type_)

    def _enums(self) -> Iterator[tuple[str, Operation]]:
        # The values of an enumeration are members here: they have numbers on the wire and names in generated code.
        values: dict[str, dict[str, Slot]] = {full: {} for full, kind in self._proto.symbols.items() if kind == "enum"}
        for full, name, number, deprecated in self._proto.enum_values:
            slot = Slot(facts={"number": str(number)}, deprecated=deprecated, at=f"{full}.{name}")
            values.setdefault(full, {})[name] = slot
        for full, members in values.items():
            type_ = Type(name=full[:500], bases=("enum",), members=dict(sorted(members.items())), at=full)
            yield f"enum {full}", self._component(type_)

    def _extensions(self) -> Iterator[tuple[str, Operation]]:
        for field in self._proto.fields:
            if field.extends:
                slot = self._slot(field)
                name = f"{field.owner}.{field.name}" if field.owner else field.name
                yield f"extension {name}", Operation(inputs={"value": slot}, deprecated=field.deprecated, at=name)

    def _component(self, type_: Type) -> Operation:
        deprecated = type_.at in self._proto.deprecated_types
        return Operation(
            inputs={"value": Slot(type=self._table.add(type_), at=type_.at)}, deprecated=deprecated, at=type_.at
        )

    def _slot(self, field: Field) -> Slot:
        """`[label] type name = number [options]`, or `map<key, value> name = number`, or a group."""
        texts = self._texts[field.first : field.last + 1]
        equals = texts.index("=")
        label = texts[0] if texts[0] in _LABELS else ""
        words = texts[1 if label else 0 : equals - 1]
        scope = field.owner
        if words[:2] == ["map", "<"]:
            comma = words.index(",")
            key, value = "".join(words[2:comma]), self._full("".join(words[comma + 1 : -1]), scope)
            number = self._table.shared(Type(bases=("map",), item=self._table.leaf(value), facts={"key": key}))
        else:
            stated = f"{scope}.{texts[equals - 1]}" if words == ["group"] else self._full("".join(words), scope)
            number = self._table.leaf(stated)
            if label == "repeated":
                number = self._table.array(number)
        facts = {"number": texts[equals + 1]} | ({"oneof": field.oneof} if field.oneof else {})
        if (default := _default(texts[equals + 2 :])) is not None:
            facts["default"] = plain(default)
        return Slot(
            type=number,
            required=label == "required",
            deprecated=field.deprecated,
            facts=facts,
            at=f"{scope}.{texts[equals - 1]}" if scope else texts[equals - 1],
        )

    def _full(self, name: str, scope: str, wants: str = "type") -> str:
        """The name with its package; as it is written where it is built in, or where its file is not at hand."""
        found = self._names.resolve(Reference(name, scope, 0, wants))
        return (found[0] if found is not None else name)[:500]


def _default(options: list[str]) -> str | None:
    """The value of the option `default` in `[…]`."""
    depth = 0
    for at, text in enumerate(options):
        if text in _CLOSE and text:
            depth -= 1
        if depth == 1 and text == "default" and options[at - 1] in ("[", ",") and options[at + 1 : at + 2] == ["="]:
            sign = options[at + 2] if options[at + 2 : at + 3] == ["-"] else ""
            return sign + "".join(options[at + (3 if sign else 2) : at + (4 if sign else 3)])
        if text in _OPEN and text:
            depth += 1
        if depth <= 0:
            return None
    return None
