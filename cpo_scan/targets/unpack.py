"""Decompression in small steps: bounded output, several streams in a row, each error of a codec as one reason.

Codecs have the shape that `bz2` and `lzma` share: `decompress(data, most)`, `eof`, `needs_input`, `unused_data`.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any, Protocol

from cpo_scan.targets.content import Readable
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

_INPUT = 64 * 2**10  # packed bytes that a codec gets at once
_ZSTD_INPUT = 2**10  # its output can't be bounded per call and reaches 128 KiB for 4 bytes (RFC 8878 §3.1.1.2)
_TOO_MUCH_MEMORY = ("Memory usage limit exceeded", "too much memory")  # liblzma and libzstd, in all versions
_RAW, _ZLIB, _GZIP = -15, 15, 31  # wbits of zlib: no header; its own header; gzip header and check sum


class Decoder(Protocol):
    """A codec on one stream."""

    @property
    def eof(self) -> bool:
        """Was the end of the stream seen?"""

    @property
    def needs_input(self) -> bool:
        """Does it have to be given more to say more?"""

    @property
    def unused_data(self) -> bytes:
        """What was given behind the end of the stream."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """The next bytes, at most so many (zstd: not bounded)."""


class _Inflater:
    """zlib in the shape of the others."""

    def __init__(self, wbits: int) -> None:
        self._zlib = zlib.decompressobj(wbits)
        self._full = False

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not (self._full or self._zlib.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        out = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self._full = len(out) == max_length
        return out


class _Zstd:
    """The `zstandard` package in the shape of the others."""

    needs_input = True

    def __init__(self, library: Any, window: int) -> None:
        self._error = library.ZstdError
        self._stream = library.ZstdDecompressor(max_window_size=window).decompressobj()

    @property
    def eof(self) -> bool:
        return bool(self._stream.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._stream.unused_data)

    def decompress(self, data: bytes, max_length: int, /) -> bytes:  # noqa: ARG002
        try:
            return bytes(self._stream.decompress(data))
        except self._error as error:
            raise ValueError(str(error)) from None


class Codec:
    """How a stream is packed, and how to start a decoder on it. `first` is False for streams that follow another."""

    def __init__(self, name: str, start: Callable[[Limits, bool], Decoder], step: int = _INPUT) -> None:
        self.name, self.start, self.step = name, start, step


def _start_xz(limits: Limits, first: bool) -> Decoder:
    return lzma.LZMADecompressor(lzma.FORMAT_AUTO if first else lzma.FORMAT_XZ, memlimit=limits.decoder_memory)


def _start_zstd(limits: Limits, first: bool) -> Decoder:  # noqa: ARG001
    try:
        import zstandard
    except ImportError:
        return _start_own_zstd(limits)
    return _Zstd(zstandard, limits.decoder_memory)


def _start_own_zstd(limits: Limits) -> Decoder:
    """Python has a decoder of its own since 3.14."""
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise Unreadable("packed.no_decoder", format="zstd", install="pip install 'cpo-scan[zstd]'") from None
    largest = {zstd.DecompressionParameter.window_log_max: limits.decoder_memory.bit_length() - 1}
    decoder: Decoder = zstd.ZstdDecompressor(options=largest)
    return decoder


DEFLATE = Codec("deflate", lambda _limits, _first: _Inflater(_RAW))
ZLIB = Codec("zlib", lambda _limits, _first: _Inflater(_ZLIB))
GZIP = Codec("gzip", lambda _limits, _first: _Inflater(_GZIP))
BZIP2 = Codec("bzip2", lambda _limits, _first: bz2.BZ2Decompressor())
XZ = Codec("xz", _start_xz)
ZSTD = Codec("zstd", _start_zstd, _ZSTD_INPUT)


class Unpacked:
    """A packed stream as a readable one. Raises Unreadable where it is damaged, cut off or followed by something.

    `charge` is told all that comes out. `alone`: the stream ends with its end, whatever follows (members of ZIP).
    """

    def __init__(
        self,
        codec: Codec,
        source: Readable,
        limits: Limits,
        *,
        charge: Callable[[int], None] | None = None,
        alone: bool = False,
    ) -> None:
        self._codec, self._source, self._limits = codec, source, limits
        self._charge, self._alone = charge, alone
        self._decoder: Decoder | None = codec.start(limits, True)
        self._first = True
        self._silent = True  # nothing came out of this stream yet
        self._input = b""
        self._output = b""
        self._broken: Unreadable | None = None

    def peek(self, most: int) -> bytes:
        """The next bytes, at least `most` if there are so many; they stay to be read."""
        while len(self._output) < most and (chunk := self._more(most)):
            self._output += chunk
        return self._output

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        if most <= 0:  # codecs take 0 for "no limit", or give nothing for ever
            return b""
        out = self._output or self._more(most)
        if len(out) > most:
            self._output = out[most:]
            return out[:most]
        self._output = b""
        return out

    def close(self) -> None:
        """Let go of the decoder."""
        self._decoder = None
        self._source.close()

    def _more(self, most: int) -> bytes:
        if self._broken is not None:
            raise self._broken.again()
        try:
            out = self._step(most)
            if out and self._charge is not None:
                self._charge(len(out))
        except Unreadable as error:
            self._broken = error
            raise
        return out

    def _step(self, most: int) -> bytes:
        while (decoder := self._decoder) is not None:
            given = b""
            if decoder.needs_input:
                given = self._input or self._source.read(self._codec.step)
                self._input = b""
                if not given:
                    raise Unreadable("packed.truncated", format=self._codec.name)
            out = self._decode(decoder, given, most)
            self._silent = self._silent and not out
            if decoder.eof:
                self._end_of_stream(decoder.unused_data)
            if out:
                return out
        return b""

    def _decode(self, decoder: Decoder, data: bytes, most: int) -> bytes:
        try:
            return decoder.decompress(data, most)
        except MemoryError:
            raise LimitHit("limit.decoder_memory", limit=self._limits.decoder_memory) from None
        except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
            if any(text in str(error) for text in _TOO_MUCH_MEMORY):
                raise LimitHit("limit.decoder_memory", limit=self._limits.decoder_memory) from None
            trailing = self._silent and not self._first
            code = "packed.trailing_data" if trailing else "packed.damaged"
            raise Unreadable(code, format=self._codec.name) from None
        except Exception as error:
            if type(error).__name__ != "ZstdError":  # of a module that older Pythons do not have
                raise
            raise Unreadable("packed.damaged", format=self._codec.name) from None

    def _end_of_stream(self, rest: bytes) -> None:
        """Another stream may follow (`cat a.gz b.gz`), or zeros that fill up a block; anything else is not ours."""
        self._decoder = None
        if self._alone:
            return
        while not (rest := rest.lstrip(b"\0")):
            rest = self._source.read(self._codec.step)
            if not rest:
                return
        self._decoder, self._input = self._codec.start(self._limits, False), rest
        self._first, self._silent = False, True
