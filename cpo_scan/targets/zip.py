"""ZIP archives (PKWARE APPNOTE 6.3.10): the directory, and each member checked for size, check sum and place.

The directory is read here and not by `zipfile`, whose answers to broken archives differ between Python versions, and
whose reading is slower. An archive whose directory is broken is given up as a whole; a broken member by itself.
"""

import lzma
import struct
import zlib
from collections.abc import Iterator
from itertools import islice
from stat import S_ISLNK
from weakref import WeakKeyDictionary

import msgspec

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import SMALL, Bytes, BytesContent, Content, Readable, StreamContent, Window
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.member import LINK_LIMIT, Kind, Member, Names, link_text, member_name
from cpo_scan.targets.unpack import BZIP2, DEFLATE, XZ, ZSTD, Codec, Unpacked

_END = struct.Struct("<4s4H2LH")  # APPNOTE 4.3.16, end of central directory
_LOCATOR64 = struct.Struct("<4sLQL")  # 4.3.15
_END64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_ENTRY = struct.Struct("<4s4B4H3L5H2L")  # 4.3.12, with the two bytes of each version apart
_LOCAL = struct.Struct("<4s2B4H3L2H")  # 4.3.7
_NONE32 = 0xFFFFFFFF  # "see the ZIP64 extra field"
_COMMENT = 0xFFFF  # longest comment behind the end record
_DEFLATE_RATIO = 1032  # a match of 258 bytes takes two bits at least (RFC 1951 §3.2.5)
_STORED, _LZMA = 0, 14
_CODECS = {8: DEFLATE, 12: BZIP2, 93: ZSTD, 95: XZ}  # 4.4.5
_UNIX = (3, 19)  # 4.4.2.2: UNIX, OS X
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # 4.4.4: encrypted, strong encryption, header values masked
_UTF8 = 0x800
_LISTED = 200_000  # names that are listed for recognition
_DIRECTORY = 256 * 2**20  # bytes of a directory that are read


class _Entry(msgspec.Struct, frozen=True, gc=False):
    """One row of the directory."""

    name: str
    kind: Kind
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int  # of the local header, from the start of the file


class _Directory(msgspec.Struct, frozen=True):
    entries: list[_Entry]  # no folders
    start: int  # where the directory begins: members end before it
    cut: bool  # there are more entries than were asked for


_directories: "WeakKeyDictionary[Content, _Directory]" = WeakKeyDictionary()


