"""One artifact as the signatures look at it: its head as text, its root element, its keys, its directory; each read
once, and only when it is asked for."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Literal

import msgspec

from cpo_scan.formats.containers import ZipView
from cpo_scan.formats.keys import json_keys, json_scalar, yaml_scalar
from cpo_scan.formats.xml_head import Root, read_root
from cpo_scan.probe import patterns
from cpo_scan.rulebook.formats import Source
from cpo_scan.targets.content import HEAD, Bytes, Content

_LONGEST = 240  # characters of a version or a fact
_SHORT = 4_096
_FAR = 4 * 2**20  # bytes
_TEXT_BINARY = 1_024  # bytes in which a text has no NUL
_SPACES = b" \t\r\n\f\v"
_PREFIX = r"(?i)^[ \t]*+@?(?:prefix|base)\b[^<\n]{0,200}<([^>\n]{1,300})>"
_LEAST_WORD = 3  # characters of a word that is worth being looked for by itself
_Look = Callable[[bytes], patterns.Match | None]
_looks: dict[str, _Look] = {}
_compiled_text: dict[str, patterns.Pattern] = {}


class Evidence:
    """`text` is the head as UTF-8 bytes without byte order mark and leading space, empty for what is no text."""

    __slots__ = ("_keys", "_root", "_yaml", "_zip", "binary", "content", "is_yaml", "json", "namespace", "text")

    def __init__(self, content: Content) -> None:
        self.content = content
        self._root: Root | Literal[False] | None = False
        self.json = False
        self.is_yaml = False
        self.namespace: str | None = None
        self._keys: Mapping[str, bytes | msgspec.Raw] | None = None
        self._yaml: dict[str, str | None] = {}
        self._zip: ZipView | None = None
        head = content.head
        plain = head[0] > 0x20 and head[0] not in (0xEF, 0xFE, 0xFF)
        # An XML declaration says that it is meant as text: zeros in it are damage, to be told by whoever reads it.
        if (plain and head.find(b"\0", 0, _TEXT_BINARY) < 0) or head.startswith(b"<?xml "):
            self.text, self.binary = head, False
        else:
            self.text = _as_text(head)
            self.binary = not self.text and head.find(b"\0", 0, _TEXT_BINARY) >= 0

    @property
    def root(self) -> Root | None:
        """The root element of what starts like markup."""
        if self._root is False:
            text = self.text
            root = read_root(text, 0) if text.startswith(b"<") else None
            if root is None and text.startswith((b"<?xml ", b"<!DOCTYPE ")) and (further := self.beyond()):
                root = read_root(further, 0)
            self._root = root
        return self._root

    @property
    def zip(self) -> ZipView:
        if self._zip is None:
            self._zip = ZipView(self.content)
        return self._zip

    def find(self, pattern: str, data: bytes) -> bool:
        """Does the pattern stand in the bytes?"""
        return self._search(pattern, data) is not None

    def _search(self, pattern: str, data: bytes) -> patterns.Match | None:
        # RE2 is the faster one on long looks, the standard library on short ones and where the start decides
        if len(data) > _SHORT and not pattern.startswith((r"\A", r"(?i)\A")):
            return patterns.compile(pattern).search(data)
        look = _looks.get(pattern)
        if look is None:
            look = _looks[pattern] = _look(pattern)
        return look(data)

    def whole_match(self, pattern: str, text: str) -> bool:
        """Does the pattern match the whole text?"""
        return self._match(pattern, text) is not None

    def _match(self, pattern: str, text: str) -> patterns.Match | None:
        if not text.startswith(_literal_start(pattern)):
            return None  # most are not even compiled
        compiled = _compiled_text.get(pattern)
        if compiled is None:
            compiled = _compiled_text[pattern] = patterns.standard(pattern, text=True)
        return compiled.fullmatch(text)

    # -- documents

    def literal(self, literal: bytes, deep: bool) -> bool:
        """Does the literal stand in the head, or with `deep` anywhere?"""
        if literal in self.text:
            return True
        return deep and len(self.content.head) >= HEAD and self._whole().find(literal, HEAD - 64) >= 0

    def beyond(self) -> bytes:
        """The first 4 MiB of a text that goes on behind its head: a long DOCTYPE may stand before the root."""
        return bytes(self.content.whole()[:_FAR]) if len(self.content.head) >= HEAD else b""

    def _whole(self) -> Bytes:
        if len(self.content.head) < HEAD:
            return self.text
        return self.content.whole()

    def key(self, path: str) -> str | None:
        """The scalar at a dotted path of a JSON document."""
        if self.is_yaml:
            return self.yaml(path, deep=True)
        if not self.json:
            return None
        if self._keys is None:
            self._keys = json_keys(self._whole(), self.text)
        return json_scalar(self._keys, path)

    def yaml(self, key: str, *, deep: bool) -> str | None:
        """The scalar of a top-level key of a YAML document."""
        name = f"{deep}{key}"
        if name not in self._yaml:
            data = self._whole() if deep else self.text
            present = data.find(key.encode()) >= 0
            self._yaml[name] = yaml_scalar(data, self.text, 0, key) if present else None
        return self._yaml[name]

    def prefixes(self) -> list[str]:
        """Namespaces that a Turtle document declares."""
        return [_text(match.group(1)) for match in patterns.compile(_PREFIX).finditer(self.text)]

    # -- versions and facts

    def read(self, sources: Iterable[Source]) -> str | None:
        """The first of the sources that gives something."""
        for source in sources:
            found = self._read(source)
            if found is not None and source.map:
                found = source.map.get(found)
            if found:
                return found[:_LONGEST]
        return None

    def _read(self, source: Source) -> str | None:
        if source.value is not None:
            return source.value
        if source.attribute is not None:
            return self.root.attributes.get(source.attribute) if self.root else None
        if source.key is not None:
            return self.key(source.key)
        if source.namespace is not None:
            return self._joined(source.namespace, [self.namespace or (self.root.namespace if self.root else "")])
        if source.declared is not None:
            return self._joined(source.declared, self.root.declared if self.root else ())
        if source.member is not None and source.pattern is not None:
            for name in self.zip.matching(source.member):
                found = self._search(source.pattern, self.zip.head(name))
                if found is not None:
                    return _groups(found)
            return None
        if source.pattern is not None:
            found = self._search(source.pattern, self.text or self.content.head)
            return _groups(found) if found else None
        return None

    def _joined(self, pattern: str, texts: Iterable[str]) -> str | None:
        for text in texts:
            found = self._match(pattern, text)
            if found is not None:
                return ".".join(group for group in found.groups() if group)
        return None


def _look(pattern: str) -> _Look:
    """The search of the standard library. It tries each byte where a pattern begins with the edge of a word (`\\bend`);
    then the word is looked for first, and the pattern where it stands."""
    compiled = patterns.standard(pattern)
    word = patterns.first_word(pattern)
    if len(word) < _LEAST_WORD:
        return compiled.search

    def search(data: bytes) -> patterns.Match | None:
        at = data.find(word)
        while at >= 0:
            if (found := compiled.match(data, at)) is not None:
                return found
            at = data.find(word, at + 1)
        return None

    return search


@cache
def _literal_start(pattern: str) -> str:
    """What every text that the pattern matches as a whole starts with; nothing where that is not plain to see."""
    if "|" in pattern:
        return ""
    start, at = "", 0
    while at < len(pattern):
        character = pattern[at]
        if character == "\\" and pattern[at + 1 : at + 2] in (".", "-", "/"):
            at += 1
            character = pattern[at]
        elif not (character.isalnum() or character in "/:-_#,; "):
            break
        if pattern[at + 1 : at + 2] in ("?", "*", "{"):
            break
        start, at = start + character, at + 1
    return start


def _groups(match: patterns.Match) -> str:
    return ".".join(_text(group) for group in match.groups() if group)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _as_text(head: bytes) -> bytes:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        if head[2:4] == b"\0\0":
            return b""
        return head.decode("utf-16", "replace").encode("utf-8", "replace").lstrip(_SPACES)
    if head[:2] in (b"<\0", b"{\0", b"[\0"):
        return head.decode("utf-16-le", "replace").encode("utf-8", "replace")
    if head[:2] in (b"\0<", b"\0{", b"\0["):
        return head.decode("utf-16-be", "replace").encode("utf-8", "replace")
    if head.find(b"\0", 0, _TEXT_BINARY) >= 0:
        return b""
    return (head[3:] if head.startswith(b"\xef\xbb\xbf") else head).lstrip(_SPACES)
