"""Programs and libraries (ELF, PE, Mach-O, WebAssembly): what they need, and which dynamic symbols they offer and use.

Lean readers over mapped bytes, since a scan meets hundreds of megabytes of native code. Nothing is trusted: every
offset is checked against the file and every count against a limit; what does not hold raises `Unreadable`.
"""

import struct

from cpo_scan.probe.binary_elf import Elf
from cpo_scan.probe.binary_macho import FAT, MACHO, read_macho
from cpo_scan.probe.binary_pe import Pe, Resource
from cpo_scan.probe.binary_reader import Binary
from cpo_scan.probe.binary_wasm import WASM, Wasm
from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

__all__ = ["Binary", "Resource", "read_binary", "read_resources"]


def read_binary(data: Bytes, *, symbols: bool = True) -> Binary:
    """Read an ELF, PE, Mach-O or WebAssembly file. Raises Unreadable where it is none, cut off or inconsistent."""
    try:
        magic = data[:4]
        if magic == b"\x7fELF":
            return Elf(data).read(symbols)
        if magic[:2] == b"MZ":
            return Pe(data).read(symbols)
        if magic in MACHO or magic in FAT:
            return read_macho(data, symbols)
        if magic == WASM:
            return Wasm(data).read(symbols)
    except struct.error:
        raise Unreadable("binary.malformed", what="end of file") from None
    raise Unreadable("binary.unknown")


def read_resources(data: Bytes, kind: str) -> tuple[Resource, ...]:
    """Resources of a PE file of a kind (a name, or a number as digits), one language of each, in the file's order.

    Raises Unreadable where it is no PE file, cut off or inconsistent.
    """
    try:
        return Pe(data).resources(kind)
    except struct.error:
        raise Unreadable("binary.malformed", what="end of file") from None
