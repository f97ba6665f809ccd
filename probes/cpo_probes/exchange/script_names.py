"""Classes and functions that JavaScript and TypeScript sources define, without what stands in comments and strings."""

from collections.abc import Iterator
from typing import NamedTuple

from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.script_tokens import Kind, Token, tokens

_DEFINED = (
    r"\b(?:class|function)[\s*]++([A-Za-z_$][0-9A-Za-z_$]*+)"
    r"|([A-Za-z_$][0-9A-Za-z_$]*+)\s*+[=:]\s*+(?:async\s++)?(?:class|function)\b"
)

_DEFINING = ("class", "function")
_NOTHING = Token(Kind.SIGN, "", 0)


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
