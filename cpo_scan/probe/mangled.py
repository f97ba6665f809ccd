"""Names in symbols of C++: of what a linker sees, the identifiers that stand in the source.

Only what tells whether a header names a thing: the identifiers on the way to it. Parameters are left out.
"""

_LONGEST = 4096  # bytes of a symbol that are looked at
_QUALIFIERS = b"rVKRO"
_SPECIAL = (
    b"TV",
    b"TT",
    b"TI",
    b"TS",
    b"GV",
    b"GR",
    b"TH",
    b"TW",
)  # Itanium C++ ABI 5.1.4: tables and guards of a class


def identifiers(symbol: bytes) -> tuple[str, ...]:
    """Identifiers from the outermost on: `Acme`, `Part`, `save`; of a C symbol itself; none where they can't be told.

    What belongs to the standard library, and operators of no class, gives none.
    """
    symbol = symbol[:_LONGEST].partition(b"@")[0] if not symbol.startswith(b"?") else symbol[:_LONGEST]
    if symbol.startswith(b"?"):
        return _microsoft(symbol)
    if symbol.startswith((b"_Z", b"__Z")):
        return _itanium(symbol[symbol.index(b"_Z") + 2 :])
    text = symbol.decode("utf-8", "replace")
    return (text,) if text.isidentifier() else ()


def _itanium(rest: bytes) -> tuple[str, ...]:
    """Itanium C++ ABI 5.1.2: nested names between N and E, each name behind its length."""
    if rest[:1] == b"T" and rest[1:2] in (b"h", b"v"):  # thunks: a number or two, then what they lead to
        at = rest.find(b"_N")
        rest = rest[at + 1 :] if 0 <= at < 24 else b""
    elif rest.startswith(_SPECIAL):
        rest = rest[2:]
    nested = rest[:1] == b"N"
    rest = rest[1:] if nested else rest
    while rest[:1] and rest[:1] in _QUALIFIERS:
        rest = rest[1:]
    names: list[str] = []
    while rest[:1].isdigit():
        digits = next((at for at, byte in enumerate(rest) if not 0x30 <= byte <= 0x39), len(rest))
        size = int(rest[:digits]) if digits < 5 else _LONGEST
        name, rest = rest[digits : digits + size], rest[digits + size :]
        if len(name) < size:
            return ()
        names.append(name.decode("utf-8", "replace"))
        if not nested:
            break
        if rest[:1] == b"I":  # the arguments of a template: what follows them is left out
            break
    return tuple(names)


def _microsoft(symbol: bytes) -> tuple[str, ...]:
    """`?save@Part@Acme@@…`, `??0Part@Acme@@…`: the innermost name first, two signs behind the last one."""
    rest = symbol[1:]
    if rest[:1] == b"?":  # a constructor, an operator or a table of a class
        rest = rest[3:] if rest[1:2] == b"_" else rest[2:]
    names = rest.partition(b"@@")[0].split(b"@")
    found = [name.decode("utf-8", "replace") for name in reversed(names) if name]
    return tuple(found) if all(name.isidentifier() for name in found) and found[:1] != ["std"] else ()
