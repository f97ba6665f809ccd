"""TAR archives, one header after the other: ustar (POSIX.1-2017 pax, "ustar Interchange Format"), PAX and GNU.

Read here and not by `tarfile`, whose answers to damaged headers differ between Python versions and which keeps every
header it saw. Streaming: of a packed archive nothing but the current member is held.
"""

from collections.abc import Callable, Iterator

import msgspec

from cpo_scan.model import Reason
from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import CHUNK, SMALL, BytesContent, Content, Readable, StreamContent, Window
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.forward import Body, Source, exactly
from cpo_scan.targets.member import Member, Names, link_text, member_name

BLOCK = 512
_EXTENSION = 2**20  # bytes that a PAX header or a GNU long name may have
_HOLES = 100_000  # parts of a sparse file
_FILE, _LINKS, _FOLDER = b"0\0" + b"7", b"12", b"5"
_OTHER = {b"3": "character_device", b"4": "block_device", b"6": "pipe"}
_BLANK = bytes(BLOCK)
_WHITEOUT, _OPAQUE = ".wh.", ".wh..wh..opq"


class _Part(msgspec.Struct, frozen=True):
    """A piece of a sparse file: `size` bytes that stand at `offset`; all around them are zeros."""

    offset: int
    size: int


class _Header(msgspec.Struct):
    name: str
    kind: bytes
    size: int  # bytes that follow in the archive
    link: str
    real: int | None = None  # size of a sparse file
    parts: list[_Part] | None = None
    map_inside: bool = False  # PAX sparse 1.0: the map stands before the data


def looks_like_tar(block: bytes) -> bool:
    """Is this the first header of a TAR archive? Its check sum says so, and it has a name."""
    return len(block) >= BLOCK and block[0] != 0 and _sum_holds(block[:BLOCK])


