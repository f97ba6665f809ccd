"""Writes JSON documents whose long lists are iterators, so that memory does not follow their length."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, BinaryIO

import msgspec

_ENCODE = msgspec.json.Encoder().encode
_NOTHING = object()


def write_json(document: Mapping[str, Any], stream: BinaryIO) -> None:
    """The document in UTF-8, keys in the order given, with a line break at its end.

    A value that is an iterator becomes a list and is drained row by row; where it yields nothing its key is left out,
    because the formats that we write have no empty lists. Objects and lists may hold iterators on any level; the rows
    of an iterator are whole and hold none.
    """
    _write(document, stream)
    stream.write(b"\n")


def given(**members: Any) -> dict[str, Any]:
    """Members that say something: no None, no empty text, no empty list. `a_b` becomes `a-b`, `class_` `class`."""
    return {
        name.rstrip("_").replace("_", "-"): value
        for name, value in members.items()
        if value is not None and value not in ("", [], ())
    }


def _write(value: Any, stream: BinaryIO) -> None:
    match value:
        case Mapping():
            stream.write(b"{")
            separator = b""
            for name, given in value.items():
                member = given
                if isinstance(member, Iterator):
                    first = next(member, _NOTHING)
                    if first is _NOTHING:
                        continue
                    member = chain((first,), member)
                stream.write(separator + _ENCODE(name) + b":")
                _write(member, stream)
                separator = b","
            stream.write(b"}")
        case Iterator():
            stream.write(b"[")
            for number, row in enumerate(value):
                stream.write((b",\n" if number else b"\n") + _ENCODE(row))
            stream.write(b"]")
        case list() | tuple() if any(isinstance(item, Mapping) for item in value):
            stream.write(b"[")
            for number, item in enumerate(value):
                stream.write(b"," if number else b"")
                _write(item, stream)
            stream.write(b"]")
        case _:
            stream.write(_ENCODE(value))
