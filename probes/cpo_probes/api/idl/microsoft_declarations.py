"""Declarations of Microsoft's IDL, token by token: attributes, types as text, parameters, values of enumerations.

Types are written as `typelib_model` writes those of type libraries, so that a library and its IDL can be compared.
"""

from collections.abc import Callable, Iterator, Mapping

from cpo_probes.api.idl.tokens import matching, split
from cpo_probes.api.typelib.model import DEEPEST, UNKNOWN, Parameter, way_of
from cpo_scan.probe.tokens import is_string, is_word

Attributes = Mapping[str, list[str]]
"""What stands in brackets in front of a declaration: tokens between the round brackets, by name."""

_DROPPED = frozenset(
    {"const", "volatile", "struct", "union", "enum", "interface", "dispinterface", "coclass", "static", "extern"}
    | {"ref", "out", "event", "__RPC_FAR", "_RPC_FAR", "RPC_FAR", "FAR", "__stdcall", "_stdcall", "__cdecl", "_cdecl"}
    | {"__pascal", "_pascal", "pascal", "inline", "overridable", "protected", "STDMETHODCALLTYPE"}
)
_PARTS = frozenset({"signed", "unsigned", "long", "short", "int", "char", "hyper", "small", "__int64", "double"})
# Names of oaidl.idl, wtypes.idl and basetsd.h for what a type library holds as a built-in type, and those of MIDL 3.
_SAME = {
    **dict.fromkeys(("INT", "LONG", "INT32", "BOOL", "__int32", "Int32", "int32", "LONG32"), "long"),
    **dict.fromkeys(("UINT", "ULONG", "DWORD", "UINT32", "UInt32", "LCID"), "unsigned long"),
    **dict.fromkeys(("SHORT", "INT16", "__int16", "Int16"), "short"),
    **dict.fromkeys(("USHORT", "WORD", "UINT16", "UInt16", "wchar_t", "WCHAR", "OLECHAR", "Char"), "unsigned short"),
    **dict.fromkeys(("LONGLONG", "INT64", "LONG64", "Int64", "hyper"), "hyper"),
    **dict.fromkeys(("ULONGLONG", "UINT64", "DWORDLONG", "UInt64"), "unsigned hyper"),
    **dict.fromkeys(("CHAR", "INT8", "__int8", "small"), "char"),
    **dict.fromkeys(("byte", "BYTE", "UCHAR", "boolean", "UINT8", "UInt8"), "unsigned char"),
    **dict.fromkeys(("LPWSTR", "LPCWSTR", "LPOLESTR", "LPCOLESTR"), "LPWSTR"),
    **dict.fromkeys(("LPSTR", "LPCSTR"), "LPSTR"),
    **dict.fromkeys(("FLOAT", "Single"), "float"),
    **dict.fromkeys(("DOUBLE", "Double"), "double"),
    "CY": "CURRENCY", "LPDISPATCH": "IDispatch*", "LPUNKNOWN": "IUnknown*", "LPVARIANT": "VARIANT*", "LPVOID": "void*",
    "REFIID": "GUID*", "REFGUID": "GUID*", "REFCLSID": "GUID*", "IID": "GUID", "CLSID": "GUID", "DISPID": "long",
}  # fmt: skip
_MOST_SHIFT = 64


