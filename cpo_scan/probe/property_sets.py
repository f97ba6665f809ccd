"""The document summary of OLE compound files: title and names of parts, by [MS-OLEPS].

A property set is a table of numbers and places, each place a typed value. Only strings and vectors of strings are read.
"""

import struct
from collections.abc import Iterator

import msgspec

from cpo_scan.targets.compound import Compound, Stream

SUMMARY, DOCUMENT_SUMMARY = "\x05SummaryInformation", "\x05DocumentSummaryInformation"
MOST_BYTES = 2**20
"""Of a property set so much is read: thumbnails stand behind the strings."""
MOST_PARTS = 2_000
_CODEPAGE, _TITLE, _PARTS = 1, 2, 13  # 2.18.2; [MS-OLEPS] 2.25.1; [MS-OSHARED] 2.3.3.2.2.1
_LPSTR, _LPWSTR, _VECTOR = 0x1E, 0x1F, 0x1000  # 2.15
_UTF16 = 1200
_LONGEST = 400  # bytes of a title that are read


class Summary(msgspec.Struct, frozen=True):
    """What a document tells of itself: its title, and the names of its sheets, slides or chapters."""

    title: str = ""
    parts: tuple[str, ...] = ()


def read_summary(document: Compound, streams: dict[str, Stream]) -> Summary:
    """The summary of a compound file, from its streams at the top; what is absent or damaged is empty."""
    found = {}
    for name, number in ((SUMMARY, _TITLE), (DOCUMENT_SUMMARY, _PARTS)):
        stream = streams.get(name)
        if stream is None:
            continue
        try:
            found[name] = tuple(_strings(document.open(stream).read(min(stream.size, MOST_BYTES)), number))
        except (struct.error, IndexError):
            continue
    return Summary(next(iter(found.get(SUMMARY, ())), ""), found.get(DOCUMENT_SUMMARY, ()))


def _strings(data: bytes, wanted: int) -> Iterator[str]:
    """The strings of a property in the first set of a stream (2.21: header of 28 bytes, then format and place)."""
    start = struct.unpack_from("<I", data, 44)[0]
    count = struct.unpack_from("<I", data, start + 4)[0]
    places: dict[int, int] = {}
    for number in range(min(count, (len(data) - start) // 8)):
        key, place = struct.unpack_from("<II", data, start + 8 + 8 * number)
        places.setdefault(key, start + place)
    if wanted not in places:
        return
    page = struct.unpack_from("<H", data, places[_CODEPAGE] + 4)[0] if _CODEPAGE in places else 1252
    at = places[wanted]
    kind = struct.unpack_from("<I", data, at)[0]
    at, many = at + 4, 1
    if kind & _VECTOR:
        many, at = struct.unpack_from("<I", data, at)[0], at + 4
    for _ in range(min(many, MOST_PARTS)):
        size = struct.unpack_from("<I", data, at)[0]
        if kind & ~_VECTOR == _LPWSTR:
            raw, size = data[at + 4 : at + 4 + min(2 * size, _LONGEST)], (2 * size + 3) & ~3
            text = raw.decode("utf-16-le", "replace")
        elif kind & ~_VECTOR == _LPSTR:
            text = decoded(data[at + 4 : at + 4 + min(size, _LONGEST)], page)
            # [MS-OLEPS] 2.16: elements of a vector are padded in Unicode only
            size = (size + 3) & ~3 if page == _UTF16 else size
        else:
            return
        at += 4 + size
        yield " ".join(text.partition("\0")[0].split())


def decoded(raw: bytes, page: int) -> str:
    """Bytes in a code page of Windows as text; an unknown page is read as that of Western Europe."""
    name = {_UTF16: "utf-16-le", 65001: "utf-8", 10000: "mac-roman"}.get(page, f"cp{page}")
    try:
        return raw.decode(name, "replace")
    except LookupError:
        return raw.decode("cp1252", "replace")
