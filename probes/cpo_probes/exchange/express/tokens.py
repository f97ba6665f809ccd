"""Tokens of EXPRESS (ISO 10303-11:2004, clause 7), and one character for the class of each. No state, no I/O.

One pattern takes the text apart in linear time; the classes make a second, short text on which patterns recognise whole
expressions and statements at once. Where a token stands in the source is found again only when it is asked for.
"""

import re
from collections.abc import Iterable

# 7.1.6: a remark without another one inside; nested ones are blanked out before.
_REMARK = r"\(\*(?:[^*(]++|\*(?!\))|\((?!\*))*+\*\)"
_SKIPPED = r"(?:[\x00-\x20\x7f\x85\xa0]++|--[^\r\n]*+|" + _REMARK + r")*+"
_NUMBER = r"[0-9]++(?:\.[0-9]*+(?:e[+-]?+[0-9]++)?+)?+"  # 7.5.2, 7.5.3
_STRING = r"(?:'[^'\r\n]*+')++"  # 7.5.4; a doubled apostrophe ends one piece and begins the next
_ENCODED = r'"(?:[0-9a-f]{8})*+"'
_SYMBOL = r":<>:|:=:|:=|<\*|<=|>=|<>|\*\*|\|\||[-+*/=<>:;,.\\()\[\]{}|?]"
# Every try takes something or is at the end, so that no stretch of spaces is gone through twice.
_TOKEN = re.compile(
    _SKIPPED + r"([a-z][a-z0-9_]*+|" + "|".join([_NUMBER, _STRING, _ENCODED, r"%[01]++", r"\(\*", _SYMBOL]) + r"|.|\Z)",
    re.DOTALL,
)
_OUTSIDE = re.compile(r"'[^'\r\n]*+'|--[^\r\n]*+|(\(\*)")
_BRACKET = re.compile(r"\(\*|\*\)")
_NOT_LINE_END = re.compile(r"[^\r\n]++")

IDENTIFIER, LITERAL, STRING, SELF, QUERY, NOT, WORD, END = "i", "n", "s", "S", "Q", "N", "k", "$"
BINARY = "=RLO+M^"  # classes of the operators that stand between two operands (12)
ASSIGN, SOURCE = "A", "F"  # := and <*
RETURN, SKIP = "T", "K"  # RETURN; SKIP and ESCAPE
WRONG = "!"

_SYMBOLS = {
    **dict.fromkeys((">", ">=", "<>", ":<>:", ":=:", "in", "like"), "R"),
    **dict.fromkeys(("<", "<="), "L"),
    **dict.fromkeys(("+", "-"), "+"),
    **dict.fromkeys(("or", "xor"), "O"),
    **dict.fromkeys(("*", "/", "||", "div", "mod", "and"), "M"),
    "**": "^",
    ":=": ASSIGN,
    "<*": SOURCE,
    "?": LITERAL,
    "": END,
    **{symbol: symbol for symbol in "=:;,.\\()[]{}|"},
}
_WORDS = {
    **dict.fromkeys(("true", "false", "unknown"), LITERAL),
    "self": SELF,
    "query": QUERY,
    "not": NOT,
    "return": RETURN,
    "skip": SKIP,
    "escape": SKIP,
    **dict.fromkeys(
        (
            *("abstract", "aggregate", "alias", "array", "as", "bag", "begin", "binary", "boolean", "by", "case"),
            *("constant", "derive", "else", "end", "end_alias", "end_case", "end_constant", "end_entity"),
            *("end_function", "end_if", "end_local", "end_procedure", "end_repeat", "end_rule", "end_schema"),
            *("end_type", "entity", "enumeration", "for", "from", "function", "generic", "if", "integer", "inverse"),
            *("list", "local", "logical", "number", "of", "oneof", "andor", "optional", "otherwise", "procedure"),
            *("real", "reference", "repeat", "rule", "schema", "select", "set", "string", "subtype", "supertype"),
            *("then", "to", "type", "unique", "until", "use", "var", "where", "while"),
        ),
        WORD,
    ),
}
_CLASSES = _SYMBOLS | _WORDS

# Reserved since edition 2 only (2004), so that older schemas may use them as names: known by where they stand.
YOUNG_WORDS = frozenset(
    (
        *("based_on", "end_subtype_constraint", "extensible", "fixed", "generic_entity", "renamed"),
        *("subtype_constraint", "total_over", "with"),
    )
)
# 14, 15 and 16: constants, functions and procedures of the language.
BUILT_IN = frozenset(
    (
        *("const_e", "pi", "abs", "acos", "asin", "atan", "blength", "cos", "exists", "exp", "format", "hibound"),
        *("hiindex", "length", "lobound", "log", "log2", "log10", "loindex", "nvl", "odd", "rolesof", "sin", "sizeof"),
        *("sqrt", "tan", "typeof", "usedin", "value", "value_in", "value_unique", "insert", "remove"),
    )
)


class Text:
    """A source taken apart: `tokens` in lower case and `classes`, one character for each, closed by `END`."""

    def __init__(self, octets: bytes) -> None:
        self.source = octets.lower().decode("latin-1")
        self.tokens: list[str] = _TOKEN.findall(self.source)
        if "(*" in self.tokens:
            self.source = _without_remarks(self.source)
            self.tokens = _TOKEN.findall(self.source)
        unique = set(self.tokens)
        classes = {token: _class_of(token) for token in unique}
        self.names = {token for token, its in classes.items() if its == IDENTIFIER}
        """All identifiers that occur."""
        self.classes = "".join([classes[token] for token in self.tokens]) + END * 8

    def octets(self, numbers: Iterable[int]) -> dict[int, int]:
        """Where tokens begin, in octets of the source; one pass for all of them."""
        wanted = frozenset(numbers)
        found = dict.fromkeys(wanted, len(self.source))
        last = max(wanted, default=-1)
        for number, match in enumerate(_TOKEN.finditer(self.source)):
            if number in wanted:
                found[number] = match.start(1)
            if number == last:
                break
        return found


def _class_of(token: str) -> str:
    known = _CLASSES.get(token)
    if known is not None:
        return known
    first = token[0]
    if "a" <= first <= "z":
        return IDENTIFIER
    if first in "0123456789" or (first == "%" and len(token) > 1):
        return LITERAL
    return STRING if first in "'\"" and len(token) > 1 else WRONG


def _without_remarks(source: str) -> str:
    """The source with its closed embedded remarks blanked out, nested ones as a whole; line ends stay."""
    parts, at = [], 0
    while match := _OUTSIDE.search(source, at):
        if match[1] is None:
            parts.append(source[at : match.end()])
            at = match.end()
            continue
        depth, end = 0, -1
        for bracket in _BRACKET.finditer(source, match.start()):
            depth += 1 if bracket[0] == "(*" else -1
            if depth == 0:
                end = bracket.end()
                break
        if end < 0:
            break
        parts.append(source[at : match.start()])
        parts.append(_NOT_LINE_END.sub(lambda run: " " * len(run[0]), source[match.start() : end]))
        at = end
    return "".join(parts) + source[at:]
