"""Programs and libraries (ELF, PE, Mach-O): what they need, and which dynamic symbols they offer and use.

Lean readers over mapped bytes, since a scan meets hundreds of megabytes of native code. Nothing is trusted: every
offset is checked against the file and every count against a limit; what does not hold raises `Unreadable`.
"""

import struct
import sys
from array import array
from collections.abc import Iterator

import msgspec

from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

MOST_SYMBOLS = 4_000_000  # the largest real table seen has 0.4 million
MOST_LIBRARIES = 10_000
MOST_COMMANDS = 10_000
LONGEST_NAME = 256 * 2**10  # bytes; mangled C++ names reach some 10 kB
_AT_A_TIME = 256  # names between two looks at how much they take together


class Binary(msgspec.Struct, frozen=True, kw_only=True):
    """What the dynamic linker sees of a file.

    `needed` are the names of libraries as they stand in the file, in its order. `exported` and `imported` are names of
    dynamic symbols as bytes, mangled as they are, without version and without the leading underscore of Mach-O.
    """

    format: str  # elf, pe, mach-o
    architecture: str
    name: str = ""  # the name that the library gives itself (DT_SONAME, export directory, LC_ID_DYLIB)
    needed: tuple[str, ...] = ()
    exported: tuple[bytes, ...] = ()
    imported: tuple[bytes, ...] = ()


def read_binary(data: Bytes, *, symbols: bool = True) -> Binary:
    """Read an ELF, PE or Mach-O file. Raises Unreadable where it is none of them, cut off or inconsistent."""
    try:
        magic = data[:4]
        if magic == b"\x7fELF":
            return _Elf(data).read(symbols)
        if magic[:2] == b"MZ":
            return _Pe(data).read(symbols)
        if magic in _MACHO or magic in _FAT:
            return _macho(data, symbols)
    except struct.error:
        raise Unreadable("binary.malformed", what="end of file") from None
    raise Unreadable("binary.unknown")


class Resource(msgspec.Struct, frozen=True):
    """A resource of a PE file: its name (a number as digits) and where its bytes lie in the file."""

    name: str
    offset: int
    size: int


def read_resources(data: Bytes, kind: str) -> tuple[Resource, ...]:
    """Resources of a PE file of a kind (a name, or a number as digits), one language of each, in the file's order.

    Raises Unreadable where it is no PE file, cut off or inconsistent.
    """
    try:
        return _Pe(data).resources(kind)
    except struct.error:
        raise Unreadable("binary.malformed", what="end of file") from None


class _Reader:
    """Checked access to the bytes of one file, or of one architecture in it."""

    def __init__(self, data: Bytes, start: int = 0, size: int | None = None) -> None:
        self.data, self.start = data, start
        self.size = len(data) - start if size is None else size
        self.taken = 0  # bytes of names: a file that lets them overlap could ask for any amount

    def slice(self, offset: int, size: int, what: str) -> bytes:
        if offset < 0 or size < 0 or offset + size > self.size:
            raise Unreadable("binary.malformed", what=what)
        return self.data[self.start + offset : self.start + offset + size]

    def unpack(self, layout: str, offset: int, what: str) -> tuple[int, ...]:
        return struct.unpack(layout, self.slice(offset, struct.calcsize(layout), what))

    def text(self, offset: int, what: str) -> bytes:
        """The bytes up to the next NUL."""
        if not 0 <= offset < self.size:
            raise Unreadable("binary.malformed", what=what)
        first = self.start + offset
        end = self.data.find(b"\0", first, min(first + LONGEST_NAME, self.start + self.size))
        self.taken += end - first
        if end < 0 or self.taken > _allowed(self.size):
            raise Unreadable("binary.malformed", what=what)
        return self.data[first:end]


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _most(count: int, limit: int, what: str) -> int:
    if count > limit:
        raise Unreadable("binary.malformed", what=what)
    return count


def _allowed(size: int) -> int:
    """How many bytes the names of a table of this size may take together. Honest ones share little."""
    return 4 * size + 2**20


