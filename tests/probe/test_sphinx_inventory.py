"""Sphinx inventories: names with their roles, and that damage is told."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import sphinx_inventory
from cpo_scan.probe.sphinx_inventory import Described, read_inventory
from cpo_scan.targets.errors import LimitHit, Unreadable

HEAD = b"# Sphinx inventory version 2\n# Project: Acme\n# Version: 7.1\n# The remainder is compressed using zlib.\n"


def test_rows_of_version_2_may_have_blanks_in_their_names() -> None:
    rows = b"acme.core py:module 0 core.html#$ -\nlist of things std:label -1 a.html List: of things\nbroken\n"
    assert list(read_inventory(HEAD + zlib.compress(rows))) == [
        Described("py", "module", "acme.core"),
        Described("std", "label", "list of things"),
    ]


def test_version_1_is_of_python() -> None:
    data = b"# Sphinx inventory version 1\n# Project: a\n# Version: 1\nacme mod a.html\nacme.Part class a.html\n"
    assert list(read_inventory(data)) == [Described("py", "module", "acme"), Described("py", "class", "acme.Part")]


def test_more_than_the_limit_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sphinx_inventory, "MOST_BYTES", 1000)
    with pytest.raises(LimitHit):
        list(read_inventory(HEAD + zlib.compress(bytes(5000))))


@given(st.binary(max_size=200) | st.binary(max_size=80).map(HEAD.__add__))
def test_any_bytes_are_an_inventory_or_refused(data: bytes) -> None:
    try:
        list(read_inventory(data))
    except Unreadable as error:
        assert error.reason.code