def attributes(texts: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """The attributes in front of a declaration, and the declaration without them."""
    found: dict[str, list[str]] = {}
    while texts[:1] == ["["]:
        end = matching(texts, 0)
        for part in split(texts[1:end]):
            name = "".join(part[: part.index("(")] if "(" in part else part)
            found[name] = part[part.index("(") + 1 : -1] if "(" in part else []
        texts = texts[end + 1 :]
    return found, texts


def plain(texts: list[str]) -> str:
    """What is stated in an attribute, without the quotes of strings."""
    return "".join(text[1:-1] if is_string(text) else text for text in texts)


def type_text(texts: list[str], full: Callable[[str], str], depth: int = 0) -> str:
    """A type without a declarator, as text; `full` gives a name with all that it stands in."""
    if "(" in texts and depth < DEEPEST:
        start = texts.index("(")
        inner = type_text(texts[start + 1 : matching(texts, start)], full, depth + 1)
        if texts[start - 1 : start] == ["SAFEARRAY"]:
            return f"SAFEARRAY({inner})" + "*" * texts[matching(texts, start) :].count("*")
        return "function"
    stars = "*" * sum(text in ("*", "&") for text in texts)
    words = [text for text in texts if text not in _DROPPED and text not in ("*", "&", "[", "]")]
    if words and _PARTS.issuperset(words):
        return _basic(words) + stars
    if not words:
        return UNKNOWN
    joined = "".join("::" if word == "." else word for word in words)
    known = _SAME.get(joined)
    return (known if known is not None else full(joined)) + stars + "[]" * texts.count("[")


def _basic(words: list[str]) -> str:
    """`unsigned long int` and its kin in one spelling; `int` and `long` are the same on Windows."""
    unsigned = "unsigned " if "unsigned" in words else ""
    if "double" in words:
        return "double"
    if "hyper" in words or "__int64" in words or words.count("long") > 1:
        return unsigned + "hyper"
    if "short" in words:
        return unsigned + "short"
    if "char" in words or "small" in words:
        return unsigned + "char"
    return unsigned + "long"


def declared(texts: list[str], full: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """`type *a, b[3]`: each name with its type."""
    base = ""
    for number, part in enumerate(split(texts)):
        at = _name_at(part)
        if at < 0:
            continue
        before = part[:at]
        if number == 0:
            stars = len(before)
            while stars and before[stars - 1] in ("*", "(", "&", "const", "__stdcall", "__cdecl"):
                stars -= 1
            base, before = type_text(before[:stars], full), before[stars:]
        pointers = before.count("*")
        after = part[at + 1 :]
        bounds = "".join(f"[{''.join(after[start + 1 : end])}]" for start, end in _groups(after))
        if "(" in before and "(" in after:
            yield part[at], "function"
        else:
            yield part[at], (base + "*" * pointers + bounds)[:500]


def _name_at(part: list[str]) -> int:
    """The last word in front of what follows a name: bounds, the width of a bit field, a value, parameters."""
    end = len(part)
    for at, text in enumerate(part):
        if at and text in ("[", ":", "=") and "(" not in part[:at]:
            end = at
            break
    if end == len(part) and "(" in part:
        start = part.index("(")
        if part[start - 1 : start] != ["SAFEARRAY"]:
            end = matching(part, start)
    return next((at for at in range(end - 1, -1, -1) if is_word(part[at])), -1)


def _groups(texts: list[str]) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(texts):
        if texts[at] == "[":
            end = matching(texts, at)
            yield at, end
            at = end
        at += 1


def parameters(texts: list[str], full: Callable[[str], str], *, any_number: bool) -> Iterator[Parameter]:
    """The parameters of a method: what stands between its round brackets; `any_number`: the last one is a list."""
    parts = split(texts)
    for at, part in enumerate(parts, 1):
        told, rest = attributes(part)
        if rest in ([], ["void"], ["..."]):
            continue
        flags = 1 * ("in" in told) | 2 * ("out" in told or "out" in rest) | 8 * ("retval" in told)
        flags |= 0x10 * ("optional" in told) | 0x20 * ("defaultvalue" in told)
        way, left_out = way_of(flags)
        left_out = left_out or (any_number and at == len(parts))
        found = next(declared(rest, full), None) if len([text for text in rest if is_word(text)]) > 1 else None
        name, type_ = found if found is not None else ("", type_text(rest, full))
        if "string" in told:
            type_ = {"char*": "LPSTR", "unsigned short*": "LPWSTR"}.get(type_, type_)
        yield Parameter(name, type_.replace("[]", "*"), way, left_out)


def enumerators(texts: list[str], known: dict[str, int]) -> Iterator[tuple[str, str | None]]:
    """Names and values between the braces of an enumeration; None for a value that is not understood.

    `known` are values that were told before; those that are told here are added.
    """
    value: int | None = -1
    for part in split(texts):
        _, rest = attributes(part)
        if not rest or not is_word(rest[0]):
            continue
        if "=" in rest:
            value = evaluated(rest[rest.index("=") + 1 :], known)
        elif value is not None:
            value += 1
        if value is not None:
            known[rest[0]] = value
        # An enumeration has 32 bits, the first of which is the sign.
        yield rest[0], None if value is None else str((value + 2**31) % 2**32 - 2**31)


def evaluated(texts: list[str], known: Mapping[str, int]) -> int | None:
    """The value of a constant expression of whole numbers; None where it holds anything else."""
    return _Value(texts, known).read()


class _Value:
    """Operators bind as in C: `|`, `^`, `&`, `<< >>`, `+ -`, `*`, then those of one side."""

    _LEVELS = (("|",), ("^",), ("&",), ("<", ">"), ("+", "-"), ("*",))

    def __init__(self, texts: list[str], known: Mapping[str, int]) -> None:
        self._texts, self._known, self._at = texts, known, 0

    def read(self) -> int | None:
        try:
            value = self._level(0, 0)
        except (ValueError, IndexError):
            return None
        return value if self._at == len(self._texts) and abs(value) < 2**64 else None

    def _level(self, level: int, depth: int) -> int:
        if depth > DEEPEST:
            raise ValueError
        if level == len(self._LEVELS):
            return self._one(depth)
        value = self._level(level + 1, depth)
        while self._at < len(self._texts) and self._texts[self._at] in self._LEVELS[level]:
            operator = self._texts[self._at]
            self._at += 2 if operator in "<>" else 1  # a shift is two tokens
            right = self._level(level + 1, depth)
            match operator:
                case "|":
                    value |= right
                case "^":
                    value ^= right
                case "&":
                    value &= right
                case "+":
                    value += right
                case "-":
                    value -= right
                case "*":
                    value *= right
                case _:
                    if not 0 <= right < _MOST_SHIFT:
                        raise ValueError
                    value = value << right if operator == "<" else value >> right
            if abs(value) >= 2**128:
                raise ValueError
        return value

    def _one(self, depth: int) -> int:
        text = self._texts[self._at]
        self._at += 1
        match text:
            case "-":
                return -self._one_deeper(depth)
            case "+":
                return self._one_deeper(depth)
            case "~":
                return ~self._one_deeper(depth)
            case "(" if self._texts[self._at] in _PARTS or self._texts[self._at] in _SAME:  # a cast
                self._at = self._texts.index(")", self._at) + 1
                return self._one_deeper(depth)
            case "(":
                value = self._level(0, depth + 1)
                if self._texts[self._at] != ")":
                    raise ValueError
                self._at += 1
                return value
            case _ if text in self._known:
                return self._known[text]
            case _ if text[:1].isdigit():
                return number(text)
            case _:
                raise ValueError

    def _one_deeper(self, depth: int) -> int:
        if depth > DEEPEST:
            raise ValueError
        return self._one(depth + 1)


def number(text: str) -> int:
    """A whole number as C writes it; raises ValueError."""
    if len(text) > 40:
        raise ValueError
    digits = text.rstrip("uUlL")
    if digits[:2] in ("0x", "0X"):
        return int(digits[2:], 16)
    return int(digits, 8 if digits[0] == "0" and len(digits) > 1 else 10)
