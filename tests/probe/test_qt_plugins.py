"""What a Qt plug-in says of itself: marks of Qt 5 and 6, CBOR, and what is damaged."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.qt_plugins import read_plugin_metadata
from tests.probes.qt_metadata import cbor, metadata

INTERFACE = "com.example.Filter/1.0"
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), values, max_size=5), st.booleans())
def test_description_is_read_as_it_was_written(description: dict[str, Any], note: bool) -> None:
    read = read_plugin_metadata(b"\x7fELF..." + metadata(INTERFACE, description, note=note) + b"...")
    assert read is not None
    assert (read.interface, read.class_name, read.description) == (INTERFACE, "Factory", description)


@given(st.binary(max_size=200), st.integers(0, 60))
def test_damage_never_raises(noise: bytes, place: int) -> None:
    whole = metadata(INTERFACE, {"Keys": ["stl"], "n": 1})
    read_plugin_metadata(whole[:place] + noise + whole[place:])
    read_plugin_metadata(b"QTMETADATA !\0\5\17\0" + noise)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        cbor("no map"),
        cbor({2: 5}),
        b"\xbf\x02\x61a",  # no end
        b"\x9f" * 10_000,  # too deep
        b"\xbf\x02\xff",  # a key without a value
        b"\x7f\x01\xff",  # a text in pieces of which one is none
        b"\xbb" + b"\xff" * 8,  # as many entries as a number can say
        b"\xa1\x9f\xff\x01",  # a list as a key
    ],
)
def test_what_is_no_description_is_none(body: bytes) -> None:
    assert read_plugin_metadata(b"QTMETADATA !\0\5\17\0" + body) is None


def test_mark_in_another_text_hides_nothing() -> None:
    read = read_plugin_metadata(b"looks for QTMETADATA ! in files\0" + metadata(INTERFACE, {}))
    assert read is not None
    assert read.interface == INTERFACE
    assert read.description == {}
