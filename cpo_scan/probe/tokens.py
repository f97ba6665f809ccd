"""Tokens of description languages that write as C does (.proto files, the IDLs), and the comments beside them.

A `Cursor` walks over the tokens; what it does not like is a `SyntaxFault` with the token's number.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NoReturn

import msgspec

from cpo_scan.probe.documents import EXCERPT
from cpo_scan.probe.patterns import Pattern, standard

DEEPEST = 64  # blocks inside each other: the recursive parsers stop there
MOST_COMMENT = 4_000  # characters of a comment that are looked at

# Comments, words, numbers, strings, `::`, `...`, and every other character that is no space by itself.
_TOKEN = (
    r"//[^\n]*+|/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*+/"
    r"|[A-Za-z_]\w*+|[0-9](?:[0-9A-DF-Za-df-z_.]|[eE][+-]?)*+|\.[0-9](?:[0-9A-DF-Za-df-z_.]|[eE][+-]?)*+"
    r'|"(?:[^"\\\n]|\\[\s\S])*+"' + r"|'(?:[^'\\\n]|\\[\s\S])*+'" + r"|::|\.\.\.|{other}"
)
_DIRECTIVE = r"#(?:[^\\\n]|\\[\s\S])*+|"  # a line for the preprocessor, with the lines that continue it
_MARKS = "/*!<"
# Tags whose text says where something comes from and not what it does.
_ASIDE = ("@see", "@since", "@author", "@version", "@copyright", "\\see", "\\since", "\\author", "@link")


@cache
def _pattern(directives: bool) -> Pattern:
    other = (_DIRECTIVE if directives else "") + r"[^\s]"
    return standard(_TOKEN.replace("{other}", other), text=True)


class Tokens:
    """The tokens of a text. `texts[n]` starts at character `starts[n]`; `before[n]` are the comments in front of it."""

    def __init__(self, text: str, *, directives: bool = False) -> None:
        self.text = text
        self.texts: list[str] = []
        self.starts: list[int] = []
        self.before: dict[int, list[tuple[int, int]]] = {}
        self._lines: list[int] | None = None
        texts, starts, before = self.texts, self.starts, self.before
        for match in _pattern(directives).finditer(text):
            token = match.group()
            if token[0] == "/" and len(token) > 1:
                before.setdefault(len(texts), []).append(match.span())
            else:
                texts.append(token)
                starts.append(match.start())

    def line(self, offset: int) -> int:
        """The line of a character, from 1."""
        if self._lines is None:
            lines, at = [0], self.text.find("\n")
            while at >= 0:
                lines.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._lines = lines
        return bisect_right(self._lines, offset)

    def place(self, number: int) -> dict[str, int]:
        """`line` and `column` (from 1, in characters) of a token; of the end of the text beyond the last one."""
        offset = self.starts[number] if number < len(self.starts) else len(self.text)
        line = self.line(offset)
        assert self._lines is not None
        return {"line": line, "column": offset - self._lines[line - 1] + 1}

    def excerpt(self, number: int) -> str:
        """The text from a token to the end of its line."""
        if number >= len(self.starts):
            return ""
        start = self.starts[number]
        return self.text[start : start + EXCERPT].split("\n", 1)[0].strip()

    def rewrite(self, changes: Mapping[int, Sequence[str]]) -> None:
        """Put others in the place of tokens (none: drop it). They stand where the old one stood."""
        texts: list[str] = []
        starts: list[int] = []
        numbers = sorted(changes)
        moved = [0]  # by how much tokens move, behind each change
        last = 0
        for number in numbers:
            others = changes[number]
            texts += self.texts[last:number]
            starts += self.starts[last:number]
            texts += others
            starts += [self.starts[number]] * len(others)
            moved.append(moved[-1] + len(others) - 1)
            last = number + 1
        before: dict[int, list[tuple[int, int]]] = {}
        for number, comments in self.before.items():
            before.setdefault(number + moved[bisect_left(numbers, number)], []).extend(comments)
        self.texts = texts + self.texts[last:]
        self.starts = starts + self.starts[last:]
        self.before = before

    def comment(self, first: int, last: int) -> str:
        """What the comments say about the tokens `first` to `last`, without their marks.

        Those directly in front, and those behind on the last token's line. A blank line parts a comment from what
        follows, unless it is one for documentation (`/**`, `///`).
        """
        said = []
        if first in self.before:
            said = self._leading(first)
        if last + 1 in self.before:
            said += self._trailing(last)
        return "\n".join(_bare(self.text[start : min(end, start + MOST_COMMENT)]) for start, end in said)

    def _leading(self, first: int) -> list[tuple[int, int]]:
        chosen: list[tuple[int, int]] = []
        follows = self.starts[first]
        before = self.before[first]
        behind = self._end(first - 1)
        for start, end in reversed(before):
            if behind is not None and "\n" not in self.text[behind:start]:
                break  # it belongs to what stands before it on its line
            documents = self.text.startswith(("/**", "/*!", "///", "//!"), start)
            if self.text.count("\n", end, follows) > 1 and not (documents and not chosen):
                break
            if chosen and self.text[start : start + 2] == "/*":
                break  # one block is one comment
            chosen.append((start, end))
            if self.text[start : start + 2] == "/*":
                break
            follows = start
        return chosen[::-1]

    def _trailing(self, last: int) -> list[tuple[int, int]]:
        end = self._end(last)
        chosen: list[tuple[int, int]] = []
        if end is None:
            return chosen
        for start, stop in self.before[last + 1]:
            if "\n" in self.text[end:start]:
                break
            chosen.append((start, stop))
            end = stop
        return chosen

    def _end(self, number: int) -> int | None:
        return self.starts[number] + len(self.texts[number]) if 0 <= number < len(self.texts) else None


def _bare(comment: str) -> str:
    """A comment without its marks and without what only says where the thing comes from."""
    kept, aside = [], False
    for line in comment.removesuffix("*/").split("\n"):
        text = line.strip().lstrip(_MARKS).strip()
        if text.startswith(("@", "\\")):
            aside = text.startswith(_ASIDE)
        elif not text:
            aside = False
        if not aside:
            kept.append(text)
    return "\n".join(kept).strip()


MOST_PROBLEMS = 200
Statement = Callable[[], None]


class SyntaxFault(Exception):
    """The grammar does not hold at a token: its number, a code of the message catalogues, parameters."""

    def __init__(self, number: int, code: str, /, **params: str) -> None:
        super().__init__(code)
        self.number, self.code, self.params = number, code, params


class Cursor:
    """Walks over tokens. Behind the last one stand empty texts without end."""

    code = "syntax.expected"

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.texts = [*tokens.texts, "", "", "", ""]
        self.at = 0
        self.end = len(tokens.texts)

    @property
    def next(self) -> str:
        """The text of the token at hand; empty at the end."""
        return self.texts[self.at]

    def take(self) -> str:
        """The token at hand, and step over it."""
        text = self.texts[self.at]
        if self.at < self.end:
            self.at += 1
        return text

    def accept(self, text: str) -> bool:
        """Step over the token at hand if it reads so."""
        if self.texts[self.at] == text:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Step over the token at hand, which must read so."""
        if self.texts[self.at] != text:
            self.fail(text)
        self.at += 1

    def word(self, what: str = "name") -> str:
        """An identifier."""
        text = self.texts[self.at]
        if not is_word(text):
            self.fail(what)
        self.at += 1
        return text

    def fail(self, wanted: str) -> NoReturn:
        """Something else was expected here."""
        raise SyntaxFault(self.at, self.code, expected=wanted, found=self.next[:80])

    def skip_group(self) -> None:
        """Step over the bracket at hand, all in it, and the one that closes it."""
        if self.next not in _PAIRS:
            self.fail("(, [, {")
        closing: list[str] = []
        first = self.at
        while self.at < self.end:
            text = self.take()
            if text in _PAIRS:
                closing.append(_PAIRS[text])
            elif text in _CLOSING:
                if text != closing.pop():
                    raise SyntaxFault(self.at - 1, self.code, expected=_opposite(self.texts[first]), found=text)
                if not closing:
                    return
        self.fail(_opposite(self.texts[first]))

    def skip_statement(self) -> None:
        """After a fault: step behind the next `;` or the next block, and stop in front of a `}` that closes more."""
        depth = 0
        while self.at < self.end:
            text = self.texts[self.at]
            if text == "{":
                depth += 1
            elif text == "}":
                if depth == 0:
                    return
                depth -= 1
                if depth == 0:
                    self.at += 1
                    self.accept(";")
                    return
            elif text == ";" and depth == 0:
                self.at += 1
                return
            self.at += 1


_PAIRS = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(_PAIRS.values())


def _opposite(bracket: str) -> str:
    return _PAIRS.get(bracket, bracket)


def is_word(text: str) -> bool:
    """Is the token an identifier?"""
    return text[:1].isalpha() or text[:1] == "_"


def is_string(text: str) -> bool:
    """Is the token a whole string?"""
    return len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]


class Fault(msgspec.Struct, frozen=True):
    """Something that is wrong in a text: a code with parameters at a token."""

    code: str
    number: int
    params: Mapping[str, str]


class StatementCursor(Cursor):
    """A cursor over a language of statements: after a fault it goes on behind the statement and keeps the fault."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self.faults: list[Fault] = []
        self.syntax_faults = 0

    def attempt(self, statement: Statement) -> None:
        """Read a statement; after a fault go on behind it."""
        start = self.at
        try:
            statement()
        except SyntaxFault as fault:
            self.fault(fault.code, fault.number, **fault.params)
            self.syntax_faults += 1
            if self.at == start and self.next != "}":
                self.at += 1
            self.skip_statement()

    def fault(self, code: str, number: int, /, **params: str) -> None:
        """Keep something that is wrong."""
        if len(self.faults) < MOST_PROBLEMS:
            self.faults.append(Fault(code, number, params))
