"""What compiled HTML help (ITSF, version 3) says without being unpacked: title, language, names of its pages.

The pages themselves are compressed (LZX) and are not read; the directory and `#SYSTEM` are not compressed. Layout as
published by the authors of free readers of the format.
"""

import struct

import msgspec

from cpo_scan.targets.content import Content
from cpo_scan.targets.errors import Unreadable

MOST_ENTRIES = 200_000
_PAGES = (".htm", ".html", ".xhtml")
_LANGUAGES = {0x07: "de", 0x09: "en", 0x0A: "es", 0x0C: "fr", 0x10: "it", 0x11: "ja", 0x12: "ko", 0x04: "zh",
              0x13: "nl", 0x15: "pl", 0x16: "pt", 0x19: "ru", 0x1D: "sv", 0x05: "cs", 0x0E: "hu",
              0x1F: "tr"}  # fmt: skip
_TITLE, _STRING_LIMIT = 3, 400


class CompiledHelp(msgspec.Struct, frozen=True, kw_only=True):
    """What the directory of a CHM file tells. `pages` are the paths of its HTML pages."""

    title: str
    language: str
    pages: tuple[str, ...]


def read_chm(content: Content) -> CompiledHelp:
    """The directory of a CHM file. Raises Unreadable where the layout is not as it must be."""
    try:
        return _read(bytes(content.whole()))
    except (struct.error, IndexError, OverflowError):
        raise Unreadable("chm.malformed") from None


def _read(data: bytes) -> CompiledHelp:
    if data[:4] != b"ITSF":
        raise Unreadable("chm.malformed")
    version, _, _, language = struct.unpack_from("<IIII", data, 4)[0], 0, 0, struct.unpack_from("<I", data, 20)[0]
    directory, size = struct.unpack_from("<QQ", data, 0x48)
    start = struct.unpack_from("<Q", data, 0x58)[0] if version >= 3 else directory + size
    if data[directory : directory + 4] != b"ITSP":
        raise Unreadable("chm.malformed")
    header, chunk = struct.unpack_from("<I", data, directory + 8)[0], struct.unpack_from("<I", data, directory + 16)[0]
    first, last = struct.unpack_from("<II", data, directory + 32)
    if not 64 <= chunk <= 2**20:
        raise Unreadable("chm.malformed")
    pages: list[str] = []
    title = ""
    count = 0
    for number in range(first, min(last + 1, first + len(data) // chunk + 1)):
        at = directory + header + number * chunk
        if data[at : at + 4] != b"PMGL":
            continue
        end = at + chunk - struct.unpack_from("<I", data, at + 4)[0]
        at += 20
        while at < end and count < MOST_ENTRIES:
            count += 1
            length, at = _number(data, at)
            name = data[at : at + length].decode("utf-8", "replace")
            section, at = _number(data, at + length)
            offset, at = _number(data, at)
            size, at = _number(data, at)
            if name.lower().endswith(_PAGES):
                pages.append(name.lstrip("/"))
            elif name == "/#SYSTEM" and section == 0:
                title = _title(data[start + offset : start + offset + min(size, 65536)])
    return CompiledHelp(title=title, language=_LANGUAGES.get(language & 0x3FF, ""), pages=tuple(sorted(pages)))


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the highest first; and where it ends."""
    value = 0
    for _ in range(10):
        byte = data[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    raise Unreadable("chm.malformed")


def _title(system: bytes) -> str:
    """The title of `#SYSTEM`: entries of code, length and value after four bytes of version."""
    at = 4
    while at + 4 <= len(system):
        code, length = struct.unpack_from("<HH", system, at)
        if code == _TITLE:
            raw = system[at + 4 : at + 4 + min(length, _STRING_LIMIT)].split(b"\0")[0]
            return " ".join(raw.decode("cp1252", "replace").split())
        at += 4 + length
    return ""
