"""The text of C and C++ sources: what is code, what is comment, and which branches of the preprocessor count.

Of the alternatives of an `#if` the first one counts, unless it says of itself that no compiler reads it. Literals,
comments, directives and the other branches become spaces, so that places stay what they are.
"""

import re
from typing import NamedTuple

# Up to the next sign that may begin a comment, a literal or a directive, and that thing: the group, if it is one.
_NOISE = re.compile(
    r"""
    [^/"'\#]*+(?:(
      //(?:[^\n\\]++|\\.)*+(?:\n[ \t]*+//(?:[^\n\\]++|\\.)*+)*+      # line comments, one below the other
    | /\*(?:[^*]++|\*(?!/))*+(?:\*/)?+
    | (?<![^\n\ \t])\#(?:[^\n\\/"]++|\\.|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+|//[^\n]*+|/|"(?:[^"\\\n]++|\\.)*+"?)*+
    | (?<=\bR)"([^()\\\s"]{0,16})\(.*?(?:\)\2"|\Z)
    | "(?:[^"\\\n]++|\\.)*+"?
    | (?<![0-9A-Fa-f])'(?:[^'\\\n]++|\\.){0,12}+'?
    )|.)?+
    """,
    re.DOTALL | re.VERBOSE,
)
_DIRECTIVE = re.compile(r"[ \t]*+#[ \t]*+(if|ifdef|ifndef|elif|else|endif)\b[ \t]*+([^\n]*+)")
_NO_COMPILER = re.compile(r"\b(?:SWIG|\w*DOXYGEN\w*|__GCCXML__|Q_CLANG_QDOC|Q_QDOC)\b")
_FALSE = re.compile(r"0\b|defined\b[ \t(]{0,9}(?:SWIG|\w*DOXYGEN\w*|__GCCXML__|Q_CLANG_QDOC|Q_QDOC)\b")
_CPLUSPLUS = "__cplusplus"
_CPP = re.compile(
    r"::|\b(?:class|namespace|template|typename|virtual|public|private|protected|operator|constexpr|mutable|explicit"
    r"|friend|using|nullptr|override)\b(?!\s*[;,)=\[])"
)
_COMMANDS = re.compile(r"[\\@](class|struct|union|enum|typedef|fn|interface)\b[ \t]++([^\n]{1,200})")
_NAME = re.compile(r"[A-Za-z_]\w*+")
_MARKS = str.maketrans("", "", "/*!<")
_LONGEST_DOC = 400  # characters of a comment that are kept: enough to tell whether it says something


class Comment(NamedTuple):
    """Where a comment lies; `formal`: marked as documentation by `/**`, `/*!`, `///` or `//!`."""

    start: int
    end: int
    formal: bool


def bare(text: str) -> str:
    """The beginning of a comment without its marks."""
    return text[:_LONGEST_DOC].translate(_MARKS).strip()


class CleanText:
    """A source, taken apart. `code` is as long as the text; `comments` stand in its order.

    `named` holds what comments say of things that they name themselves (`@class vtkObject`), by kind and name. `cpp`:
    words outside of `#ifdef __cplusplus` that only C++ has. `broken` counts directives without their `#if`.
    """

    def __init__(self, text: str, *, known: bool = False) -> None:
        """`known`: the language is, so that nobody looks for words of C++."""
        self.text = text
        self.comments: list[Comment] = []
        self.named: dict[tuple[str, str], str] = {}
        self.cpp = known
        self.broken = 0
        self.code = self._code()

    def _code(self) -> str:
        text = self.text
        parts: list[str] = []
        at = 0
        branches: list[tuple[bool, bool]] = []  # does this branch count; did one of this #if count
        guards: list[int] = []  # depths of #if below which only C++ reads on
        self._off = 0  # branches around this place that do not count
        place, length = 0, len(text)
        while place < length:
            noise = _NOISE.match(text, place)
            assert noise is not None  # it can match nothing at all
            start, end = noise.span(1)
            place = noise.end()
            if start < 0:
                continue
            if text[start] == "#" and text[text.rfind("\n", 0, start) + 1 : start].strip(" \t"):
                place = start + 1
                continue
            if noise.start(2) >= 0:
                start -= 1  # the R of a raw literal
            if self.cpp and not self._off:
                parts += (text[at:start], " " * (end - start))
            else:
                parts += (self._part(text[at:start], bool(guards)), " " * (end - start))
            at = end
            first = text[start]
            if first == "/":
                if not self._off:
                    self._comment(start, end)
            elif first == "#" and (directive := _DIRECTIVE.match(text, start)) is not None:
                self._branch(directive[1], directive[2], branches, guards)
        parts.append(self._part(text[at:], bool(guards)))
        self.broken += len(branches)
        return "".join(parts)

    def _part(self, code: str, guarded: bool) -> str:
        if self._off:
            return " " * len(code)
        if not self.cpp and not guarded and _CPP.search(code):
            self.cpp = True
        return code

    def _branch(self, word: str, condition: str, branches: list[tuple[bool, bool]], guards: list[int]) -> None:
        if word in ("if", "ifdef", "ifndef"):
            counts = _counts(word, condition)
            branches.append((counts, counts))
            self._off += not counts
            if _CPLUSPLUS in condition:
                guards.append(len(branches))
        elif not branches:
            self.broken += 1
        elif word == "endif":
            self._off -= not branches.pop()[0]
            if guards and guards[-1] > len(branches):
                guards.pop()
        else:
            counted, had = branches[-1]
            branches[-1] = (not had, True)
            self._off += counted - (not had)

    def _comment(self, start: int, end: int) -> None:
        text = self.text
        if text[start + 1] == "/":
            # the first line of several may stand behind code and belong to it
            below = text.find("\n", start, end)
            next_one = text.find("/", below, end) if below > 0 else -1
            if (
                next_one > 0
                and not text[below:next_one].strip()  # else its line goes on below: it ends in a backslash
                and text[text.rfind("\n", 0, start) + 1 : start].strip()
            ):
                self.comments.append(Comment(start, below, text[start + 2] in "/!"))
                start = next_one
            formal = text[start + 2 : start + 3] in ("/", "!") and text[start + 3 : start + 4] != "/"
        else:
            formal = text[start + 2 : start + 3] in ("*", "!") and text[start + 3 : start + 4] not in ("*", "/")
        self.comments.append(Comment(start, end, formal))
        if formal and (text.find("@", start, end) >= 0 or text.find("\\", start, end) >= 0):
            for command in _COMMANDS.finditer(text, start, end):
                names = _NAME.findall(command[2].partition("(")[0])
                if names:
                    key = ("function", names[-1]) if command[1] == "fn" else ("type", names[0])
                    self.named.setdefault(key, bare(text[command.end() : end]))


def _counts(word: str, condition: str) -> bool:
    """Does the first branch count?"""
    if word == "ifndef":
        return _CPLUSPLUS not in condition
    if word == "ifdef":
        return not _NO_COMPILER.search(condition)
    return not _FALSE.match(condition) and not (_CPLUSPLUS in condition and condition.startswith("!"))
