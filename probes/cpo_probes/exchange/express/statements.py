"""Statements of EXPRESS (ISO 10303-11:2004, clause 13): is the body of a function, procedure or rule well formed?"""

from collections.abc import Callable

from cpo_probes.exchange.express.expressions import TooDeep, expression_end, simple_expression_end, unexpected
from cpo_probes.exchange.express.tokens import ASSIGN, IDENTIFIER, Text

_DEPTH = 150  # statements inside each other


def statements_end(text: Text, at: int, depth: int = 0) -> int:
    """The number of the first token that begins no statement; raises Broken."""
    while (end := _statement(text, at, depth)) is not None:
        at = end
    return at


def statement_end(text: Text, at: int, depth: int = 0) -> int:
    """The end of a single statement, which must stand here; raises Broken."""
    end = _statement(text, at, depth)
    if end is None:
        raise unexpected(text, at, "a statement", "13")
    return end


def _block_end(text: Text, at: int, depth: int) -> int:
    """The end of statements, at least one."""
    return statements_end(text, statement_end(text, at, depth), depth)


def _statement(text: Text, at: int, depth: int) -> int | None:
    """The number after the statement at `at`; None where none begins."""
    match text.classes[at]:
        case "i":
            return _assignment_or_call(text, at)
        case ";":  # 13.1: the null statement
            return at + 1
        case "T":
            at += 1
            if text.classes[at] == "(":
                at = _expect(text, expression_end(text, at + 1), ")", "13.10")
            return semicolon(text, at, "13.10")
        case "K":
            return semicolon(text, at + 1, "13.11")
        case "k":
            reader = _COMPOUND.get(text.tokens[at])
            if reader is None:
                return None
            if depth == _DEPTH:
                raise TooDeep
            return reader(text, at + 1, depth + 1)
        case _:
            return None


def semicolon(text: Text, at: int, clause: str) -> int:
    """The number after the semicolon at `at`; raises Broken."""
    if text.classes[at] != ";":
        raise unexpected(text, at, ";", clause)
    return at + 1


def _expect(text: Text, at: int, token: str, clause: str) -> int:
    if text.tokens[at] != token:
        raise unexpected(text, at, token, clause)
    return at + 1


def _assignment_or_call(text: Text, at: int) -> int:
    """`a.b[1] := …;` (13.3), or a call of a procedure (13.8)."""
    classes = text.classes
    at += 1
    if classes[at] == "(":
        at += 1
        at = expression_end(text, at)
        while classes[at] == ",":
            at = expression_end(text, at + 1)
        return semicolon(text, _expect(text, at, ")", "13.8"), "13.8")
    after = _qualifiers(text, at)
    if classes[after] == ASSIGN:
        return semicolon(text, expression_end(text, after + 1), "13.3")
    if after > at or classes[at] != ";":
        raise unexpected(text, after, ":=" if after > at else ":= ( ;", "13.3")
    return at + 1


def _qualifiers(text: Text, at: int) -> int:
    classes = text.classes
    while True:
        match classes[at]:
            case "." | "\\":
                if classes[at + 1] != IDENTIFIER:
                    raise unexpected(text, at + 1, "a name", "12.7")
                at += 2
            case "[":
                at = simple_expression_end(text, at + 1)
                if classes[at] == ":":
                    at = simple_expression_end(text, at + 1)
                at = _expect(text, at, "]", "12.6.1")
            case _:
                return at


def _closed(text: Text, at: int, word: str, clause: str) -> int:
    """`END_…;`"""
    return semicolon(text, _expect(text, at, word, clause), clause)


def _if(text: Text, at: int, depth: int) -> int:
    at = _expect(text, expression_end(text, at), "then", "13.7")
    at = _block_end(text, at, depth)
    if text.tokens[at] == "else":
        at = _block_end(text, at + 1, depth)
    return _closed(text, at, "end_if", "13.7")


def _case(text: Text, at: int, depth: int) -> int:
    at = _expect(text, expression_end(text, at), "of", "13.4")
    while text.tokens[at] not in ("otherwise", "end_case"):
        at = expression_end(text, at)
        while text.classes[at] == ",":
            at = expression_end(text, at + 1)
        at = statement_end(text, _expect(text, at, ":", "13.4"), depth)
    if text.tokens[at] == "otherwise":
        at = statement_end(text, _expect(text, at + 1, ":", "13.4"), depth)
    return _closed(text, at, "end_case", "13.4")


def _begin(text: Text, at: int, depth: int) -> int:
    return _closed(text, _block_end(text, at, depth), "end", "13.5")


def _repeat(text: Text, at: int, depth: int) -> int:
    if text.classes[at] == IDENTIFIER and text.classes[at + 1] == ASSIGN:
        at = _expect(text, simple_expression_end(text, at + 2), "to", "13.9.1")
        at = simple_expression_end(text, at)
        if text.tokens[at] == "by":
            at = simple_expression_end(text, at + 1)
    for word in ("while", "until"):
        if text.tokens[at] == word:
            at = expression_end(text, at + 1)
    at = _block_end(text, semicolon(text, at, "13.9"), depth)
    return _closed(text, at, "end_repeat", "13.9")


def _alias(text: Text, at: int, depth: int) -> int:
    if text.classes[at] != IDENTIFIER:
        raise unexpected(text, at, "a name", "13.2")
    at = _expect(text, at + 1, "for", "13.2")
    if text.classes[at] != IDENTIFIER:
        raise unexpected(text, at, "a name", "13.2")
    at = semicolon(text, _qualifiers(text, at + 1), "13.2")
    return _closed(text, _block_end(text, at, depth), "end_alias", "13.2")


_COMPOUND: dict[str, Callable[[Text, int, int], int]] = {
    "if": _if,
    "case": _case,
    "begin": _begin,
    "repeat": _repeat,
    "alias": _alias,
}
