"""What stands in the head of one page: title, headings, how much of it is prose, what made it, where it leads.

Reads HTML, Markdown and man pages in one forward pass over a bounded head; anything at all is a page to it.
"""

import codecs
from collections.abc import Iterator
from html import unescape
from typing import Any

import msgspec

_HIDDEN = frozenset({"script", "style", "template", "svg", "noscript"})
_SHOWN_CODE = frozenset({"pre", "code", "samp", "kbd", "tt", "xmp", "listing", "plaintext"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "dt", "caption"})
_CONTROLS = frozenset({"form", "input", "button", "select", "textarea", "canvas"})
_TAG_LIMIT = 4096  # characters of one tag that are looked at
_LINK_LIMIT = 2000  # links of one page that are kept


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page as far as its head tells. `words` are those of running text, links and code left out."""

    title: str = ""
    headings: tuple[str, ...] = ()
    words: int = 0
    linked_words: int = 0
    links: tuple[str, ...] = ()
    scripts: int = 0
    controls: int = 0
    placeholders: int = 0
    frames: bool = False
    language: str = ""
    generator: str = ""
    format: str = ""
    """That of the generator's documentation; empty where none is known."""

    @property
    def template(self) -> bool:
        """More than one placeholder in twenty words: a program fills it in, nobody reads it."""
        return self.placeholders * 20 > self.words + self.linked_words

    @property
    def application(self) -> bool:
        """The face of a program: scripts or controls, and hardly a text."""
        return (self.scripts > 0 and self.words < 20) or self.controls * 30 > self.words