def _names(table: bytes, offsets: list[int]) -> tuple[bytes, ...]:
    """The NUL-ended names at these offsets of a string table."""
    find, longest, allowed = table.index, LONGEST_NAME, _allowed(len(table))
    names: list[bytes] = []
    try:
        for start in range(0, len(offsets), _AT_A_TIME):
            part = [table[at : find(b"\0", at, at + longest)] for at in offsets[start : start + _AT_A_TIME]]
            allowed -= sum(map(len, part))
            if allowed < 0:
                raise ValueError
            names += part
    except ValueError:
        raise Unreadable("binary.malformed", what="symbol names") from None
    return tuple(names)


# -- ELF: System V ABI, gabi 4.1 chapters 4 and 5; machine numbers by its registry

_ELF_MACHINES = {
    3: "x86", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 50: "ia64", 62: "x86_64", 183: "aarch64",
    243: "riscv", 258: "loongarch",
}  # fmt: skip
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_SONAME, _DT_GNU_HASH = 1, 4, 5, 6, 10, 14, 0x6FFFFEF5
_SHT_DYNAMIC, _SHT_DYNSYM = 6, 11


class _Elf(_Reader):
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
                strings = _Reader(self.data, strtab, min(single.get(_DT_STRSZ, self.size), self.size - strtab))
                needed = [_name(strings.text(value, "needed library")) for tag, value in entries if tag == _DT_NEEDED]
                own = _name(strings.text(single[_DT_SONAME], "library name")) if _DT_SONAME in single else ""
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
        _most(length // layout.size, MOST_LIBRARIES, "dynamic section")
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
        _most(buckets, MOST_SYMBOLS, "hash table")
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
        _most(count, MOST_SYMBOLS, "number of symbols")
        table = array("I", self.slice(symtab, count * words * 4, "symbols"))
        if (sys.byteorder == "little") != (self.order == "<"):
            table.byteswap()
        # info (binding in its high half), other and section index share one word: order decides which end is which
        offsets, kinds = table[::words], table[1 if self.wide else 3 :: words]
        section, binding = (0xFFFF0000, 0xF0) if self.order == "<" else (0xFFFF, 0xF0000000)
        # local symbols have no binding, imported ones no section
        defined = [at for at, kind in zip(offsets, kinds, strict=True) if kind & section and kind & binding and at]
        used = [at for at, kind in zip(offsets, kinds, strict=True) if not kind & section and kind & binding and at]
        return _names(names, defined), _names(names, used)


# -- PE: Microsoft PE and COFF specification

_PE_MACHINES = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "aarch64", 0x1C0: "arm", 0x1C4: "arm", 0x200: "ia64"}
_EXPORTS, _IMPORTS, _RESOURCES, _DELAYED = 0, 1, 2, 13
_MOST_RESOURCES = 10_000
_INNER = 1 << 31  # the entry leads to another directory, or its name is a text


