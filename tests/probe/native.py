"""Small programs of our own making, as linkers write them (ELF, PE, Mach-O, WebAssembly): libraries and symbols."""

import struct
from collections.abc import Sequence


class _Strings:
    """A string table: NUL, then each name once."""

    def __init__(self) -> None:
        self.data = bytearray(b"\0")

    def add(self, name: str) -> int:
        place = len(self.data)
        self.data += name.encode() + b"\0"
        return place


def elf(
    needed: Sequence[str] = (),
    exported: Sequence[str] = (),
    imported: Sequence[str] = (),
    *,
    name: str = "",
    wide: bool = True,
    order: str = "<",
    counted_by: str = "hash",  # hash, gnu, sections, or order: the string table follows the symbols
    extra: bytes = b"",
) -> bytes:
    """An ELF shared object whose one segment maps the whole file at address 0."""
    word = "Q" if wide else "I"
    strings = _Strings()
    dynamic = [(1, strings.add(library)) for library in needed]
    if name:
        dynamic.append((14, strings.add(name)))
    symbols = [_symbol(0, 0, 0, wide, order)]
    symbols += [_symbol(strings.add(symbol), 0x12, 0, wide, order) for symbol in imported]
    symbols.append(_symbol(strings.add("a_local_one"), 0x02, 7, wide, order))
    first = len(symbols)
    symbols += [_symbol(strings.add(symbol), 0x12, 7, wide, order) for symbol in exported]
    count = len(symbols)

    header, program = (64, 56) if wide else (52, 32)
    symtab = header + 2 * program
    strtab = symtab + len(b"".join(symbols))
    table = strtab + len(strings.data)
    if counted_by == "hash":
        dynamic.append((4, table))
        hashes = struct.pack(f"{order}II", 1, count) + bytes(4 * (1 + count))
    elif counted_by == "gnu":
        dynamic.append((0x6FFFFEF5, table))
        chains = [0] * (count - first - 1) + [1] if count > first else []
        hashes = struct.pack(f"{order}4I{word}I", 1, first, 1, 0, 0, first if count > first else 0)
        hashes += struct.pack(f"{order}{len(chains)}I", *chains)
    else:
        hashes = b""
    dynamic += [(5, strtab), (6, symtab), (10, len(strings.data)), (0, 0)]
    place = table + len(hashes)
    packed = b"".join(struct.pack(f"{order}2{word}", *entry) for entry in dynamic)
    sections, section_at = b"", 0
    if counted_by == "sections":
        section_at = place + len(packed)
        rows = [(6, place, len(packed)), (11, symtab, strtab - symtab)]
        sections = b"".join(_section(kind, offset, size, wide, order) for kind, offset, size in rows)
    total = place + len(packed) + len(sections) + len(extra)

    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    head = struct.pack(f"{order}HHI3{word}I6H", 3, 62 if wide else 3, 1, 0, header, section_at, 0, header, program, 2,
                       64 if wide else 40, 2 if sections else 0, 0)  # fmt: skip
    segments = _segment(1, 0, total, wide, order) + _segment(2, place, len(packed), wide, order)
    return ident + head + segments + b"".join(symbols) + bytes(strings.data) + hashes + packed + sections + extra


def _symbol(name: int, info: int, section: int, wide: bool, order: str) -> bytes:
    if wide:
        return struct.pack(f"{order}IBBHQQ", name, info, 0, section, 0, 0)
    return struct.pack(f"{order}IIIBBH", name, 0, 0, info, 0, section)


def _segment(kind: int, offset: int, size: int, wide: bool, order: str) -> bytes:
    if wide:
        return struct.pack(f"{order}IIQQQQQQ", kind, 4, offset, offset, offset, size, size, 8)
    return struct.pack(f"{order}8I", kind, offset, offset, offset, size, size, 4, 4)


def _section(kind: int, offset: int, size: int, wide: bool, order: str) -> bytes:
    if wide:
        return struct.pack(f"{order}IIQQQQIIQQ", 0, kind, 0, offset, offset, size, 0, 0, 8, 0)
    return struct.pack(f"{order}10I", 0, kind, 0, offset, offset, size, 0, 0, 4, 0)


