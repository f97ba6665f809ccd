"""Grammars as tables: write sentences by chance, and know them by sight, by all ways at once.

What the tests of readers hold these against: it shares no step with them, and is as slow as that makes it. A production
is a line `name = …`; `{…}` is repetition, `[…]` an option, `(…)` a group; words in capitals and what stands between
apostrophes are tokens, the names of kinds stand for any token of their kind, other names for productions.
"""

import random
from collections.abc import Iterable, Mapping

Symbol = tuple[str, str]
"""`("rule", name)`, or a token: `("word", …)`, `("sign", …)`, `(kind, "")`."""
Token = tuple[str, str]
"""Its kind, which may be empty, and its text."""


class Language:
    """The productions, each alternative a list of symbols."""

    def __init__(self, grammar: str, samples: Mapping[str, list[str]]) -> None:
        self.samples = samples
        """Tokens of each kind that sentences are made of."""
        self.rules: dict[str, list[list[Symbol]]] = {}
        for line in grammar.strip().replace("\n  ", " ").splitlines():
            if line:
                name, _, right = line.partition(" = ")
                tokens = right.split()
                self.rules[name], rest = self._alternatives(name, tokens)
                assert not rest, line
        self.least = self._least()

    def _alternatives(self, name: str, tokens: list[str]) -> tuple[list[list[Symbol]], list[str]]:
        found: list[list[Symbol]] = [[]]
        while tokens and tokens[0] not in (")", "]", "}"):
            token, *tokens = tokens
            if token == "|":
                found.append([])
                continue
            if token in ("(", "[", "{"):
                inner, tokens = self._alternatives(name, tokens)
                tokens = tokens[1:]
                fresh = f"{name}/{len(self.rules)}"
                self.rules[fresh] = inner
                if token == "[":
                    inner.append([])
                if token == "{":
                    self.rules[fresh] = [[*each, ("rule", fresh)] for each in inner] + [[]]
                found[-1].append(("rule", fresh))
            elif token[0] == "'":
                found[-1].append(("sign", token[1:-1].replace("\\\\", "\\")))
            elif token.isupper():
                found[-1].append(("word", token))
            else:
                found[-1].append((token, "") if token in self.samples else ("rule", token))
        return found, tokens

    def _least(self) -> dict[str, int]:
        """The least depth of a sentence of each rule."""
        least: dict[str, int] = {}
        while len(least) < len(self.rules):
            for name, alternatives in self.rules.items():
                depths = [
                    1 + max((least[value] for kind, value in each if kind == "rule"), default=0)
                    for each in alternatives
                    if all(kind != "rule" or value in least for kind, value in each)
                ]
                if depths:
                    least[name] = min([*depths, least.get(name, 10**6)])
        return least

    def sentence(self, order: random.Random, depth: int, start: str = "source") -> list[str]:
        """Tokens of a sentence, by chance; from `depth` on the shortest way is taken."""
        found: list[str] = []
        waiting: list[tuple[Symbol, int]] = [(("rule", start), depth)]
        while waiting:
            (kind, value), left = waiting.pop()
            if kind != "rule":
                found.append(value or order.choice(self.samples[kind]))
                continue
            alternatives = self.rules[value]
            if left <= 0:
                cost = [max((self.least[v] for k, v in each if k == "rule"), default=0) for each in alternatives]
                alternatives = [each for each, its in zip(alternatives, cost, strict=True) if its == min(cost)]
            waiting += [(symbol, left - 1) for symbol in reversed(order.choice(alternatives))]
        return found

    def knows(self, sentence: Iterable[Token], start: str = "source") -> bool:
        """Is this a sentence? By all ways at once (Earley)."""
        tokens = list(sentence)
        columns: list[dict[tuple[str, int, int, int], None]] = [{} for _ in range(len(tokens) + 1)]
        columns[0] = {(start, number, 0, 0): None for number in range(len(self.rules[start]))}
        for at, column in enumerate(columns):
            waiting = list(column)
            empty: set[str] = set()
            while waiting:
                name, number, dot, origin = waiting.pop()
                symbols = self.rules[name][number]
                if dot == len(symbols):
                    if origin == at:
                        empty.add(name)
                    fresh = [
                        (n, k, d + 1, o)
                        for n, k, d, o in list(columns[origin])
                        if d < len(self.rules[n][k]) and self.rules[n][k][d] == ("rule", name)
                    ]
                elif symbols[dot][0] == "rule":
                    wanted = symbols[dot][1]
                    fresh = [(wanted, k, 0, at) for k in range(len(self.rules[wanted]))]
                    if wanted in empty:
                        fresh.append((name, number, dot + 1, origin))
                else:
                    if at < len(tokens) and _is(symbols[dot], tokens[at]):
                        columns[at + 1][name, number, dot + 1, origin] = None
                    continue
                for item in fresh:
                    if item not in column:
                        column[item] = None
                        waiting.append(item)
        last = columns[-1]
        return any((start, number, len(each), 0) in last for number, each in enumerate(self.rules[start]))


def _is(symbol: Symbol, token: Token) -> bool:
    kind, value = symbol
    return token[1] == value if value else token[0] == kind
