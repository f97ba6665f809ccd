"""Structure of A2L: blocks and keywords stand where they may, with their parameters, and names lead to what they name.

Keywords and parameters are data (rules/data/a2l.yaml). What is in no version of the table is passed over and told; what
IF_DATA and A2ML hold is another language and not read.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from cpo_probes.exchange.problem import Problem
from cpo_probes.exchange.structure.found import LARGE, MOST, UNCHECKED, Found, Octets, differs, ends, expected
from cpo_scan.probe import patterns

_CLAUSE = "ASAM MCD-2 MC"
_EVERY = 0xFFFF  # steps between two questions whether to go on
_NAMES = 2_000_000  # names and references of a module that are remembered
_LONGEST = 60
# Texts, comments, blocks, words; a doubled quotation mark stands for one.
_REST = (
    r'|(")|/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/|(/\*)|//[^\n]*+'
    r'|/(begin|end)[ \t\r\n]++([A-Za-z_][A-Za-z0-9_.]*+)|([^\s"/][^\s"]*+|/(?:include)?+)'
)
_ESCAPED, _PLAIN = r'"(?:[^"\\]|\\[\x00-\xff])*+"', r'"[^"]*+"'
_TOKENS = (rf"({_ESCAPED}(?:{_ESCAPED})*+)" + _REST, rf"({_PLAIN}(?:{_PLAIN})*+)" + _REST)
_KEYWORD = r"[A-Z][A-Z0-9_]*+"
_NUMBERS = {
    "integer": r"[-+]?+(?:0[xX][0-9A-Fa-f]++|[0-9]++(?:\.0*+)?+)",
    "number": (r"[-+]?(?:0[xX][0-9A-Fa-f]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"),
}


class _Row(msgspec.Struct, frozen=True):
    """A keyword or block: what stands behind it, and what it may hold."""

    takes: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    counted: bool = False
    defines: str = ""
    holds: frozenset[str] | None = None
    """None for keywords that are no block."""


class _Table(msgspec.Struct, frozen=True):
    rows: dict[str, _Row]
    foreign: frozenset[str]
    nothing: frozenset[str]


class _Open:
    """A block or keyword whose parameters are being read."""

    __slots__ = ("at", "count", "foreign", "lost", "name", "row", "taken")

    def __init__(self, name: str, row: _Row, at: int, foreign: bool) -> None:
        self.name, self.row, self.at, self.foreign = name, row, at, foreign
        self.taken = 0  # parameters that were read
        self.count = ""  # the last of the parameters that are not repeated
        self.lost = False  # behind a keyword that is in no table


def a2l(data: Octets, rules: dict[str, Any], checkpoint: Callable[[], None]) -> Found:
    """Blocks, keywords, parameters and names; `rules` is the table.

    A reverse solidus escapes in later versions and stands for itself in earlier ones: one of the readings must do.
    """
    table = _table(rules)
    first = _Reading(table).read(data, _TOKENS[0], checkpoint)
    if not first.problems:
        return first
    second = _Reading(table).read(data, _TOKENS[1], checkpoint)
    return second if not second.problems else first


class _Reading:
    def __init__(self, table: _Table) -> None:
        self._table = table
        self._open: list[_Open] = []
        self._keyword: _Open | None = None
        self._problems: list[Problem] = []
        self._defined: dict[str, set[str]] = {}
        self._used: dict[tuple[str, str], int] = {}
        self._left = _NAMES
        self._facts: dict[str, Any] = {"projects": 0, "modules": 0, "measurements": 0, "characteristics": 0}
        self._unknown: dict[str, None] = {}
        self._includes = self._missing = 0
        self._remarks: list[Problem] = []
        self._keyword_like = patterns.standard(_KEYWORD)
        self._numbers = {kind: patterns.standard(pattern) for kind, pattern in _NUMBERS.items()}

    def read(self, data: Octets, tokens: str, checkpoint: Callable[[], None]) -> Found:
        for step, token in enumerate(patterns.standard(tokens).finditer(data)):
            if not step & _EVERY:
                checkpoint()
            text, quote, comment, edge, name, word = token.groups()
            at = token.start()
            if word is not None:
                self._word(word.decode("latin-1"), at)
            elif text is not None:
                self._parameter("text", "", at)
            elif edge is not None:
                named = name.decode("ascii")
                if edge == b"begin":
                    self._begins(named, at)
                elif not self._ends(named, at):
                    break
            elif quote or comment:
                self._problems.append(ends('"' if quote else "*/", at, _CLAUSE))
                break
            if len(self._problems) >= MOST:
                break
        else:
            if self._open:
                self._problems.append(ends(f"/end {self._open[-1].name[:_LONGEST]}", len(data), _CLAUSE))
        return self._found()

    def _found(self) -> Found:
        facts = self._facts | ({"unknown_keywords": list(self._unknown)[:MOST]} if self._unknown else {})
        if self._includes:
            facts["includes"] = self._includes
        if self._missing:
            facts["names_missing"] = self._missing
        why = LARGE if self._left < 0 else UNCHECKED
        return Found(problems=tuple(self._problems), open_because=why, facts=facts, remarks=tuple(self._remarks))

    # -- blocks

    def _begins(self, name: str, at: int) -> None:
        around = self._open[-1] if self._open else None
        row = self._table.rows.get(name)
        foreign = (around is not None and around.foreign) or name in self._table.foreign
        if around is not None and not around.foreign:
            self._closes_keyword(at)
            self._filled(around, at)
            around.lost = False
            if row is not None and around.row.holds is not None and name not in around.row.holds:
                self._problems.append(expected(f"what {around.name} may hold, not {name[:_LONGEST]},", at, _CLAUSE))
        if row is None and not foreign:
            self._unknown.setdefault(name[:_LONGEST])
            foreign = True
        if not foreign:
            self._count(name)
        self._open.append(_Open(name, row or _Row(), at, foreign))

    def _ends(self, name: str, at: int) -> bool:
        """False where the nesting is broken, and nothing more can be said."""
        wanted = self._open[-1].name if self._open else ""
        if name != wanted:
            due = f"/end {wanted[:_LONGEST]}" if wanted else "/begin"
            self._problems.append(expected(due, at, _CLAUSE))
            return False
        block = self._open[-1]
        if not block.foreign:
            self._closes_keyword(at)
            self._filled(block, at)
            self._whole(block, at)
        self._open.pop()
        if name == "MODULE" and not block.foreign:
            self._names_lead()
        self._facts["projects"] += name == "PROJECT" and not self._open
        return True

    def _count(self, name: str) -> None:
        what = {"MODULE": "modules", "MEASUREMENT": "measurements", "CHARACTERISTIC": "characteristics"}.get(name)
        if what:
            self._facts[what] += 1

    # -- keywords and parameters

    def _word(self, word: str, at: int) -> None:
        block = self._open[-1] if self._open else None
        if block is not None and block.foreign:
            return
        if word.startswith("/"):
            self._includes += word == "/include"
            if block is not None:
                block.lost = True
            return
        keyword = self._keyword
        if keyword is not None and keyword.taken < len(keyword.row.takes):
            self._take(keyword, "word", word, at)
            return
        if block is not None and keyword is None and block.taken < len(block.row.takes):
            self._take(block, "word", word, at)
            return
        row = self._table.rows.get(word)
        if row is not None and row.holds is None and (block is None or word in (block.row.holds or ())):
            self._closes_keyword(at)
            if block is not None:
                block.lost = False
            self._keyword = _Open(word, row, at, False)
            return
        self._parameter("word", word, at)

    def _parameter(self, kind: str, word: str, at: int) -> None:
        """A text, or a word that is no keyword here."""
        block = self._open[-1] if self._open else None
        if block is not None and block.foreign:
            return
        keyword = self._keyword
        if keyword is not None and (keyword.taken < len(keyword.row.takes) or keyword.row.rows):
            self._take(keyword, kind, word, at)
            return
        self._closes_keyword(at)
        if block is None:
            if kind == "word":
                self._unknown.setdefault(word[:_LONGEST])
        elif block.taken < len(block.row.takes) or (block.row.rows and not block.lost):
            self._take(block, kind, word, at)
        elif kind == "word" and not block.lost and self._may_be_keyword(word):
            self._unknown.setdefault(word[:_LONGEST])
            block.lost = True
        elif not block.lost:
            self._problems.append(expected(f"a keyword or the end of {block.name}", at, _CLAUSE))
            block.lost = True

    def _may_be_keyword(self, word: str) -> bool:
        """A keyword of a version that is not in the table; what the table has stands in other places."""
        return word not in self._table.rows and self._keyword_like.fullmatch(word.encode("latin-1")) is not None

    def _take(self, holder: _Open, kind: str, word: str, at: int) -> None:
        fixed = holder.row.takes
        if holder.taken < len(fixed):
            wanted = fixed[holder.taken]
            holder.count = word
        else:
            wanted = holder.row.rows[(holder.taken - len(fixed)) % len(holder.row.rows)]
        holder.taken += 1
        if not self._right(wanted, kind, word):
            what = {"text": "a text", "integer": "an integer", "number": "a number"}.get(wanted, "a name")
            self._problems.append(expected(f"{what} ({holder.name})", at, _CLAUSE))
        elif wanted.startswith(">"):
            self._refers(wanted[1:], word, at)
        elif holder.taken == 1 and holder.row.defines:
            self._left -= 1
            if self._left >= 0:
                self._defined.setdefault(holder.row.defines, set()).add(word)

    def _right(self, wanted: str, kind: str, word: str) -> bool:
        if wanted == "text" or kind == "text":
            return wanted == kind
        number = self._numbers.get(wanted, self._numbers["number"]).fullmatch(word.encode("latin-1")) is not None
        return number == (wanted in self._numbers)

    def _refers(self, kind: str, word: str, at: int) -> None:
        if word in self._table.nothing or (kind, word) in self._used:
            return
        self._left -= 1
        if self._left >= 0:
            self._used[kind, word] = at

    def _closes_keyword(self, at: int) -> None:
        if self._keyword is not None:
            self._filled(self._keyword, at)
            self._whole(self._keyword, at)
            self._keyword = None

    def _filled(self, holder: _Open, at: int) -> None:
        """All parameters that are due are there."""
        if holder.taken < len(holder.row.takes) and not holder.foreign and not holder.lost:
            wanted = holder.row.takes[holder.taken].replace(">", "")
            self._problems.append(expected(f"{wanted} ({holder.name})", at, _CLAUSE))
            holder.taken = len(holder.row.takes)

    def _whole(self, holder: _Open, at: int) -> None:
        """Repeated parameters come in whole rows, and as many as stated."""
        row = holder.row
        if not row.rows or holder.taken < len(row.takes) or holder.lost:
            return
        found, rest = divmod(holder.taken - len(row.takes), len(row.rows))
        if rest:
            self._problems.append(expected(f"{row.rows[rest].replace('>', '')} ({holder.name})", at, _CLAUSE))
        elif row.counted and holder.count.isdecimal() and int(holder.count[:18]) != found:
            self._problems.append(differs(f"rows of {holder.name}", holder.count[:20], str(found), holder.at, _CLAUSE))

    # -- names

    def _names_lead(self) -> None:
        """What a module refers to should be defined in it; parts of an instance stand behind a point or in brackets.

        Files of large makers name layouts and measurements that others bring, so that this is a remark.
        """
        if not self._includes and self._left >= 0:
            for place, (kind, word) in sorted((at, key) for key, at in self._used.items()):
                known = self._defined.get(kind, set())
                if word not in known and not any(part in known for part in _instances(word)):
                    self._missing += 1
                    if len(self._remarks) < MOST:
                        self._remarks.append(_missing(word, kind, place))
        self._defined.clear()
        self._used.clear()


def _instances(word: str) -> Iterator[str]:
    """`a[1].b.c` may be of an instance `a[1].b`, `a[1]` or `a`."""
    for at in range(len(word) - 1, 0, -1):
        if word[at] in ".[":
            yield word[:at]


def _missing(word: str, kind: str, at: int) -> Problem:
    return Problem(code="structure.name_missing", byte=at, clause=_CLAUSE, params={"name": word[:200], "kind": kind})


def _table(data: dict[str, Any]) -> _Table:
    rows = {
        name: _Row(
            tuple(row.get("takes", "").split()),
            tuple(row.get("rows", "").split()),
            row.get("counted", False),
            row.get("defines", ""),
            frozenset(row["holds"]) if "holds" in row else None,
        )
        for table in ("blocks", "keywords")
        for name, row in data[table].items()
    }
    return _Table(rows, frozenset(data["foreign"]), frozenset(data["nothing"]))
