"""WebAssembly modules: what they import, export and name; damage is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import Unreadable
from cpo_scan.probe.binaries import read_binary
from tests.probe.native import wasm

NAME = st.text(max_size=200)


@given(
    st.lists(st.tuples(NAME, NAME), max_size=5),
    st.lists(NAME, max_size=5),
    st.lists(NAME, max_size=5),
    st.permutations(("import", "export", "data")),
)
def test_what_was_put_in_is_read(
    imported: list[tuple[str, str]], exported: list[str], names: list[str], order: list[str]
) -> None:
    found = read_binary(wasm(imported, exported, names, data=b"text", order=(*order, "name")))
    assert (found.format, found.architecture) == ("wasm", "wasm32")
    assert found.needed == tuple(dict.fromkeys(module for module, _ in imported))
    assert found.imported == tuple(dict.fromkeys(name.encode() for _, name in imported))
    own = [name for name in names if name.encode() not in found.imported]
    assert found.exported == tuple(dict.fromkeys(name.encode() for name in [*exported, *own]))


@pytest.mark.parametrize(
    "described",
    ["01700001", "0170010102", "020001", "020380018002", "037f01", "040000"],
)
def test_imports_other_than_functions_are_stepped_over(described: str) -> None:
    body = b"\x02" + b"\x01a\x01b" + bytes.fromhex(described) + b"\x01a\x01c\x00\x00"
    found = read_binary(b"\0asm\1\0\0\0\x02" + bytes([len(body)]) + body)
    assert found.imported == (b"b", b"c")


def test_names_are_left_out_where_nobody_asks_for_them() -> None:
    assert read_binary(wasm([("env", "f")], ["g"]), symbols=False).exported == ()


def test_a_component_is_told_by_its_version_and_not_read() -> None:
    assert read_binary(b"\0asm\x0d\0\1\0" + b"\xff" * 9).format == "wasm"


WHOLE = wasm([("env", "f")], ["g", "h"], ["f", "i"], data=b"some text")


@given(st.integers(0, len(WHOLE)), st.binary(max_size=12))
def test_damage_is_told(at: int, put: bytes) -> None:
    for damaged in (WHOLE[:at], WHOLE[:at] + put + WHOLE[at + len(put) :]):
        try:
            read_binary(damaged)
        except Unreadable as error:
            assert error.reason.code in ("binary.malformed", "binary.unknown")
