"""Expressions of EXPRESS (ISO 10303-11:2004, clause 12): where does one end, and where is it broken?

Read with a stack of open brackets, at any depth and without recursion: operators between operands, for precedence
changes nothing about what is well formed. As readers of the field do, relations may be chained, operators of one
operand repeated, and a qualifier may follow a parenthesis.
"""

from cpo_probes.exchange.express_tokens import BINARY, IDENTIFIER, NOT, SOURCE, Text

MOST_OPEN = 100_000  # brackets inside each other


class Broken(Exception):
    """The grammar is broken at token number `token`; `clause` is that of ISO 10303-11:2004."""

    def __init__(self, code: str, token: int, clause: str, **params: str | int) -> None:
        super().__init__(code, token)
        self.code, self.token, self.clause, self.params = code, token, clause, params


class TooDeep(Exception):
    """Statements or types nested beyond what is read."""


_LIST, _GROUP, _AGGREGATE, _INDEX, _INTERVAL, _FROM, _WHERE = range(7)
_CLOSES = {_LIST: ")", _GROUP: ")", _AGGREGATE: "]", _INDEX: "]", _INTERVAL: "}", _WHERE: ")"}


def expression_end(text: Text, at: int) -> int:  # noqa: PLR0915 - one machine: calls would cost half of its speed
    """The number of the token after the expression that begins at `at`; raises Broken."""
    classes = text.classes
    stack: list[list[int]] = []  # kind and a count
    while True:
        # an operand
        while classes[at] in ("+", NOT):
            at += 1
        qualified = True
        match classes[at]:
            case "i":
                at += 1
                if classes[at] == "(":
                    if classes[at + 1] != ")":
                        at = _open(stack, _LIST, at)
                        continue
                    at += 2
            case "S":
                at += 1
            case "n" | "s":
                at, qualified = at + 1, False
            case "(":
                at = _open(stack, _GROUP, at)
                continue
            case "[" if classes[at + 1] == "]":
                at, qualified = at + 2, False
            case "[":
                at = _open(stack, _AGGREGATE, at)
                continue
            case "{":
                at = _open(stack, _INTERVAL, at)
                continue
            case "Q":
                if classes[at + 1 : at + 4] != "(" + IDENTIFIER + SOURCE:
                    raise unexpected(text, at + _same(classes, at + 1, "(iF") + 1, "( variable <*", "12.6.7")
                at = _open(stack, _FROM, at + 3)
                continue
            case _:
                raise unexpected(text, at, "an operand", "12")
        # what may follow it
        while True:
            found = classes[at]
            if qualified and found in (".", "\\"):
                if classes[at + 1] != IDENTIFIER:
                    raise unexpected(text, at + 1, "a name", "12.7")
                at += 2
                continue
            if qualified and found == "[":
                at = _open(stack, _INDEX, at)
                break
            if found in BINARY:
                if stack and stack[-1][0] == _INTERVAL and found in "=RL":
                    stack[-1][1] += 1
                    if found != "L" or stack[-1][1] > 2:
                        raise unexpected(text, at, "< <= }", "12.2.4")
                at += 1
                break
            if not stack:
                return at
            top = stack[-1]
            if found == _CLOSES.get(top[0]) and not (top[0] == _INTERVAL and top[1] != 2):
                stack.pop()
                at += 1
                qualified = top[0] in (_LIST, _GROUP, _INDEX)
                continue
            if found == "," and top[0] in (_LIST, _AGGREGATE):
                top[1] = 0
            elif found == ":" and top[0] in (_AGGREGATE, _INDEX) and not top[1]:
                top[1] = 1
            elif found == "|" and top[0] == _FROM:
                top[0] = _WHERE
            else:
                raise unexpected(text, at, _due(top[0]), "12")
            at += 1
            break


def _open(stack: list[list[int]], kind: int, at: int) -> int:
    if len(stack) >= MOST_OPEN:
        raise TooDeep
    stack.append([kind, 0])
    return at + 1


def _due(kind: int) -> str:
    return {_LIST: ", )", _AGGREGATE: ", ]", _FROM: "|"}.get(kind) or _CLOSES[kind]


def _same(classes: str, at: int, wanted: str) -> int:
    return next((count for count, its in enumerate(wanted) if classes[at + count] != its), len(wanted))


def unexpected(text: Text, at: int, wanted: str, clause: str) -> Broken:
    """What is wrong at token `at`, where `wanted` was due."""
    found = text.tokens[at] if at < len(text.tokens) else ""
    match found:
        case "":
            return Broken("express.ends", at, clause, wanted=wanted)
        case "(*":
            return Broken("express.remark_open", at, "7.1.6.1")
        case "'":
            return Broken("express.string_open", at, "7.5.4")
        case '"':
            return Broken("express.encoded_string", at, "7.5.4")
    if text.classes[at] == "!":
        return Broken("express.character", at, "7.1", found=_shown(found))
    return Broken("express.unexpected", at, clause, wanted=wanted, found=_shown(found))


def _shown(token: str) -> str:
    text = token if token.isprintable() else token.encode("latin-1").decode("ascii", "backslashreplace")
    return text if len(text) <= 60 else text[:59] + "…"
