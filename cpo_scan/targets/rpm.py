"""RPM packages (RPM file format, version 3 and 4): lead, signature, header, and a packed cpio archive of the files.

The members of a package are the files that it installs. Of the header only what the payload needs is read.
"""

import struct
from collections.abc import Iterator

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.content import Bytes, Content, Readable, Window
from cpo_scan.targets.cpio import MAGIC as CPIO_MAGIC
from cpo_scan.targets.cpio import read_cpio
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.member import Member, Names
from cpo_scan.targets.unpack import BZIP2, GZIP, XZ, ZSTD, Unpacked

MAGIC = b"\xed\xab\xee\xdb"
_LEAD = 96  # bytes
_INTRO = struct.Struct(">4s4xLL")  # of a header: magic with version 1, entries, bytes of its store
_HEADER_MAGIC = b"\x8e\xad\xe8\x01"
_ENTRY = struct.Struct(">4L")  # tag, type, offset in the store, count
_STRING = 6  # type of a tag
_FORMAT, _COMPRESSOR = 1124, 1125  # PAYLOADFORMAT, PAYLOADCOMPRESSOR
_DIRECTORY = 256 * 2**20  # bytes of a header: what RPM itself takes at most (HEADER_DATA_MAX)
_STRIPPED = b"07070X"  # cpio without its own headers, for files of more than 4 GiB
_CODECS = {"gzip": GZIP, "bzip2": BZIP2, "xz": XZ, "lzma": XZ, "zstd": ZSTD}


def open_rpm(content: Content, budget: Budget, name: str, names: Names | None = None) -> Iterator[Member]:
    """The files of an RPM package, in the order of its payload."""
    del name
    data = content.whole()
    if data[: len(MAGIC)] != MAGIC:
        raise Unreadable("rpm.damaged", at=0)
    # The signature is padded to 8 bytes, the header is not.
    signature = _header_end(data, _LEAD)
    start = signature + -signature % 8
    end = _header_end(data, start)
    said = _strings(data, start, (_FORMAT, _COMPRESSOR))
    form, compressor = said.get(_FORMAT, "cpio"), said.get(_COMPRESSOR, "gzip")
    packed: Readable = Window(data, end, len(data))
    first = bytes(data[end : end + len(_STRIPPED)])
    stored = first in (*CPIO_MAGIC, _STRIPPED)  # a package that is not packed need not say so
    if not stored:
        if (codec := _CODECS.get(compressor)) is None:
            raise Unreadable("rpm.unknown_payload", payload=compressor)
        packed = Unpacked(codec, packed, budget.limits, charge=budget.charge)
        first = packed.peek(len(_STRIPPED))[: len(_STRIPPED)]
    if form != "cpio" or first == _STRIPPED:
        raise Unreadable("rpm.unknown_payload", payload=form if form != "cpio" else _STRIPPED.decode())
    if first not in CPIO_MAGIC:
        raise Unreadable("rpm.damaged", at=end)
    yield from read_cpio(packed, budget, names or Names(), budget.meter if stored else None)


def _header_end(data: Bytes, start: int) -> int:
    """Where a header ends. Raises Unreadable where it is none, or reaches beyond the file."""
    raw = data[start : start + _INTRO.size]
    if len(raw) < _INTRO.size:
        raise Unreadable("rpm.truncated")
    magic, entries, store = _INTRO.unpack(raw)
    if magic != _HEADER_MAGIC:
        raise Unreadable("rpm.damaged", at=start)
    size: int = _ENTRY.size * entries + store
    if size > _DIRECTORY:
        raise LimitHit("limit.directory_bytes", limit=_DIRECTORY)
    end = start + _INTRO.size + size
    if end > len(data):
        raise Unreadable("rpm.truncated")
    return end


def _strings(data: Bytes, start: int, wanted: tuple[int, ...]) -> dict[int, str]:
    """The texts of some tags of a header that `_header_end` found sound."""
    _, entries, size = _INTRO.unpack(data[start : start + _INTRO.size])
    index = start + _INTRO.size
    store = index + _ENTRY.size * entries
    found: dict[int, str] = {}
    for at in range(index, store, _ENTRY.size):
        tag, kind, offset, _ = _ENTRY.unpack(data[at : at + _ENTRY.size])
        if tag in wanted and kind == _STRING and offset < size:
            text = data[store + offset : store + min(size, offset + 64)].partition(b"\0")[0]
            found[tag] = text.decode("utf-8", "replace")
    return found
