"""Writers of cpio, cabinets, compound files, discs, 7z archives and programs: for what no tool would write."""

import struct
import zlib
from collections.abc import Iterable, Sequence

FILE, LINK, FOLDER = 0o100644, 0o120777, 0o040755


def cpio(members: Iterable[tuple[bytes, bytes, int]], *, trailer: bool = True, magic: bytes = b"070701") -> bytes:
    """`newc` of names, contents and modes."""
    out = bytearray()
    rows = [*members, *([(b"TRAILER!!!", b"", 0)] if trailer else [])]
    for number, (name, data, mode) in enumerate(rows):
        values = (number + 1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, sum(data))
        out += magic + b"".join(b"%08X" % (value & 0xFFFFFFFF) for value in values) + name + b"\0"
        out += bytes(-len(out) % 4)
        out += data
        out += bytes(-len(out) % 4)
    return bytes(out)


def cab(
    files: Sequence[tuple[bytes, int, int]],
    blocks: Sequence[tuple[bytes, int]],
    *,
    method: int = 0,
    folder: int = 0,
    attributes: int = 0x80,
) -> bytes:
    """A cabinet of one folder. Files: name, offset, size; blocks: packed bytes, unpacked size."""
    rows = b"".join(
        struct.pack("<2L4H", size, offset, folder, 0, 0, attributes) + name + b"\0" for name, offset, size in files
    )
    data = b"".join(struct.pack("<L2H", 0, len(packed), size) + packed for packed, size in blocks)
    start = 36 + 8
    size = start + len(rows) + len(data)
    header = struct.pack("<4s5L2B5H", b"MSCF", 0, size, 0, start, 0, 3, 1, 1, len(files), 0, 0, 0)
    return header + struct.pack("<L2H", start + len(rows), len(blocks), method) + rows + data


def mszip(data: bytes) -> list[tuple[bytes, int]]:
    """Blocks of MSZIP, each with the one before it as its dictionary."""
    blocks, before = [], b""
    for at in range(0, len(data), 32_768):
        piece = data[at : at + 32_768]
        packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=before)
        blocks.append((b"CK" + packer.compress(piece) + packer.flush(), len(piece)))
        before = (before + piece)[-32_768:]
    return blocks


Entry = tuple[str, int, int, int, int, int, int]  # name, kind, left, right, child, first sector, size
NONE = 0xFFFFFFFF


def compound(
    entries: Sequence[Entry], sectors: Sequence[bytes], table: Sequence[int], small: Sequence[int] = ()
) -> bytes:
    """A compound file: table in sector 0, directory in 1 (and in those that `table` chains to it), small table in 2."""
    rows = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBB3L36xLQ", 2 * len(name) + 2, kind, 1, left, right, child, start, size)
        for name, kind, left, right, child, start, size in entries
    )
    assert len(rows) <= 512
    header = struct.pack("<8s16x5H6x9L", bytes.fromhex("D0CF11E0A1B11AE1"), 62, 3, 0xFFFE, 9, 6,
                         0, 1, 1, 0, 4096, 2 if small else 0xFFFFFFFE, bool(small), 0xFFFFFFFE, 0)  # fmt: skip
    out = header + struct.pack("<109L", 0, *[NONE] * 108)
    out += b"".join(struct.pack("<L", value) for value in table).ljust(512, b"\xff") + rows.ljust(512, b"\0")
    if small:
        out += b"".join(struct.pack("<L", value) for value in small).ljust(512, b"\xff")
    return out + b"".join(sector.ljust(512, b"\0") for sector in sectors)


def iso(
    folders: Sequence[Sequence[tuple[bytes, int, int, int, bytes]]], data: bytes = b"", *, blocks: int = 64
) -> bytes:
    """A disc. Folder n is sector 20 + n: rows of name, sector, size, flags, system use; `data` begins in sector 40."""
    image = bytearray(blocks * 2048)

    def record(name: bytes, sector: int, size: int, flags: int, system: bytes = b"") -> bytes:
        padded = name + b"\0" * (len(name) % 2 == 0)
        row = struct.pack("<BLLLL", 0, sector, 0, size, 0) + bytes(7) + bytes([flags, 0, 0, 1, 0, 0, 1, len(name)])
        return bytes([34 + len(padded) - 1 + len(system)]) + row + padded + system

    volume = bytearray(2048)
    volume[:7] = b"\1CD001\1"
    volume[128:130] = struct.pack("<H", 2048)
    volume[156:190] = record(b"\0", 20, 2048, 2)
    image[16 * 2048 : 17 * 2048] = volume
    image[17 * 2048 : 17 * 2048 + 7] = b"\xffCD001\1"
    for number, rows in enumerate(folders):
        raw = b"".join(record(*row) for row in rows)
        image[(20 + number) * 2048 : (20 + number) * 2048 + len(raw)] = raw
    image[40 * 2048 : 40 * 2048 + len(data)] = data
    return bytes(image)


def number(value: int) -> bytes:
    """NUMBER of 7z."""
    return b"\xff" + struct.pack("<Q", value) if value >= 0x80 else bytes([value])


def sevenzip(header: bytes, packed: bytes = b"") -> bytes:
    """A 7z archive with such a directory behind its packed bytes."""
    start = struct.pack("<QQL", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<L", zlib.crc32(start)) + start + packed + header


def stored_7z(files: Sequence[tuple[str, bytes]], coder: bytes = b"\x01\0", size: int | None = None) -> bytes:
    """A 7z archive of one block that is not packed, or by the coder that stands there. `size`: of all, as it says."""
    data = b"".join(content for _, content in files)
    names = b"\0" + b"".join((name + "\0").encode("utf-16-le") for name, _ in files)
    streams = b"\6" + number(0) + number(1) + b"\x09" + number(len(data)) + b"\0"
    streams += b"\7\x0b\1\0\1" + coder + b"\x0c" + number(len(data) if size is None else size) + b"\0"
    if len(files) > 1:
        streams += b"\x08\x0d" + number(len(files)) + b"\x09"
        streams += b"".join(number(len(content)) for _, content in files[:-1])
        streams += b"\x0a\1" + b"".join(struct.pack("<L", zlib.crc32(content)) for _, content in files) + b"\0"
    rows = b"\5" + number(len(files)) + b"\x11" + number(len(names)) + names + b"\0"
    return sevenzip(b"\1\4" + streams + b"\0" + rows + b"\0", data)


def program(carried: bytes = b"", resource: bytes = b"", signature: bytes = b"") -> bytes:
    """A Windows program of one section, its resources, with something behind it; the signature comes last."""
    body = resource.ljust(512, b"\0")
    sections = 64 + 24 + 240
    head = bytearray(512)
    head[:2] = b"MZ"
    head[60:64] = struct.pack("<L", 64)
    head[64:68] = b"PE\0\0"
    head[68:88] = struct.pack("<2H3L2H", 0x8664, 1, 0, 0, 0, 240, 0x22)
    head[88:90] = b"\x0b\x02"
    behind = 512 + len(body) + len(carried)
    head[88 + 112 + 32 : 88 + 112 + 40] = struct.pack("<2L", behind, len(signature)) if signature else bytes(8)
    head[sections : sections + 40] = struct.pack("<8s6L2HL", b".rsrc", len(body), 4096, len(body), 512, 0, 0, 0, 0, 0)
    return bytes(head) + body + carried + signature