def open_tar(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The members of a TAR archive in its order; folders are no members."""
    del name
    data = content.whole()
    return read_tar(Window(data, 0, len(data)), budget, names or Names(), budget.meter)


def read_tar(
    stream: Readable, budget: Budget, names: Names, meter: Callable[[], Callable[[int], None]] | None
) -> Iterator[Member]:
    """The members of a stream. `meter` counts the bytes of each; None where the stream charges all by itself."""
    source = Source(stream, "tar.truncated")
    shared: dict[str, str] = {}
    while (header := _next_header(source, shared)) is not None:
        budget.check()
        if header.kind == _FOLDER or (header.kind in _FILE and header.name.endswith("/") and not header.size):
            source.skip(_padded(header.size))
            continue
        budget.member()
        body = Body(source, header.size, _padded(header.size) - header.size)
        yield _member(header, names.unique(member_name(header.name)), body, budget, meter)
        body.skip()
    _trailing(source)


def _member(
    header: _Header, name: str, body: Body, budget: Budget, meter: Callable[[], Callable[[int], None]] | None
) -> Member:
    if header.kind in _LINKS:
        target = link_text(header.link)
        return Member(name, "link", None, link_target=target)
    if (what := _OTHER.get(header.kind)) is not None:
        return Member(name, "other", None, reason=Reason(f"member.{what}"))
    if header.kind not in _FILE and header.kind != b"S":
        return Member(name, "other", header.size, reason=Reason("tar.unknown_type", {"type": ascii(header.kind)[2:-1]}))
    size = header.size if header.real is None else header.real
    if not size and (hidden := _whiteout(name)):
        return Member(name, "other", 0, reason=Reason("image.whiteout", {"name": hidden}))

    def read() -> Content:
        if size > budget.limits.member_bytes:
            raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
        stream = body.take()
        if header.parts is not None or header.map_inside:
            stream = _Sparse(body, header.parts if header.parts is not None else _inner_map(body), size)
        charge = meter() if meter is not None else lambda _: None
        if size <= SMALL:
            data = exactly(stream, size)
            charge(size)
            return BytesContent(data)
        return StreamContent(stream, charge)

    return Member(name, "file", size, read=read)


def _whiteout(name: str) -> str | None:
    """What an empty file of this name hides in the layers below (OCI image layer, "Whiteouts"); None for others."""
    folder, _, last = name.rpartition("/")
    if not last.startswith(_WHITEOUT):
        return None
    hidden = "*" if last == _OPAQUE else last.removeprefix(_WHITEOUT)
    return f"{folder}/{hidden}" if folder else hidden


# -- reading


class _Sparse:
    """A sparse file: pieces with zeros around them."""

    def __init__(self, body: Readable, parts: list[_Part], size: int) -> None:
        self._body, self._size, self._at = body, size, 0
        self._parts = [part for part in parts if part.size] + [_Part(size, 0)]
        ends = [part.offset + part.size for part in self._parts]
        starts = [part.offset for part in self._parts]
        if any(start < end for start, end in zip(starts[1:], ends[:-1], strict=True)) or starts[0] < 0:
            raise Unreadable("tar.damaged_sparse")
        self._number = 0

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        part = self._parts[self._number]
        if self._at < part.offset:
            data = bytes(min(most, part.offset - self._at, CHUNK))
        elif self._number == len(self._parts) - 1:
            return b""
        else:
            data = self._body.read(min(most, part.offset + part.size - self._at))
            if not data and most:
                raise Unreadable("tar.damaged_sparse")
        self._at += len(data)
        if self._at == part.offset + part.size and self._number < len(self._parts) - 1:
            self._number += 1
        return data

    def close(self) -> None:
        """The archive goes on: nothing to let go."""


def _trailing(source: Source) -> None:
    """Read to the end of the stream, whose check sum comes last. What is no padding may be another archive."""
    while data := source.some(CHUNK):
        if data.strip(b"\0"):
            raise Unreadable("tar.trailing_data")


# -- headers


def _next_header(source: Source, shared: dict[str, str]) -> _Header | None:
    """The next header of a member, with what the extension headers before it say; None at the end."""
    own: dict[str, str] = {}
    holes: list[tuple[str, str]] = []
    extended = False
    while True:
        at = source.at
        block = source.read(BLOCK)
        if block == _BLANK or not block:
            if extended:
                raise Unreadable("tar.damaged", at=at)
            return None
        if len(block) < BLOCK:
            raise source.ended()
        if not _sum_holds(block):
            raise Unreadable("tar.damaged" if at else "tar.no_archive", at=at)
        kind = block[156:157]
        if kind not in (b"x", b"X", b"g", b"L", b"K"):
            return _header(source, block, at, _Extensions(shared | own, holes))
        size = _number(block[124:136], at)
        if size > _EXTENSION:
            raise Unreadable("tar.damaged", at=at)
        extended = True
        data = source.read(_padded(size))
        if len(data) < size:
            raise source.ended()
        data = data[:size]
        match kind:
            case b"L":
                own["path"] = _text(data)
            case b"K":
                own["linkpath"] = _text(data)
            case b"g":
                shared.update(_records(data, at))
                extended = False
            case _:
                records = _records(data, at)
                own.update(records)
                holes = [pair for pair in records if pair[0] in ("GNU.sparse.offset", "GNU.sparse.numbytes")]


class _Extensions(msgspec.Struct, frozen=True):
    """What the headers before a member's own say about it; `holes` because sparse maps repeat their keys."""

    said: dict[str, str]
    holes: list[tuple[str, str]]


def _header(source: Source, block: bytes, at: int, extensions: _Extensions) -> _Header:
    kind, said = block[156:157], extensions.said
    name = _text(block[:100])
    if block[257:263] == b"ustar\0" and block[345] and kind != b"S":
        name = f"{_text(block[345:500])}/{name}"
    size = _decimal(said["size"], at) if "size" in said else _number(block[124:136], at)
    header = _Header(said.get("path", name), kind, size, said.get("linkpath", _text(block[157:257])))
    if kind in _LINKS or kind in _OTHER or kind == _FOLDER:
        # No data follows these, whatever they declare; but PAX lets a hard link carry its file again.
        header.size = size if kind == b"1" and "size" in said else 0
    elif kind == b"S":
        header.real = _number(block[483:495], at)
        header.parts = _old_gnu_parts(source, block, at)
    elif any(key.startswith("GNU.sparse.") for key in said):
        _pax_sparse(header, extensions, at)
    return header


def _pax_sparse(header: _Header, extensions: _Extensions, at: int) -> None:
    """GNU tar manual, "Storing Sparse Files": versions 0.0, 0.1 and 1.0 in PAX records."""
    said = extensions.said
    header.name = said.get("GNU.sparse.name", header.name)
    real = said.get("GNU.sparse.realsize", said.get("GNU.sparse.size"))
    header.real = _decimal(real, at) if real is not None else header.size
    if said.get("GNU.sparse.major") == "1":
        header.map_inside = True
        return
    values = (
        said["GNU.sparse.map"].split(",") if said.get("GNU.sparse.map") else [value for _, value in extensions.holes]
    )
    header.parts = _pairs([_decimal(value, at) for value in values], at)


def _old_gnu_parts(source: Source, block: bytes, at: int) -> list[_Part]:
    values: list[int] = []
    entries, more = block[386:482], block[482]
    while True:
        for start in range(0, len(entries), 12):
            if entries[start] == 0:
                break
            values.append(_number(entries[start : start + 12], at))
        if not more:
            return _pairs(values, at)
        extension = source.read(BLOCK)
        if len(extension) < BLOCK or len(values) > 2 * _HOLES:
            raise Unreadable("tar.damaged", at=at)
        entries, more = extension[:504], extension[504]


def _inner_map(body: Body) -> list[_Part]:
    """The map of PAX sparse 1.0: decimal numbers, one a line, padded to a block; the first says how many pairs."""
    text = exactly(body, BLOCK)
    values: list[int] = []
    while True:
        *lines, _ = text.split(b"\n")
        if lines and (not _digits(lines[0]) or int(lines[0]) > _HOLES):
            raise Unreadable("tar.damaged_sparse")
        if lines and len(lines) > 2 * int(lines[0]):
            values = [int(line) if _digits(line) else -1 for line in lines[1 : 2 * int(lines[0]) + 1]]
            return _pairs(values, 0)
        more = exactly(body, BLOCK)
        if len(more) < BLOCK:
            raise Unreadable("tar.damaged_sparse")
        text += more


def _pairs(values: list[int], at: int) -> list[_Part]:
    if len(values) % 2 or len(values) > 2 * _HOLES or any(value < 0 for value in values):
        raise Unreadable("tar.damaged", at=at)
    return [_Part(values[i], values[i + 1]) for i in range(0, len(values), 2)]


def _records(data: bytes, at: int) -> list[tuple[str, str]]:
    """PAX records: `length key=value\\n`, the length in bytes of all of it; in order, since sparse maps repeat keys."""
    records: list[tuple[str, str]] = []
    place = 0
    while place < len(data):
        length, space, _ = data[place : place + 20].partition(b" ")
        if not data[place:].strip(b"\0"):
            break
        if not space or not _digits(length) or not len(length) + 2 <= int(length) <= len(data) - place:
            raise Unreadable("tar.damaged", at=at)
        record = data[place + len(length) + 1 : place + int(length)]
        key, equals, value = record.partition(b"=")
        if not equals or not value.endswith(b"\n"):
            raise Unreadable("tar.damaged", at=at)
        records.append((key.decode("utf-8", "surrogateescape"), value[:-1].decode("utf-8", "surrogateescape")))
        place += int(length)
    return records


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _number(field: bytes, at: int) -> int:
    """A number of a header: octal digits, or base 256 with the top bit set (GNU). Raises Unreadable."""
    if field[0] & 0x80:
        if field[0] & 0x40:  # negative
            raise Unreadable("tar.damaged", at=at)
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.partition(b"\0")[0].strip(b" ")
    if digits.strip(b"01234567"):
        raise Unreadable("tar.damaged", at=at)
    return int(digits or b"0", 8)


def _decimal(text: str, at: int) -> int:
    if not _digits(text.encode("utf-8", "replace")) or len(text) > 20:
        raise Unreadable("tar.damaged", at=at)
    return int(text)


def _digits(text: bytes) -> bool:
    return 0 < len(text) <= 20 and not text.strip(b"0123456789")


def _sum_holds(block: bytes) -> bool:
    """The check sum counts its own field as spaces; some packers added signed bytes."""
    field = block[148:156].partition(b"\0")[0].strip(b" ")
    if not field or field.strip(b"01234567"):
        return False
    told = int(field, 8)
    unsigned = sum(block) - sum(block[148:156]) + 256
    return told == unsigned or told == unsigned - 256 * sum(byte > 127 for byte in block[:148] + block[156:])


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK
