"""Compressed parts of formats: whole, cut, broken, too large."""

import lzma
import zlib

import pytest

from cpo_scan.probe.compressed import Codec, unpacked

TEXT = b"".join(b"%d: something that is said again and again\n" % number for number in range(9_000))
PACKED: dict[Codec, bytes] = {"zlib": zlib.compress(TEXT), "lzma": lzma.compress(TEXT)}


@pytest.mark.parametrize("codec", ["zlib", "lzma"])
def test_a_stream_is_unpacked_and_only_its_beginning_is_kept(codec: Codec) -> None:
    found = unpacked(PACKED[codec] + b"rest", codec, keep=50, most=10**7)
    assert (found.kept, found.size, found.fault, found.left) == (TEXT[:50], len(TEXT), "", 4)
    assert unpacked(PACKED[codec], codec, keep=10**7, most=10**7).kept == TEXT


@pytest.mark.parametrize("codec", ["zlib", "lzma"])
def test_what_is_cut_or_broken_or_too_large_is_told(codec: Codec) -> None:
    packed = PACKED[codec]
    assert unpacked(packed[:-5], codec, keep=10, most=10**7).fault == "cut"
    assert unpacked(b"", codec, keep=10, most=10**7).fault == "cut"
    assert unpacked(b"no stream at all", codec, keep=10, most=10**7).fault == "broken"
    damaged = packed[:200] + bytes([packed[200] ^ 0xFF]) + packed[201:]
    assert unpacked(damaged, codec, keep=10, most=10**7).fault == "broken"
    assert unpacked(packed, codec, keep=10, most=1_000).fault == "large"


def test_the_old_form_of_lzma_is_read_too() -> None:
    assert unpacked(lzma.compress(TEXT, lzma.FORMAT_ALONE), "lzma", keep=10, most=10**7).size == len(TEXT)