def pe(needed: dict[str, Sequence[str]], exported: Sequence[str] = (), *, name: str = "", wide: bool = True) -> bytes:
    """A PE library with one section; `needed` are the libraries and what is imported from each."""
    base, raw = 0x1000, 0x400
    body = bytearray(20 * (len(needed) + 1) + 40)
    layout, step = ("<Q", 8) if wide else ("<I", 4)

    def put(data: bytes) -> int:
        body.extend(bytes(-len(body) % 8))
        place = base + len(body)
        body.extend(data)
        return place

    for number, (library, symbols) in enumerate(needed.items()):
        hints = [put(b"\0\0" + symbol.encode() + b"\0") for symbol in symbols]
        by_ordinal = (1 << (8 * step - 1)) | 7
        thunks = put(b"".join(struct.pack(layout, hint) for hint in [*hints, by_ordinal, 0]))
        struct.pack_into("<5I", body, 40 + 20 * number, thunks, 0, 0, put(library.encode() + b"\0"), thunks)
    if exported:
        names = [put(symbol.encode() + b"\0") for symbol in sorted(exported)]
        table = put(struct.pack(f"<{len(names)}I", *names))
        own = put(name.encode() + b"\0")
        row = (0, 0, 0, 0, own, 1, len(names), len(names), 0, table, 0)
        struct.pack_into("<IIHHIIIIIII", body, 0, *row)
    directories = [(0, 0)] * 16
    directories[0] = (base, 40) if exported else (0, 0)
    directories[1] = (base + 40, 20 * (len(needed) + 1)) if needed else (0, 0)
    optional = struct.pack("<H", 0x20B if wide else 0x10B) + bytes(106 if wide else 90) + struct.pack("<I", 16)
    optional += b"".join(struct.pack("<II", *entry) for entry in directories)
    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x8664 if wide else 0x14C, 1, 0, 0, 0, len(optional), 0x2022) + optional
    head += b".rdata\0\0" + struct.pack("<IIII", len(body), base, len(body), raw) + bytes(16)
    return head + bytes(raw - len(head)) + bytes(body)


def macho(
    needed: Sequence[str] = (),
    exported: Sequence[str] = (),
    imported: Sequence[str] = (),
    *,
    name: str = "",
    cpu: int = 0x0100000C,
) -> bytes:
    """A 64-bit Mach-O library; symbols get the underscore that compilers put before them."""
    commands = [_library(0xD, name)] if name else []
    commands += [_library(0xC, library) for library in needed]
    strings = _Strings()
    symbols = b"".join(struct.pack("<IBBHQ", strings.add(f"_{symbol}"), 0x0F, 1, 0, 0) for symbol in exported)
    symbols += b"".join(struct.pack("<IBBHQ", strings.add(f"_{symbol}"), 0x01, 0, 0, 0) for symbol in imported)
    symbols += struct.pack("<IBBHQ", strings.add("_a_local_one"), 0x0E, 1, 0, 0)
    listed = b"".join(commands)
    start = 32 + len(listed) + 24
    count = len(symbols) // 16
    listed += struct.pack("<6I", 2, 24, start, count, start + len(symbols), len(strings.data))
    head = struct.pack("<8I", 0xFEEDFACF, cpu, 0, 6, len(commands) + 1, len(listed), 0, 0)
    return head + listed + symbols + bytes(strings.data)


def _library(command: int, name: str) -> bytes:
    text = name.encode() + b"\0"
    text += bytes(-len(text) % 8)
    return struct.pack("<6I", command, 24 + len(text), 24, 0, 0, 0) + text


def universal(*parts: tuple[int, bytes]) -> bytes:
    """A Mach-O file for several architectures: pairs of processor and file."""
    place = 4096
    head, body = struct.pack(">II", 0xCAFEBABE, len(parts)), b""
    for cpu, data in parts:
        head += struct.pack(">5I", cpu, 0, place + len(body), len(data), 12)
        body += data
    return head + bytes(place - len(head)) + body


def wasm(
    imported: Sequence[tuple[str, str]] = (),
    exported: Sequence[str] = (),
    names: Sequence[str] = (),
    *,
    data: bytes = b"",
    order: Sequence[str] = ("import", "export", "data", "name"),
) -> bytes:
    """A WebAssembly module: functions that it imports and exports, names of functions, a segment of data."""

    def number(value: int) -> bytes:
        out = bytearray()
        while value >= 0x80:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes([*out, value])

    def text(value: str) -> bytes:
        return number(len(value.encode())) + value.encode()

    def section(kind: int, body: bytes) -> bytes:
        return bytes([kind]) + number(len(body)) + body

    functions = b"".join(number(place) + text(name) for place, name in enumerate(names))
    sections = {
        "import": section(2, number(len(imported)) + b"".join(text(a) + text(b) + b"\0\0" for a, b in imported)),
        "export": section(7, number(len(exported)) + b"".join(text(name) + b"\0\0" for name in exported)),
        "data": section(11, b"\1\0\x41\0\x0b" + number(len(data)) + data),
        "name": section(0, text("name") + section(0, text("module")) + section(1, number(len(names)) + functions)),
    }
    return b"\0asm\1\0\0\0" + b"".join(sections[kind] for kind in order)
