"""Many literals are found as one by one, in bytes and in mapped files."""

import mmap
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import holds

_LITERAL = st.lists(st.sampled_from(b"ab.*\\\n\x00\xff"), min_size=1, max_size=4).map(bytes)


@given(
    data=st.lists(st.sampled_from(b"ab.*\\\n\x00\xff"), max_size=30).map(bytes), literals=st.lists(_LITERAL, max_size=9)
)
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