def open_zip(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The members of a ZIP archive, in the order of its directory."""
    del name
    names = names or Names()
    data = content.whole()
    directory = _directory(content, budget.limits.container_members)
    ends = _ends(directory)
    for entry in directory.entries:
        budget.check()
        budget.member()
        yield _member(entry, names.unique(entry.name), data, ends.get(id(entry)), budget)
    if directory.cut:
        raise LimitHit("limit.container_members", limit=budget.limits.container_members)


def _ends(directory: _Directory) -> dict[int, int]:
    """Where each member has to end, by `id`: where the next one begins. Those that overlap an earlier one have none."""
    ends: dict[int, int] = {}
    reach, last = 0, 0
    for entry in sorted(directory.entries, key=lambda entry: entry.offset):
        if entry.offset < reach:
            continue
        if last:
            ends[last] = entry.offset
        ends[id(entry)] = directory.start
        end = entry.offset + _LOCAL.size + len(entry.raw_name) + entry.packed
        if end <= directory.start:  # else it is refused by itself, and must not take others with it
            reach, last = end, id(entry)
    return ends


def zip_directory(content: Content, limits: Limits) -> dict[str, int]:
    """Names (as in report paths) and declared sizes of the members, in the archive's order. Raises Unreadable."""
    directory = _directory(content, limits.container_members)
    if directory.cut or len(directory.entries) > limits.container_members:
        raise LimitHit("limit.container_members", limit=limits.container_members)
    names = Names()
    return {names.unique(entry.name): entry.size for entry in directory.entries}


def zip_member(content: Content, name: str, limits: Limits) -> bytes:
    """The bytes of one member by its name of `zip_directory`; raises Unreadable: missing, broken, too large."""
    for member in open_zip(content, Budget(limits), ""):
        if member.name == name:
            if (member.size or 0) > limits.document_bytes:
                raise LimitHit("limit.document_bytes", size=member.size, limit=limits.document_bytes)
            with member.content() as opened:
                return bytes(opened.whole())
    raise Unreadable("member.missing", name=name)


def zip_names(content: Content) -> tuple[str, ...] | None:
    """Names of the members, 200,000 at most, for recognition; None where there is no directory that can be read."""
    try:
        directory = _directory(content, _LISTED)
    except Unreadable:
        return None
    return tuple(entry.name for entry in islice(directory.entries, _LISTED))


# -- the directory


def _directory(content: Content, most: int) -> _Directory:
    known = _directories.get(content)
    if known is None or (known.cut and len(known.entries) < most):
        known = _read_directory(content.whole(), most)
        _directories[content] = known
    return known


def _read_directory(data: Bytes, most: int) -> _Directory:
    start, size, shift = _find_directory(data)
    if size > _DIRECTORY:
        raise LimitHit("limit.directory_bytes", limit=_DIRECTORY)
    raw = data[start : start + size]
    entries: list[_Entry] = []
    at = 0
    while at < size:
        if len(entries) >= most:
            return _Directory(entries, start, True)
        if at + _ENTRY.size > size or raw[at : at + 4] != b"PK\1\2":
            raise Unreadable("zip.damaged_directory", at=start + at)
        row = _ENTRY.unpack_from(raw, at)
        system, flags, method, crc, packed, full, name_len, extra_len, comment_len = row[2], row[5], row[6], *row[9:15]
        mode, offset = row[17], row[18]
        name_at = at + _ENTRY.size
        extra_at = name_at + name_len
        comment_at = extra_at + extra_len
        if comment_at + comment_len > size:
            raise Unreadable("zip.damaged_directory", at=start + at)
        at = comment_at + comment_len
        raw_name, extra = raw[name_at:extra_at], raw[extra_at:comment_at]
        if _NONE32 in (packed, full, offset):
            full, packed, offset = _zip64(extra, full, packed, offset)
        name = _name(raw_name, extra, flags, system)
        if name.endswith("/"):
            if not full:
                continue  # a folder
            name = name[:-1] + "%2F"  # content that hides behind the name of a folder
        kind: Kind = "link" if system in _UNIX and S_ISLNK(mode >> 16) else "file"
        entries.append(_Entry(name, kind, raw_name, flags, method, crc, packed, full, offset + shift))
    return _Directory(entries, start, False)


def _find_directory(data: Bytes) -> tuple[int, int, int]:
    """Start and size of the directory, and how far all offsets are shifted by what stands before the archive."""
    floor = max(0, len(data) - _END.size - _COMMENT)
    tail = data[floor:]
    second: tuple[int, int, int] | None = None
    at = tail.rfind(b"PK\5\6")
    while at >= 0:
        if (found := _end_record(data, floor + at)) is not None:
            # A record whose comment ends the file is the end; another may stand in that comment.
            if at + _END.size + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail):
                return found
            second = second or found
        at = tail.rfind(b"PK\5\6", 0, at + 3)
    if second is None:
        raise Unreadable("zip.no_directory")
    return second


def _end_record(data: Bytes, at: int) -> tuple[int, int, int] | None:
    if at + _END.size > len(data):
        return None
    *_, size, offset, _ = _END.unpack_from(data, at)
    end = at
    locator = at - _LOCATOR64.size
    if locator >= 0 and data[locator : locator + 4] == b"PK\6\7":
        _, _, offset64, _ = _LOCATOR64.unpack_from(data, locator)
        # The record stands right before its locator, or where that says: it may have data of its own behind it.
        for place in (locator - _END64.size, offset64):
            if 0 <= place <= locator - _END64.size and data[place : place + 4] == b"PK\6\6":
                *_, size, offset = _END64.unpack_from(data, place)
                end = place
                break
    start = end - size
    if start >= 0 and start >= offset and (not size or data[start : start + 4] == b"PK\1\2"):
        return start, size, start - offset
    if offset + size <= end and data[offset : offset + 4] == b"PK\1\2":  # something stands between it and its end
        return offset, size, 0
    return None


