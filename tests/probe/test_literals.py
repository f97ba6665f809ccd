"""Literals are found as one by one, whichever way is the shortest: in bytes and mapped files, with RE2 and without."""

import mmap
import tempfile
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import find, holds, which

_OCTETS = st.sampled_from(b"ab.*\\\n\x00\xff")
_LITERAL = st.lists(_OCTETS, min_size=1, max_size=4).map(bytes)


@given(data=st.lists(_OCTETS, max_size=30).map(bytes), literals=st.lists(_LITERAL, max_size=9))
def test_a_literal_is_found_whatever_its_bytes(data: bytes, literals: list[bytes]) -> None:
    assert holds(data, literals) == any(literal in data for literal in literals)


@given(before=st.integers(0, 2_000), marks=st.lists(st.sampled_from([b"xport", b"mport", b"x\0p\0o\0r\0t\0"])))
def test_literals_that_share_a_part_are_found_behind_many_places_of_the_part(before: int, marks: list[bytes]) -> None:
    data = b"port p\0o\0r\0t\0" * before + b"".join(marks)
    assert holds(data, [b"xport", b"mport", b"x\0p\0o\0r\0t\0", b"m\0p\0o\0r\0t\0"]) == bool(marks)


def test_a_literal_that_has_the_shared_part_twice_is_found() -> None:
    assert holds(b"..portport..", [b"portport", b"import"])
    assert holds(b"..import..", [b"portport", b"import"])
    assert not holds(b"..port import"[:-1], [b"portport", b"import"])


def test_no_literal_stands_nowhere_and_the_empty_one_everywhere() -> None:
    assert not holds(b"abc", [])
    assert holds(b"abc", [b""])


@pytest.mark.parametrize("at", [0, 1_048_570, 2_000_000])
def test_a_literal_is_found_in_a_mapped_file_wherever_it_stands(at: int) -> None:
    literals = [b"first-mark", b"second-mark", b"third-mark", b"fourth-mark", b"fifth-mark"]
    with tempfile.TemporaryFile() as stream:
        stream.write(bytes(at) + b"fifth-mark" + bytes(100))
        stream.flush()
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert holds(mapped, literals)
            assert not holds(mapped, literals[:4])


@pytest.fixture(params=["with RE2", "without"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    with patch("cpo_scan.probe.patterns.is_fast", return_value=request.param == "with RE2"):
        yield request.param


@given(data=st.lists(_OCTETS, max_size=60).map(bytes), literals=st.lists(_LITERAL, max_size=9), fast=st.booleans())
def test_which_literals_stand_there_is_told_even_where_they_overlap(
    data: bytes, literals: list[bytes], fast: bool
) -> None:
    with patch("cpo_scan.probe.patterns.is_fast", return_value=fast), patch("cpo_scan.probe.literals._AGAIN", 2):
        assert which(data, literals) == {literal for literal in literals if literal in data}
        assert holds(data, literals) == any(literal in data for literal in literals)


@given(
    before=st.lists(_OCTETS, max_size=20).map(bytes),
    literal=_LITERAL,
    start=st.integers(0, 9_100),
    fast=st.booleans(),
)
def test_the_first_place_of_a_literal_is_the_one_that_bytes_find(
    before: bytes, literal: bytes, start: int, fast: bool
) -> None:
    data = before + bytes(9_000) + before + b"." + before
    with patch("cpo_scan.probe.patterns.is_fast", return_value=fast):
        assert find(data, literal, start) == data.find(literal, start)


@pytest.mark.parametrize("firsts", [b"xm", b"abcdefgh"])
def test_literals_across_windows_of_a_mapped_file_are_found(engine: str, firsts: bytes) -> None:
    literals = [bytes([first]) + b"port" for first in firsts]
    for at in (0, 262_142, 262_144, 600_000):
        with tempfile.TemporaryFile() as stream:
            stream.write(bytes(at) + literals[-1] + bytes(40_000))
            stream.flush()
            with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                assert holds(mapped, literals), engine
                assert not holds(mapped, literals[:-1])
                assert which(mapped, literals) == {literals[-1]}
                assert find(mapped, literals[-1]) == at
                assert find(mapped, literals[-1], at + 1) == find(mapped, literals[0]) == -1
