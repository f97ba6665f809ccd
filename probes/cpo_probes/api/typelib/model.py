"""What a COM type library describes, whatever it is written in: types, their members, and types of these as text.

A type is written as in IDL, in few words: two texts that differ are two types. Aliases are followed to what they stand
for, since a caller passes that.
"""

import msgspec

KINDS = ("enum", "struct", "module", "interface", "dispinterface", "coclass", "typedef", "union")
"""TYPEKIND of oaidl.h, by number."""
CALLED = frozenset({"interface", "dispinterface", "module"})
FUNCTION, GET, PUT, PUT_REFERENCE = 1, 2, 4, 8
"""INVOKEKIND of oaidl.h."""
MOST_TYPES = 50_000  # of one library
MOST_MEMBERS = 500_000  # of one library
DEEPEST = 32  # pointers, arrays and aliases inside each other
UNKNOWN = "?"
"""A type that the library does not tell."""

BASIC = {
    0: "void", 1: "void", 2: "short", 3: "long", 4: "float", 5: "double", 6: "CURRENCY", 7: "DATE", 8: "BSTR",
    9: "IDispatch*", 10: "SCODE", 11: "VARIANT_BOOL", 12: "VARIANT", 13: "IUnknown*", 14: "DECIMAL", 16: "char",
    17: "unsigned char", 18: "unsigned short", 19: "unsigned long", 20: "hyper", 21: "unsigned hyper", 22: "long",
    23: "unsigned long", 24: "void", 25: "HRESULT", 30: "LPSTR", 31: "LPWSTR", 64: "FILETIME",
}  # fmt: skip
"""VARENUM of wtypes.h. `int` and `long` are the same on Windows, so both are `long`."""
POINTER, SAFE_ARRAY, ARRAY, USER = 26, 27, 28, 29
"""VT_PTR, VT_SAFEARRAY, VT_CARRAY, VT_USERDEFINED."""

_KNOWN = {
    "00000000-0000-0000-c000-000000000046": "IUnknown",
    "00020400-0000-0000-c000-000000000046": "IDispatch",
    "00020404-0000-0000-c000-000000000046": "IEnumVARIANT",
    "66504301-be0f-101a-8bbb-00aa00300cab": "OLE_COLOR",
    "66504313-be0f-101a-8bbb-00aa00300cab": "OLE_HANDLE",
    "7bf80980-bf32-101a-8bbb-00aa00300cab": "IPicture",
    "7bf80981-bf32-101a-8bbb-00aa00300cab": "IPictureDisp",
    "bef6e002-a874-101a-8bba-00aa00300cab": "IFont",
    "bef6e003-a874-101a-8bba-00aa00300cab": "IFontDisp",
}
# stdole32.tlb and stdole2.tlb: their first types, in their order, and those that others refer to by identifier.
_STDOLE = "00020430-0000-0000-c000-000000000046"
_STDOLE_TYPES = ("GUID", "DISPPARAMS", "EXCEPINFO", "IUnknown", "IDispatch", "IEnumVARIANT")


class Broken(ValueError):
    """A table or a record lies outside of the file, or does not fit; `what` and the offset."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what, self.offset = what, offset


class Parameter(msgspec.Struct, frozen=True):
    """A parameter. `way` is `in`, `out`, `inout` or `retval`; an optional one may be left out or has a default."""

    name: str
    type: str
    way: str = "in"
    optional: bool = False


class Member(msgspec.Struct, frozen=True):
    """A function or variable: its name, how it is called (INVOKEKIND, 0 for a variable), help text, place.

    `type` is that of the result or the variable; `id` the dispatch identifier; `value` that of a constant.
    """

    name: str
    call: int
    text: str
    hidden: bool
    offset: int
    type: str = ""
    parameters: tuple[Parameter, ...] = ()
    id: int | None = None
    value: str | None = None
    deprecated: bool = False


class Implemented(msgspec.Struct, frozen=True):
    """An interface of a class; `source`: the class calls it (events)."""

    name: str
    default: bool = False
    source: bool = False


class Described(msgspec.Struct, frozen=True):
    """One type: its kind (of `KINDS`), name, help text and members.

    `dual`: its functions are called both ways; `stands_for` is what an alias is another name of.
    """

    kind: str
    name: str
    text: str
    hidden: bool
    members: tuple[Member, ...]
    uuid: str = ""
    dual: bool = False
    creatable: bool = True
    bases: tuple[str, ...] = ()
    implements: tuple[Implemented, ...] = ()
    stands_for: str = ""
    deprecated: bool = False


class Library(msgspec.Struct, kw_only=True):
    """What a type library holds. `problems` says what could not be read."""

    name: str = ""
    version: str = ""
    text: str = ""
    uuid: str = ""
    hidden: bool = False
    types: list[Described] = []
    problems: list[tuple[str, int]] = []


def way_of(flags: int) -> tuple[str, bool]:
    """`way` and `optional` of a parameter, from its PARAMFLAG."""
    way = "retval" if flags & 8 else "inout" if flags & 3 == 3 else "out" if flags & 2 else "in"
    return way, bool(flags & 0x30)


def identifier(raw: bytes) -> str:
    """A GUID of 16 octets as text, in lower case."""
    first, second, third = raw[:4][::-1], raw[4:6][::-1], raw[6:8][::-1]
    return f"{first.hex()}-{second.hex()}-{third.hex()}-{raw[8:10].hex()}-{raw[10:16].hex()}"


def by_identifier(told: str) -> str:
    """A type of another library that is known by its identifier."""
    return _KNOWN.get(told, f"{{{told}}}")


def by_number(library: str, number: int) -> str:
    """A type of another library that is known by its place in there."""
    if library == _STDOLE and number < len(_STDOLE_TYPES):
        return _STDOLE_TYPES[number]
    return f"{{{library}}}#{number}"
