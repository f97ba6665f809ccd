"""cpio archives, one header after the other: `newc`, `crc` and `odc` (cpio(5); POSIX.1-2001 pax, "cpio Archive").

Streaming: of a packed archive nothing but the current member is held. Names of hard links are held until their content
comes, which most packers write with the last of them.
"""

import stat
from collections.abc import Callable, Iterator

import msgspec

from cpo_scan.model import Reason
from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import CHUNK, SMALL, BytesContent, Content, Readable, StreamContent, Window
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.forward import Body, Source, exactly
from cpo_scan.targets.member import LINK_LIMIT, Member, Names, link_text, member_name

MAGIC = (b"070701", b"070702", b"070707")
_NEW, _SUMMED, _OLD = MAGIC
_FIELDS = 13  # of 8 hexadecimal digits: newc and crc
_OLD_FIELDS = (6, 6, 6, 6, 6, 6, 6, 11, 6, 11)  # octal digits: odc
_TRAILER = b"TRAILER!!!"
_NAME = 64 * 2**10  # bytes that a name may have: 16 times PATH_MAX of Linux
_OTHER = {
    stat.S_IFCHR: "character_device",
    stat.S_IFBLK: "block_device",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
}
_HEX, _OCTAL = b"0123456789abcdefABCDEF", b"01234567"

Meter = Callable[[], Callable[[int], None]]
_Inode = tuple[int, int, int]


class _Header(msgspec.Struct, frozen=True):
    name: bytes
    mode: int
    size: int
    inode: _Inode  # device, major and minor, and number
    links: int
    sum: int | None  # of all bytes, 32 bits: crc
    padding: int  # behind the content


def open_cpio(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The members of a cpio archive in its order; folders are no members."""
    del name
    data = content.whole()
    return read_cpio(Window(data, 0, len(data)), budget, names or Names(), budget.meter)


def read_cpio(stream: Readable, budget: Budget, names: Names, meter: Meter | None) -> Iterator[Member]:
    """The members of a stream. `meter` counts the bytes of each; None where the stream charges all by itself."""
    source = Source(stream, "cpio.truncated")
    files: dict[_Inode, str] = {}  # with several names: where the content was
    waiting: dict[_Inode, list[str]] = {}  # names that came before their content
    while (header := _next_header(source)) is not None:
        budget.check()
        kind = stat.S_IFMT(header.mode)
        if kind == stat.S_IFDIR:
            source.skip(header.size + header.padding)
            continue
        budget.member()
        name = names.unique(member_name(header.name.decode("utf-8", "surrogateescape")))
        linked = kind == stat.S_IFREG and header.links > 1
        if linked and not header.size:
            if header.inode in files:
                yield _link(name, files[header.inode])
            else:
                waiting.setdefault(header.inode, []).append(name)
            continue
        body = Body(source, header.size, header.padding)
        yield _member(header, name, body, budget, meter)
        body.skip()
        if linked:
            files[header.inode] = name
            for other in waiting.pop(header.inode, ()):
                yield _link(other, name)
    for first, *others in waiting.values():  # empty files with several names
        yield Member(first, "file", 0, read=lambda: BytesContent(b""))
        for other in others:
            yield _link(other, first)
    while data := source.some(CHUNK):  # to the end of the stream, whose check sum comes last
        if data.strip(b"\0"):
            raise Unreadable("cpio.trailing_data")


def _link(name: str, target: str) -> Member:
    return Member(name, "link", None, link_target=target)


def _member(header: _Header, name: str, body: Body, budget: Budget, meter: Meter | None) -> Member:
    kind = stat.S_IFMT(header.mode)
    if kind == stat.S_IFLNK:
        target = None
        if header.size <= LINK_LIMIT:
            target = link_text(exactly(body.take(), header.size).decode("utf-8", "surrogateescape"))
        return Member(name, "link", None, link_target=target)
    if (what := _OTHER.get(kind)) is not None:
        return Member(name, "other", None, reason=Reason(f"member.{what}"))
    if kind != stat.S_IFREG:
        return Member(name, "other", header.size, reason=Reason("cpio.unknown_type", {"type": kind >> 12}))

    def read() -> Content:
        if header.size > budget.limits.member_bytes:
            raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
        stream = body.take()
        if header.sum is not None:
            stream = _Summed(stream, header.sum, header.size)
        charge = meter() if meter is not None else lambda _: None
        if header.size <= SMALL:
            data = exactly(stream, header.size)
            charge(header.size)
            return BytesContent(data)
        return StreamContent(stream, charge)

    return Member(name, "file", header.size, read=read)


class _Summed:
    """The content of a member of `crc`: the sum of all its bytes must be that of the header."""

    def __init__(self, stream: Readable, wanted: int, size: int) -> None:
        self._stream, self._wanted, self._left, self._sum = stream, wanted, size, 0

    def read(self, most: int, /) -> bytes:
        """At most so many bytes. Raises Unreadable at the end where the sum is another."""
        data = self._stream.read(most)
        self._left -= len(data)
        self._sum += sum(data)
        if not self._left and self._sum & 0xFFFFFFFF != self._wanted:
            raise Unreadable("cpio.bad_sum")
        return data

    def close(self) -> None:
        """The archive goes on: nothing to let go."""


def _next_header(source: Source) -> _Header | None:
    """The next header; None at the trailer. An archive without one ended too early."""
    at = source.at
    magic = source.read(6)
    if len(magic) < 6:
        raise source.ended()
    if magic not in MAGIC:
        raise Unreadable("cpio.damaged", at=at)
    header = _old(source, at) if magic == _OLD else _new(source, at, summed=magic == _SUMMED)
    return None if header.name == _TRAILER else header


def _new(source: Source, at: int, *, summed: bool) -> _Header:
    raw = source.read(8 * _FIELDS)
    if len(raw) < 8 * _FIELDS:
        raise source.ended()
    if raw.strip(_HEX):
        raise Unreadable("cpio.damaged", at=at)
    number, mode, _, _, links, _, size, major, minor, _, _, length, total = (
        int(raw[start : start + 8], 16) for start in range(0, len(raw), 8)
    )
    name = _name(source, length, at)
    source.skip(-(6 + len(raw) + length) % 4)
    regular = stat.S_ISREG(mode)
    return _Header(name, mode, size, (major, minor, number), links, total if summed and regular else None, -size % 4)


def _old(source: Source, at: int) -> _Header:
    raw = source.read(sum(_OLD_FIELDS))
    if len(raw) < sum(_OLD_FIELDS):
        raise source.ended()
    if raw.strip(_OCTAL):
        raise Unreadable("cpio.damaged", at=at)
    values, start = [], 0
    for width in _OLD_FIELDS:
        values.append(int(raw[start : start + width], 8))
        start += width
    device, number, mode, _, _, links, _, _, length, size = values
    return _Header(_name(source, length, at), mode, size, (device, 0, number), links, None, 0)


def _name(source: Source, length: int, at: int) -> bytes:
    if not 1 <= length <= _NAME:
        raise Unreadable("cpio.damaged", at=at)
    name = source.read(length)
    if len(name) < length:
        raise source.ended()
    return name.partition(b"\0")[0]