class _Pe(_Reader):
    def read(self, symbols: bool) -> Binary:
        machine, places = self._headers()
        needed, imported = self._imports(places, symbols)
        own, exported = self._exports(places.get(_EXPORTS, 0), symbols)
        return Binary(
            format="pe",
            architecture=_PE_MACHINES.get(machine, f"pe-{machine:04x}"),
            name=own,
            needed=tuple(needed),
            exported=exported,
            imported=tuple(imported),
        )

    def resources(self, kind: str) -> tuple[Resource, ...]:
        """Resources of a kind; the directory has three levels: kind, name, language."""
        _, places = self._headers()
        if _RESOURCES not in places:
            return ()
        start = self._offset(places[_RESOURCES])
        found: list[Resource] = []
        for kind_name, names in self._entries(start, 0):
            if kind_name != kind or not names & _INNER:
                continue
            for name, languages in self._entries(start, names & ~_INNER):
                leaves = self._entries(start, languages & ~_INNER) if languages & _INNER else [(name, languages)]
                for _, leaf in leaves[:1]:
                    address, size = self.unpack("<II", start + leaf, "resource")
                    offset = self._offset(address)
                    self.slice(offset, size, "resource")
                    found.append(Resource(name, offset, size))
        return tuple(found)

    def _entries(self, start: int, directory: int) -> list[tuple[str, int]]:
        """Names and offsets of the entries of a resource directory."""
        *_, named, numbered = self.unpack("<IIHHHH", start + directory, "resources")
        _most(named + numbered, _MOST_RESOURCES, "number of resources")
        entries = []
        for number in range(named + numbered):
            name, offset = self.unpack("<II", start + directory + 16 + 8 * number, "resources")
            if name & _INNER:
                (length,) = self.unpack("<H", start + (name & ~_INNER), "name of a resource")
                raw = self.slice(start + (name & ~_INNER) + 2, 2 * length, "name of a resource")
                self.taken += len(raw)
                _most(self.taken, _allowed(self.size), "name of a resource")
                entries.append((raw.decode("utf-16-le", "replace"), offset))
            else:
                entries.append((str(name), offset))
        return entries

    def _headers(self) -> tuple[int, dict[int, int]]:
        """Machine and the addresses of the data directories."""
        (header,) = self.unpack("<I", 0x3C, "header")
        if self.slice(header, 4, "header") != b"PE\0\0":
            raise Unreadable("binary.unknown")
        machine, sections, _, _, _, optional = self.unpack("<HHIIIH", header + 4, "header")
        start = header + 24
        (magic,) = self.unpack("<H", start, "optional header") if optional else (0x10B,)
        self.wide = magic == 0x20B
        places = self._directories(start + (108 if self.wide else 92)) if optional else {}
        self.sections = [
            self.unpack("<IIII", start + optional + 40 * number + 8, "section header") for number in range(sections)
        ]
        return machine, places

    def _directories(self, place: int) -> dict[int, int]:
        (count,) = self.unpack("<I", place, "directories")
        places = {}
        for number in range(min(count, 16)):
            address, size = self.unpack("<II", place + 4 + 8 * number, "directories")
            if address and size:
                places[number] = address
        return places

    def _offset(self, address: int) -> int:
        for size, start, raw_size, raw in self.sections:
            if start <= address < start + max(size, raw_size):
                return raw + address - start
        raise Unreadable("binary.malformed", what="address")

    def _string(self, address: int, what: str) -> bytes:
        return self.text(self._offset(address), what)

    def _imports(self, places: dict[int, int], symbols: bool) -> tuple[list[str], list[bytes]]:
        needed: list[str] = []
        imported: list[bytes] = []
        for directory, layout, name_at, thunk_at in ((_IMPORTS, "<5I", 3, 0), (_DELAYED, "<8I", 1, 4)):
            if directory not in places:
                continue
            place = self._offset(places[directory])
            for number in range(MOST_LIBRARIES):
                row = self.unpack(layout, place + number * struct.calcsize(layout), "imports")
                if not row[name_at]:
                    break
                if directory == _DELAYED and not row[0] & 1:  # addresses and not offsets from the base: before 2003
                    continue
                needed.append(_name(self._string(row[name_at], "imported library")))
                if symbols:
                    imported.extend(self._thunks(row[thunk_at] or (row[4] if directory == _IMPORTS else 0)))
                _most(len(imported), MOST_SYMBOLS, "number of imports")
        return needed, imported

    def _thunks(self, address: int) -> Iterator[bytes]:
        if not address:
            return
        layout, flag = ("<Q", 1 << 63) if self.wide else ("<I", 1 << 31)
        place, step = self._offset(address), struct.calcsize(layout)
        for number in range(MOST_SYMBOLS):
            (value,) = self.unpack(layout, place + number * step, "imports")
            if not value:
                return
            if not value & flag:  # else by ordinal, without a name
                yield self._string((value & 0x7FFFFFFF) + 2, "imported name")

    def _exports(self, address: int, symbols: bool) -> tuple[str, tuple[bytes, ...]]:
        if not address:
            return "", ()
        row = self.unpack("<IIHHIIIIIII", self._offset(address), "exports")
        own = _name(self._string(row[4], "library name")) if row[4] else ""
        count, names = row[7], row[9]
        if not symbols or not count:
            return own, ()
        _most(count, MOST_SYMBOLS, "number of exports")
        addresses = self.unpack(f"<{count}I", self._offset(names), "exports")
        return own, tuple(self._string(name, "exported name") for name in addresses)


