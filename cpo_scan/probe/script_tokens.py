"""Tokens of programming languages: words, strings with their values, and signs. Comments are none.

For probes that look for one call or one definition and not for the meaning of a program. What a language does inside of
a string (`${…}`, `#{…}`, `[…]`) is left there. Never raises: what is cut off ends with the text.
"""

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache

import msgspec

LANGUAGES = ("cpp", "csharp", "java", "javascript", "lua", "ruby", "tcl")
"""TypeScript reads as JavaScript does, C as C++."""


class Kind(Enum):
    """What a token is. The end of a line is a token in Tcl only, where it ends a command."""

    WORD = "word"
    STRING = "string"
    NUMBER = "number"
    SIGN = "sign"
    END = "end"


class Token(msgspec.Struct, frozen=True, gc=False):
    """`text` of a string is its value, escapes resolved as far as they stand for a printable character."""

    kind: Kind
    text: str
    start: int


_PLAIN = r'"(?:[^"\\\n]++|\\.)*+"?|' + r"'(?:[^'\\\n]++|\\.)*+'?"
_SLASHES = r"//[^\n]*+|/\*.*?(?:\*/|\Z)"
# What the preprocessor leaves out, up to the first line that ends it or turns it round.
_IF_0 = r"(?<![^\n])[ \t]*+\#[ \t]*+if[ \t]++(?:0|false)\b.*?(?:\n[ \t]*+\#[ \t]*+(?:endif|else|elif)\b[^\n]*+|\Z)"
_COMMENTS = {
    "cpp": _SLASHES + "|" + _IF_0,
    "csharp": _SLASHES,
    "java": _SLASHES,
    "javascript": _SLASHES,
    "lua": r"--\[(?P<level>=*+)\[.*?(?:\](?P=level)\]|\Z)|--[^\n]*+",
    "ruby": r"\#[^\n]*+|(?<![^\n])=begin\b.*?(?:\n=end\b[^\n]*+|\Z)|(?<![^\n])__END__(?=\n|\Z).*+",
}
_STRINGS = {
    "cpp": r'(?:u8|[uUL])?R"(?P<raw>[^()\\\s"]{0,16})\(.*?(?:\)(?P=raw)"|\Z)|(?:u8|[uUL])?' + f"(?:{_PLAIN})",
    "csharp": r'\$*+"""++.*?(?:"""++|\Z)|(?:\$@|@\$|@)"(?:[^"]++|"")*+"?|\$?' + _PLAIN,
    "java": r'""".*?(?:"""|\Z)|' + _PLAIN,
    "javascript": _PLAIN + r"|`(?:[^`\\]++|\\.)*+`?",
    "lua": _PLAIN + r"|\[(?P<long>=*+)\[.*?(?:\](?P=long)\]|\Z)",
    "ruby": r'"(?:[^"\\]++|\\.)*+"?|' + r"'(?:[^'\\]++|\\.)*+'?|`(?:[^`\\]++|\\.)*+`?"
    r"|<<[~-]?(?P<mark>['\"]?)(?P<end>[A-Z_][A-Z_0-9]*+)(?P=mark)[^\n]*+.*?(?:\n[ \t]*+(?P=end)(?=\n|\Z)|\Z)",
}
_WORD = r"[^\W\d][\w$]*+|[$@][\w$]++"
_NUMBER = r"\d[\w.]*+"
_NUMBERS = {"cpp": r"\d(?:[\w.]|'(?=\w))*+"}
_REGEX = re.compile(r"/(?:[^/\\\[\n]++|\\.|\[(?:[^\]\\\n]++|\\.)*+\])++/[a-z]*+")
# After these words a slash begins a regular expression and divides nothing.
_BEFORE_REGEX = frozenset({"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do",
                           "if", "unless", "when", "and", "or", "not", "then", "while", "until"})  # fmt: skip
