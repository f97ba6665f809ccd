"""The preprocessor's lines in IDL files: what they include, which part of the text they leave, plain macros.

Nothing is known of a build, so a name is defined only where the file itself does it.
"""

import msgspec

from cpo_probes.api.idl.reader import Include
from cpo_scan.probe import patterns
from cpo_scan.probe.tokens import Tokens, is_word

_MOST_TOKENS = 4_000  # of a macro that is put in its place
_MOST_PUT = 200_000  # tokens that all macros of a file may put there
_WORD = patterns.standard(r"\s*+(\w+)", text=True)


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What the lines said. `uncertain`: a condition or macro could not be worked out."""

    includes: list[Include]
    uncertain: bool
    pragmas: list[str]


def prepare(tokens: Tokens, predefined: frozenset[str]) -> Prepared:
    """Take the preprocessor's lines out of the tokens, with what they switch off, and put plain macros in place."""
    lines = [number for number, text in enumerate(tokens.texts) if text[0] == "#"]
    if not lines and "\\" not in tokens.texts:
        return Prepared(includes=[], uncertain=False, pragmas=[])
    work = _Work(tokens, predefined)
    work.run(lines)
    return Prepared(includes=work.includes, uncertain=work.uncertain, pragmas=work.pragmas)


class _Work:
    def __init__(self, tokens: Tokens, predefined: frozenset[str]) -> None:
        self.tokens = tokens
        self.includes: list[Include] = []
        self.pragmas: list[str] = []
        self.uncertain = False
        self._defined = set(predefined)
        self._macros: dict[str, list[str]] = {}
        self._functions: set[str] = set()
        self._put = 0
        self._branches: list[tuple[bool, bool]] = []  # is this branch on, was one on

    def run(self, lines: list[int]) -> None:
        texts = self.tokens.texts
        changes: dict[int, list[str]] = {number: [] for number, text in enumerate(texts) if text == "\\"}
        places: list[tuple[int, str]] = []  # of the includes, by old numbers
        last = 0
        for number in [*lines, len(texts)]:
            on = all(branch for branch, _ in self._branches)
            if not on:
                changes.update((gone, []) for gone in range(last, number))
            elif self._macros or self._functions:
                self._replace(last, number, changes)
            if number < len(texts):
                changes[number] = []
                path = self._line(texts[number], on)
                if path:
                    places.append((number, path))
            last = number + 1
        starts = [self.tokens.starts[number] for number, _ in places]
        self.tokens.rewrite(changes)
        self.includes = [Include(path, start) for (_, path), start in zip(places, starts, strict=True)]

    def _replace(self, start: int, end: int, changes: dict[int, list[str]]) -> None:
        texts = self.tokens.texts
        for number in range(start, end):
            value = self._macros.get(texts[number])
            if value is not None and self._put + len(value) <= _MOST_PUT:
                self._put += len(value)
                changes[number] = value
            elif value is not None or texts[number] in self._functions:
                self.uncertain = True

    def _line(self, line: str, on: bool) -> str:
        """One line of the preprocessor; gives the path that it includes."""
        parts = line[1:].split(None, 1)
        rest = parts[1] if len(parts) > 1 else ""
        match parts[:1]:
            case ["include"] if on:
                return _path(rest)
            case ["pragma"] if on:
                self.pragmas.append(rest.strip())
            case ["define"] if on:
                self._define(rest)
            case ["undef"] if on:
                self._defined.discard(_first_word(rest))
                self._macros.pop(_first_word(rest), None)
            case ["ifdef" | "ifndef"]:
                state = (_first_word(rest) in self._defined) == (parts[0] == "ifdef")
                self._branches.append((state, state))
            case ["if"]:
                state = self._holds(Tokens(rest).texts)
                self._branches.append((state, state))
            case ["elif"] if self._branches:
                _, done = self._branches[-1]
                state = not done and self._holds(Tokens(rest).texts)
                self._branches[-1] = (state, done or state)
            case ["else"] if self._branches:
                _, done = self._branches[-1]
                self._branches[-1] = (not done, True)
            case ["endif"] if self._branches:
                self._branches.pop()
        return ""

    def _define(self, rest: str) -> None:
        name = _first_word(rest)
        self._defined.add(name)
        behind = rest.lstrip()[len(name) :]
        if not behind.strip():
            self._macros[name] = []
            return
        words = Tokens(behind).texts
        value = [part for word in words if word != "\\" for part in self._macros.get(word, [word])]
        if behind.startswith("("):
            self._functions.add(name)
        elif len(value) > _MOST_TOKENS or name in value:
            self.uncertain = True
        else:
            self._macros[name] = value

    def _holds(self, words: list[str]) -> bool:
        """A condition of `defined`, `!`, `&&`, `||` and numbers; what is more than that is taken to hold."""
        text = " ".join(words).replace("( ", "(").replace(" )", ")").replace("& &", "&&").replace("| |", "||")
        return any(all(self._single(part) for part in choice.split("&&")) for choice in text.split("||"))

    def _single(self, text: str) -> bool:
        text = text.strip()
        if text.startswith("!"):
            return not self._single(text[1:])
        if text.isdigit():
            return int(text[:9]) != 0
        name = text.removeprefix("defined").strip().strip("()").strip()
        if text.startswith("defined") and is_word(name):
            return name in self._defined
        if is_word(text) and text.isidentifier():
            return text in self._defined and self._macros.get(text, ["1"]) != ["0"]
        self.uncertain = True
        return True


def _first_word(text: str) -> str:
    """The identifier that a text starts with."""
    found = _WORD.match(text)
    return found.group(1) if found else ""


def _path(text: str) -> str:
    """`"a/b.idl"` or `<a/b.idl>`."""
    text = text.strip()
    end = text.find({"<": ">", '"': '"'}.get(text[:1], "\n"), 1)
    return text[1:end] if end > 0 else ""