# -- Mach-O: <mach-o/loader.h>, <mach-o/nlist.h>, <mach-o/fat.h>

_MACHO = {
    b"\xce\xfa\xed\xfe": ("<", False), b"\xcf\xfa\xed\xfe": ("<", True),
    b"\xfe\xed\xfa\xce": (">", False), b"\xfe\xed\xfa\xcf": (">", True),
}  # fmt: skip
_FAT = {b"\xca\xfe\xba\xbe": (">IIIII", 20), b"\xca\xfe\xba\xbf": (">IIQQII", 32)}
_CPUS = {7: "x86", 0x01000007: "x86_64", 12: "arm", 0x0100000C: "aarch64", 18: "ppc", 0x01000012: "ppc64"}
_MOST_ARCHITECTURES = 32  # Java classes share the magic: there the next number is a version above 44
_LC_SYMTAB, _LC_ID_DYLIB = 0x2, 0xD
_LC_LOADS = {0xC, 0x80000018, 0x8000001F, 0x20, 0x80000023}  # plain, weak, re-exported, lazy, upward
_N_STAB, _N_TYPE, _N_EXT = 0xE0, 0x0E, 0x01


def _macho(data: Bytes, symbols: bool) -> Binary:
    if data[:4] in _MACHO:
        return _MachO(data).read(symbols)
    outer = _Reader(data)
    layout, step = _FAT[bytes(data[:4])]
    (count,) = outer.unpack(">I", 4, "header")
    if not 0 < count < _MOST_ARCHITECTURES:
        raise Unreadable("binary.unknown")
    slices = []
    for number in range(count):
        _, _, start, size, *_ = outer.unpack(layout, 8 + number * step, "header")
        if start + size > len(data) or data[start : start + 4] not in _MACHO:
            raise Unreadable("binary.malformed", what="architecture")
        slices.append(_MachO(data, start, size))
    # the architectures of one file are builds of the same source: the first one speaks for all
    first = slices[0].read(symbols)
    return msgspec.structs.replace(first, architecture="+".join(sorted({part.architecture for part in slices})))


class _MachO(_Reader):
    def __init__(self, data: Bytes, start: int = 0, size: int | None = None) -> None:
        super().__init__(data, start, size)
        self.order, self.wide = _MACHO[self.slice(0, 4, "header")]
        (cpu,) = self.unpack(f"{self.order}I", 4, "header")
        self.architecture = _CPUS.get(cpu, f"mach-o-{cpu:x}")

    def read(self, symbols: bool) -> Binary:
        count, _ = self.unpack(f"{self.order}II", 16, "header")
        _most(count, MOST_COMMANDS, "load commands")
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
                name = _name(self.slice(place + offset, size - offset, "library name").split(b"\0", 1)[0])
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
        _most(count, MOST_SYMBOLS, "number of symbols")
        layout = struct.Struct(f"{self.order}IBBHQ" if self.wide else f"{self.order}IBBHI")
        names = self.slice(strtab, size, "symbol names")
        offsets: tuple[list[int], list[int]] = [], []
        for offset, kind, _, _, _ in layout.iter_unpack(self.slice(symtab, count * layout.size, "symbols")):
            if offset and kind & _N_EXT and not kind & _N_STAB:
                offsets[0 if kind & _N_TYPE else 1].append(offset)
        exported.extend(name.removeprefix(b"_") for name in _names(names, offsets[0]))
        imported.extend(name.removeprefix(b"_") for name in _names(names, offsets[1]))
