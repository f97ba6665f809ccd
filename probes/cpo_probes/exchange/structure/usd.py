"""Structure of USD: brackets, texts and prims of its text form, sections of its binary form, layout of its packages."""

from collections.abc import Callable

from cpo_probes.exchange.problem import Problem
from cpo_probes.exchange.structure.found import MOST, UNCHECKED, Found, Octets, differs, ends, expected
from cpo_scan.probe import patterns

_EVERY = 0xFFFF  # steps between two questions whether to go on

# -- text

_TEXT = "OpenUSD, text form of layers"
_DEEPEST = 10_000  # brackets that may be open
_SIGN = r"""[()\[\]{}"'@<>]|#[^\n]*+|//[^\n]*+|/\*|[A-Za-z_][A-Za-z0-9_:]*+"""
_HEADER = r"#usda [0-9]+\.[0-9]+[^\n]*+(?:\n|\Z)"
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_SPECIFIERS = frozenset({"def", "over", "class"})
# What may begin a statement of a layer itself (those of prims have names of types, which anybody may add to)
_STATEMENTS = _SPECIFIERS | {"reorder"}


def usda(data: Octets, checkpoint: Callable[[], None]) -> Found:
    """Brackets close in their order, texts, assets and paths end, statements of the layer are of prims."""
    header = patterns.standard(_HEADER).match(data)
    if header is None:
        return Found(problems=(expected("#usda and a version", 0, _TEXT),))
    reader = _Text(data, checkpoint)
    problem = reader.read(header.end())
    facts = {"prims": reader.prims}
    return Found(problems=(problem,) if problem else (), open_because=UNCHECKED, facts=facts)


