"""Classes and methods with what is written on them: annotations (Java), attributes (C#, PHP), decorators (TypeScript).

Not a parser: comments and strings are taken out first, then annotations are put to the class or method that follows.
"""

from bisect import bisect_right

import msgspec

from cpo_scan.probe.patterns import Pattern
from cpo_scan.probe.patterns import standard as pattern

MOST = 5_000  # annotations of one file that are looked at
FILL = "\x01"  # stands for each character inside of a string

_NOISE = pattern(
    r'//[^\n]*+|/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/|@"[^"]*+"|"(?:[^"\\\n]|\\.)*+"'
    r"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\[\s\S])*+`",
    text=True,
)
_SPACE = r"[ \t\r\n]*+"
_ARGUMENTS = rf"(?:{_SPACE}(\((?:[^()]|\((?:[^()]|\([^()]*+\))*+\))*+\)))?"
_NAMED = r"|\b(?:class|interface|record|enum|struct)[ \t\r\n]++([A-Za-z_]\w*+)|([;{}])"
_SYNTAX: dict[str, Pattern] = {
    "java": pattern(rf"@{_SPACE}([A-Za-z_][\w.]*+)" + _ARGUMENTS + _NAMED, text=True),
    "csharp": pattern(rf"[\[,]{_SPACE}([A-Z][\w.]*+)" + _ARGUMENTS + _NAMED, text=True),
}
_SYNTAX["typescript"] = _SYNTAX["java"]
_SYNTAX["php"] = pattern(rf"(?:#\[|,){_SPACE}([A-Z\\][\w\\]*+)" + _ARGUMENTS + _NAMED, text=True)
# An argument: `value = `, `path: `, then strings or words, alone or in a list.
_ARGUMENT = pattern(rf"([A-Za-z_]\w*+){_SPACE}[=:]|([\"'`]{FILL}*+[\"'`])|([A-Za-z_][\w.]*+)", text=True)


class Annotation(msgspec.Struct, frozen=True):
    """An annotation with its arguments by name; the positional ones have an empty name. Words stay as written."""

    name: str
    values: dict[str, tuple[str, ...]] = {}
    line: int = 0
    excerpt: str = ""


class Method(msgspec.Struct, frozen=True):
    """A method, or whatever else carries annotations inside of a class."""

    annotations: tuple[Annotation, ...]


class Class(msgspec.Struct, frozen=True):
    """A class with the annotations on it and on its members."""

    name: str
    annotations: tuple[Annotation, ...] = ()
    methods: tuple[Method, ...] = ()


class Skeleton:
    """A source without comments and without the content of its strings; every character stays at its place."""

    def __init__(self, source: str) -> None:
        self.source = source
        parts, at = [], 0
        for match in _NOISE.finditer(source):
            start, end = match.span()
            token = match.group()
            parts.append(source[at:start])
            if token[0] == "/":
                parts.append(
                    "".join(" " if one != "\n" else one for one in token) if "\n" in token else " " * len(token)
                )
            else:
                quote = token[-1]
                lead = token[: token.index(quote) + 1]
                parts.append(lead + FILL * (len(token) - len(lead) - 1) + quote)
            at = end
        self.text = "".join([*parts, source[at:]])
        self._breaks = [index for index, one in enumerate(source) if one == "\n"] if "\n" in source else []

    def line(self, offset: int) -> int:
        """The line of a character, from 1."""
        return bisect_right(self._breaks, offset - 1) + 1 if offset else 1

    def string(self, start: int, end: int) -> str:
        """What stands between the quotes of a string of the skeleton."""
        return self.source[start:end].lstrip("@")[1:-1]

    def excerpt(self, start: int, end: int) -> str:
        """The source between two places."""
        return self.source[start : min(end, start + 240)]


def classes(skeleton: Skeleton, language: str) -> list[Class]:
    """The classes of a source with their annotations. What stands in front of any class belongs to one without name."""
    found: list[Class] = [Class("")]
    methods: list[Method] = []
    pending: list[Annotation] = []
    number = 0
    for match in _SYNTAX[language].finditer(skeleton.text):
        name, arguments, declared, _ = match.groups()
        if name is not None:
            number += 1
            if number > MOST:
                break
            values = _values(skeleton, match.start(2), match.end(2)) if arguments else {}
            line, excerpt = skeleton.line(match.start()), skeleton.excerpt(*match.span())
            simple = name.rpartition("\\" if language == "php" else ".")[2]
            pending.append(Annotation(simple, values, line, excerpt))
        elif declared is not None:
            found[-1] = msgspec.structs.replace(found[-1], methods=tuple(methods))
            found.append(Class(declared, tuple(pending)))
            methods, pending = [], []
        elif pending:
            methods.append(Method(tuple(pending)))
            pending = []
    found[-1] = msgspec.structs.replace(found[-1], methods=tuple(methods))
    return found


def _values(skeleton: Skeleton, start: int, end: int) -> dict[str, tuple[str, ...]]:
    values: dict[str, tuple[str, ...]] = {}
    name = ""
    for match in _ARGUMENT.finditer(skeleton.text[start:end]):
        named, string, word = match.groups()
        if named is not None:
            name = named
        elif string is not None:
            values[name] = (*values.get(name, ()), skeleton.string(start + match.start(), start + match.end()))
        elif word is not None:
            values[name] = (*values.get(name, ()), word)
    return values
