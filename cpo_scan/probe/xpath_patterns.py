"""Is a text a regular expression of XPath? Its grammar only (XPath and XQuery Functions 3.1, 5.6.1, on XML Schema 1.0
part 2, appendix F); nothing is matched. SHACL and SPARQL take patterns of this language."""

from typing import NoReturn

_DEEPEST = 200  # groups and classes inside each other
_SINGLE = frozenset("nrt\\|.?*+(){}-[]^$")  # what may stand behind a backslash for itself (F.1.1; `$` by 5.6.1)
_MULTI = frozenset("sSiIcCdDwW")
_NUMBERS = frozenset("0123456789")
# F.1.1, categories of Unicode
_CATEGORIES = frozenset(
    first + second
    for first, kinds in zip("LMNPZSC", ("ultmo", "nce", "dlo", "cdseifo", "slp", "mcko", "cfon"), strict=True)
    for second in ("", *kinds)
)


class PatternRefused(ValueError):
    """No such expression; `at` is the character where it breaks off."""

    def __init__(self, at: int) -> None:
        super().__init__(f"at character {at}")
        self.at = at


def check_pattern(pattern: str, *, extended: bool = False) -> None:
    """Raises PatternRefused. `extended`: the flag `x`, by which white space outside of classes is not there."""
    if extended:
        pattern = _without_space(pattern)
    parser = _Parser(pattern)
    parser.alternatives(0)
    if parser.at < len(pattern):
        parser.refuse()


def _without_space(pattern: str) -> str:
    kept, depth, escaped = [], 0, False
    for character in pattern:
        if character in "\t\n\r " and depth == 0:
            continue
        kept.append(character)
        if not escaped and character in "[]":
            depth = max(depth + (1 if character == "[" else -1), 0)
        escaped = character == "\\" and not escaped
    return "".join(kept)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self._groups = 0  # groups that are closed, so that a number may refer to them

    def refuse(self) -> NoReturn:
        raise PatternRefused(self.at)

    def _next(self) -> str:
        return self._text[self.at : self.at + 1]

    def _take(self, character: str) -> None:
        if self._next() != character:
            self.refuse()
        self.at += 1

    def alternatives(self, depth: int) -> None:
        if depth > _DEEPEST:
            self.refuse()
        while True:
            self._branch(depth)
            if self._next() != "|":
                return
            self.at += 1

    def _branch(self, depth: int) -> None:
        while (character := self._next()) and character not in "|)":
            self._atom(character, depth)
            self._quantifier()

    def _atom(self, character: str, depth: int) -> None:
        if character == "(":
            self.at += 1
            capturing = not self._text.startswith("?:", self.at)
            if not capturing:
                self.at += 2
            self.alternatives(depth + 1)
            self._take(")")
            self._groups += capturing
        elif character == "[":
            self._class(depth)
        elif character == "\\":
            self._escape(in_class=False)
        elif character in "?*+{]":
            self.refuse()
        else:
            self.at += 1

    def _quantifier(self) -> None:
        if self._next() == "{":
            self.at += 1
            low = self._digits()
            if not low:
                self.refuse()
            if self._next() == ",":
                self.at += 1
                high = self._digits()
                if high and int(high[:20]) < int(low[:20]):
                    self.refuse()
            self._take("}")
        elif self._next() and self._next() in "?*+":
            self.at += 1
        else:
            return
        if self._next() == "?":  # reluctant
            self.at += 1

    def _digits(self) -> str:
        start = self.at
        while self._next() and self._next() in _NUMBERS:
            self.at += 1
        return self._text[start : self.at]

    def _escape(self, *, in_class: bool) -> str:
        """Behind a backslash; gives the single character that it stands for, or nothing."""
        self._take("\\")
        character = self._next()
        if not character:
            self.refuse()
        if character in "pP":
            self.at += 1
            self._property()
            return ""
        if character in _MULTI:
            self.at += 1
            return ""
        if character in _SINGLE:
            self.at += 1
            return {"n": "\n", "r": "\r", "t": "\t"}.get(character, character)
        if not in_class and character in _NUMBERS and character != "0":
            self.at += 1  # a back-reference; further digits belong to it as long as there are so many groups
            number = int(character)
            if number > self._groups:
                self.refuse()
            while self._next() and self._next() in _NUMBERS and number * 10 + int(self._next()) <= self._groups:
                number = number * 10 + int(self._next())
                self.at += 1
            return ""
        self.refuse()

    def _property(self) -> None:
        self._take("{")
        end = self._text.find("}", self.at)
        name = self._text[self.at : end] if end >= 0 else ""
        block = name.removeprefix("Is")
        if name not in _CATEGORIES and (
            not name.startswith("Is") or not block or not block.isascii() or not block.replace("-", "").isalnum()
        ):
            self.refuse()
        self.at = end + 1

    def _class(self, depth: int) -> None:
        if depth > _DEEPEST:
            self.refuse()
        self._take("[")
        if self._next() == "^":
            self.at += 1
        if self._next() == "]":
            self.refuse()
        first = True
        while self._next() != "]":
            if self._text.startswith("-[", self.at) and not first:
                self.at += 1
                self._class(depth + 1)
                break
            self._range(first)
            first = False
        self._take("]")

    def _range(self, first: bool) -> None:
        low = self._member(first)
        after = self._text[self.at + 1 : self.at + 2]
        if self._next() != "-" or after in ("]", "[", ""):
            return
        if not low:
            self.refuse()
        self.at += 1
        high = self._member(False)
        if not high or ord(high) < ord(low):
            self.refuse()

    def _member(self, first: bool) -> str:
        character = self._next()
        if not character or character == "[":
            self.refuse()
        if character == "\\":
            return self._escape(in_class=True)
        if character == "-" and not first and self._text[self.at + 1 : self.at + 2] not in ("]", "["):
            self.refuse()
        self.at += 1
        return character
