"""Criterion rules: a small, bounded part of CEL over measure values, checked when it is loaded.

Allowed are comparisons (`<`, `<=`, `>`, `>=`) of a measure's field (`m.K02.value`, `m.K02.numerator`,
`m.K02.denominator`) with a number, a parameter of the profile (`p.share`) or another field; `&&`, `||`, `!`, brackets,
`true` and `false`. There are no calls, macros or loops, so the cost is bounded by the length.

Each field may be compared in one direction only. Then a rule can be decided under gaps exactly from its two corners:
every field at its worst, every field at its best (`assess.decide`). `==` has no such corners and is refused.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import msgspec

LENGTH_LIMIT = 1_000  # characters of one expression
DEPTH_LIMIT = 12  # brackets and negations inside each other
FIELDS = ("value", "numerator", "denominator")

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,9})?)(?![0-9A-Za-z_.])"
    r"|(?P<field>m\.(?P<measure>[A-Za-z][A-Za-z0-9_]*)\.(?P<name>[A-Za-z_]+))"
    r"|(?P<parameter>p\.(?P<key>[a-z][a-z0-9_]*))"
    r"|(?P<word>true|false)(?![A-Za-z0-9_])"
    r"|(?P<sign>&&|\|\||<=|>=|<|>|!(?!=)|\(|\)))"
)
_FLIPPED = {"up": "down", "down": "up"}

Field = tuple[str, str]
"""Measure id and field name."""
Direction = Literal["up", "down"]
"""`up`: a greater value can only help the rule to hold."""


class ExpressionError(ValueError):
    """An expression is not allowed; the message says what is and at which character."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A checked expression: its text, and in which direction each field that it reads helps it to hold."""

    text: str
    directions: dict[Field, Direction] = {}
    parameters: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of the measures it reads, sorted."""
        return tuple(sorted({measure for measure, _ in self.directions}))

    def holds(self, measures: Mapping[str, Mapping[str, float | None]], parameters: Mapping[str, float]) -> bool:
        """Does it hold for these values? A comparison with a value that is null does not."""
        try:
            return _program(self.text).execute({"m": measures, "p": parameters}) is True
        except TypeError:  # null has no order in CEL; where it decides, the rule does not hold
            return False


def parse_rule(text: str) -> Rule:
    """Check an expression. Raises ExpressionError."""
    if len(text) > LENGTH_LIMIT:
        raise ExpressionError(f"the expression has {len(text)} characters, {LENGTH_LIMIT} are allowed")
    rule = _Parser(text).parse()
    try:
        _program(text)
    except ValueError as error:
        raise ExpressionError(str(error).splitlines()[0]) from None
    return rule


def comparisons(text: str) -> list[str | tuple[str, str, str]]:
    """A checked expression as its parts, to be said in words: comparisons (left, sign, right), and `&&`, `||`, `!`,
    brackets, `true` and `false` between them. Raises ExpressionError."""
    parse_rule(text)
    parts: list[str | tuple[str, str, str]] = []
    tokens = [token.text for token in _tokens(text)][:-1]
    at = 0
    while at < len(tokens):
        if tokens[at] in ("&&", "||", "!", "(", ")", "true", "false"):
            parts.append(tokens[at])
            at += 1
        else:
            left, sign, right = tokens[at : at + 3]
            parts.append((left, sign, right))
            at += 3
    return parts


@lru_cache(maxsize=1024)
def _program(text: str) -> Any:
    from cpo_scan.rulebook.cel_library import cel  # only where rules are decided

    return cel().compile(text)


class _Token(msgspec.Struct, frozen=True):
    kind: str  # number, field, parameter, word, sign, end
    text: str
    at: int
    field: Field = ("", "")


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self._directions: dict[Field, Direction] = {}
        self._parameters: set[str] = set()
        self._text = text

    def parse(self) -> Rule:
        self._either(positive=True, depth=0)
        if self._peek().kind != "end":
            raise self._wrong("an operator (&& or ||) or the end")
        return Rule(text=self._text, directions=self._directions, parameters=tuple(sorted(self._parameters)))

    def _either(self, positive: bool, depth: int) -> None:
        if depth > DEPTH_LIMIT:
            raise ExpressionError(f"nested more than {DEPTH_LIMIT} levels deep")
        self._both(positive, depth)
        while self._take("||"):
            self._both(positive, depth)

    def _both(self, positive: bool, depth: int) -> None:
        self._single(positive, depth)
        while self._take("&&"):
            self._single(positive, depth)

    def _single(self, positive: bool, depth: int) -> None:
        if depth > DEPTH_LIMIT:
            raise ExpressionError(f"nested more than {DEPTH_LIMIT} levels deep")
        if self._take("!"):
            self._single(not positive, depth + 1)
        elif self._take("("):
            self._either(positive, depth + 1)
            if not self._take(")"):
                raise self._wrong("a closing bracket")
        elif self._peek().kind == "word":
            self._next += 1
        else:
            self._comparison(positive)

    def _comparison(self, positive: bool) -> None:
        left = self._operand()
        sign = self._peek()
        if sign.text not in ("<", "<=", ">", ">="):
            raise self._wrong("one of < <= > >=")
        self._next += 1
        right = self._operand()
        if "field" not in (left.kind, right.kind):
            raise ExpressionError(f"character {left.at + 1}: a comparison must read a measure")
        up: Direction = "up" if (sign.text[0] == ">") == positive else "down"
        for token, direction in ((left, up), (right, _FLIPPED[up])):
            if token.kind == "field" and self._directions.setdefault(token.field, direction) != direction:  # type: ignore[arg-type]
                raise ExpressionError(
                    f"character {token.at + 1}: {token.text} is compared upwards and downwards in one rule;"
                    " gaps could not be decided: make it two rules"
                )

    def _operand(self) -> _Token:
        token = self._peek()
        if token.kind not in ("field", "number", "parameter"):
            raise self._wrong("m.MEASURE.FIELD, p.PARAMETER or a number")
        if token.kind == "parameter":
            self._parameters.add(token.text[2:])
        self._next += 1
        return token

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, sign: str) -> bool:
        found = self._peek().kind == "sign" and self._peek().text == sign
        self._next += found
        return found

    def _wrong(self, expected: str) -> ExpressionError:
        token = self._peek()
        found = "the end" if token.kind == "end" else repr(token.text)
        return ExpressionError(f"character {token.at + 1}: expected {expected}, found {found}")


def _tokens(text: str) -> list[_Token]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise ExpressionError(f"character {start + 1}: {text[start : start + 20]!r} is not allowed in a rule")
        at = match.end()
        kind = next(name for name in ("number", "field", "parameter", "word", "sign") if match[name] is not None)
        field = (match["measure"], match["name"]) if kind == "field" else ("", "")
        if kind == "field" and field[1] not in FIELDS:
            raise ExpressionError(
                f"character {match.start(kind) + 1}: a measure has {', '.join(FIELDS)}, not {field[1]!r}"
            )
        tokens.append(_Token(kind, match[kind], match.start(kind), field))
    tokens.append(_Token("end", "", len(text)))
    return tokens
