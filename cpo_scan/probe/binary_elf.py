"""ELF files: System V ABI, gabi 4.1 chapters 4 and 5; machine numbers by its registry."""

import struct
import sys
from array import array

from cpo_scan.probe.binary_reader import MOST_LIBRARIES, MOST_SYMBOLS, Binary, Reader, at_most, decoded, names_at
from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

_ELF_MACHINES = {
    3: "x86", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 50: "ia64", 62: "x86_64", 183: "aarch64",
    243: "riscv", 258: "loongarch",
}  # fmt: skip
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_SONAME, _DT_GNU_HASH = 1, 4, 5, 6, 10, 14, 0x6FFFFEF5
_SHT_DYNAMIC, _SHT_DYNSYM = 6, 11


class Elf(Reader):
    def __init__(self, data: Bytes) -> None:
        super().__init__(data)
        ident = self.slice(0, 20, "header")
        if ident[4] not in (1, 2) or ident[5] not in (1, 2):
            raise Unreadable("binary.malformed", what="header")
        self.wide, self.order = ident[4] == 2, "<" if ident[5] == 1 else ">"
        self.machine = int.from_bytes(ident[18:20], "little" if self.order == "<" else "big")

    def read(self, symbols: bool) -> Binary:
        order, wide = self.order, self.wide
        phoff, shoff = self.unpack(f"{order}QQ" if wide else f"{order}II", 32 if wide else 28, "header")
        phentsize, phnum, shentsize, shnum = self.unpack(f"{order}4H", 54 if wide else 42, "header")
        loads, dynamic = self._segments(phoff, phentsize, phnum)
        sections = self._sections(shoff, shentsize, shnum)
        if sections and _SHT_DYNAMIC not in {kind for kind, _, _ in sections}:
            dynamic = None  # debug information kept in a file of its own: the segments are those of the program
        needed: list[str] = []
        exported: tuple[bytes, ...] = ()
        imported: tuple[bytes, ...] = ()
        own = ""
        if dynamic is not None:
            entries = self._dynamic(*dynamic)
            single = dict(reversed(entries))
            if _DT_STRTAB in single:
                strtab = self._offset(loads, single[_DT_STRTAB])
                strings = Reader(self.data, strtab, min(single.get(_DT_STRSZ, self.size), self.size - strtab))
                needed = [decoded(strings.text(value, "needed library")) for tag, value in entries if tag == _DT_NEEDED]
                own = decoded(strings.text(single[_DT_SONAME], "library name")) if _DT_SONAME in single else ""
                if symbols and _DT_SYMTAB in single:
                    symtab = self._offset(loads, single[_DT_SYMTAB])
                    count = self._count(single, loads, symtab, strtab, sections)
                    exported, imported = self._symbols(symtab, count, strings.slice(0, strings.size, "names"))
        return Binary(
            format="elf",
            architecture=_ELF_MACHINES.get(self.machine, f"elf-{self.machine}"),
            name=own,
            needed=tuple(needed),
            exported=exported,
            imported=imported,
        )

    def _segments(self, phoff: int, size: int, count: int) -> tuple[list[tuple[int, int, int]], tuple[int, int] | None]:
        """Address, offset and size in the file of each loaded segment, and the place of the dynamic section."""
        loads, dynamic = [], None
        for number in range(count):
            place = phoff + number * size
            if self.wide:
                kind, _, offset, address, _, length = self.unpack(f"{self.order}IIQQQQ", place, "program header")
            else:
                kind, offset, address, _, length = self.unpack(f"{self.order}5I", place, "program header")
            if kind == _PT_LOAD:
                loads.append((address, offset, length))
            elif kind == _PT_DYNAMIC:
                dynamic = (offset, length)
        return loads, dynamic

    def _sections(self, shoff: int, size: int, count: int) -> list[tuple[int, int, int]]:
        """Type, offset and size of each section; none where the table is missing, which the linker does not mind."""
        layout = f"{self.order}IIQQQQ" if self.wide else f"{self.order}6I"
        if not shoff or size < struct.calcsize(layout) or shoff + size * count > self.size:
            return []
        rows = (self.unpack(layout, shoff + number * size, "section header") for number in range(count))
        return [(kind, offset, length) for _, kind, _, _, offset, length in rows]

    def _dynamic(self, offset: int, length: int) -> list[tuple[int, int]]:
        layout = struct.Struct(f"{self.order}QQ" if self.wide else f"{self.order}II")
        at_most(length // layout.size, MOST_LIBRARIES, "dynamic section")
        table = self.slice(offset, length - length % layout.size, "dynamic section")
        entries = []
        for tag, value in layout.iter_unpack(table):
            if tag == 0:
                break
            entries.append((tag, value))
        return entries

    def _offset(self, loads: list[tuple[int, int, int]], address: int) -> int:
        for start, offset, length in loads:
            if start <= address < start + length and offset + address - start < self.size:
                return offset + address - start
        raise Unreadable("binary.malformed", what="address")

    def _count(
        self,
        dynamic: dict[int, int],
        loads: list[tuple[int, int, int]],
        symtab: int,
        strtab: int,
        sections: list[tuple[int, int, int]],
    ) -> int:
        """How many dynamic symbols there are. No entry says it: section header, hash tables, or where names start."""
        entry = 24 if self.wide else 16
        for kind, offset, size in sections:
            if kind == _SHT_DYNSYM and offset == symtab:
                return size // entry
        if _DT_HASH in dynamic:
            place = self._offset(loads, dynamic[_DT_HASH])
            return self.unpack(f"{self.order}II", place, "hash table")[1]
        if _DT_GNU_HASH in dynamic:
            return self._gnu_count(self._offset(loads, dynamic[_DT_GNU_HASH]))
        return (strtab - symtab) // entry if strtab > symtab else 0

    def _gnu_count(self, place: int) -> int:
        """The greatest index that the GNU hash table leads to, and one more (its chains end with an odd value)."""
        buckets, first, blooms, _ = self.unpack(f"{self.order}4I", place, "hash table")
        at_most(buckets, MOST_SYMBOLS, "hash table")
        table = place + 16 + blooms * (8 if self.wide else 4)
        last = max(self.unpack(f"{self.order}{buckets}I", table, "hash table"), default=0)
        if last < first:
            return first
        chain = table + 4 * buckets - 4 * first
        for index in range(last, last + MOST_SYMBOLS):
            if self.unpack(f"{self.order}I", chain + 4 * index, "hash table")[0] & 1:
                return index + 1
        raise Unreadable("binary.malformed", what="hash table")

    def _symbols(self, symtab: int, count: int, names: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        words = 6 if self.wide else 4  # 32-bit words in an entry
        at_most(count, MOST_SYMBOLS, "number of symbols")
        table = array("I", self.slice(symtab, count * words * 4, "symbols"))
        if (sys.byteorder == "little") != (self.order == "<"):
            table.byteswap()
        # info (binding in its high half), other and section index share one word: order decides which end is which
        offsets, kinds = table[::words], table[1 if self.wide else 3 :: words]
        section, binding = (0xFFFF0000, 0xF0) if self.order == "<" else (0xFFFF, 0xF0000000)
        # local symbols have no binding, imported ones no section
        defined = [at for at, kind in zip(offsets, kinds, strict=True) if kind & section and kind & binding and at]
        used = [at for at, kind in zip(offsets, kinds, strict=True) if not kind & section and kind & binding and at]
        return names_at(names, defined), names_at(names, used)
