"""A descriptor set as an interface that can be compared: as `protobuf_interface` reads .proto files, name by name.

So a release that ships the .proto file and one that ships what the compiler made of it are compared like with like.
"""

from collections.abc import Iterator

import msgspec

from cpo_probes.api.protobuf.defaults import plain, unescaped
from cpo_probes.api.protobuf.descriptors import BYTES, LARGEST, VARINT, Malformed, fields, first_text, text
from cpo_probes.api.type_table import TypeTable
from cpo_scan.probe import Artifact, Context, LimitHit
from cpo_scan.probe.interface import Interface, Operation, Slot, Type
from cpo_scan.probe.tokens import DEEPEST

# descriptor.proto: enum FieldDescriptorProto.Type
_TYPES = (
    *("", "double", "float", "int64", "uint64", "int32", "fixed64", "fixed32", "bool", "string", "group", "message"),
    *("bytes", "uint32", "enum", "sfixed32", "sfixed64", "sint32", "sint64"),
)
_REQUIRED, _REPEATED = 2, 3  # enum FieldDescriptorProto.Label
_DEPRECATED, _DEPRECATED_VALUE, _DEPRECATED_METHOD, _MAP_ENTRY = 3, 1, 33, 7  # fields of the options messages
_CHECKED = 2_000  # messages between two looks at the deadline


class _Field(msgspec.Struct):
    """FieldDescriptorProto."""

    name: str = ""
    extendee: str = ""
    number: int = 0
    label: int = 0
    type: int = 0
    named: str = ""
    default: str | None = None
    oneof: int | None = None
    synthetic: bool = False
    deprecated: bool = False


def read_descriptor_set(artifact: Artifact, context: Context) -> Interface | None:
    """What the files of a descriptor set declare; None where it does not hold together. Raises as the readers do."""
    if artifact.size > LARGEST:
        raise LimitHit("limit.document_bytes", size=artifact.size, limit=LARGEST)
    data = bytes(context.bytes(artifact, LARGEST))
    reading = _Reading(data, context)
    try:
        operations = dict(reading.files())
    except Malformed:
        return None  # the probe of the family says so
    return Interface(
        family="protobuf",
        title=reading.packages[0][:240] if len(set(reading.packages)) == 1 else "",
        operations=operations,
        types=reading.table.types,
    )


