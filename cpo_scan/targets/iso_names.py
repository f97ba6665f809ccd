"""Names on ISO 9660 discs: plain ones, Joliet's, and what Rock Ridge adds to a record (IEEE P1282, SUSP 1.12)."""

from collections.abc import Iterator

import msgspec

from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.member import LINK_LIMIT

_AREAS = 64  # continuations of one record
_AREA = 64 * 2**10  # bytes of one continuation
_PART_CONTINUES, _HERE, _ABOVE, _ROOT = 1, 2, 4, 8  # flags of names and of parts of links (RRIP 4.1.3.1, 4.1.4)


class Rock(msgspec.Struct, frozen=True, gc=False):
    """What Rock Ridge says of a file. `child`: the block where a folder really lies; `moved`: it lies here for that."""

    name: bytes | None
    mode: int
    link: bytes
    child: int | None
    moved: bool
    packed: bool  # zisofs


def plain_name(raw: bytes) -> str:
    """A name without its version (`;1`) and without a dot that nothing follows (ECMA-119 7.5.1)."""
    stem = raw.rpartition(b";")[0] or raw
    return (stem.removesuffix(b".") or stem).decode("utf-8", "surrogateescape")


def joliet_name(raw: bytes) -> str:
    """A name in UCS-2, big-endian; packers write UTF-16."""
    text = raw[: len(raw) & ~1].decode("utf-16-be", "replace")
    return text.rpartition(";")[0] or text


def rock_ridge(data: Bytes, system: bytes, block: int) -> Rock:
    """The system use fields of a record, and what they continue in."""
    name: bytes | None = None
    mode, child, moved, packed = 0, None, False, False
    link: list[bytes] = []
    for kind, field in _fields(data, system, block):
        if kind == b"NM" and field:
            if not field[0] & (_HERE | _ABOVE):
                name = (name or b"") + field[1:]
        elif kind == b"PX" and len(field) >= 4:
            mode = int.from_bytes(field[:4], "little")
        elif kind == b"SL" and field and sum(map(len, link)) < LINK_LIMIT:
            link += _parts(field[1:])
        elif kind == b"CL" and len(field) >= 4:
            child = int.from_bytes(field[:4], "little")
        elif kind == b"RE":
            moved = True
        elif kind == b"ZF":
            packed = True
    return Rock(name, mode, b"".join(link).removesuffix(b"/"), child, moved, packed)


def _parts(raw: bytes) -> Iterator[bytes]:
    """The parts of a link's target, with the `/` behind those that end."""
    at = 0
    while at + 2 <= len(raw):
        flags, length = raw[at], raw[at + 1]
        if flags & _ROOT:
            yield b"/"
        else:
            part = b"." if flags & _HERE else b".." if flags & _ABOVE else raw[at + 2 : at + 2 + length]
            yield part if flags & _PART_CONTINUES else part + b"/"
        at += 2 + length


def _fields(data: Bytes, area: bytes, block: int) -> Iterator[tuple[bytes, bytes]]:
    """Signature and content of the fields of a record, and of the areas that continue it (SUSP 5.1)."""
    for _ in range(_AREAS):
        further: bytes | None = None
        at = 0
        while at + 4 <= len(area) and (length := area[at + 2]) >= 4:
            kind, field = area[at : at + 2], area[at + 4 : at + length]
            at += length
            if kind == b"ST":
                break
            if kind == b"CE" and len(field) >= 24:
                start = int.from_bytes(field[:4], "little") * block + int.from_bytes(field[8:12], "little")
                size = min(int.from_bytes(field[16:20], "little"), _AREA)
                further = data[start : start + size]
            else:
                yield kind, field
        if further is None:
            return
        area = further
    raise Unreadable("iso.damaged_directory")
