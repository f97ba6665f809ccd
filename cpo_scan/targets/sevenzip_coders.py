"""The coders of 7z blocks: LZMA, LZMA2, Deflate, bzip2, Zstandard, no packing, and the filters that go before them.

Filters for machine code (BCJ) and differences (Delta) are those of liblzma, which takes them only together with LZMA2:
so the bytes are handed to it as an LZMA2 stream whose chunks are not packed.
"""

import lzma
from collections.abc import Sequence
from typing import Any

from cpo_scan.targets.bcj2 import Bcj2
from cpo_scan.targets.content import Readable
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.sevenzip_header import Coder, Folder
from cpo_scan.targets.unpack import BZIP2, DEFLATE, ZSTD, Codec, Unpacked

_COPY, _LZMA, _LZMA2, _DELTA = b"\0", b"\3\1\1", b"\x21", b"\3"
_BCJ2, _AES = b"\3\3\1\x1b", b"\6\xf1\7\1"
_CODECS = {b"\4\1\x08": DEFLATE, b"\4\2\2": BZIP2, b"\4\xf7\x11\1": ZSTD}
_FILTERS = {  # machine code of x86, PowerPC, Itanium, ARM, ARM Thumb, SPARC; each has two ids
    b"\3\3\1\3": lzma.FILTER_X86,
    b"\4": lzma.FILTER_X86,
    b"\3\3\2\5": lzma.FILTER_POWERPC,
    b"\5": lzma.FILTER_POWERPC,
    b"\3\3\4\1": lzma.FILTER_IA64,
    b"\6": lzma.FILTER_IA64,
    b"\3\3\5\1": lzma.FILTER_ARM,
    b"\7": lzma.FILTER_ARM,
    b"\3\3\7\1": lzma.FILTER_ARMTHUMB,
    b"\x08": lzma.FILTER_ARMTHUMB,
    b"\3\3\x08\5": lzma.FILTER_SPARC,
    b"\x09": lzma.FILTER_SPARC,
}
_NAMES = {b"\3\4\1": "PPMd", b"\4\1\x09": "Deflate64", b"\x0a": "ARM64", b"\x0b": "RISC-V"}
_SMALLEST = 4_096  # dictionary of liblzma
_CHUNK = 2**16  # bytes of a chunk of LZMA2 that is not packed


def decoded(folder: Folder, packed: Sequence[Readable], limits: Limits) -> Readable:
    """The unpacked bytes of a block. Raises Unreadable for what is encrypted or packed in a way that is not read."""
    if any(coder.id == _AES for coder in folder.coders):
        raise Unreadable("sevenzip.encrypted")
    streams = dict(zip(folder.inputs, packed, strict=True))
    return _output(folder, folder.main, streams, limits)


def _output(folder: Folder, number: int, streams: dict[int, Readable], limits: Limits) -> Readable:
    """What a coder gives, from what the coders before it give.

    No output is the input of two coders, and that of the first one of none: so nothing here runs in a circle.
    """
    coder = folder.coders[number]
    first = sum(other.inputs for other in folder.coders[:number])
    inputs = []
    for place in range(first, first + coder.inputs):
        if place in folder.bound:
            inputs.append(_output(folder, folder.bound[place], streams, limits))
        else:
            inputs.append(streams[place])
    size = folder.sizes[number]
    if coder.id == _BCJ2:
        if len(inputs) != 4:
            raise Unreadable("sevenzip.damaged_directory", at=0)
        main, calls, jumps, ranges = inputs
        return _Exactly(Bcj2(main, calls, jumps, ranges, size), size)
    if len(inputs) != 1:
        raise Unreadable("sevenzip.unknown_method", method=_name(coder))
    return _Exactly(_single(coder, inputs[0], size, limits), size)


def _single(coder: Coder, source: Readable, size: int, limits: Limits) -> Readable:
    if coder.id == _COPY:
        return source
    if (codec := _CODECS.get(coder.id)) is not None:
        return Unpacked(codec, source, limits, alone=True)
    if coder.id == _DELTA and len(coder.properties) == 1:
        return _filtered({"id": lzma.FILTER_DELTA, "dist": coder.properties[0] + 1}, source, limits)
    if (number := _FILTERS.get(coder.id)) is not None:
        return _filtered({"id": number}, source, limits)
    if coder.id == _LZMA:
        return _raw("lzma", [_lzma(coder.properties, size, limits)], source, limits)
    if coder.id == _LZMA2:
        return _raw("lzma2", [_lzma2(coder.properties, size, limits)], source, limits)
    raise Unreadable("sevenzip.unknown_method", method=_name(coder))


def _name(coder: Coder) -> str:
    return _NAMES.get(coder.id, coder.id.hex())


def _lzma(properties: bytes, size: int, limits: Limits) -> dict[str, Any]:
    if len(properties) != 5 or properties[0] >= 9 * 5 * 5:
        raise Unreadable("packed.damaged", format="lzma")
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    if lc + lp > 4:  # liblzma's own bound
        raise Unreadable("sevenzip.unknown_method", method=f"LZMA lc={lc} lp={lp}")
    dictionary = _dictionary(int.from_bytes(properties[1:], "little"), size, limits)
    return {"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}


def _lzma2(properties: bytes, size: int, limits: Limits) -> dict[str, Any]:
    if len(properties) != 1 or properties[0] > 40:
        raise Unreadable("packed.damaged", format="lzma2")
    bits = properties[0]
    dictionary = 0xFFFFFFFF if bits == 40 else (2 | bits & 1) << (bits // 2 + 11)
    return {"id": lzma.FILTER_LZMA2, "dict_size": _dictionary(dictionary, size, limits)}


def _dictionary(told: int, size: int, limits: Limits) -> int:
    """No dictionary needs to be larger than what is unpacked; liblzma reserves what it is told."""
    dictionary = max(_SMALLEST, min(told, size))
    if dictionary > limits.decoder_memory:
        raise LimitHit("limit.decoder_memory", limit=limits.decoder_memory)
    return dictionary


def _raw(name: str, filters: list[dict[str, Any]], source: Readable, limits: Limits) -> Readable:
    codec = Codec(name, lambda _limits, _first: lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters))
    return Unpacked(codec, source, limits, alone=True)


def _filtered(kind: dict[str, Any], source: Readable, limits: Limits) -> Readable:
    last = {"id": lzma.FILTER_LZMA2, "dict_size": _SMALLEST}
    return _raw("filter", [kind, last], _AsLzma2(source), limits)


class _AsLzma2:
    """Bytes as an LZMA2 stream whose chunks are not packed (xz-file-format 5.3.1; liblzma, lzma2_decoder.c)."""

    def __init__(self, source: Readable) -> None:
        self._source, self._out = source, b""
        self._control = b"\1"  # the first chunk resets the dictionary, those behind it (2) do not
        self._ended = False

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        if not self._out and not self._ended:
            data = self._source.read(_CHUNK)
            self._out = self._control + (len(data) - 1).to_bytes(2, "big") + data if data else b"\0"
            self._control, self._ended = b"\2", not data
        out, self._out = self._out[:most], self._out[most:]
        return out

    def close(self) -> None:
        """Let go of the source."""
        self._source.close()


class _Exactly:
    """A stream cut where the directory says that it ends: LZMA need not say so itself."""

    def __init__(self, stream: Readable, size: int) -> None:
        self._stream, self._left = stream, size

    def read(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end. Raises Unreadable where the stream ends before."""
        if not self._left or most <= 0:
            return b""
        data = self._stream.read(min(most, self._left))
        if not data:
            raise Unreadable("sevenzip.truncated")
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Let go of the stream."""
        self._stream.close()