class _Reading:
    def __init__(self, data: bytes, context: Context) -> None:
        self._data, self._context = data, context
        self._messages = 0
        self.packages: list[str] = []
        self.table = TypeTable()

    def files(self) -> Iterator[tuple[str, Operation]]:
        """Everything that the files of the set declare."""
        for number, wire, at, end in fields(self._data, 0, len(self._data)):
            if number == 1 and wire == BYTES:
                yield from self._file(at, end)

    def _file(self, start: int, end: int) -> Iterator[tuple[str, Operation]]:
        parts = list(fields(self._data, start, end))
        package = next(
            (text(self._data, at, stop) for number, wire, at, stop in parts if (number, wire) == (2, BYTES)), ""
        )
        self.packages.append(package)
        for number, wire, at, stop in parts:
            if wire != BYTES:
                continue
            match number:
                case 4:
                    yield from self._message(at, stop, package, 0)
                case 5:
                    yield self._enum(at, stop, package)
                case 6:
                    yield from self._service(at, stop, package)
                case 7:
                    yield self._extension(at, stop, package, {})

    def _service(self, start: int, end: int, package: str) -> Iterator[tuple[str, Operation]]:
        service = _inside(package, first_text(self._data, start, end))
        for number, wire, at, stop in fields(self._data, start, end):
            if number == 2 and wire == BYTES:
                yield self._rpc(at, stop, service)

    def _rpc(self, start: int, end: int, service: str) -> tuple[str, Operation]:
        name, request, answer, asks, tells, deprecated = "", "", "", False, False, False
        for number, wire, at, stop in fields(self._data, start, end):
            match number, wire:
                case 1, 2:
                    name = text(self._data, at, stop)
                case 2, 2:
                    request = text(self._data, at, stop)
                case 3, 2:
                    answer = text(self._data, at, stop)
                case 4, 2:
                    deprecated = self._option(at, stop, _DEPRECATED_METHOD)
                case 5, 0:
                    asks = bool(at)
                case 6, 0:
                    tells = bool(at)
        full = f"{service}/{name}"
        return full, Operation(
            inputs={"request": Slot(type=self._leaf(request), required=True, at=full)},
            outputs={"response": Slot(type=self._leaf(answer), at=full)},
            facts={"request": "stream" if asks else "single", "response": "stream" if tells else "single"},
            deprecated=deprecated,
            at=full,
        )

    # -- messages

    def _message(self, start: int, end: int, scope: str, depth: int) -> Iterator[tuple[str, Operation]]:
        if depth > DEEPEST:
            raise Malformed(start)
        self._messages += 1
        if self._messages % _CHECKED == 0:
            self._context.checkpoint()
        full = _inside(scope, first_text(self._data, start, end))
        parts = [(number, at, stop) for number, wire, at, stop in fields(self._data, start, end) if wire == BYTES]
        oneofs = [first_text(self._data, at, stop) for number, at, stop in parts if number == 8]
        maps = dict(self._maps(parts, full))
        deprecated = any(number == 7 and self._option(at, stop, _DEPRECATED) for number, at, stop in parts)
        members: dict[str, Slot] = {}
        for number, at, stop in parts:
            if number == 2:
                field = self._field(at, stop)
                members[field.name] = self._slot(field, full, oneofs, maps)
        type_ = Type(name=full[:500], bases=("message",), members=dict(sorted(members.items())), at=full)
        yield f"message {full}", self._component(type_, deprecated)
        for number, at, stop in parts:
            match number:
                case 3:
                    if _inside(full, first_text(self._data, at, stop)) not in maps:
                        yield from self._message(at, stop, full, depth + 1)
                case 4:
                    yield self._enum(at, stop, full)
                case 6:
                    yield self._extension(at, stop, full, maps)

    def _maps(self, parts: list[tuple[int, int, int]], full: str) -> Iterator[tuple[str, int]]:
        """The messages that the compiler makes for maps: each with the number of the type of its map."""
        for number, start, end in parts:
            if number != 3:
                continue
            inner = list(fields(self._data, start, end))
            if not any(
                key == 7 and wire == BYTES and self._option(at, stop, _MAP_ENTRY) for key, wire, at, stop in inner
            ):
                continue
            pair = [self._field(at, stop) for key, wire, at, stop in inner if key == 2 and wire == BYTES]
            if len(pair) == 2:
                key_type, value = self._word(pair[0]), self._word(pair[1])
                map_type = Type(bases=("map",), item=self.table.leaf(value), facts={"key": key_type})
                yield _inside(full, first_text(self._data, start, end)), self.table.shared(map_type)

    def _field(self, start: int, end: int) -> _Field:
        field = _Field()
        for number, wire, at, stop in fields(self._data, start, end):
            match number, wire:
                case 1, 2:
                    field.name = text(self._data, at, stop)
                case 2, 2:
                    field.extendee = text(self._data, at, stop)
                case 3, 0:
                    field.number = at
                case 4, 0:
                    field.label = at
                case 5, 0:
                    field.type = at
                case 6, 2:
                    field.named = text(self._data, at, stop)
                case 7, 2:
                    field.default = text(self._data, at, stop)
                case 8, 2:
                    field.deprecated = self._option(at, stop, _DEPRECATED)
                case 9, 0:
                    field.oneof = at
                case 17, 0:
                    field.synthetic = bool(at)
        return field

    def _slot(self, field: _Field, scope: str, oneofs: list[str], maps: dict[str, int]) -> Slot:
        number = maps.get(field.named.removeprefix("."))
        if number is None:
            number = self.table.leaf(self._word(field))
            if field.label == _REPEATED:
                number = self.table.array(number)
        facts = {"number": str(field.number)}
        if field.oneof is not None and not field.synthetic and field.oneof < len(oneofs):
            facts["oneof"] = oneofs[field.oneof]
        if field.default is not None:
            facts["default"] = self._default(field)
        at = _inside(scope, field.name)
        return Slot(type=number, required=field.label == _REQUIRED, deprecated=field.deprecated, facts=facts, at=at)

    def _default(self, field: _Field) -> str:
        # descriptor.proto: strings stand there as they are, octets with escapes
        stated = field.default or ""
        match self._word(field):
            case "string":
                return stated[:200]
            case "bytes":
                return unescaped(stated)
            case _:
                return plain(stated)

    def _extension(self, start: int, end: int, scope: str, maps: dict[str, int]) -> tuple[str, Operation]:
        field = self._field(start, end)
        name = _inside(scope, field.name)
        slot = self._slot(field, scope, [], maps)
        return f"extension {name}", Operation(inputs={"value": slot}, deprecated=field.deprecated, at=name)

    def _enum(self, start: int, end: int, scope: str) -> tuple[str, Operation]:
        full = _inside(scope, first_text(self._data, start, end))
        members: dict[str, Slot] = {}
        deprecated = False
        for number, wire, at, stop in fields(self._data, start, end):
            if number == 2 and wire == BYTES:
                name, value, ends = self._value(at, stop)
                members[name] = Slot(facts={"number": str(value)}, deprecated=ends, at=f"{full}.{name}")
            elif number == 3 and wire == BYTES:
                deprecated = self._option(at, stop, _DEPRECATED)
        type_ = Type(name=full[:500], bases=("enum",), members=dict(sorted(members.items())), at=full)
        return f"enum {full}", self._component(type_, deprecated)

    def _value(self, start: int, end: int) -> tuple[str, int, bool]:
        name, value, deprecated = "", 0, False
        for number, wire, at, stop in fields(self._data, start, end):
            match number, wire:
                case 1, 2:
                    name = text(self._data, at, stop)
                case 2, 0:
                    value = at - 2**64 if at >= 2**63 else at
                case 3, 2:
                    deprecated = self._option(at, stop, _DEPRECATED_VALUE)
        return name, value, deprecated

    # -- parts

    def _component(self, type_: Type, deprecated: bool) -> Operation:
        return Operation(
            inputs={"value": Slot(type=self.table.add(type_), at=type_.at)}, deprecated=deprecated, at=type_.at
        )

    def _word(self, field: _Field) -> str:
        if field.named:
            return field.named.removeprefix(".")[:500]
        return _TYPES[field.type] if field.type < len(_TYPES) else str(field.type)

    def _leaf(self, name: str) -> int:
        return self.table.leaf(name.removeprefix(".")[:500])

    def _option(self, start: int, end: int, wanted: int) -> bool:
        return any(
            number == wanted and wire == VARINT and bool(value)
            for number, wire, value, _ in fields(self._data, start, end)
        )


def _inside(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name
