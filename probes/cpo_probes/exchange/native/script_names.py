"""Classes and functions that sources define, in JavaScript, TypeScript, C#, Java, Lua, Ruby and Tcl.

By their tokens: what stands in comments and strings is none.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.script_tokens import Kind, Token, tokens

_DEFINED = (
    r"\b(?:class|function)[\s*]++([A-Za-z_$][0-9A-Za-z_$]*+)"
    r"|([A-Za-z_$][0-9A-Za-z_$]*+)\s*+[=:]\s*+(?:async\s++)?(?:class|function)\b"
)

LANGUAGES = {"csharp": "csharp", "java-source": "java", "lua": "lua", "ruby": "ruby", "tcl": "tcl"}
"""Languages of the tokens by formats, for `defined_in`."""
MOST_TOKENS = 2_000  # of the head of a definition
_DEFINING = ("class", "function")
_NOTHING = Token(Kind.SIGN, "", 0)
_TYPES = ("class", "record", "struct")
_CONTROL = frozenset(
    {"catch", "for", "foreach", "function", "if", "lock", "return", "switch", "using", "while", "with"}
)
_NO_TYPES = frozenset({"await", "case", "else", "in", "is", "new", "not", "of", "return", "throw", "typeof", "yield"})
_MODIFIERS = ("{", "}", ";", "*", "static", "async", "get", "set", "")


class Defined(NamedTuple):
    """A name that a source defines; `offset` in characters."""

    name: str
    function: bool
    offset: int


def candidates(text: str) -> Iterator[str]:
    """Names that may be defined; cheap, and not yet certain."""
    for match in compile_pattern(_DEFINED, text=True).finditer(text):
        yield match.group(1) or match.group(2)


def definitions(text: str) -> Iterator[Defined]:
    """`class A`, `function a`, `A = class`, `a = function`, `a: function`: certain, since strings are told apart."""
    last, before = _NOTHING, _NOTHING
    for token in tokens(text, "javascript"):
        if token.kind is Kind.WORD and before.text in _DEFINING and before.kind is Kind.WORD:
            if token.text not in ("extends", "implements"):
                yield Defined(token.text, before.text == "function", token.start)
        elif token.kind is last.kind is Kind.WORD and token.text in _DEFINING and before.text in ("=", ":"):
            yield Defined(last.text, token.text == "function", last.start)
        if token.text in ("*", "async") and token.kind is not Kind.STRING and before.text in ("function", "=", ":"):
            continue  # `function* a`, `a = async function`
        last, before = before, token


def members(text: str) -> Iterator[tuple[str, Defined]]:
    """The methods of the classes and objects of a JavaScript source, each with the name of its class if it has one."""
    listed = list(tokens(text, "javascript"))
    classes: list[tuple[str, int]] = []  # names, and the depth of brackets inside of them
    depth, waiting = 0, ""
    for at, token in enumerate(listed):
        if token.kind is Kind.SIGN and token.text in "{}":
            depth += 1 if token.text == "{" else -1
            if token.text == "{" and waiting:
                classes.append((waiting, depth))
                waiting = ""
            while classes and classes[-1][1] > depth:
                classes.pop()
        elif token.kind is Kind.WORD:
            follows = listed[at + 1].text if at + 1 < len(listed) else ""
            if at and listed[at - 1].text == "class" and listed[at - 1].kind is Kind.WORD:
                waiting = "" if token.text in ("extends", "implements") else token.text
            elif (
                follows == "(" and token.text not in _CONTROL and (at == 0 or listed[at - 1].text in (*_MODIFIERS, ","))
            ):
                end = _behind(listed, at + 1)
                if end < len(listed) and listed[end].text == "{":
                    yield classes[-1][0] if classes else "", Defined(token.text, True, token.start)


def defined_in(text: str, language: str) -> Iterator[Defined]:
    """The classes and functions of a source in one of `LANGUAGES` (the language of the tokens)."""
    listed = list(tokens(text, language))
    for at, token in enumerate(listed):
        if token.kind is not Kind.WORD:
            continue
        before = listed[at - 1] if at else _NOTHING
        if language == "tcl":
            if before.kind is Kind.WORD and before.text == "proc":
                qualifier, colons, name = token.text.rpartition("::")
                yield Defined(name, True, token.start + len(qualifier) + len(colons))
        elif before.kind is Kind.WORD and before.text in _TYPES and language != "lua":
            yield Defined(token.text, False, token.start)
        elif language in ("ruby", "lua") and before.kind is Kind.WORD and before.text in ("def", "function"):
            yield _last_of(listed, at)
        elif language in ("csharp", "java") and _is_method(listed, at, before):
            yield Defined(token.text, True, token.start)


def _last_of(listed: list[Token], at: int) -> Defined:
    """The last part of a name such as `self.read_dxf`, `M:save`."""
    while at + 2 < len(listed) and listed[at + 1].text in (".", ":") and listed[at + 2].kind is Kind.WORD:
        at += 2
    return Defined(listed[at].text, True, listed[at].start)


def _is_method(listed: list[Token], at: int, before: Token) -> bool:
    """`void ExportDxf(string path) {`: behind a type, with a body or an arrow behind its parameters."""
    typed = (before.kind is Kind.WORD and before.text not in _NO_TYPES) or before.text in (">", "]", "?")
    if not typed or at + 1 >= len(listed) or listed[at + 1].text != "(" or listed[at].text in _CONTROL:
        return False
    end = _behind(listed, at + 1)
    while end < len(listed) and listed[end].kind is Kind.WORD:  # throws IOException, where T
        end += 1
        while end < len(listed) and listed[end].text in (",", ".", ":"):
            end += 1
    return end < len(listed) and listed[end].text in ("{", "=")


def _behind(listed: list[Token], start: int) -> int:
    """The place behind the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, min(start + MOST_TOKENS, len(listed))):
        if listed[at].kind is Kind.SIGN:
            depth += (listed[at].text in "([{") - (listed[at].text in ")]}")
            if depth == 0:
                return at + 1
    return len(listed)
