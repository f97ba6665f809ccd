"""Java class files (JVMS chapter 4): what a class is called, what it extends, and what it offers to others.

A lean reader in one pass, since a scan meets hundreds of thousands of classes. Code and debug tables are stepped over
and never decoded. Nothing is trusted: every index is checked, and each byte is passed at most twice.
"""

import re
import struct
from typing import Any

import msgspec

from cpo_scan.targets.content import Bytes
from cpo_scan.targets.errors import Unreadable

PUBLIC, PRIVATE, PROTECTED, STATIC, FINAL = 0x1, 0x2, 0x4, 0x8, 0x10
BRIDGE = 0x40  # of methods; on fields the same bit means volatile
INTERFACE, ABSTRACT, SYNTHETIC, ANNOTATION, ENUM, MODULE = 0x200, 0x400, 0x1000, 0x2000, 0x4000, 0x8000

_OFFERED = PUBLIC | PROTECTED
_UTF8 = 1
# bytes of a constant by its tag (JVMS table 4.4-A); 0: there is no such tag, Utf8 says its own length
SIZES = bytes((0, 0, 0, 5, 5, 9, 9, 3, 3, 5, 5, 5, 5, 0, 0, 4, 3, 5, 5, 3, 3)) + bytes(235)
_READ = frozenset(
    {b"Synthetic", b"Deprecated", b"InnerClasses", b"EnclosingMethod", b"Module", b"RuntimeVisibleAnnotations"}
)
_NESTED = struct.Struct(">4H")
_MEMBER = struct.Struct(">4H")  # access, name, descriptor, attributes (JVMS 4.5, 4.6)
_ATTRIBUTE = struct.Struct(">HI")  # name, bytes (JVMS 4.7)
_CLASS, _STRING, _NAME_AND_TYPE = 7, 8, 12
_NAMED = re.compile(rb"L([^;]++);")  # the class names in a descriptor (JVMS 4.3)
_TYPE = rb"\[*+(?:[BCDFIJSZ]|L[^;<>()\[.\n]++;)"
_DESCRIPTOR = re.compile(rb"^(?:\((?:%b)*+\)V|(?:\((?:%b)*+\))?+%b)$" % (_TYPE, _TYPE, _TYPE), re.MULTILINE)
_DESCRIBES = b"(L["  # how those of them begin that may name a class


class Member(msgspec.Struct, frozen=True):
    """A field or a method. `descriptor` as in JVMS 4.3: `(Ljava/lang/String;I)V`."""

    name: str
    descriptor: str
    access: int


class Exports(msgspec.Struct, frozen=True):
    """A package that a module exports, in the form `org/example/api`; `to` is empty where it is for everyone."""

    package: str
    to: tuple[str, ...] = ()


class Provides(msgspec.Struct, frozen=True):
    """A service that a module provides, in the form `org/example/Reader`, and the classes that do it."""

    service: str
    by: tuple[str, ...]


class ClassFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a class says of itself. Names are in the internal form: `java/util/Map$Entry`.

    `access` is that of the source: a nested class has its own flags, which the outer header does not tell (JVMS 4.7.6).
    `fields` and `methods` are the public and protected ones without synthetic ones and bridges, in the file's order.
    """

    name: str
    super: str = ""
    interfaces: tuple[str, ...] = ()
    access: int
    major: int
    fields: tuple[Member, ...] = ()
    methods: tuple[Member, ...] = ()
    outer: str = ""
    """The class that it is nested in; empty for a class of its own and for a local one."""
    local: bool = False
    """Anonymous, or declared in a method: nobody else can name it."""
    annotations: tuple[str, ...] = ()
    """Types of the annotations that stay in the class file: `org/openide/util/lookup/ServiceProvider`."""
    module: str = ""
    """The name of the module, in a `module-info.class`."""
    exports: tuple[Exports, ...] = ()
    requires: tuple[str, ...] = ()
    """Modules that the module needs."""
    uses: tuple[str, ...] = ()
    """Services that the module looks up: whoever provides one extends it."""
    provides: tuple[Provides, ...] = ()

    @property
    def members(self) -> tuple[Member, ...]:
        """Fields, then methods."""
        return self.fields + self.methods


class References(msgspec.Struct, frozen=True):
    """What a class is called, and which other classes it names, in the internal form."""

    name: str
    access: int
    names: tuple[str, ...] = ()


def read_references(data: Bytes) -> References:
    """Which classes does a class name: in its code, its descriptors and its annotations, as jdeps says it?

    Generic signatures, which the machine does not read, are left out. Raises Unreadable as `read_class`.
    """
    if data[:4] != b"\xca\xfe\xba\xbe":
        raise Unreadable("class.unknown")
    reader = _Reader(bytes(data))
    try:
        return reader.references()
    except (struct.error, IndexError):
        raise Unreadable("class.malformed", what=reader.what, at=min(reader.at, len(data))) from None


def read_class(data: Bytes, *, offered: bool = False) -> ClassFile:
    """Read a class file. Raises Unreadable where it is none, cut off or inconsistent, with the place.

    `offered`: of a class that only its own package sees nothing is read but names and header, which is twice as fast.
    """
    if data[:4] != b"\xca\xfe\xba\xbe":
        raise Unreadable("class.unknown")
    reader = _Reader(bytes(data))
    try:
        return reader.read(offered)
    except (struct.error, IndexError):
        raise Unreadable("class.malformed", what=reader.what, at=min(reader.at, len(data))) from None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 8
        self.what = "header"

    def read(self, offered: bool) -> ClassFile:
        data = self.data
        major = data[6] << 8 | data[7]
        self._pool()
        self.what = "header"
        access, this, parent, count = struct.unpack_from(">4H", data, self.at)
        interfaces = struct.unpack_from(f">{count}H", data, self.at + 8)
        self.at += 8 + 2 * count
        name = self._class(this)
        if offered and not access & (PUBLIC | MODULE):  # a protected nested class has the flag too (JVMS 4.7.6)
            return ClassFile(name=name, access=access, major=major)
        fields = self._members("field")
        methods = self._members("method")
        self.what = "attribute"
        found = self._attributes()
        outer, local = "", b"EnclosingMethod" in found
        if b"InnerClasses" in found:
            for inner, outside, simple, flags in self._nested(*found[b"InnerClasses"]):
                if inner == this or (inner and self._class(inner) == name):
                    access = access & ~_OFFERED | flags
                    local = local or not outside or not simple
                    outer = self._class(outside) if outside else ""
                    break
        described = self._module(*found[b"Module"]) if b"Module" in found else {}
        annotations = b"RuntimeVisibleAnnotations"
        return ClassFile(
            name=name,
            super=self._class(parent) if parent else "",
            interfaces=tuple(map(self._class, interfaces)),
            access=access | SYNTHETIC if b"Synthetic" in found else access,
            major=major,
            fields=fields,
            methods=methods,
            outer=outer,
            local=local,
            annotations=self._annotations(*found[annotations]) if annotations in found else (),
            **described,
        )

    def references(self) -> References:
        """All of `References`, from the constants alone (JVMS 4.4).

        Descriptors (JVMS 4.3) are texts of that form, but for those that are constants of the program.
        """
        self.what = "constant"
        self._pool()
        data, places = self.data, self.places
        classes: list[int] = []
        programs: set[int] = set()
        described: set[int] = set()
        texts: list[int] = []
        for index, place in enumerate(places):
            tag = data[place] if place else 0
            if tag == _UTF8:
                if data[place + 3] in _DESCRIBES:
                    texts.append(index)
            elif tag == _CLASS:
                classes.append(data[place + 1] << 8 | data[place + 2])
            elif tag == _NAME_AND_TYPE:
                described.add(data[place + 3] << 8 | data[place + 4])
            elif tag == _STRING:
                programs.add(data[place + 1] << 8 | data[place + 2])
        texts = [index for index in texts if index not in programs or index in described]
        names = set(map(self._octets, classes))
        said = b"\n".join([*map(self._octets, texts), *(name for name in names if name[:1] == b"[")])
        names.update(*map(_NAMED.findall, _DESCRIPTOR.findall(said)))
        names = {name for name in names if name[:1] != b"["}
        self.what = "header"
        access, this = struct.unpack_from(">HH", data, self.at)
        own = self._octets(data[places[this] + 1] << 8 | data[places[this] + 2])
        names -= {own, b""}
        listed = sorted(modified_utf8(b"\n".join(names)).split("\n")) if names else []
        return References(self._class(this), access, tuple(listed))

    def _pool(self) -> None:
        """Note where each constant lies."""
        self.what = "constant"
        data, at, sizes = self.data, 10, SIZES
        left = (data[8] << 8 | data[9]) - 1
        places = [0]
        note = places.append
        while left > 0:
            left -= 1
            note(at)
            tag = data[at]
            if tag == 1:  # Utf8
                at += 3 + (data[at + 1] << 8) + data[at + 2]
                continue
            size = sizes[tag]
            at += size
            if size == 9:
                note(0)  # Long and Double take two places (JVMS 4.4.5)
                left -= 1
            elif not size:
                self.at = at
                raise IndexError
        if at > len(data):
            raise IndexError
        self.at, self.places, self.texts = at, places, dict[int, str]()

    def _octets(self, index: int) -> bytes:
        place = self.places[index]
        data = self.data
        if data[place] != _UTF8 or not place:
            self.at = place
            raise IndexError
        return data[place + 3 : place + 3 + (data[place + 1] << 8 | data[place + 2])]

    def _text(self, index: int) -> str:
        text = self.texts.get(index)
        if text is None:
            octets = self._octets(index)
            text = self.texts[index] = octets.decode() if octets.isascii() else modified_utf8(octets)
        return text

    def _class(self, index: int) -> str:
        """The name that a constant of a class, module or package holds."""
        place = self.places[index]
        if not place or self.data[place] not in (7, 19, 20):
            self.at = place
            raise IndexError
        return self._text(self.data[place + 1] << 8 | self.data[place + 2])

    def _members(self, what: str) -> tuple[Member, ...]:
        self.what = what
        data, at = self.data, self.at
        count = data[at] << 8 | data[at + 1]
        at += 2
        hidden = SYNTHETIC | BRIDGE if what == "method" else SYNTHETIC
        known, text, length = self.texts.get, self._text, len(data)
        header, attribute = _MEMBER.unpack_from, _ATTRIBUTE.unpack_from
        members = []
        for _ in range(count):
            access, name, descriptor, attributes = header(data, at)
            at += 8
            synthetic = access & hidden
            for _ in range(attributes):
                kind, size = attribute(data, at)
                if not size and self._octets(kind) == b"Synthetic":
                    synthetic = True
                at += 6 + size
            if at > length:
                self.at = at
                raise IndexError
            if access & _OFFERED and not synthetic:
                said = known(name) or text(name)
                if said != "<clinit>":
                    members.append(Member(said, known(descriptor) or text(descriptor), access))
        self.at = at
        return tuple(members)

    def _attributes(self) -> dict[bytes, tuple[int, int]]:
        """Where the attributes of the class begin and end, as far as they are of interest."""
        data, at = self.data, self.at
        found = {}
        count = data[at] << 8 | data[at + 1]
        at += 2
        for _ in range(count):
            name = self._octets(data[at] << 8 | data[at + 1])
            end = at + 6 + int.from_bytes(data[at + 2 : at + 6])
            if end > len(data):
                self.at = at
                raise IndexError
            if name in _READ:
                found[name] = (at + 6, end)
            at = end
        return found

    def _nested(self, at: int, end: int) -> list[tuple[int, int, int, int]]:
        (count,) = struct.unpack_from(">H", self.data, at)
        if at + 2 + 8 * count > end:
            raise IndexError
        return [_NESTED.unpack_from(self.data, at + 2 + 8 * number) for number in range(count)]

    def _module(self, at: int, end: int) -> dict[str, Any]:
        """Name, and what the module requires, exports, uses and provides (JVMS 4.7.25)."""
        data = self.data

        def numbers(at: int, count: int) -> tuple[int, ...]:
            if at + 2 * count > end:
                raise IndexError
            return struct.unpack_from(f">{count}H", data, at)

        name, _, _, count = _NESTED.unpack_from(data, at)
        requires = [self._class(index) for index in numbers(at + 8, 3 * count)[::3]]
        at += 8 + 6 * count
        exports = []
        for table in ("exports", "opens"):
            (count,) = numbers(at, 1)
            at += 2
            for _ in range(count):
                package, _, many = numbers(at, 3)
                to = numbers(at + 6, many)
                at += 6 + 2 * many
                if table == "exports":
                    exports.append(Exports(self._class(package), tuple(map(self._class, to))))
        (count,) = numbers(at, 1)
        uses = [self._class(index) for index in numbers(at + 2, count)]
        at += 2 + 2 * count
        provides = []
        (count,) = numbers(at, 1)
        at += 2
        for _ in range(count):
            service, many = numbers(at, 2)
            provides.append(Provides(self._class(service), tuple(map(self._class, numbers(at + 4, many)))))
            at += 4 + 2 * many
        return {
            "module": self._class(name),
            "exports": tuple(exports),
            "requires": tuple(requires),
            "uses": tuple(uses),
            "provides": tuple(provides),
        }

    def _annotations(self, at: int, end: int) -> tuple[str, ...]:
        """The types of annotations; their values are stepped over (JVMS 4.7.16)."""
        (count,) = struct.unpack_from(">H", self.data, at)
        at += 2
        types = []
        for _ in range(count):
            (kind,) = struct.unpack_from(">H", self.data, at)
            types.append(self._text(kind).removeprefix("L").removesuffix(";"))
            at = self._past_annotation(at, end)
        return tuple(types)

    def _past_annotation(self, at: int, end: int) -> int:
        """Where the annotation that begins at `at` ends. Without recursion: nesting is the file's choice."""
        data = self.data
        open_ends = [("annotation", 1)]
        while open_ends:
            what, left = open_ends.pop()
            if not left:
                continue
            if at >= end:
                raise IndexError
            open_ends.append((what, left - 1))
            if what == "pair":
                at += 2
            if what == "annotation":
                open_ends.append(("pair", data[at + 2] << 8 | data[at + 3]))
                at += 4
                continue
            tag = data[at]
            at += 1
            if tag == ord("e"):
                at += 4
            elif tag == ord("@"):
                open_ends.append(("annotation", 1))
            elif tag == ord("["):
                open_ends.append(("value", data[at] << 8 | data[at + 1]))
                at += 2
            elif tag in b"BCDFIJSZsc":
                at += 2
            else:
                raise IndexError
        return at


def modified_utf8(octets: bytes) -> str:
    """JVMS 4.4.7: NUL in two bytes, characters beyond U+FFFF as two surrogates. Lone surrogates become U+FFFD."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        text = octets.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass" if _paired(octets) else "replace")
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _paired(octets: bytes) -> bool:
    try:
        octets.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
