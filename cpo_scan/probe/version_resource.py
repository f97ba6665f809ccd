"""The version resource of a PE file: what Windows shows of it under "Details" (VS_VERSIONINFO, Microsoft Win32)."""

import struct

from cpo_scan.targets.content import Bytes

VERSION = "16"
"""The kind of resource, RT_VERSION of winuser.h, as `read_resources` takes it."""
_MOST = 256  # strings that are read
_DEEPEST = 4  # VS_VERSIONINFO, StringFileInfo, StringTable, String


def version_strings(data: Bytes, offset: int, size: int) -> dict[str, str]:
    """The strings of a version resource by their name (ProductName, ProductVersion, …); the first of each."""
    found: dict[str, str] = {}
    _walk(bytes(data[offset : offset + min(size, 2**16)]), 0, 0, found)
    return found


def _walk(block: bytes, at: int, depth: int, found: dict[str, str]) -> None:
    """The blocks from `at` on: length, length of the value, type, key; value and inner blocks on multiples of four."""
    while at + 6 <= len(block) and len(found) < _MOST:
        length, value_length, kind = struct.unpack_from("<HHH", block, at)
        end = min(len(block), at + length)
        if length < 8:
            return
        key, after = _text(block, at + 6, end)
        after = (after + 3) & ~3
        if depth == _DEEPEST - 1:
            if kind == 1:
                value, _ = _text(block, after, end)
                found.setdefault(key, value.strip())
        elif key != "VarFileInfo":
            _walk(block[:end], (after + (value_length if depth == 0 else 0) + 3) & ~3, depth + 1, found)
        at = (at + length + 3) & ~3


def _text(block: bytes, at: int, end: int) -> tuple[str, int]:
    """UTF-16 up to a zero, and where it ends."""
    stop = at
    while stop + 2 <= end and block[stop : stop + 2] != b"\0\0":
        stop += 2
    return block[at:stop].decode("utf-16-le", "replace"), stop + 2
