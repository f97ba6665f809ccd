"""Tokens of JSON in bytes: strings, keys and numbers, and the texts that decoders stumble over, put right."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from cpo_scan.targets.content import Bytes

STRING = rb'"(?:[^"\\]++|\\.)*+"'
TOKEN = re.compile(STRING + rb"(\s*+:)?|[{}\[\],]", re.DOTALL)
"""A string, with its colon where it is a key, or a sign."""
_NUMBER_OR_STRING = re.compile(STRING + rb"|-?[0-9][0-9.eE+-]*+", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:(u[dD][89abAB]..\\u[dD][c-fC-F]..)|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
_DIGITS = 4_300  # sys.int_info.default_max_str_digits: longer integers can't be turned into text again


@contextmanager
def headroom(depth: int) -> Iterator[None]:
    """Room for a recursion of `depth` in the decoder, however deep the caller stands."""
    before = sys.getrecursionlimit()
    used, frame = 0, sys._getframe()
    while frame.f_back is not None:
        used, frame = used + 1, frame.f_back
    sys.setrecursionlimit(max(before, used + depth + 100))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def repaired(data: Bytes) -> bytes:
    """The same text, byte by byte in the same place, with half surrogates and numbers beyond a double replaced."""

    def escape(match: re.Match[bytes]) -> bytes:
        return rb"\ufffd" if match.group(2) else match.group()

    def token(match: re.Match[bytes]) -> bytes:
        text = match.group()
        if text.startswith(b'"'):
            return _ESCAPE.sub(escape, text) if rb"\u" in text else text
        integer = not any(mark in text for mark in b".eE")
        if integer and len(text) <= _DIGITS:
            return text
        try:
            huge = integer or abs(float(text)) == float("inf")
        except ValueError:
            return text
        sign = b"-" if text.startswith(b"-") else b""
        return (sign + b"1e308").ljust(len(text)) if huge else text

    return _NUMBER_OR_STRING.sub(token, data)


def string(text: bytes) -> str:
    """The value of a string token."""
    try:
        return msgspec.json.decode(text, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(repaired(text), type=str)
