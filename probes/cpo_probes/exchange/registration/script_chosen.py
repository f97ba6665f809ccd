"""Suffixes that sources test for, in C#, Java, JavaScript, Lua, Ruby and TypeScript: `case "stl": return loadStl(…)`.

Which way they go, say the names of what is called then.
"""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Naming
from cpo_probes.exchange.registration.script_calls import LANGUAGES as TOKENS
from cpo_probes.exchange.registration.script_calls import Offer
from cpo_probes.exchange.registration.script_roles import verb_direction
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.script_tokens import Kind, Token, tokens

LANGUAGES = ("csharp", "java-source", "javascript", "lua", "ruby", "typescript")
"""Formats of the sources that are looked at."""
LONGEST_BODY = 200  # tokens of what is done for a suffix
LONGEST_SWITCH = 2_000  # tokens between a `switch` and one of its cases
FARTHEST_BODY = 12  # tokens between a test and what is done then
_TESTED = (
    r"""(?:\bcase\s*|\bwhen\s*|==\s*|(?:[Ee]quals|equalsIgnoreCase|[Ee]ndsWith|end_with\?)\s*\(\s*)"""
    r"""['"]\.?([A-Za-z]\w{1,9})['"]"""
)
_ABOUT = frozenset({"ext", "extension", "extname", "filetype", "fmt", "format", "suffix"})
_CALLS = frozenset({"equals", "Equals", "equalsIgnoreCase", "endsWith", "EndsWith", "end_with"})
_ROW: dict[str, Any] = {"id": "suffix-test", "strength": "recognised"}


def chosen(source: str, kind: str, names: Naming) -> Iterator[Offer]:
    """The suffixes for which a source calls something that reads or writes. `kind`: the format of the source."""
    found = compile_pattern(_TESTED, text=True).finditer(source) if kind in LANGUAGES else ()
    if not any(names.by_suffix(match.group(1)) - names.wrappers for match in found):
        return
    listed = list(tokens(source, TOKENS[kind]))
    switches = _switches(listed)
    for at, token in enumerate(listed):
        suffix = token.text.lstrip(".").lower()
        if token.kind is not Kind.STRING or not at or not names.by_suffix(suffix) - names.wrappers:
            continue
        start = _case(listed, at, switches) if listed[at - 1].text in ("case", "when") else _comparison(listed, at)
        ways = set(_done(listed, start, names)) if start is not None else set()
        if len(ways) == 1:
            end = min(at + 1, len(listed) - 1)
            yield Offer(_ROW | {"direction": "unknown"}, ways.pop(), (), (suffix,), token.start, listed[end].start)


def _switches(listed: list[Token]) -> list[int]:
    """Where the cases of a choice between suffixes begin: `switch (extension) {`."""
    found = []
    for at, token in enumerate(listed):
        if token.kind is Kind.WORD and token.text in ("switch", "case") and at + 1 < len(listed):
            head = listed[at + 1 : at + 12]
            stop = next(
                (place for place, one in enumerate(head) if one.kind is Kind.STRING or one.text == "{"), len(head)
            )
            words = {word.lower() for one in head[:stop] if one.kind is Kind.WORD for word in words_of(one.text)}
            if words & _ABOUT:
                found.append(at)
    return found


def _case(listed: list[Token], at: int, switches: list[int]) -> int | None:
    """Where that begins which is done in a case, behind all cases that share it."""
    is_dotted = listed[at].text.startswith(".")
    if not is_dotted and not any(at - LONGEST_SWITCH < switch < at for switch in switches):
        return None
    at += 1
    while at + 1 < len(listed) and (
        listed[at].text in (":", ",", "then", "-", ">") or listed[at].text in ("case", "when")
    ):
        at += 2 if listed[at].text in ("case", "when", ",") else 1
    return at


def _comparison(listed: list[Token], at: int) -> int | None:
    """Where that begins which is done if what stands before the text equals it, or ends in it."""
    before = [token.text for token in listed[max(0, at - 4) : at]]
    called = [text for text in before if text in _CALLS]
    is_equal = before[-2:] == ["=", "="] or before[-3:] == ["=", "=", "="]
    if not (called or (is_equal and "!" not in before)):
        return None
    near = {
        word.lower() for one in listed[max(0, at - 10) : at] if one.kind is Kind.WORD for word in words_of(one.text)
    }
    if not listed[at].text.startswith(".") and not near & _ABOUT:
        return None
    for place in range(at + 1, min(at + FARTHEST_BODY, len(listed))):
        if listed[place].text in ("{", "return", "?", "then"):
            return place + 1
        if listed[place].kind is Kind.WORD and listed[place - 1].text == ")":
            return place
    return None


def _done(listed: list[Token], start: int, names: Naming) -> Iterator[str]:
    """Which way go the names that are called from here to the end of the block or case."""
    depth = 0
    for at in range(start, min(start + LONGEST_BODY, len(listed) - 1)):
        token = listed[at]
        if token.kind is Kind.SIGN:
            depth += (token.text in "([{") - (token.text in ")]}")
        if depth < 0 or (
            depth == 0 and token.text in ("case", "when", "default", "break", "else", "elsif", "end", ":")
        ):
            return
        is_made = at and listed[at - 1].text == "new"
        if token.kind is Kind.WORD and (listed[at + 1].text == "(" or is_made or depth == 1):
            way = verb_direction(token.text, names) if len(words_of(token.text)) > 1 or is_made else None
            if way is not None:
                yield way
