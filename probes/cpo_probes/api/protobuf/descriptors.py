"""Descriptor sets: what a compiler made of .proto files, read from the wire format (descriptor.proto, encoding guide).

Every length is checked; a set that does not hold together raises `Malformed` with the offset.
"""

from collections.abc import Iterator

import msgspec

from cpo_scan.probe.tokens import DEEPEST

LARGEST = 64 * 2**20  # bytes of a descriptor set
VARINT, _FIXED64, BYTES, _GROUP, _END, _FIXED32 = range(6)  # wire types, encoding guide
_EDITIONS = {998: "proto2", 999: "proto3", 1000: "2023", 1001: "2024"}  # descriptor.proto: enum Edition


class Malformed(ValueError):
    """No descriptor set, or a broken one; `offset` counts octets from the start."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class Method(msgspec.Struct, frozen=True):
    """An rpc: names of the types with a leading dot, what the comment says, where it stands."""

    service: str
    name: str
    types: tuple[str, str]
    streams: bool
    deprecated: bool
    comment: str
    place: tuple[int, int]


class DescribedFile(msgspec.Struct, kw_only=True):
    """One FileDescriptorProto."""

    name: str = ""
    package: str = ""
    version: str = "proto2"
    imports: list[str] = []
    services: list[str] = []
    methods: list[Method] = []
    messages: list[str] = []
    enums: list[str] = []
    fields: int = 0
    references: list[str] = []
    with_comments: bool = False


def read_set(data: bytes) -> list[DescribedFile]:
    """The files of a FileDescriptorSet. Raises Malformed."""
    files = [
        _file(data, start, end)
        for number, wire, start, end in fields(data, 0, len(data))
        if _is(number, wire, 1, BYTES, end)
    ]
    if not files or any(not file.name for file in files):
        raise Malformed(0)
    return files


def _is(number: int, wire: int, wanted: int, type_: int, place: int) -> bool:
    """Is it this field, which ends at `place`? One of another wire type is no descriptor."""
    if number != wanted:
        return False
    if wire != type_:
        raise Malformed(place)
    return True


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of 64 bits and the place behind it. Raises Malformed."""
    value = shift = 0
    while at < end and shift < 70:
        octet = data[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value & (2**64 - 1), at
        shift += 7
    raise Malformed(at)


def fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Number, wire type and the octets of each field of a message; a varint stands in `start` as its value."""
    while at < end:
        first = at
        tag, at = varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if number == 0:
            raise Malformed(first)
        match wire:
            case 0:
                value, at = varint(data, at, end)
                yield number, wire, value, at
            case 2:
                length, at = varint(data, at, end)
                if length > end - at:
                    raise Malformed(first)
                yield number, wire, at, at + length
                at += length
            case 1 | 5:
                at += 8 if wire == _FIXED64 else 4
                if at > end:
                    raise Malformed(first)
            case _:  # groups: descriptor.proto has none
                raise Malformed(first)


def text(data: bytes, start: int, end: int) -> str:
    """The octets of a string. Raises Malformed."""
    try:
        return data[start:end].decode()
    except UnicodeDecodeError:
        raise Malformed(start) from None


def _file(data: bytes, start: int, end: int) -> DescribedFile:
    file = DescribedFile()
    services: list[tuple[int, int]] = []
    messages: list[tuple[int, int]] = []
    enums: list[tuple[int, int]] = []
    extensions: list[tuple[int, int]] = []
    comments: dict[tuple[int, ...], str] = {}
    syntax, edition = "", 0
    for number, wire, at, stop in fields(data, start, end):
        if wire == VARINT:
            edition = at if number == 14 else edition
            continue
        if wire != BYTES:
            continue
        match number:
            case 1:
                file.name = text(data, at, stop)
            case 2:
                file.package = text(data, at, stop)
            case 3:
                file.imports.append(text(data, at, stop))
            case 4:
                messages.append((at, stop))
            case 5:
                enums.append((at, stop))
            case 6:
                services.append((at, stop))
            case 7:
                extensions.append((at, stop))
            case 9:
                comments = _comments(data, at, stop)
                file.with_comments = True
            case 12:
                syntax = text(data, at, stop)
    file.version = _EDITIONS.get(edition, str(edition)) if syntax == "editions" else syntax or "proto2"
    prefix = f".{file.package}" if file.package else ""
    for at, stop in messages:
        _message(data, at, stop, prefix, file, 0)
    file.enums += [f"{prefix}.{first_text(data, at, stop)}" for at, stop in enums]
    for at, stop in extensions:
        _field(data, at, stop, file)
    for place, (at, stop) in enumerate(services):
        _service(data, at, stop, place, comments, file)
    return file


def first_text(data: bytes, start: int, end: int) -> str:
    """Field 1, which is the name of every descriptor."""
    for number, wire, at, stop in fields(data, start, end):
        if _is(number, wire, 1, BYTES, end):
            return text(data, at, stop)
    return ""


def _message(data: bytes, start: int, end: int, prefix: str, file: DescribedFile, depth: int) -> None:
    if depth > DEEPEST:
        raise Malformed(start)
    full = f"{prefix}.{first_text(data, start, end)}"
    entry = False
    for number, wire, at, stop in fields(data, start, end):
        if wire != BYTES:
            continue
        match number:
            case 2:
                file.fields += 1
                _field(data, at, stop, file)
            case 6:
                _field(data, at, stop, file)
            case 3:
                _message(data, at, stop, full, file, depth + 1)
            case 4:
                file.enums.append(f"{full}.{first_text(data, at, stop)}")
            case 7:  # options: map_entry is field 7
                entry = any(key == 7 and kind == VARINT and value for key, kind, value, _ in fields(data, at, stop))
    file.messages.append(full)
    if entry:  # made by the compiler for a map: its two fields are nobody's
        file.fields -= 2
        file.messages[-1] = full + "\0"


def _field(data: bytes, start: int, end: int, file: DescribedFile) -> None:
    for number, wire, at, stop in fields(data, start, end):
        if number in (2, 6) and wire == BYTES:  # extendee, type_name
            file.references.append(text(data, at, stop))


def _service(
    data: bytes, start: int, end: int, place: int, comments: dict[tuple[int, ...], str], file: DescribedFile
) -> None:
    name = first_text(data, start, end)
    file.services.append(name)
    count = 0
    for number, wire, at, stop in fields(data, start, end):
        if _is(number, wire, 2, BYTES, end):
            file.methods.append(_method(data, at, stop, name, comments.get((6, place, 2, count), "")))
            count += 1


def _method(data: bytes, start: int, end: int, service: str, comment: str) -> Method:
    name, types, streams, deprecated = "", ["", ""], False, False
    for number, wire, at, stop in fields(data, start, end):
        match number, wire:
            case 1, 2:
                name = text(data, at, stop)
            case ((2 | 3), 2):
                types[number - 2] = text(data, at, stop)
            case 4, 2:  # options: deprecated is field 33
                deprecated = any(
                    key == 33 and kind == VARINT and value for key, kind, value, _ in fields(data, at, stop)
                )
            case ((5 | 6), 0):
                streams = streams or bool(at)
    return Method(service, name, (types[0], types[1]), streams, deprecated, comment, (start, end - start))


def _comments(data: bytes, start: int, end: int) -> dict[tuple[int, ...], str]:
    """SourceCodeInfo: leading and trailing comments by path, those of services and their methods."""
    found: dict[tuple[int, ...], str] = {}
    for number, wire, at, stop in fields(data, start, end):
        if number != 1 or wire != BYTES:
            continue
        path: list[int] = []
        said: list[str] = []
        for key, kind, value, last in fields(data, at, stop):
            if key == 1 and kind == BYTES:
                place = value
                while place < last and len(path) < 5:
                    step, place = varint(data, place, last)
                    path.append(step)
            elif key in (3, 4) and kind == BYTES:
                said.append(text(data, value, last))
        if said and path[:1] == [6]:
            found[tuple(path)] = "\n".join(said)
    return found
