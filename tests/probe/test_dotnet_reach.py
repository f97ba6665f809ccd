"""Which types an add-on gets to see: by signatures of fields and methods, through arrays and generic types."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.dotnet_reach import reachable, starts_by_itself
from cpo_scan.targets.errors import Unreadable
from tests.probe.managed import assembly
from tests.probe.native import pe

NAMES = ("Plugin", "Host", "Part", "Row", "Kept")


def product(signatures: dict[int, bytes]) -> bytes:
    """Types in the order of NAMES, each with a public method; the signature of that of a number is as given.

    Types are rows 2 to 6: the first one is that of the module, and a row is coded as four times its number.
    """
    plain = b"\x20\x01\x01\x0e"  # an instance method that takes a string
    data = assembly([("Acme", name, 1, ((f"m{name}", 6, 1),), ()) for name in NAMES])
    start = data.index(b"\x04" + plain)
    for number in range(len(NAMES)):
        signature = signatures.get(number)
        if signature is not None:
            at = start + 5 * number
            assert data[at : at + 5] == b"\x04" + plain
            data = data[:at] + b"\x04" + signature.ljust(4, b"\0") + data[at + 5 :]
    return data


def seen(signatures: dict[int, bytes], *start: str) -> set[str]:
    return {name.rpartition(".")[2] for name in reachable(product(signatures), start or ("Acme.Plugin",))}


def test_a_type_that_is_handed_over_leads_on() -> None:
    host, part = bytes([0x20, 0, 0x12, 3 << 2]), bytes([0x20, 0, 0x12, 4 << 2])
    assert seen({0: host, 1: part}) == {"Plugin", "Host", "Part"}
    assert seen({}) == {"Plugin"}
    assert seen({0: host, 1: part}, "Acme.Kept") == {"Kept"}
    assert seen({0: host}, "Acme.Gone") == set()


@pytest.mark.parametrize(
    "signature",
    [
        bytes([0x00, 0, 0x1D, 0x12]) + bytes([3 << 2]),  # cut: leads nowhere
        bytes([0x20, 0, 0x10, 0x12]),
        bytes([0x20, 0xFF, 0xFF, 0xFF]),
        bytes([0x20, 0, 0x15, 0x12]),
        bytes([0x20, 0, 0x14, 0x14]),
        bytes([0x20, 0, 0x1B, 0x20]),
    ],
)
def test_a_signature_that_does_not_hold_leads_nowhere(signature: bytes) -> None:
    assert seen({0: signature[:4]}) == {"Plugin"}


def test_programs_have_an_entry_point() -> None:
    assert not starts_by_itself(assembly(()))
    assert starts_by_itself(assembly((), library=False))
    with pytest.raises(Unreadable):
        starts_by_itself(pe({}))


SOUND = product({0: bytes([0x20, 0, 0x12, 3 << 2])})


@given(st.integers(0, len(SOUND)), st.binary(min_size=1, max_size=8))
def test_damaged_assemblies_are_read_or_refused(at: int, intruder: bytes) -> None:
    for damaged in (SOUND[:at], SOUND[:at] + intruder + SOUND[at + len(intruder) :]):
        try:
            assert "Acme.Plugin" in reachable(damaged, ["Acme.Plugin"]) or damaged != SOUND
        except (Unreadable, struct.error) as error:
            assert isinstance(error, Unreadable)
