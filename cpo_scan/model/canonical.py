"""Canonical JSON (RFC 8785) and the digests made of it."""

import hashlib
import math
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")
_ASCII = frozenset({str})
_EXACT = 2**53  # RFC 8785 / IEEE 754: the largest run of integers that every reader keeps


def canonical(value: Any) -> bytes:
    """Canonical bytes of plain data, structs and enums.

    Before encoding: ratios are rounded to 6 places, lone surrogates become U+FFFD, integers above 2^53 become strings.
    Raises ValueError for NaN, infinities and keys that are no strings.
    """
    return _ENCODER.encode(plain(value))


def digest(*parts: bytes) -> str:
    """SHA-256 in hex over the parts, joined."""
    return hashlib.sha256(b"".join(parts)).hexdigest()


def plain(value: Any) -> Any:
    """`value` as the data that stands in a report: dicts in canonical key order, lists, strings, numbers."""
    kind = type(value)  # the plain types first, which is nearly all there is
    if kind is str and value.isascii():
        return value
    if kind is dict and _ASCII.issuperset(map(type, value)) and "".join(value).isascii():
        return {key: plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [plain(item) for item in value]
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return _text(str(value))
    if isinstance(value, int):
        return int(value) if -_EXACT <= value <= _EXACT else str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        items = [(_text(_key(key)), plain(item)) for key, item in value.items()]
        # RFC 8785 §3.2.3 sorts by UTF-16 code units; msgspec keeps the order of plain dicts only without `order`,
        # and sorts by code point, which is the same below the surrogates: astral keys are put in by hand.
        if any(key > "\ud7ff" for key, _ in items):
            return msgspec.Raw(_object(items))
        return dict(items)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, msgspec.Struct):
        return plain(msgspec.to_builtins(value))
    raise ValueError(f"{type(value).__name__} has no place in a report")


def _object(items: list[tuple[str, Any]]) -> bytes:
    ordered = sorted(items, key=lambda item: item[0].encode("utf-16-be"))
    return b"{" + b",".join(_ENCODER.encode(key) + b":" + _ENCODER.encode(item) for key, item in ordered) + b"}"


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueError(f"a key of an object must be a string, not {type(key).__name__}")
    return key


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _number(value: float) -> Any:
    if not math.isfinite(value):
        raise ValueError(f"{value} has no place in a report")
    value = round(value, 6)
    if value == int(value):
        return plain(int(value))
    # ECMAScript writes 0.000001 where msgspec writes 1e-6 (RFC 8785 §3.2.2.3)
    return value if abs(value) >= 1e-3 else msgspec.Raw(f"{value:.6f}".rstrip("0").encode())
