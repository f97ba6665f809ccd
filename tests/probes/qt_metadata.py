"""Writes the metadata of a Qt plug-in, for tests: CBOR (RFC 8949) behind the mark of Qt 5 or the note of Qt 6."""

from typing import Any


def metadata(interface: str, description: dict[str, Any], *, note: bool = False) -> bytes:
    """As it stands in a plug-in; `note`: in an ELF file of Qt 6."""
    body = b"\xbf" + cbor(2) + cbor(interface) + cbor(3) + cbor("Factory") + cbor(4) + cbor(description) + b"\xff"
    return (b"qt-project!\0\1\6\4\1" if note else b"QTMETADATA !\0\5\17\0") + body


def cbor(value: Any) -> bytes:
    """A value of JSON, and whole numbers as keys."""
    match value:
        case None | bool():
            return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case list():
            return _head(4, len(value)) + b"".join(map(cbor, value))
        case dict():
            return _head(5, len(value)) + b"".join(cbor(key) + cbor(item) for key, item in value.items())
    raise TypeError(value)


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    width = next(width for width in range(4) if number < 1 << (8 << width))
    return bytes([kind << 5 | 24 + width]) + number.to_bytes(1 << width, "big")