def _zip64(extra: bytes, full: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The sizes that did not fit into 32 bits (4.5.3): only those that say so, in this order."""
    block = memoryview(_extra_field(extra, 0x0001))
    values = [full, packed, offset]
    for number, value in enumerate(values):
        if value == _NONE32 and len(block) >= 8:
            values[number] = int.from_bytes(block[:8], "little")
            block = block[8:]
    return values[0], values[1], values[2]


def _extra_field(extra: bytes, wanted: int) -> bytes:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == wanted:
            return extra[at + 4 : at + 4 + size]
        at += 4 + size
    return b""


def _name(raw: bytes, extra: bytes, flags: int, system: int) -> str:
    """A name as a report path: UTF-8 where the archive says so, or where a Unix packer left it unsaid; else CP437."""
    if raw.isascii():
        text = raw.decode("ascii")
    elif flags & _UTF8:
        text = raw.decode("utf-8", "surrogateescape")
    elif (unicode := _unicode_path(raw, extra)) is not None:
        text = unicode
    else:
        text = _unsaid(raw, system)
    if "\\" in text and system not in _UNIX:
        text = text.replace("\\", "/")  # 4.4.17.1 wants slashes; packers on Windows did not always care
    return member_name(text.rstrip("/")) + "/" if text.endswith("/") else member_name(text)


def _unicode_path(raw: bytes, extra: bytes) -> str | None:
    """The Info-ZIP Unicode Path (4.6.9), where it belongs to this name."""
    field = _extra_field(extra, 0x7075)
    if len(field) > 5 and field[0] == 1 and int.from_bytes(field[1:5], "little") == zlib.crc32(raw):
        try:
            return field[5:].decode()
        except UnicodeDecodeError:
            return None
    return None


def _unsaid(raw: bytes, system: int) -> str:
    if system in _UNIX:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            pass
    return raw.decode("cp437")


# -- members


def _member(entry: _Entry, name: str, data: Bytes, end: int | None, budget: Budget) -> Member:
    """`end` is where its bytes have to end; None where they overlap those of another member."""

    def read() -> Content:
        if end is None:
            raise Unreadable("zip.overlap")
        return _content(entry, data, _body(entry, data, end), budget)

    if entry.kind == "file":
        return Member(name, "file", entry.size, read=read)
    target = None
    if entry.size <= LINK_LIMIT:
        try:
            with read() as opened:
                target = link_text(bytes(opened.whole()).decode("utf-8", "surrogateescape"))
        except Unreadable as error:
            return Member(name, "link", entry.size, reason=error.reason)
    return Member(name, "link", entry.size, link_target=target)


def _body(entry: _Entry, data: Bytes, end: int) -> int:
    """Where the packed bytes begin, once the local header agrees with the directory."""
    at = entry.offset
    if at < 0 or at + _LOCAL.size > len(data):
        raise Unreadable("zip.out_of_bounds", at=at)
    signature, _, _, flags, _, _, _, _, _, _, name_len, extra_len = _LOCAL.unpack_from(data, at)
    start: int = at + _LOCAL.size + name_len
    if signature != b"PK\3\4" or data[at + _LOCAL.size : start] != entry.raw_name:
        raise Unreadable("zip.header_mismatch", at=at)
    if (flags | entry.flags) & _ENCRYPTED:
        raise Unreadable("zip.encrypted")
    start += extra_len
    if start + entry.packed > end:
        raise Unreadable("zip.overlap" if start + entry.packed <= len(data) else "zip.out_of_bounds")
    return start


def _content(entry: _Entry, data: Bytes, start: int, budget: Budget) -> Content:
    codec = _codec(entry, data, start, budget.limits)
    lies = entry.packed != entry.size if codec is None else False
    if codec is DEFLATE:
        lies = entry.size > _DEFLATE_RATIO * (entry.packed + 1)
    if lies:
        raise Unreadable("zip.size_mismatch", declared=entry.size)
    if entry.size > budget.limits.member_bytes:
        raise LimitHit("limit.member_bytes", limit=budget.limits.member_bytes)
    end = start + entry.packed
    if codec in (None, DEFLATE) and max(entry.size, entry.packed) <= SMALL:
        return BytesContent(_at_once(entry, data[start:end], codec is DEFLATE, budget))
    if entry.method == _LZMA:
        start += 4 + int.from_bytes(data[start + 2 : start + 4], "little")
    window: Readable = Window(data, start, end)
    if codec is not None:
        window = Unpacked(codec, window, budget.limits, alone=True)
    return StreamContent(_Checked(window, entry), budget.meter())


def _at_once(entry: _Entry, packed: bytes, deflated: bool, budget: Budget) -> bytes:
    """The usual case without a stream: a small member, stored or deflated."""
    out = packed
    if deflated:
        stream = zlib.decompressobj(-15)
        try:
            out = stream.decompress(packed, entry.size + 1)
        except zlib.error:
            raise Unreadable("packed.damaged", format="deflate") from None
        if len(out) <= entry.size and not stream.eof:
            raise Unreadable("packed.truncated", format="deflate")
    budget.charge(len(out))
    if len(out) != entry.size:
        raise Unreadable("zip.size_mismatch", declared=entry.size)
    if zlib.crc32(out) != entry.crc:
        raise Unreadable("zip.bad_crc")
    return out


def _codec(entry: _Entry, data: Bytes, start: int, limits: Limits) -> Codec | None:
    """How the member is packed; None where it is not. Raises Unreadable for methods that nothing here reads."""
    if entry.method == _STORED:
        return None
    if entry.method == _LZMA:
        return _lzma_codec(data[start : start + 9], entry, limits)
    if (codec := _CODECS.get(entry.method)) is None:
        raise Unreadable("zip.unknown_method", method=entry.method)
    return codec


def _lzma_codec(header: bytes, entry: _Entry, limits: Limits) -> Codec:
    """Raw LZMA behind its properties (5.8.8): version, their length, then one byte lc/lp/pb and the dictionary size."""
    if len(header) < 9 or int.from_bytes(header[2:4], "little") != 5 or header[4] >= 9 * 5 * 5:
        raise Unreadable("packed.damaged", format="lzma")
    rest, lc = divmod(header[4], 9)
    pb, lp = divmod(rest, 5)
    if lc + lp > 4:  # liblzma's own bound
        raise Unreadable("packed.damaged", format="lzma")
    # No dictionary needs to be larger than what is unpacked; liblzma reserves what it is told.
    dictionary = max(4096, min(int.from_bytes(header[5:9], "little"), entry.size))
    if dictionary > limits.decoder_memory:
        raise LimitHit("limit.decoder_memory", limit=limits.decoder_memory)
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}]
    return Codec("lzma", lambda _limits, _first: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters))


class _Checked:
    """A member's stream, held against the size and the check sum of the directory."""

    def __init__(self, stream: Readable, entry: _Entry) -> None:
        self._stream, self._entry = stream, entry
        self._left, self._crc = entry.size, 0

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; raises Unreadable where there are more or less than declared, or others."""
        chunk = self._last() if self._left == 0 and self._entry.method == _LZMA else self._stream.read(most)
        self._left -= len(chunk)
        self._crc = zlib.crc32(chunk, self._crc)
        if self._left < 0:
            raise Unreadable("zip.size_mismatch", declared=self._entry.size)
        return chunk or self._end(chunk)

    def _last(self) -> bytes:
        """Streams of LZMA need not have an end of their own: after the declared size it may just stop."""
        try:
            return self._stream.read(1)
        except Unreadable:
            return b""

    def _end(self, chunk: bytes) -> bytes:
        if self._left:
            raise Unreadable("zip.size_mismatch", declared=self._entry.size)
        if self._crc != self._entry.crc:
            raise Unreadable("zip.bad_crc")
        return chunk

    def close(self) -> None:
        """Let go of the stream."""
        self._stream.close()
