"""Names in symbols of C++ and C, as far as a header would have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.mangled import identifiers


@pytest.mark.parametrize(
    ("symbol", "names"),
    [
        (b"acme_save", ("acme_save",)),
        (b"acme_save@@ACME_1.0", ("acme_save",)),
        (b"_Z4saveRKSs", ("save",)),
        (b"_ZN4Acme4Part4saveEv", ("Acme", "Part", "save")),
        (b"_ZNK4Acme4Part4saveEv", ("Acme", "Part", "save")),
        (b"_ZN4Acme4PartC1Ev", ("Acme", "Part")),
        (b"_ZN4Acme4PartD0Ev", ("Acme", "Part")),
        (b"_ZTVN4Acme4PartE", ("Acme", "Part")),
        (b"_ZTI4Part", ("Part",)),
        (b"_ZThn16_N4Acme4Part4saveEv", ("Acme", "Part", "save")),
        (b"_ZN4Acme4ListIiE3addEi", ("Acme", "List")),
        (b"_ZNSt6vectorIiE9push_backEi", ()),
        (b"_Znwm", ()),
        (b"_ZN4Acme", ("Acme",)),
        (b"_ZN9Acme", ()),
        (b"?save@Part@Acme@@QEAAXXZ", ("Acme", "Part", "save")),
        (b"??0Part@Acme@@QEAA@XZ", ("Acme", "Part")),
        (b"??_7Part@Acme@@6B@", ("Acme", "Part")),
        (b"?swap@std@@YAXXZ", ()),
    ],
)
def test_identifiers_of_a_symbol(symbol: bytes, names: tuple[str, ...]) -> None:
    assert identifiers(symbol) == names


@given(st.binary(max_size=60) | st.binary(max_size=40).map(b"_ZN".__add__) | st.binary(max_size=40).map(b"?".__add__))
def test_any_symbol_is_borne(symbol: bytes) -> None:
    assert all(isinstance(name, str) for name in identifiers(symbol))
