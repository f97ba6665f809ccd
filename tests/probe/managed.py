"""Small class files and assemblies of our own making, byte by byte after JVMS chapter 4 and ECMA-335 partition II."""

import struct
from collections.abc import Callable, Sequence

from cpo_scan.probe.classfile import PUBLIC


class Pool:
    """The constants of a class file."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.known: dict[bytes, int] = {}
        self.count = 1

    def add(self, constant: bytes, places: int = 1) -> int:
        if constant not in self.known:
            self.known[constant] = self.count
            self.parts.append(constant)
            self.count += places
        return self.known[constant]

    def text(self, text: str | bytes) -> int:
        octets = text.encode() if isinstance(text, str) else text
        return self.add(b"\1" + struct.pack(">H", len(octets)) + octets)

    def named(self, tag: int, text: str | bytes) -> int:
        return self.add(struct.pack(">BH", tag, self.text(text)))


def attribute(pool: Pool, name: str, body: bytes = b"") -> bytes:
    return struct.pack(">HI", pool.text(name), len(body)) + body


def class_file(
    name: str | bytes = "a/B",
    access: int = PUBLIC,
    fields: tuple[tuple[str, str, int], ...] = (),
    methods: tuple[tuple[str, str, int], ...] = (),
    nested: tuple[tuple[str, str, str, int], ...] = (),
    interfaces: tuple[str, ...] = (),
    attributes: "Callable[[Pool], list[bytes]] | None" = None,
) -> bytes:
    """A class file; `nested` rows are inner, outer, simple name, access."""
    pool = Pool()
    pool.add(b"\5" + bytes(8), 2)  # a long takes two places
    this, parent = pool.named(7, name), pool.named(7, "java/lang/Object")
    implemented = [pool.named(7, each) for each in interfaces]
    body = struct.pack(f">HHHH{len(implemented)}H", access, this, parent, len(implemented), *implemented)
    for members in (fields, methods):
        body += struct.pack(">H", len(members))
        for called, descriptor, flags in members:
            code = attribute(pool, "Code", b"\xca\xfe" * 5)
            body += struct.pack(">HHHH", flags, pool.text(called), pool.text(descriptor), 1) + code
    rows = attributes(pool) if attributes else []
    if nested:
        table = struct.pack(">H", len(nested))
        for inner, outer, simple, flags in nested:
            table += struct.pack(
                ">4H",
                pool.named(7, inner),
                pool.named(7, outer) if outer else 0,
                pool.text(simple) if simple else 0,
                flags,
            )
        rows.append(attribute(pool, "InnerClasses", table))
    body += struct.pack(">H", len(rows)) + b"".join(rows)
    return b"\xca\xfe\xba\xbe" + struct.pack(">HHH", 0, 61, pool.count) + b"".join(pool.parts) + body


class Heaps:
    """The heaps of an assembly: names and blobs."""

    def __init__(self) -> None:
        self.names, self.blobs = bytearray(b"\0"), bytearray(b"\0")

    def name(self, text: str) -> int:
        if not text:
            return 0
        place = len(self.names)
        self.names += text.encode() + b"\0"
        return place

    def blob(self, octets: bytes) -> int:
        place = len(self.blobs)
        self.blobs += bytes([len(octets)]) + octets
        return place


def assembly(
    types: Sequence[tuple[str, str, int, Sequence[tuple[str, int, int]], Sequence[tuple[str, int]]]],
    *,
    name: str = "Acme.Core",
    nested: Sequence[tuple[int, int]] = (),
    properties: Sequence[tuple[int, str, int]] = (),
    attribute: str = "",
    space: str = "System.Reflection",
    marks: tuple[int, int] = (14, 1),
    references: Sequence[str] = ("mscorlib",),
    base: tuple[str, str] = ("System", "Object"),
    refers: Sequence[tuple[str, str, int]] = (),
    members: Sequence[tuple[int, str]] = (),
    library: bool = True,
    wide: bool = False,
) -> bytes:
    """A PE file with metadata. A type: namespace, name, flags, methods (name, flags, parameters), fields (name, flags).

    `nested`: rows of inner and outer; `properties`: type, name and the method that reads it, all counted from 1, where
    the first type is the one that belongs to the module. `attribute` of `space` marks the assembly, or what `marks`
    says (tag of II.24.2.6, and row), with the text "Acme". `refers`: types of other assemblies, by namespace, name and
    number in `references`; `members`: of these, by number, what is used. `library`: else it is a program.
    """
    heaps = Heaps()
    tables: dict[int, list[bytes]] = {0: [struct.pack("<HHHHH", 0, heaps.name("a.dll"), 0, 0, 0)]}
    reference = struct.pack("<HHH", 1 << 2 | 2, heaps.name(base[1]), heaps.name(base[0]))
    tables[1] = [reference]
    rows, fields = [struct.pack("<IHHHHH", 0, heaps.name("<Module>"), 0, 0, 1, 1)], list[bytes]()
    methods: list[bytes] = []
    for namespace, called, flags, of_type, has in types:
        first = (len(fields) + 1, len(methods) + 1)
        rows.append(struct.pack("<IHHHHH", flags, heaps.name(called), heaps.name(namespace), 1 << 2 | 1, *first))
        for method, access, parameters in of_type:
            signature = heaps.blob(bytes([0x20, parameters, 1]) + b"\x0e" * parameters)
            methods.append(struct.pack("<IHHHHH", 0, 0, access, heaps.name(method), signature, 1))
        fields += [struct.pack("<HHH", access, heaps.name(field), heaps.blob(b"\6\x08")) for field, access in has]
    tables[2], tables[4], tables[6] = rows, fields, methods
    if properties:
        tables[21] = [struct.pack("<HH", properties[0][0], 1)]
        tables[23] = [struct.pack("<HHH", 0, heaps.name(p), heaps.blob(b"\x28\0\x08")) for _, p, _ in properties]
        tables[24] = [struct.pack("<HHH", 2, method, at << 1 | 1) for at, (_, _, method) in enumerate(properties, 1)]
    if attribute:
        tables[1].append(struct.pack("<HHH", 1 << 2 | 2, heaps.name(attribute), heaps.name(space)))
        tables[10] = [struct.pack("<HHH", 2 << 3 | 1, heaps.name(".ctor"), heaps.blob(b"\x20\1\1\x0e"))]
        tables[12] = [struct.pack("<HHH", marks[1] << 5 | marks[0], 1 << 3 | 3, heaps.blob(b"\1\0\4Acme\0\0"))]
    tables[32] = [struct.pack("<IHHHHIHHH", 0x8004, 1, 2, 3, 4, 0, 0, heaps.name(name), 0)]
    tables[35] = [struct.pack("<HHHHIHHHH", 4, 0, 0, 0, 0, 0, heaps.name(each), 0, 0) for each in references]
    if nested:
        tables[41] = [struct.pack("<HH", *row) for row in nested]
    before = len(tables[1])
    tables[1] += [struct.pack("<HHH", at << 2 | 2, heaps.name(of), heaps.name(space)) for space, of, at in refers]
    used = [struct.pack("<HHH", (before + at) << 3 | 1, heaps.name(of), heaps.blob(b"\x20\0\1")) for at, of in members]
    tables[10] = tables.get(10, []) + used
    present = {number: listed for number, listed in sorted(tables.items()) if listed}
    stream = struct.pack("<IBBBBQQ", 0, 2, 0, 0, 1, sum(1 << number for number in present), 0)
    stream += b"".join(struct.pack("<I", len(listed)) for listed in present.values())
    stream += b"".join(row for listed in present.values() for row in listed)
    return _pe(_metadata({b"#~": stream, b"#Strings": bytes(heaps.names), b"#Blob": bytes(heaps.blobs)}), wide, library)


def _metadata(streams: dict[bytes, bytes]) -> bytes:
    root = b"BSJB" + struct.pack("<HHII", 1, 1, 0, 12) + b"v4.0.30319\0\0" + struct.pack("<HH", 0, len(streams))
    names = {name: name + b"\0" * (4 - len(name) % 4) for name in streams}
    at = len(root) + sum(8 + len(name) for name in names.values())
    heads, bodies = b"", b""
    for name, body in streams.items():
        padded = body + b"\0" * (-len(body) % 4)
        heads += struct.pack("<II", at, len(padded)) + names[name]
        bodies += padded
        at += len(padded)
    return root + heads + bodies


def _pe(metadata: bytes, wide: bool, library: bool = True) -> bytes:
    optional = 240 if wide else 224
    start = 0x80 + 24 + optional + 40
    start += -start % 512
    directories = [(0, 0)] * 16
    directories[14] = (0x2000, 72)
    listed = b"".join(struct.pack("<II", *each) for each in directories)
    head = (struct.pack("<H", 0x20B if wide else 0x10B) + bytes(106 if wide else 90)) + struct.pack("<I", 16) + listed
    header = b"MZ" + bytes(58) + struct.pack("<I", 0x80) + bytes(64)
    header += b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, len(head), 0x2102 if library else 0x0102) + head
    body = struct.pack("<IHHII", 72, 2, 5, 0x2000 + 72, len(metadata)) + bytes(4)
    body += struct.pack("<I", 0 if library else 0x06000001) + bytes(48) + metadata
    header += b".text\0\0\0" + struct.pack("<IIII", len(body), 0x2000, len(body), start) + bytes(16)
    return header.ljust(start, b"\0") + body
