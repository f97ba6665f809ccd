"""Compressed parts inside of formats of their own (zlib, xz, LZMA): unpacked in steps, with bounded output. Pure."""

import lzma
import zlib
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

Codec = Literal["zlib", "lzma"]
"""RFC 1950; or what liblzma takes: .xz and .lzma."""
Fault = Literal["", "broken", "cut", "large"]

_STEP = 64 * 2**10  # octets of output at once
_MEMORY = 128 * 2**20  # that a dictionary of LZMA may ask for


class Unpacked(msgspec.Struct, frozen=True, kw_only=True):
    """What came out. `kept`: the first octets; `size`: of all of it, as far as it was unpacked."""

    kept: bytes
    size: int
    fault: Fault = ""
    """The stream is broken, ends too soon, or holds more than was asked for."""
    left: int = 0
    """Octets that were given behind the end of the stream."""


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def more(self, most: int) -> bytes: ...


class _Zlib:
    def __init__(self, octets: bytes) -> None:
        self._stream, self._waiting = zlib.decompressobj(), octets

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def more(self, most: int) -> bytes:
        out = self._stream.decompress(self._waiting, most)
        self._waiting = self._stream.unconsumed_tail
        return out


class _Lzma:
    def __init__(self, octets: bytes) -> None:
        self._stream, self._waiting = lzma.LZMADecompressor(memlimit=_MEMORY), octets

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def more(self, most: int) -> bytes:
        out = self._stream.decompress(self._waiting, most)
        self._waiting = b""
        return out


def unpacked(
    octets: bytes, codec: Codec, *, keep: int, most: int, checkpoint: Callable[[], None] = lambda: None
) -> Unpacked:
    """Unpack one stream: keep its first `keep` octets, stop after `most`. Only `checkpoint` may raise."""
    kept = bytearray()
    size = 0
    try:
        stream: _Decoder = _Zlib(octets) if codec == "zlib" else _Lzma(octets)
        while not stream.eof:
            checkpoint()
            out = stream.more(_STEP)
            size += len(out)
            kept += out[: max(0, keep - len(kept))]
            if size > most:
                return Unpacked(kept=bytes(kept), size=size, fault="large")
            if not out and not stream.eof:
                return Unpacked(kept=bytes(kept), size=size, fault="cut")
    except (zlib.error, lzma.LZMAError, MemoryError):
        return Unpacked(kept=bytes(kept), size=size, fault="broken")
    return Unpacked(kept=bytes(kept), size=size, left=len(stream.unused_data))
