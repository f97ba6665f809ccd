"""Default values of Protocol Buffers in one spelling, as a .proto file and as the compiler writes them."""

from cpo_scan.probe.patterns import compile as pattern
from cpo_scan.probe.tokens import is_string

_LONGEST = 200
# Language specification, "String literals".
_ESCAPE = pattern(r"\\(?:[xX](?P<hex>[0-9A-Fa-f]{1,2})|(?P<octal>[0-7]{1,3})|(?P<one>[abfnrtv?\\'\x22]))", text=True)
_ONE = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


def plain(stated: str) -> str:
    """Strings without quotes and escapes, numbers in one form ("Optional Fields And Default Values")."""
    if is_string(stated):
        return unescaped(stated[1:-1])
    stated = stated[:_LONGEST]
    return _whole(stated) or _float(stated) or stated


def _whole(text: str) -> str:
    try:
        return str(int(text, 0))
    except ValueError:
        return ""


def _float(text: str) -> str:
    try:
        return f"{float(text):g}"
    except ValueError:
        return ""


def unescaped(text: str) -> str:
    """What a string literal stands for; octets beyond ASCII as characters of the same number."""
    text = text[:_LONGEST]
    parts, at = [], 0
    for match in _ESCAPE.finditer(text):
        parts.append(text[at : match.start()])
        if (digits := match.group("hex")) is not None:
            parts.append(chr(int(digits, 16)))
        elif (digits := match.group("octal")) is not None:
            parts.append(chr(int(digits, 8)))
        else:
            parts.append(_ONE.get(match.group("one"), match.group("one")))
        at = match.end()
    return "".join([*parts, text[at:]])