class HtmlReader:
    """Reads heads of HTML pages by the table of `rules/data/documentation.yaml`."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._generators = [(row["name"], row["format"], row["says"]) for row in table["generators"]]
        self._placeholders: list[str] = table["placeholders"]
        self._charsets = frozenset(table["charsets"])
        self._headings: int = table["limits"]["headings"]

    def read(self, head: bytes) -> Page:
        """The page whose first bytes these are."""
        text = self._decode(head)
        walk = _Walk(text, self._headings)
        low = text.lower()
        generator, form = next(
            ((name, form) for name, form, says in self._generators if any(word in low for word in says)), ("", "")
        )
        placeholders = sum(walk.visible.count(word) for word in self._placeholders)
        return Page(
            title=_fold(walk.title),
            headings=tuple(walk.headings),
            words=walk.words,
            linked_words=walk.linked_words,
            links=tuple(walk.links),
            scripts=walk.scripts,
            controls=walk.controls,
            placeholders=placeholders,
            frames=walk.frames,
            language=walk.language,
            generator=generator,
            format=form,
        )

    def _decode(self, head: bytes) -> str:
        for mark, name in (
            (codecs.BOM_UTF8, "utf-8"),
            (codecs.BOM_UTF16_LE, "utf-16-le"),
            (codecs.BOM_UTF16_BE, "utf-16-be"),
        ):
            if head.startswith(mark):
                return head[len(mark) :].decode(name, "replace")
        start = head[:2048].lower()
        at = start.find(b"charset=")
        declared = start[at + 8 : at + 40].lstrip(b"\"' ") if at >= 0 else b""
        for end, byte in enumerate(declared):
            if byte in b"\"' ;>/\r\n\t?":
                declared = declared[:end]
                break
        name = declared.decode("ascii", "replace")
        if name in self._charsets and name not in ("utf-8", "utf-16"):
            return head.decode(name, "replace")
        # The head may end within a character: up to three bytes of it are no error.
        for cut in range(4):
            try:
                return head[: len(head) - cut].decode()
            except UnicodeDecodeError:
                continue
        return head.decode("utf-8" if name == "utf-8" else "latin-1", "replace")


class _Walk:
    """One pass over the markup; only `<`, `>` and quotes are trusted, and not much."""

    def __init__(self, text: str, most_headings: int) -> None:
        self._text, self._most = text, most_headings
        self.title = self.language = ""
        self.headings: list[str] = []
        self.links: list[str] = []
        self.words = self.linked_words = self.scripts = self.controls = 0
        self.frames = False
        self._kept: list[str] = []  # text and tags outside of scripts and code
        self._heading: list[str] | None = None
        self._depth = {"a": 0, "nav": 0, "code": 0}
        self._in_title = False
        self._run()
        self.visible = "".join(self._kept).lower()

    def _run(self) -> None:
        text, at, end = self._text, 0, len(self._text)
        while at < end:
            start = text.find("<", at)
            if start < 0:
                start = end
            if start > at:
                self._see(text[at:start])
            if start == end:
                return
            if text.startswith("<!--", start):
                close = text.find("-->", start + 4)
                at = end if close < 0 else close + 3
                continue
            close = text.find(">", start + 1)
            if close < 0:
                return
            at = close + 1
            tag = text[start + 1 : min(close, start + _TAG_LIMIT)]
            name = _name(tag)
            if not name and tag[:1] not in "/!?":
                self._see(text[start:at])
                continue
            self._tag(name, tag)
            if name in _HIDDEN and not tag.endswith("/"):
                at = self._skip(name, at)

    def _skip(self, name: str, at: int) -> int:
        """The place behind the end tag of `name`, blind to case."""
        text, closing = self._text, f"</{name}"
        while (at := text.find("</", at)) >= 0:
            if text[at : at + len(closing)].lower() == closing:
                after = text.find(">", at)
                return len(text) if after < 0 else after + 1
            at += 2
        return len(text)

    def _tag(self, name: str, tag: str) -> None:
        closing = tag.startswith("/")
        if not self._depth["code"]:
            self._kept.append(tag)
        step = -1 if closing else 1
        if name in _SHOWN_CODE:
            self._depth["code"] = max(0, self._depth["code"] + step)
        elif name in ("a", "nav"):
            self._depth[name] = max(0, self._depth[name] + step) if name == "nav" else int(not closing)
            if name == "a" and not closing and len(self.links) < _LINK_LIMIT and (href := _attribute(tag, "href")):
                self.links.append(href)
        elif name in _HEADINGS:
            self._close_heading()
            self._heading = None if closing else []
        elif name == "title":
            self._in_title = not closing
        elif name == "html" and not closing:
            self.language = _attribute(tag, "xml:lang") or _attribute(tag, "lang")
        elif name == "meta" and not self.language and _attribute(tag, "name").lower() in ("dc.language", "language"):
            self.language = _attribute(tag, "content")
        elif name in ("frameset", "frame"):
            self.frames = True
        elif name == "script":
            self.scripts += not closing
        elif name in _CONTROLS:
            self.controls += not closing

    def _see(self, text: str) -> None:
        if self._in_title:
            self.title = (self.title + text)[:400]
            return
        if self._heading is not None:
            self._heading.append(text)
        if self._depth["code"]:
            return
        self._kept.append(text)
        count = count_words(unescape(text) if "&" in text else text)
        if self._depth["a"] or self._depth["nav"]:
            self.linked_words += count
        else:
            self.words += count

    def _close_heading(self) -> None:
        if self._heading and len(self.headings) < self._most and (heading := _fold("".join(self._heading))):
            self.headings.append(heading)


def read_markdown(head: bytes, most_headings: int) -> Page:
    """A page of Markdown, reStructuredText or AsciiDoc: marked and underlined headings, words outside of code."""
    text = head.decode("utf-8", "replace")
    headings: list[str] = []
    words, code, before = 0, False, ""
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith(("```", "~~~", "----")) and not (set(bare) == {"-"} and before):
            code = not code
        elif code:
            pass
        elif bare[:1] in ("#", "=") and bare.lstrip("#=")[:1] == " ":
            headings.append(_fold(bare.lstrip("#= ").rstrip("# ")))
        elif (
            len(bare) >= 3
            and len(set(bare)) == 1
            and bare[0] in "=-~^\"'*+"
            and len(bare) >= len(before) - 1
            and before
        ):
            headings.append(_fold(before))
        else:
            words += count_words(bare)
        before = bare
    return Page(title=headings[0] if headings else "", headings=tuple(headings[:most_headings]), words=words)


def read_man(head: bytes) -> Page:
    """A man page (`man` or `mdoc` macros): its name and section as title, its sections as headings."""
    title, headings, words = "", [], 0
    for line in head.decode("utf-8", "replace").splitlines():
        macro, _, rest = line.partition(" ")
        if macro in (".TH", ".Dt"):
            title = title or " ".join(_fold(rest).replace('"', "").split()[:2])
        elif macro in (".SH", ".Sh"):
            headings.append(_fold(rest).strip('"'))
        elif not line.startswith("."):
            words += count_words(line)
    return Page(title=title[:120], headings=tuple(headings[:40]), words=words)


def read_book(head: bytes) -> Page:
    """A book in one file: the title that a PDF states in its head (ISO 32000-1, 14.3.3)."""
    at = head.find(b"/Title") if head.startswith(b"%PDF-") else -1
    rest = head[at + 6 : at + 406].lstrip() if at >= 0 else b""
    if not rest.startswith(b"("):
        return Page()
    value, depth, skip = bytearray(), 1, False
    for byte in rest[1:]:
        if skip:
            value.append(byte)
        elif byte != 0x5C:
            depth += (byte == 0x28) - (byte == 0x29)
            if not depth:
                break
            value.append(byte)
        skip = byte == 0x5C and not skip
    marked = value.startswith(codecs.BOM_UTF16_BE)
    text = value[2:].decode("utf-16-be", "replace") if marked else value.decode("latin-1")
    return Page(title=_fold("".join(character for character in text if character.isprintable())))


def count_words(text: str) -> int:
    """Words of at least two letters; in scripts that set no words apart (Chinese, Japanese, Thai), two characters."""
    if text.isascii():
        return sum(1 for word in text.split() if len(word) > 1 and any(map(str.isalpha, word)))
    dense = sum(1 for character in text if character >= "\u0e00" and character.isalpha())
    return dense // 2 + sum(
        1 for word in text.split() if len(word) > 1 and word[0] < "\u0e00" and any(map(str.isalpha, word))
    )


def phrase(text: str) -> str:
    """Text as lower-case words with one space between and around them, so that `" words "` can be looked for in it."""
    return f" {' '.join(_words(text))} "


def _words(text: str) -> Iterator[str]:
    word: list[str] = []
    last = ""
    for character in text:
        # `readMe2` is read, me: names of files run their words together.
        if character.isalpha() and not (character.isupper() and last.islower()):
            word.append(character.lower())
        else:
            if word:
                yield "".join(word)
            word = [character.lower()] if character.isalpha() else []
        last = character
    if word:
        yield "".join(word)


def _name(tag: str) -> str:
    start = 1 if tag.startswith("/") else 0
    end = start
    while end < len(tag) and end < 24 and (tag[end].isalnum() or tag[end] in ":-"):
        end += 1
    return tag[start:end].lower() if end > start and tag[start].isalpha() else ""


def _attribute(tag: str, name: str) -> str:
    """The value of an attribute, quoted or not; empty where it is absent."""
    low, at = tag.lower(), 0
    while (at := low.find(name, at)) >= 0:
        after = at + len(name)
        rest = tag[after:].lstrip()
        if tag[at - 1 : at].isspace() and rest.startswith("="):
            value = rest[1:].lstrip()
            quote = value[:1]
            if quote in ('"', "'"):
                return unescape(value[1:].partition(quote)[0]).strip()
            return unescape(value.split(None, 1)[0]) if value else ""
        at = after
    return ""


def _fold(text: str) -> str:
    return " ".join(unescape(text).split())[:200]
