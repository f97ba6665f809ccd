"""WebAssembly modules: what they import and export, and the names of functions that the linker left in them.

Layout: WebAssembly Core Specification 2.0, clauses 5.4 and 5.5; names: appendix "Custom Sections", 7.4.1.
"""

from cpo_scan.probe.binary_reader import MOST_SYMBOLS, Binary, Reader, at_most, decoded
from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

WASM = b"\0asm"
_SECTIONS = 10_000
_CUSTOM, _IMPORT, _EXPORT = 0, 2, 7
_FUNCTION_NAMES = 1  # subsection of the custom section `name`
_LIMITED, _MOST_BITS = 1, 64


class Wasm:
    """One module. Raises Unreadable, code `binary.malformed`."""

    def __init__(self, data: Bytes) -> None:
        self._reader = Reader(data)
        self._at = 8
        self._end = self._reader.size

    def read(self, symbols: bool) -> Binary:
        """Libraries are the modules that it imports from; functions that have a name of their own count as offered."""
        needed: dict[str, None] = {}
        imported: list[bytes] = []
        exported: dict[bytes, None] = {}
        if int.from_bytes(self._reader.slice(4, 4, "header"), "little") != 1:
            return Binary(format="wasm", architecture="wasm32")  # a component, which holds modules
        for _ in range(_SECTIONS):
            if self._at >= self._reader.size:
                break
            self._end = self._reader.size
            kind = self._byte()
            size = self._number()
            start, self._end = self._at, self._at + size
            if self._end > self._reader.size:
                raise Unreadable("binary.malformed", what="section")
            if symbols and kind == _IMPORT:
                for _ in range(at_most(self._number(), MOST_SYMBOLS, "imports")):
                    needed[decoded(self._name())] = None
                    imported.append(self._name())
                    self._skip_import()
            elif symbols and kind == _EXPORT:
                for _ in range(at_most(self._number(), MOST_SYMBOLS, "exports")):
                    exported[self._name()] = None
                    self._byte()
                    self._number()
            elif symbols and kind == _CUSTOM and self._name() == b"name":
                exported |= dict.fromkeys(self._function_names(frozenset(imported)))
            self._at = start + size
        else:
            raise Unreadable("binary.malformed", what="sections")
        return Binary(
            format="wasm",
            architecture="wasm32",
            needed=tuple(needed),
            exported=tuple(exported),
            imported=tuple(dict.fromkeys(imported)),
        )

    def _function_names(self, imported: frozenset[bytes]) -> list[bytes]:
        names: list[bytes] = []
        end = self._end
        while self._at < end:
            kind, size = self._byte(), self._number()
            start = self._at
            if kind == _FUNCTION_NAMES:
                for _ in range(at_most(self._number(), MOST_SYMBOLS, "names")):
                    self._number()
                    if (name := self._name()) not in imported:
                        names.append(name)
            self._at = start + size
        return names

    def _skip_import(self) -> None:
        """What an import is: a function, table, memory, global or tag (5.5.5)."""
        match self._byte():
            case 0:
                self._number()
            case 1:
                self._byte()
                self._limits()
            case 2:
                self._limits()
            case 3:
                self._byte()
                self._byte()
            case 4:
                self._byte()
                self._number()
            case _:
                raise Unreadable("binary.malformed", what="imports")

    def _limits(self) -> None:
        limited = self._byte() & _LIMITED
        self._number()
        if limited:
            self._number()

    def _name(self) -> bytes:
        size = self._number()
        if self._at + size > self._end:
            raise Unreadable("binary.malformed", what="name")
        name = self._reader.slice(self._at, size, "name")
        self._at += size
        return name

    def _byte(self) -> int:
        byte = self._reader.slice(self._at, 1, "byte")[0]
        self._at += 1
        return byte

    def _number(self) -> int:
        """An unsigned number in LEB128 (5.2.2)."""
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > _MOST_BITS:
                raise Unreadable("binary.malformed", what="number")
