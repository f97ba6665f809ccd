"""Names of classes and functions in native code: in its dynamic symbols, and in the type information of C++.

Symbols are taken apart only as far as names of one word each need it: Itanium C++ ABI 5.1 (`<length><identifier>`), and
the identifiers between the signs of Microsoft's scheme.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cpo_scan.probe import Content, Context, find
from cpo_scan.probe.binaries import Binary
from cpo_scan.probe.patterns import Pattern, standard
from cpo_scan.probe.patterns import compile as compile_pattern

LONGEST_SYMBOL = 400  # bytes: longer ones are templates, whose names stand in shorter symbols too
LONGEST_NAME = 80  # bytes of one identifier
WINDOW = 2**20  # bytes of a program that are copied and looked through at a time
_LENGTH = r"[0-9]{1,3}"
_IDENTIFIER = r"[A-Za-z_][A-Za-z_0-9]{3,79}"
# Ends of type names that a role may have (`…Reader`, `…Import`, `…Plugin`, `…Frontend`), nested (`…E`) and not.
_ENDS = (r"erE?\0", r"ortE?\0", r"inE?\0", r"endE?\0")
_MICROSOFT = b".?AV"


class Seen(NamedTuple):
    """An identifier, and where it stands: the symbol that holds it, or the place in the file."""

    identifier: str
    symbol: bytes
    how: str  # uses, offers, holds
    offset: int = -1


def role_pattern(roles: Iterable[str], *, text: bool = False) -> Pattern:
    """Where a name may hold one of the words that say what is done with a format."""
    stems: list[str] = []
    for role in sorted(roles):  # a word comes before those that begin with it
        if not any(role.startswith(stem) for stem in stems):
            stems.append(role)
    return compile_pattern("(?i)" + "|".join(stems), text=text)


def telling(binary: Binary, role: Pattern) -> list[tuple[str, bytes]]:
    """The dynamic symbols that hold such a word, each with whether the file offers or uses it; in one pass each."""
    found: list[tuple[str, bytes]] = []
    for how, symbols in (("offers", binary.exported), ("uses", binary.imported)):
        joined = b"\0".join(symbols)
        match = role.search(joined)
        while match is not None:
            begin, end = joined.rfind(b"\0", 0, match.start()) + 1, joined.find(b"\0", match.end())
            end = end if end >= 0 else len(joined)
            if end - begin <= LONGEST_SYMBOL:
                found.append((how, joined[begin:end]))
            match = role.search(joined, end)
    return found


def in_symbols(told: Iterable[tuple[str, bytes]], role: Pattern) -> Iterator[Seen]:
    """Identifiers in dynamic symbols that may tell what is done with a format."""
    length, identifier = _patterns()
    for how, symbol in told:
        if symbol.startswith((b"_Z", b"__Z")):
            names: Iterable[bytes] = _itanium(symbol, length)
        elif symbol.startswith(b"?"):
            names = (match.group() for match in identifier.finditer(symbol.partition(b"@@")[0]))
        else:
            names = (symbol,)
        for name in names:
            if len(name) <= LONGEST_NAME and role.search(name) is not None and identifier.fullmatch(name):
                yield Seen(name.decode("ascii"), symbol, how)


def in_methods(told: Iterable[tuple[str, bytes]], role: Pattern) -> Iterator[tuple[str, str, Seen]]:
    """Classes and their methods in dynamic symbols, as far as they may tell what is done with a format.

    By the method (`StlFile::load`), or by both (`MeshLoad::fromStl`).
    """
    length, _ = _patterns()
    for how, symbol in told:
        names = _scoped(symbol, length)
        if len(names) < 2 or len(names[-2]) > LONGEST_NAME:
            continue
        if role.search(names[-1] if not names[-1].startswith((b"from", b"to")) else names[-2]) is not None:
            kind, method = names[-2].decode("latin-1"), names[-1].decode("latin-1")
            yield kind, method, Seen(f"{kind}::{method}", symbol, how)


def _scoped(symbol: bytes, length: Pattern) -> list[bytes]:
    """The names of a member from the outside in (`space`, `Class`, `method`); none where the symbol is no plain one.

    Itanium C++ ABI 5.1.2: `_ZN`, qualifiers of the object, each name after its length, `E`. Microsoft's names stand
    from the inside out: `?method@Class@space@@`; a second question mark begins an operator or a template.
    """
    if symbol.startswith(b"?") and symbol[1:2] not in (b"?", b"$"):
        return symbol[1:].partition(b"@@")[0].split(b"@")[::-1]
    if not symbol.startswith((b"_ZN", b"__ZN")):
        return []
    rest = symbol.partition(b"_ZN")[2].lstrip(b"VKRO")
    names: list[bytes] = []
    while (match := length.match(rest)) is not None:
        end = match.end() + int(match.group())
        names.append(rest[match.end() : end])
        rest = rest[end:]
    return names if rest.startswith(b"E") else []


def in_types(content: Content, role: Pattern, context: Context) -> Iterator[Seen]:
    """Names of polymorphic classes in the bytes of a program: the type information that C++ keeps of each.

    An Itanium name is known by its lengths, which must fit to the byte (`14dxfWriterAscii`); a Microsoft one by `.?AV`.
    """
    length, identifier = _patterns()
    data = content.whole()
    for start in range(0, len(data), WINDOW):
        context.checkpoint()
        window = bytes(data[start : start + WINDOW + 2 * LONGEST_SYMBOL])
        for place in sorted(_ends(window)):
            first = window.rfind(b"\0", max(0, place - LONGEST_SYMBOL), place) + 1
            name = _whole(window[first:place], length) if first else b""
            if name and role.search(name) is not None and identifier.fullmatch(name):
                yield Seen(name.decode("ascii"), window[first:place], "holds", start + first)
        place = find(window, _MICROSOFT)
        while 0 <= place < WINDOW:
            raw = window[place : place + LONGEST_SYMBOL].partition(b"@")[0]
            if role.search(raw) is not None and identifier.fullmatch(raw[len(_MICROSOFT) :]):
                yield Seen(raw[len(_MICROSOFT) :].decode("ascii"), raw, "holds", start + place)
            place = find(window, _MICROSOFT, place + 1)


def _patterns() -> tuple[Pattern, Pattern]:
    return standard(_LENGTH), standard(_IDENTIFIER)  # for short looks


def _ends(window: bytes) -> Iterator[int]:
    """Where the zeros stand behind ends of names; end by end, since what begins with letters is found soonest."""
    for end in _ENDS:
        yield from (match.end() - 1 for match in compile_pattern(end).finditer(window))


def _itanium(symbol: bytes, length: Pattern) -> Iterator[bytes]:
    """The identifiers of a mangled symbol, each after its length, with what does not fit passed over."""
    at = 2
    while (match := length.search(symbol, at)) is not None:
        end = match.end() + int(match.group())
        name = symbol[match.end() : end]
        at = match.end()
        if end <= len(symbol) and (name[:1].isalpha() or name[:1] == b"_"):
            yield name
            at = end


def _whole(mangled: bytes, length: Pattern) -> bytes:
    """The last identifier of a type name that is nothing but names with their lengths; empty where it is no such.

    A star before it says that the type is known in one file only (`std::type_info::name` of GCC and Clang).
    """
    mangled = mangled.removeprefix(b"*")
    nested = mangled.startswith(b"N") and mangled.endswith(b"E")
    rest = mangled[1:-1] if nested else mangled
    name = b""
    while rest:
        match = length.match(rest)
        if match is None:
            return b""
        end = match.end() + int(match.group())
        name, rest = rest[match.end() : end], rest[end:]
        if len(name) != int(match.group()):
            return b""
    return name
