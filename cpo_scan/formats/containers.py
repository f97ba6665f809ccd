"""What ZIP and OLE containers say about themselves in their directories; one look into a member's head at most."""

import re
import struct
import zlib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from cpo_scan.probe import patterns
from cpo_scan.rulebook.formats import Zip
from cpo_scan.targets.content import HEAD, Bytes, Content

_LOOKED_AT = 20_000  # names that globs are held against; whole names and suffixes are looked up among all
_OPENED = 5  # members that are opened for one rule
_MEMBER = b"PK\3\4"
_DEFLATED = 8  # APPNOTE 4.4.5
_LOCAL = 200  # members of a container without a directory that are looked at
_LOOKED_FOR = 4 * 2**20  # bytes in which the next of them is looked for
_SECTOR = struct.Struct("<I")
_IN_HEADER = 109  # allocation tables that the header names
_OLE_MOST = 4_096  # directory entries that are read (MS-CFB clause 2.6: 128 bytes each)


class ZipView:
    """The directory of a ZIP container, read when it is first asked for."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._names: tuple[str, ...] | None = None
        self._left: dict[str, _Member] = {}
        self._set: frozenset[str] = frozenset()
        self._suffixes: frozenset[str] = frozenset()
        self._heads: dict[str, bytes] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the members; of a container that was cut off those that its members themselves state."""
        if self._names is None:
            from cpo_scan.targets.containers import zip_names

            self._names = zip_names(self._content)
            if self._names is None:
                self._left = {member.name: member for member in _members_left(self._content.whole())}
                self._names = tuple(self._left)
            self._set = frozenset(self._names)
            self._suffixes = frozenset(name[name.rfind(".") :].lower() for name in self._names)
        return self._names

    def matching(self, glob: str) -> list[str]:
        """Up to five members whose names fit, in the order of the container."""
        names = self.names
        if "*" not in glob:
            return [glob] if glob in self._set else []
        suffix = glob[glob.rfind("*") + 1 :]
        if suffix.startswith(".") and suffix.count(".") == 1 and suffix.lower() not in self._suffixes:
            return []
        pattern, found = _glob(glob), []
        for name in names[:_LOOKED_AT]:
            if pattern.fullmatch(name):
                found.append(name)
                if len(found) == _OPENED:
                    break
        return found

    def head(self, name: str) -> bytes:
        """The first bytes of a member; nothing where it can't be read."""
        if name not in self._heads:
            self._heads[name] = self._read(name)
        return self._heads[name]

    def _read(self, name: str) -> bytes:
        if name in self._left:
            return self._left[name].head(self._content.whole())
        from cpo_scan.targets.budget import Budget
        from cpo_scan.targets.containers import OPENERS
        from cpo_scan.targets.errors import Unreadable
        from cpo_scan.targets.limits import Limits

        try:
            for member in OPENERS["zip"](self._content, Budget(Limits()).enter(), ""):
                if member.name == name:
                    opened = member.content()
                    try:
                        return opened.head
                    finally:
                        opened.close()
        except Unreadable:
            pass
        return b""

    def holds(self, rule: Zip) -> bool:
        """All that the rule asks of names; members are another matter."""
        if rule.mimetype is not None:
            return patterns.standard(rule.mimetype, text=True).fullmatch(self.mimetype) is not None
        return (
            all(self.matching(glob) for glob in rule.members)
            and not any(self.matching(glob) for glob in rule.without)
            and (rule.most is None or len(self.names) <= rule.most)
            and (rule.first is None or _glob(rule.first).fullmatch(self.names[0]) is not None)
        )

    @property
    def mimetype(self) -> str:
        """What the first member says where it is an unpacked `mimetype` (ISO/IEC 26300-3 clause 3.3, EPUB OCF)."""
        head = self._content.head
        if head[30:38] != b"mimetype" or head[8:10] != b"\0\0" or head[26:28] != b"\x08\0":
            return ""
        start = 38 + int.from_bytes(head[28:30], "little")
        size = min(int.from_bytes(head[18:22], "little"), 200)
        return head[start : start + size].decode("latin-1").strip()


class _Member(NamedTuple):
    """A member of a container without a directory: its name, how it is packed, where its data start."""

    name: str
    method: int
    start: int

    def head(self, data: Bytes) -> bytes:
        """Its first bytes, as far as they are there and sound."""
        packed = bytes(data[self.start : self.start + HEAD])
        if self.method != _DEFLATED:
            return packed if self.method == 0 else b""
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, HEAD)
        except zlib.error:
            return b""


def _members_left(data: Bytes) -> Iterator[_Member]:
    """By the local headers of members (APPNOTE 4.3.7) that follow each other from the first byte on."""
    at = 0
    for _ in range(_LOCAL):
        header = bytes(data[at : at + 30])
        if len(header) < 30 or header[:4] != _MEMBER:
            return
        flags, method = int.from_bytes(header[6:8], "little"), int.from_bytes(header[8:10], "little")
        size = int.from_bytes(header[18:22], "little")
        name, extra = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
        text = bytes(data[at + 30 : at + 30 + name]).decode("utf-8" if flags & 0x800 else "cp437", "replace")
        start = at + 30 + name + extra
        yield _Member(text, method, start)
        at = start + size
        if flags & 8 and not size:  # the size stands behind the data (4.3.9): the next header is looked for
            at = data.find(_MEMBER, start, start + _LOOKED_FOR)
            if at < 0:
                return


@cache
def _glob(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", glob)
    pattern = "".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts)
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def ole_names(content: Content) -> frozenset[str]:
    """Names of the storages and streams of an OLE compound file (MS-CFB clause 2.2, 2.6), as far as it is sound.

    Large files have allocation tables that the header does not name: those are read by the opener of such files.
    """
    from cpo_scan.targets.compound import Compound
    from cpo_scan.targets.errors import Unreadable

    head = content.head
    if len(head) < 512:
        return frozenset()
    try:
        if int.from_bytes(head[44:48], "little") > _IN_HEADER:
            return frozenset(Compound(content.whole()).names())
    except Unreadable:
        pass  # what the header leads to may be sound all the same
    shift = int.from_bytes(head[30:32], "little")
    if shift not in (9, 12):  # MS-CFB clause 2.2: sectors of 512 bytes in version 3, of 4096 in version 4
        return frozenset()
    size = 1 << shift
    data = content.whole()
    sector = int.from_bytes(head[48:52], "little")
    names: set[str] = set()
    seen: set[int] = set()
    while sector < 0xFFFFFFFA and sector not in seen and len(seen) * (size // 128) < _OLE_MOST:
        seen.add(sector)
        start = (sector + 1) * size
        block = bytes(data[start : start + size])
        if not block:
            break
        for at in range(0, len(block) - 127, 128):
            length = min(int.from_bytes(block[at + 64 : at + 66], "little"), 64)
            if length > 2:
                names.add(block[at : at + length - 2].decode("utf-16-le", "replace"))
        sector = _next_sector(data, head, sector, size)
    return frozenset(names)


def _next_sector(data: Bytes, head: bytes, sector: int, size: int) -> int:
    table, entry = divmod(sector, size // 4)
    if table >= _IN_HEADER:
        return 0xFFFFFFFE
    place = int.from_bytes(head[76 + 4 * table : 80 + 4 * table], "little")
    at = (place + 1) * size + 4 * entry
    raw = bytes(data[at : at + 4])
    return int(_SECTOR.unpack(raw)[0]) if len(raw) == 4 else 0xFFFFFFFE
