"""Mach-O files, one architecture or several: <mach-o/loader.h>, <mach-o/nlist.h>, <mach-o/fat.h>."""

import struct

import msgspec

from cpo_scan.probe.binary_reader import (
    MOST_COMMANDS,
    MOST_SYMBOLS,
    Binary,
    Reader,
    at_most,
    decoded,
    names_at,
)
from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

MACHO = {
    b"\xce\xfa\xed\xfe": ("<", False), b"\xcf\xfa\xed\xfe": ("<", True),
    b"\xfe\xed\xfa\xce": (">", False), b"\xfe\xed\xfa\xcf": (">", True),
}  # fmt: skip
FAT = {b"\xca\xfe\xba\xbe": (">IIIII", 20), b"\xca\xfe\xba\xbf": (">IIQQII", 32)}
_CPUS = {7: "x86", 0x01000007: "x86_64", 12: "arm", 0x0100000C: "aarch64", 18: "ppc", 0x01000012: "ppc64"}
_MOST_ARCHITECTURES = 32  # Java classes share the magic: there the next number is a version above 44
_LC_SYMTAB, _LC_ID_DYLIB = 0x2, 0xD
_LC_LOADS = {0xC, 0x80000018, 0x8000001F, 0x20, 0x80000023}  # plain, weak, re-exported, lazy, upward
_N_STAB, _N_TYPE, _N_EXT = 0xE0, 0x0E, 0x01


def read_macho(data: Bytes, symbols: bool) -> Binary:
    if data[:4] in MACHO:
        return _MachO(data).read(symbols)
    outer = Reader(data)
    layout, step = FAT[bytes(data[:4])]
    (count,) = outer.unpack(">I", 4, "header")
    if not 0 < count < _MOST_ARCHITECTURES:
        raise Unreadable("binary.unknown")
    slices = []
    for number in range(count):
        _, _, start, size, *_ = outer.unpack(layout, 8 + number * step, "header")
        if start + size > len(data) or data[start : start + 4] not in MACHO:
            raise Unreadable("binary.malformed", what="architecture")
        slices.append(_MachO(data, start, size))
    # the architectures of one file are builds of the same source: the first one speaks for all
    first = slices[0].read(symbols)
    return msgspec.structs.replace(first, architecture="+".join(sorted({part.architecture for part in slices})))


class _MachO(Reader):
    def __init__(self, data: Bytes, start: int = 0, size: int | None = None) -> None:
        super().__init__(data, start, size)
        self.order, self.wide = MACHO[self.slice(0, 4, "header")]
        (cpu,) = self.unpack(f"{self.order}I", 4, "header")
        self.architecture = _CPUS.get(cpu, f"mach-o-{cpu:x}")

    def read(self, symbols: bool) -> Binary:
        count, _ = self.unpack(f"{self.order}II", 16, "header")
        at_most(count, MOST_COMMANDS, "load commands")
        place = 32 if self.wide else 28
        needed: list[str] = []
        own = ""
        exported: list[bytes] = []
        imported: list[bytes] = []
        for _ in range(count):
            command, size = self.unpack(f"{self.order}II", place, "load command")
            if size < 8:
                raise Unreadable("binary.malformed", what="load command")
            if command in _LC_LOADS or command == _LC_ID_DYLIB:
                (offset,) = self.unpack(f"{self.order}I", place + 8, "load command")
                name = decoded(self.slice(place + offset, size - offset, "library name").split(b"\0", 1)[0])
                if command == _LC_ID_DYLIB:
                    own = name
                else:
                    needed.append(name)
            elif command == _LC_SYMTAB and symbols:
                self._symbols(self.unpack(f"{self.order}4I", place + 8, "load command"), exported, imported)
            place += size
        return Binary(
            format="mach-o",
            architecture=self.architecture,
            name=own,
            needed=tuple(needed),
            exported=tuple(exported),
            imported=tuple(imported),
        )

    def _symbols(self, place: tuple[int, ...], exported: list[bytes], imported: list[bytes]) -> None:
        symtab, count, strtab, size = place
        at_most(count, MOST_SYMBOLS, "number of symbols")
        layout = struct.Struct(f"{self.order}IBBHQ" if self.wide else f"{self.order}IBBHI")
        names = self.slice(strtab, size, "symbol names")
        offsets: tuple[list[int], list[int]] = [], []
        for offset, kind, _, _, _ in layout.iter_unpack(self.slice(symtab, count * layout.size, "symbols")):
            if offset and kind & _N_EXT and not kind & _N_STAB:
                offsets[0 if kind & _N_TYPE else 1].append(offset)
        exported.extend(name.removeprefix(b"_") for name in names_at(names, offsets[0]))
        imported.extend(name.removeprefix(b"_") for name in names_at(names, offsets[1]))
