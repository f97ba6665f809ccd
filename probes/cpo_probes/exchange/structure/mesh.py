"""STL and PLY, checked wholly: every facet, every element of the header, every value that it announces."""

from collections.abc import Callable
from typing import NamedTuple

from cpo_probes.exchange.problem import Problem
from cpo_probes.exchange.structure.found import FORM, LARGE, Found, Octets, differs, ends, expected
from cpo_scan.probe import patterns

_CHUNK = 2**20
_HEADER, _FACET = 84, 50  # 3D Systems 1988: 80 bytes, a count of 4, and 50 bytes a facet
_NUMBER = r"[-+]?+[0-9a-zA-Z.]++(?:[-+][0-9]++)?+"
_POINT = rf"\s++{_NUMBER}\s++{_NUMBER}\s++{_NUMBER}\s++"
_FACETS = (
    rf"(?i)(?:\s*+facet\s++normal{_POINT}outer\s++loop\s++"
    rf"vertex{_POINT}vertex{_POINT}vertex{_POINT}endloop\s++endfacet\b)*+"
)
_SOLID = r"(?i)\s*+solid\b[^\r\n]*+"
_END_SOLID = r"(?i)\s*+endsolid\b[^\r\n]*+"
_STL = "StereoLithography Interface Specification"


def stl_binary(data: Octets, _: Callable[[], None]) -> Found:
    """The count of facets is that of the file."""
    if len(data) < _HEADER:
        return Found(problems=(ends("the count of facets", len(data), _STL),))
    count = int.from_bytes(data[80:84], "little")
    facts = {"facets": count}
    if _HEADER + _FACET * count != len(data):
        there = str((len(data) - _HEADER) // _FACET)
        return Found(problems=(differs("facets", str(count), there, 80, _STL),), facts=facts)
    return Found(facts=facts)


def stl_text(data: Octets, checkpoint: Callable[[], None]) -> Found:
    """One solid or several, of facets of three vertices."""
    solid, facets, end = (patterns.standard(pattern) for pattern in (_SOLID, _FACETS, _END_SOLID))
    at = count = 0
    while True:
        opened = solid.match(data, at)
        if opened is None:
            if at and not bytes(data[at : at + _CHUNK]).strip():
                return Found(facts={"facets": count})
            return Found(problems=(expected("solid", at, _STL),))
        at = opened.end()
        closed = end.match(data, at)
        while closed is None:
            checkpoint()
            chunk = bytes(data[at : at + _CHUNK])
            run = facets.match(chunk)
            if run is None or not run.end():
                at += len(chunk) - len(chunk.lstrip())
                wanted = "facet or endsolid"
                return Found(problems=(expected(wanted, at, _STL) if at < len(data) else ends(wanted, at, _STL),))
            count += run.group().lower().count(b"endfacet")
            at += run.end()
            closed = end.match(data, at)
        at = closed.end()


_PLY = "PLY Polygon File Format"
_LINE = r"[^\r\n]*+(?:\r\n|\r|\n)"
_LONGEST_HEADER = 2**20
_VALUES = 4_000_000  # values of a text, or lists of a binary file, that are read one by one
_SIZES = {
    "char": 1, "uchar": 1, "short": 2, "ushort": 2, "int": 4, "uint": 4, "float": 4, "double": 8, "int8": 1, "uint8": 1,
    "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "float32": 4, "float64": 8,
}  # fmt: skip
_REALS = ("float", "double", "float32", "float64")
_ORDERS = {"binary_little_endian": "little", "binary_big_endian": "big"}


class _Element(NamedTuple):
    """`records`: how many; `sizes`: of each property its octets, and of a list the octets of its count, else 0."""

    name: str
    records: int
    sizes: list[tuple[int, int]]


class _Wrong(Exception):
    """Raised with the problem that was found."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class _TooMany(Exception):
    """More values than are read."""


def ply(data: Octets, checkpoint: Callable[[], None]) -> Found:
    """The header, and as many values as it announces."""
    facts = {}
    try:
        form, elements, at = _header(data)
        facts = {"elements": {element.name: element.records for element in elements[:20]}, "encoding": form}
        if form == "ascii":
            if not _Stream(data, at, checkpoint).holds(elements):
                _texts(data, at, elements, checkpoint)
        else:
            _binaries(data, at, elements, "little" if _ORDERS[form] == "little" else "big", checkpoint)
    except _Wrong as wrong:
        return Found(problems=(wrong.problem,), facts=facts)
    except _TooMany:
        return Found(open_because=LARGE, facts=facts)
    except KeyError:
        return Found(open_because=FORM, facts=facts)
    return Found(facts=facts)


def _header(data: Octets) -> tuple[str, list[_Element], int]:
    line, at = patterns.standard(_LINE), 0
    form, elements = "", list[_Element]()
    while match := line.match(data, at):
        words = match.group().decode("latin-1").split()
        match words:
            case ["ply"] if at == 0:
                pass
            case ["comment" | "obj_info", *_]:
                pass
            case ["format", kind, "1.0"] if not form and (kind == "ascii" or kind in _ORDERS):
                form = kind
            case ["element", name, count] if form and count.isascii() and count.isdecimal() and len(count) < 19:
                elements.append(_Element(name[:100], int(count), []))
            case ["property", kind, _] if elements and kind in _SIZES:
                elements[-1].sizes.append((_SIZES[kind], 0))
            case ["property", "list", length, kind, _] if (
                elements and kind in _SIZES and length in _SIZES and length not in _REALS
            ):
                elements[-1].sizes.append((_SIZES[kind], _SIZES[length]))
            case ["end_header"] if form:
                return form, elements, match.end()
            case _:
                raise _Wrong(expected("a line of the header", at, _PLY))
        at = match.end()
        if at > _LONGEST_HEADER:
            raise _TooMany
    raise _Wrong(ends("end_header", len(data), _PLY))


class _Doubt(Exception):
    """Something that is to be looked at value by value."""


class _Stream:
    """The values of a text, a chunk at a time: quick where all is well, and without a word of what is wrong."""

    def __init__(self, data: Octets, at: int, checkpoint: Callable[[], None]) -> None:
        self._data, self._at, self._checkpoint = data, at, checkpoint
        self._values: list[bytes] = []
        self._taken = 0

    def holds(self, elements: list[_Element]) -> bool:
        """Are all the values of the elements there? False where that takes a closer look."""
        try:
            for element in elements:
                if not any(length for _, length in element.sizes):
                    self._skip(element.records * len(element.sizes))
                    continue
                for _ in range(element.records):
                    for _, length in element.sizes:
                        self._skip(1)
                        if length:
                            self._skip(_length(self._values[self._taken - 1]))
        except _Doubt:
            return False
        return True

    def _skip(self, count: int) -> None:
        while count > (left := len(self._values) - self._taken):
            count -= left
            self._fill()
        self._taken += count

    def _fill(self) -> None:
        self._checkpoint()
        chunk = bytes(self._data[self._at : self._at + _CHUNK])
        if self._at + len(chunk) < len(self._data):
            chunk = chunk[: max(chunk.rfind(b" "), chunk.rfind(b"\n")) + 1]
        self._values, self._taken = chunk.split(), 0
        self._at += len(chunk)
        if not self._values or b"_" in chunk:
            raise _Doubt
        try:
            for _ in map(float, self._values):
                pass
        except ValueError:
            raise _Doubt from None


def _length(value: bytes) -> int:
    if not value.isdigit() or len(value) > 9:
        raise _Doubt
    return int(value)


def _texts(data: Octets, at: int, elements: list[_Element], checkpoint: Callable[[], None]) -> None:
    number = patterns.standard(r"\s*+([-+0-9a-zA-Z.]++)")
    left = _VALUES

    def value() -> bytes:
        nonlocal at, left
        found = number.match(data, at)
        if found is None:
            rest = at + len(bytes(data[at : at + 80])) - len(bytes(data[at : at + 80]).lstrip())
            raise _Wrong(expected("a number", rest, _PLY) if rest < len(data) else ends("a number", rest, _PLY))
        left -= 1
        if left < 0:
            raise _TooMany
        if not left & 0xFFFF:
            checkpoint()
        text: bytes = found.group(1)
        try:
            float(text)
        except ValueError:
            raise _Wrong(expected("a number", found.start(1), _PLY)) from None
        at = found.end()
        return text

    for element in elements:
        for _ in range(min(element.records, _VALUES) if element.sizes else 0):
            for _, length in element.sizes:
                text = value()
                if length:
                    if not text.isdigit() or len(text) > 9:
                        raise _Wrong(expected("the length of a list", at - len(text), _PLY))
                    for _ in range(min(int(text), _VALUES)):
                        value()


def _binaries(data: Octets, at: int, elements: list[_Element], order: str, checkpoint: Callable[[], None]) -> None:
    for element in elements:
        at = _extent(data, at, element, order, checkpoint)
        if at > len(data):
            raise _Wrong(ends(f"the last {element.name}", len(data), _PLY))


def _extent(data: Octets, at: int, element: _Element, order: str, checkpoint: Callable[[], None]) -> int:
    """Where the records of an element end."""
    if not any(length for _, length in element.sizes):
        return at + element.records * sum(size for size, _ in element.sizes)
    same = _uniform(data, at, element, order)
    if same is not None:
        return same
    if element.records > _VALUES:
        raise _TooMany
    for number in range(element.records):
        if not number & 0xFFFF:
            checkpoint()
        for size, length in element.sizes:
            if length:
                at += length + size * _count(data, at, length, order)
            else:
                at += size
        if at > len(data):
            return at
    return at


def _uniform(data: Octets, at: int, element: _Element, order: str) -> int | None:
    """The end of records whose one list has always the same short length, as in nearly all meshes; else None."""
    if len(element.sizes) != 1:
        return None
    size, length = element.sizes[0]
    count = _count(data, at, length, order)
    step = length + size * count
    end = at + step * element.records
    if end > len(data) or count > 0xFF:
        return None
    low = 0 if order == "little" else length - 1
    for place in range(length):
        wanted = count if place == low else 0
        if bytes(data[at + place : end : step]) != bytes([wanted]) * element.records:
            return None
    return end


def _count(data: Octets, at: int, length: int, order: str) -> int:
    return int.from_bytes(bytes(data[at : at + length]), "little" if order == "little" else "big")