class _Wrong(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class _Text:
    def __init__(self, data: Octets, checkpoint: Callable[[], None]) -> None:
        self._data, self._checkpoint = data, checkpoint
        self._sign = patterns.standard(_SIGN)
        self._opened: list[str] = []
        self._due = ""  # what a statement of the layer still needs
        self._typed = False  # the type of its prim was read
        self.prims = 0

    def read(self, at: int) -> Problem | None:
        """The first problem from octet `at` on."""
        steps = 0
        try:
            while (found := self._sign.search(self._data, at)) is not None:
                steps += 1
                if not steps & _EVERY:
                    self._checkpoint()
                at = self._over(found.group().decode("latin-1"), found.start(), found.end())
        except _Wrong as wrong:
            return wrong.problem
        if self._opened:
            return ends(self._opened[-1], len(self._data), _TEXT)
        return ends(self._due, len(self._data), _TEXT) if self._due else None

    def _over(self, sign: str, place: int, at: int) -> int:
        """Behind a sign that stands at `place` and ends at `at`, with all that belongs to it."""
        match sign[0]:
            case "#":
                return at
            case "/":
                return at if sign == "//" or sign[1] == "/" else self._until(b"*/", "*/", place, at)
            case "(" | "[" | "{":
                self._opens(sign, place)
            case ")" | "]" | "}":
                wanted = self._opened.pop() if self._opened else ""
                if sign != wanted:
                    raise _Wrong(expected(wanted or "a statement", place, _TEXT))
            case '"' | "'":
                at = self._quoted(sign.encode(), place)
                if not self._opened:
                    self._named(place)
            case "@":
                at = self._asset(place)
            case "<":
                at = self._until(b">", ">", place, at)
                if b"\n" in bytes(self._data[place : min(at, place + 4096)]):
                    raise _Wrong(ends(">", place, _TEXT))
            case ">":
                raise _Wrong(expected("<", place, _TEXT))
            case _:
                self.prims += sign in _SPECIFIERS
                if not self._opened:
                    at = self._word(sign, place, at)
        return at

    def _opens(self, sign: str, place: int) -> None:
        if len(self._opened) == _DEEPEST:
            raise _Wrong(expected("fewer open brackets", place, _TEXT))
        if not self._opened and sign == "{":
            if self._due != "{":
                raise _Wrong(expected(self._due or "def, over or class", place, _TEXT))
            self._due = ""
        self._opened.append(_CLOSES[sign])

    def _named(self, place: int) -> None:
        """A text outside of all brackets is the name of a prim."""
        if self._due != "a name":
            raise _Wrong(expected(self._due or "def, over or class", place, _TEXT))
        self._due = "{"

    def _word(self, sign: str, place: int, at: int) -> int:
        """A word outside of all brackets begins a statement, or is the type of a prim."""
        if not self._due and sign in _SPECIFIERS:
            self._due, self._typed = "a name", False
        elif not self._due and sign in _STATEMENTS:
            return self._until(b"]", "]", place, at)  # reorder rootPrims = [...]
        elif self._due == "a name" and not self._typed:
            self._typed = True
        else:
            raise _Wrong(expected(self._due or "def, over or class", place, _TEXT))
        return at

    def _until(self, mark: bytes, wanted: str, place: int, at: int) -> int:
        end = self._data.find(mark, at)
        if end < 0:
            raise _Wrong(ends(wanted, place, _TEXT))
        return end + len(mark)

    def _quoted(self, quote: bytes, at: int) -> int:
        """Behind the text that begins at `at`. Three quotation marks hold lines."""
        lines = bytes(self._data[at : at + 3]) == quote * 3
        mark = quote * 3 if lines else quote
        place = at + len(mark)
        while True:
            end = self._data.find(mark, place)
            if end < 0 or (not lines and self._data.find(b"\n", at, end) >= 0):
                raise _Wrong(ends(quote.decode(), at, _TEXT))
            if not self._escaped(end, at):
                return end + len(mark)
            place = end + 1

    def _escaped(self, at: int, first: int) -> bool:
        count = 0
        while at - count - 1 > first and bytes(self._data[at - count - 1 : at - count]) == b"\\":
            count += 1
        return count % 2 == 1

    def _asset(self, at: int) -> int:
        """Behind the name of an asset, between `@` or between `@@@`, in which `\\@@@` stands for that."""
        if bytes(self._data[at : at + 3]) == b"@@@":
            place = self._until(b"@@@", "@@@", at, at + 3)
            while bytes(self._data[place - 4 : place - 3]) == b"\\":
                place = self._until(b"@@@", "@@@", at, place)
            return place
        end = self._until(b"@", "@", at, at + 1)
        if b"\n" in bytes(self._data[at : min(end, at + 8192)]):
            raise _Wrong(ends("@", at, _TEXT))
        return end


# -- binary

_BINARY = "OpenUSD, binary form of layers (crate)"
_SECTIONS = ("TOKENS", "STRINGS", "FIELDS", "FIELDSETS", "PATHS", "SPECS")


def usdc(data: Octets, _: Callable[[], None]) -> Found:
    """Header of 88 octets, then a table of contents: 64 bits for the number of sections, and for each a name of 16
    octets, where it begins and how long it is. All sections that a layer needs lie in the file."""
    if len(data) < 88:
        return Found(problems=(ends("the header", len(data), _BINARY),))
    version = ".".join(str(octet) for octet in bytes(data[8:11]))
    facts = {"version": version}
    place = int.from_bytes(bytes(data[16:24]), "little")
    if place + 8 > len(data):
        return Found(problems=(ends("the table of contents", len(data), _BINARY),), facts=facts)
    count = int.from_bytes(bytes(data[place : place + 8]), "little")
    if not 0 < count <= 1000:
        return Found(problems=(expected("a number of sections", place, _BINARY),), facts=facts)
    if place + 8 + 32 * count > len(data):
        return Found(problems=(ends("the table of contents", len(data), _BINARY),), facts=facts)
    problems: list[Problem] = []
    names: list[str] = []
    for number in range(count):
        at = place + 8 + 32 * number
        row = bytes(data[at : at + 32])
        name = row[:16].partition(b"\0")[0].decode("latin-1")
        start, size = int.from_bytes(row[16:24], "little"), int.from_bytes(row[24:32], "little")
        names.append(name)
        if start < 88 or start + size > len(data):
            problems.append(ends(f"the section {name[:16]}", at, _BINARY))
    problems.extend(expected(f"the section {name}", place, _BINARY) for name in _SECTIONS if name not in names)
    return Found(problems=tuple(problems[:MOST]), open_because=UNCHECKED, facts=facts | {"sections": names[:MOST]})


# -- packages

_PACKAGE = "OpenUSD, USDZ file format"
_ALIGNED = 64  # octets at a multiple of which the data of each member begins
_LAYERS = (".usd", ".usda", ".usdc")
_MEMBERS = 100_000


def usdz(data: Octets, checkpoint: Callable[[], None]) -> Found:
    """A ZIP archive without compression and encryption, its data aligned, its first member a layer (APPNOTE 4.3)."""
    end = bytes(data[-65557:]).rfind(b"PK\x05\x06")
    end += max(0, len(data) - 65557) if end >= 0 else 0
    if end < 0 or end + 22 > len(data):
        return Found(problems=(ends("the directory of the archive", len(data), _PACKAGE),))
    record = bytes(data[end : end + 22])
    count, at = int.from_bytes(record[10:12], "little"), int.from_bytes(record[16:20], "little")
    problems: list[Problem] = []
    names: list[str] = []
    for number in range(min(count, _MEMBERS)):
        checkpoint()
        row = bytes(data[at : at + 46])
        if row[:4] != b"PK\x01\x02" or len(row) < 46:
            problems.append(expected("an entry of the directory", min(at, len(data)), _PACKAGE))
            break
        flags, method = int.from_bytes(row[8:10], "little"), int.from_bytes(row[10:12], "little")
        lengths = [int.from_bytes(row[place : place + 2], "little") for place in (28, 30, 32)]
        size, local = int.from_bytes(row[20:24], "little"), int.from_bytes(row[42:46], "little")
        name = bytes(data[at + 46 : at + 46 + lengths[0]]).decode("utf-8", "replace")
        names.append(name)
        head = bytes(data[local : local + 30])
        start = local + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        if head[:4] != b"PK\x03\x04" or start + size > len(data):
            problems.append(expected(f"the member {name[:100]}", min(local, len(data)), _PACKAGE))
        elif method or flags & 1:
            problems.append(differs("compression", "0", str(method or "encrypted"), local, _PACKAGE))
        elif start % _ALIGNED and not name.endswith("/"):
            problems.append(expected(f"the data of {name[:100]} at a multiple of 64 bytes", start, _PACKAGE))
        if number == 0 and not name.lower().endswith(_LAYERS):
            problems.append(expected("a layer as first member", min(local, len(data)), _PACKAGE))
        if len(problems) >= MOST:
            break
        at += 46 + sum(lengths)
    if not names and not problems:
        problems.append(expected("a layer as first member", 0, _PACKAGE))
    return Found(problems=tuple(problems[:MOST]), open_because=UNCHECKED, facts={"members": len(names)})
