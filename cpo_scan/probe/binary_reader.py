"""What the readers of ELF, PE and Mach-O share: what they find, and checked access to the bytes of a file."""

import struct

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

    format: str  # elf, pe, mach-o, wasm
    architecture: str
    name: str = ""  # the name that the library gives itself (DT_SONAME, export directory, LC_ID_DYLIB)
    needed: tuple[str, ...] = ()
    exported: tuple[bytes, ...] = ()
    imported: tuple[bytes, ...] = ()


class Reader:
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
        if end < 0 or self.taken > allowed_names(self.size):
            raise Unreadable("binary.malformed", what=what)
        return self.data[first:end]


def decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def at_most(count: int, limit: int, what: str) -> int:
    if count > limit:
        raise Unreadable("binary.malformed", what=what)
    return count


def allowed_names(size: int) -> int:
    """How many bytes the names of a table of this size may take together. Honest ones share little."""
    return 4 * size + 2**20


def names_at(table: bytes, offsets: list[int]) -> tuple[bytes, ...]:
    """The NUL-ended names at these offsets of a string table."""
    find, longest, allowed = table.index, LONGEST_NAME, allowed_names(len(table))
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
