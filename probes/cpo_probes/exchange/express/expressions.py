"""Expressions of EXPRESS (ISO 10303-11:2004, clause 12): where does one end, and where is it broken?

Read with a stack of open brackets, at any depth and without recursion. Of the levels of precedence only two can be
broken: one relation stands in an expression (216), none in a simple expression (305), and one power in a factor (217).
Whether `f()` is a call, which has parameters, or makes an entity, which needs none, is seen from its name elsewhere.
"""

from cpo_probes.exchange.express.tokens import BINARY, IDENTIFIER, NOT, SOURCE, Text

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


def simple_expression_end(text: Text, at: int) -> int:
    """The number of the token after the simple expression (a bound, a width, an index) that begins at `at`."""
    return expression_end(text, at, simple=True)


def expression_end(text: Text, at: int, *, simple: bool = False) -> int:  # noqa: PLR0915 - calls would cost speed
    """The number of the token after the expression that begins at `at`; raises Broken."""
    classes = text.classes
    stack: list[list[int]] = []  # kind, a count, and what `related` and `powered` were before
    related, powered = simple, False  # no relation, no power may follow
    while True:
        # an operand
        signed = classes[at] in ("+", NOT)
        at += signed
        qualified = True
        match classes[at]:
            case "i":
                at += 1
                if classes[at] == "(":
                    if classes[at + 1] != ")":
                        at = _open(stack, _LIST, at, related, powered)
                        related, powered = False, False
                        continue
                    if signed:
                        raise unexpected(text, at + 1, "an operand", "12.8")
                    at, qualified = at + 2, False
            case "S":
                at += 1
            case "n" | "s":
                qualified = text.tokens[at] == "?"  # a constant of the language, as SELF is (production 173)
                at += 1
            case "(":
                at = _open(stack, _GROUP, at, related, powered)
                related, powered = False, False
                continue
            case _ if signed:
                raise unexpected(text, at, "an operand", "12")
            case "[" if classes[at + 1] == "]":
                at, qualified = at + 2, False
            case "[":
                at = _open(stack, _AGGREGATE, at, related, powered)
                related, powered = False, False
                continue
            case "{":
                at = _open(stack, _INTERVAL, at, related, powered)
                related, powered = False, False
                continue
            case "Q":
                if classes[at + 1 : at + 4] != "(" + IDENTIFIER + SOURCE:
                    raise unexpected(text, at + _same(classes, at + 1, "(iF") + 1, "( variable <*", "12.6.7")
                at = _open(stack, _FROM, at + 3, related, powered)
                related, powered = True, False
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
                at = _open(stack, _INDEX, at, related, powered)
                related, powered = True, False
                break
            if found in BINARY:
                if found in "=RL":
                    if stack and stack[-1][0] == _INTERVAL:
                        stack[-1][1] += 1
                        if found != "L" or stack[-1][1] > 2:
                            raise unexpected(text, at, "< <= }", "12.2.4")
                    elif related:
                        raise Broken("express.relation", at, "12.2", found=text.tokens[at].upper())
                    else:
                        related = True
                    powered = False
                elif found == "^":
                    if powered:
                        raise Broken("express.power", at, "12.1")
                    powered = True
                else:
                    powered = False
                at += 1
                break
            if not stack:
                return at
            top = stack[-1]
            if found == _CLOSES.get(top[0]) and not (top[0] == _INTERVAL and top[1] != 2):
                stack.pop()
                at += 1
                qualified = top[0] in (_LIST, _INDEX)
                related, powered = top[2] == 1, top[3] == 1
                continue
            if found == "," and top[0] in (_LIST, _AGGREGATE):
                top[1] = 0
                related = False
            elif found == ":" and top[0] in (_AGGREGATE, _INDEX) and not top[1]:
                top[1] = 1
                related = True
            elif found == "|" and top[0] == _FROM:
                top[0] = _WHERE
                related = False
            else:
                raise unexpected(text, at, _due(top[0]), "12")
            powered = False
            at += 1
            break


def _open(stack: list[list[int]], kind: int, at: int, related: bool, powered: bool) -> int:
    if len(stack) >= MOST_OPEN:
        raise TooDeep
    stack.append([kind, 0, related, powered])
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
