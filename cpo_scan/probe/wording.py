"""What counts as documented. One rule for all families of interfaces (report contract, readings of the kinds).

A thing is documented when its description, after markup is removed, has at least three words that are not in its own
name or path. Scripts that are written without spaces (Chinese, Japanese, Thai, …) count by character, six for three
words. Boilerplate that repeats over a fifth of a document's items does not count: texts that are the same as they are
written, and short ones that differ in the own names only (`Returns the list of …`). A long text that is put together in
the same way for each item still says something of each.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from html import unescape
from zlib import crc32

WORDS = 3
CHARACTERS = 6
SHARE = 5  # boilerplate: a text that more than one in this many items have
FORM_LETTERS = 3  # and that stands at least so often: two alike texts of a small document are no form letter
SHORT = 8  # different words beyond the own names: so much a form letter says at most
_LONGEST = 1_000  # characters of a description that are looked at: enough to find three words and to tell texts apart
_HEAD = 160  # characters in which three words mostly are

# Scripts written without spaces: Han, kana, bopomofo, Yi, Thai, Lao, Myanmar, Khmer, Tibetan. Korean has spaces.
_DENSE = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_WORD = re.compile(r"[^\W\d_][\w'’]*+")
_ASCII_WORD = re.compile(r"[a-zA-Z][a-zA-Z0-9_']*+")  # the same in ASCII, where it is twice as fast
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PLAIN = re.compile(r"[^<>\[\]`&*_#|\\/:]*+\Z")
# Applied in this order, each linear: comments, fences, tags, images, links (their text stays), addresses, marks.
_MARKUP = (  # what must stand in a text for the pattern to matter, the pattern, what takes its place
    ("<!--", re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL), " "),
    *((fence, re.compile(r"^[ \t]*(?:```|~~~)[^\n]*", re.MULTILINE), " ") for fence in ("```", "~~~")),
    ("<", re.compile(r"</?[A-Za-z][^<>]{0,1000}>"), " "),
    ("![", re.compile(r"!\[[^\[\]]{0,500}\]\([^()\s]{0,2000}[^()]{0,200}\)"), " "),
    ("[", re.compile(r"\[([^\[\]]{1,500})\](?:\([^()\s]{0,2000}[^()]{0,200}\)|\[[^\[\]]{0,200}\])"), r"\1"),
    ("://", re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s<>\"'`]+"), " "),
    ("www.", re.compile(r"\bwww\.[^\s<>\"'`]+"), " "),
    ("{@", re.compile(r"\{@\w+\s+([^{}]{0,500})\}"), r"\1"),
    ("@", re.compile(r"@\w+"), " "),
    ("\\", re.compile(r"\\\w+"), " "),
)
_MARKS = re.compile(r"[`*#|~>=_]+")  # last of all


def plain_text(text: str) -> str:
    """A description without HTML, Markdown, reStructuredText or Javadoc marks and without addresses."""
    return _MARKS.sub(" ", _without_markup(text))


def _without_markup(text: str) -> str:
    """The same with single marks left in it."""
    text = text[:_LONGEST]
    if _PLAIN.match(text) and "www." not in text:
        return text
    if "&" in text:
        text = unescape(text)
    for mark, pattern, instead in _MARKUP:
        if mark in text:
            text = pattern.sub(instead, text)
    return text


def is_documented(text: str, *own: str) -> bool:
    """Does a description say more than the name? `own` are the thing's own name, path, method: what it may not repeat.

    Counts different words; words of a name are told apart by case, digits and separators.
    """
    if not text:
        return False
    said = _says_at_once(text, own)
    return _says(text, own) is not None if said is None else said


def documented(items: Iterable[tuple[str, Sequence[str]]]) -> list[bool]:
    """The rule over all items of one document, each a description and its own names: boilerplate does not count."""
    said = [_says(text, own) if text else None for text, own in items]
    repeated = Counter(text for text in said if text is not None)
    boilerplate = {text for text, count in repeated.items() if is_boilerplate(count, len(said))}
    return [text is not None and text not in boilerplate for text in said]


def signature(text: str, *own: str) -> str | None:
    """What a description says, None where it says too little beyond the own names.

    For documents that are read in parts: descriptions with equal signatures are one text, so that boilerplate can be
    counted over all of them (`is_boilerplate`).
    """
    return _says(text, own) if text else None


def fingerprint(text: str) -> int:
    """A number of 32 bits in place of a text, to tell many apart in little room; the same on any machine."""
    return crc32(text.encode("utf-8", "replace"))


def is_boilerplate(count: int, items: int) -> bool:
    """Is a text that `count` of the items of a document have a form letter?"""
    return count >= FORM_LETTERS and count * SHARE > items


def _says_at_once(text: str, own: tuple[str, ...]) -> bool | None:
    """The answer where the first words of a text without markup give it, else None."""
    head = text[:_HEAD]
    if not head.isascii() or not _PLAIN.match(head) or "www." in head:
        return None
    words = _ASCII_WORD.findall(head.lower())
    whole = len(text) <= _HEAD
    if not whole and words:
        words.pop()  # it may be cut
    names = _names(own)
    new = set()
    for word in words:
        if word not in names and (word[-1] != "s" or word[:-1] not in names):
            new.add(word)
            if len(new) == WORDS:
                return True
    return False if whole else None


def _says(text: str, own: Sequence[str]) -> str | None:
    """What the description says, for comparing: without the own names where that is short; None where it is too
    little."""
    names = _names(tuple(own))
    bare = _without_markup(text).replace("_", " ")  # the one mark that a word may have in it
    dense = ""
    if bare.isascii():
        found = _ASCII_WORD.findall(bare.lower())
    else:
        character, spaced = _dense()
        dense = "".join(character.findall(bare))
        found = (spaced if dense else _WORD).findall(bare.casefold())
    words = _unknown(found, names)
    characters = _strange(dense, own) if dense else ""
    if len(words) * (CHARACTERS // WORDS) + len(characters) < CHARACTERS:
        return None
    if len(words) > SHORT:
        words = found
    if len(characters) > SHORT * CHARACTERS // WORDS:
        characters = dense
    return " ".join(words) + "\0" + characters


@cache
def _dense() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A character of a script without spaces, and a word of another one. Few texts need them, and compiling them takes
    longer than all the rest of this module."""
    return re.compile(f"[{_DENSE}]"), re.compile(rf"(?:(?![{_DENSE}])[^\W\d_])(?:(?![{_DENSE}])[\w'’])*+")


def _unknown(words: list[str], names: frozenset[str]) -> list[str]:
    """Different words that no name has, also not in the singular."""
    return [word for word in dict.fromkeys(words) if word not in names and (word[-1] != "s" or word[:-1] not in names)]


def _strange(characters: str, own: Sequence[str]) -> str:
    """Characters of a script without spaces that the own names do not have."""
    named = set("".join(own))
    return "".join(character for character in characters if character not in named)


@lru_cache(maxsize=4096)
def _names(own: tuple[str, ...]) -> frozenset[str]:
    """The words of names, in lower case, also in the singular."""
    return _words_of(own[0]) if len(own) == 1 else frozenset().union(*map(_words_of, own))


@lru_cache(maxsize=4096)
def _words_of(name: str) -> frozenset[str]:
    apart = name.replace("_", " ") if name.islower() else _CAMEL.sub(" ", name).replace("_", " ")
    words = set(map(str.casefold, _WORD.findall(apart)))
    singular = [word[:-1] for word in words if word[-1] == "s"]
    if apart != name:
        words.update(map(str.casefold, _WORD.findall(name)))
    words.update(singular)
    return frozenset(words)