_WITH_REGEX = ("javascript", "ruby")
_KINDS = {"word": Kind.WORD, "number": Kind.NUMBER, "sign": Kind.SIGN}
_ESCAPE = re.compile(r"\\(?:u\{?([0-9A-Fa-f]{1,6})\}?|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "0": ""}


def tokens(text: str, language: str) -> Iterator[Token]:
    """The tokens of a source in one of `LANGUAGES`, in their order."""
    if language == "tcl":
        yield from _tcl(text)
        return
    pattern, slashed, before = _pattern(language), language in _WITH_REGEX, Token(Kind.SIGN, "", 0)
    match = pattern.search(text)
    while match is not None:
        start, end, kind, found = match.start(), match.end(), match.lastgroup, match.group()
        if slashed and found == "/" and _may_begin(before) and (regex := _REGEX.match(text, start)) is not None:
            before, end = Token(Kind.STRING, "", start), regex.end()
        elif kind == "string":
            before = Token(Kind.STRING, _value(found, language), start)
            yield before
        elif kind != "comment":
            before = Token(_KINDS[kind or ""], found, start)
            yield before
        match = pattern.search(text, end)


def _may_begin(before: Token) -> bool:
    if before.kind is Kind.WORD:
        return before.text in _BEFORE_REGEX
    return before.kind is Kind.SIGN and before.text not in (")", "]", "}")


@cache
def _pattern(language: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<comment>{_COMMENTS[language]})|(?P<string>{_STRINGS[language]})|(?P<word>{_WORD})"
        rf"|(?P<number>{_NUMBERS.get(language, _NUMBER)})|(?P<sign>[^\s])",
        re.DOTALL,
    )


def _value(written: str, language: str) -> str:
    """What a string literal stands for."""
    if language == "lua" and written.startswith("["):
        width = written.find("[", 1) + 1
        return written[width:].removesuffix("]" + "=" * (width - 2) + "]")
    if language == "ruby" and written.startswith("<<"):
        return written.partition("\n")[2].rpartition("\n")[0]
    if language == "cpp":
        sort, quote = next((written[:at], at) for at in range(4) if written[at] in "\"'")
        written = written[quote:]
        if sort.endswith("R"):
            mark, _, inside = written[1:].partition("(")
            return inside.removesuffix(f'){mark}"')
    prefix = len(written) - len(written.lstrip("$@"))
    verbatim, bare = "@" in written[:prefix], written[prefix:]
    if bare.startswith('"""'):
        return bare.strip('"')
    inner = bare[1:].removesuffix(bare[0]) if len(bare) > 1 else ""
    if verbatim:
        return inner.replace('""', '"')
    return _ESCAPE.sub(_resolved, inner) if "\\" in inner else inner


def _resolved(match: re.Match[str]) -> str:
    number = match.group(1) or match.group(2)
    if number is None:
        return _CONTROLS.get(match.group(3), match.group(3))
    code = int(number, 16)
    return chr(code) if code <= 0x10FFFF and chr(code).isprintable() else ""


# Tcl (Tcl(n), rules 1 to 11): words between blanks, commands between line ends and semicolons; a `#` begins a comment
# only where a command may begin. Braces are signs here, since what stands in them is code as often as text.
_TCL = re.compile(
    r"(?P<blank>(?:[ \t\r]|\\\r?\n)++)|(?P<end>[\n;])|(?P<sign>[{}\[\]])"
    r'|(?P<string>"(?:[^"\\]++|\\.)*+"?)|(?P<word>(?:[^\s{}\[\]";\\]|\\.)(?:[^\s{}\[\];\\]++|\\.)*+)|(?P<other>.)',
    re.DOTALL,
)
_TCL_COMMENT = re.compile(r"\#(?:[^\\\n]++|\\.)*+", re.DOTALL)


def _tcl(text: str) -> Iterator[Token]:
    at, starts = 0, True
    while (match := _TCL.match(text, at)) is not None:
        kind, found, start = match.lastgroup, match.group(), at
        at = match.end()
        if starts and found.startswith("#"):
            comment = _TCL_COMMENT.match(text, start)
            at = comment.end() if comment is not None else at
        elif kind == "end":
            starts = True
            yield Token(Kind.END, found, start)
        elif kind == "sign":
            starts = found in "{["
            yield Token(Kind.SIGN, found, start)
        elif kind == "string":
            starts = False
            yield Token(Kind.STRING, _value(found, "tcl"), start)
        elif kind == "word":
            starts = False
            yield Token(Kind.WORD, found, start)
