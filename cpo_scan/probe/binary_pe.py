"""PE files: Microsoft PE and COFF specification."""

import struct
from collections.abc import Iterator

import msgspec

from cpo_scan.probe.binary_reader import MOST_LIBRARIES, MOST_SYMBOLS, Binary, Reader, allowed_names, at_most, decoded
from cpo_scan.targets.errors import Unreadable

_PE_MACHINES = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "aarch64", 0x1C0: "arm", 0x1C4: "arm", 0x200: "ia64"}
_EXPORTS, _IMPORTS, _RESOURCES, _DELAYED = 0, 1, 2, 13
_MOST_RESOURCES = 10_000
_INNER = 1 << 31  # the entry leads to another directory, or its name is a text


class Resource(msgspec.Struct, frozen=True):
    """A resource of a PE file: its name (a number as digits) and where its bytes lie in the file."""

    name: str
    offset: int
    size: int


class Pe(Reader):
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
        at_most(named + numbered, _MOST_RESOURCES, "number of resources")
        entries = []
        for number in range(named + numbered):
            name, offset = self.unpack("<II", start + directory + 16 + 8 * number, "resources")
            if name & _INNER:
                (length,) = self.unpack("<H", start + (name & ~_INNER), "name of a resource")
                raw = self.slice(start + (name & ~_INNER) + 2, 2 * length, "name of a resource")
                self.taken += len(raw)
                at_most(self.taken, allowed_names(self.size), "name of a resource")
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
                needed.append(decoded(self._string(row[name_at], "imported library")))
                if symbols:
                    imported.extend(self._thunks(row[thunk_at] or (row[4] if directory == _IMPORTS else 0)))
                at_most(len(imported), MOST_SYMBOLS, "number of imports")
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
        own = decoded(self._string(row[4], "library name")) if row[4] else ""
        count, names = row[7], row[9]
        if not symbols or not count:
            return own, ()
        at_most(count, MOST_SYMBOLS, "number of exports")
        addresses = self.unpack(f"<{count}I", self._offset(names), "exports")
        return own, tuple(self._string(name, "exported name") for name in addresses)
