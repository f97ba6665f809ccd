"""Artifacts, what they were recognised as, and evidence that points into them."""

import re
from typing import Any

import msgspec

EXCERPT_LIMIT = 240  # characters; report contract
_ESCAPED = re.compile(r"[%!\x00\udc80-\udcff]")
_NO_UNICODE = re.compile(r"[\ud800-\udfff]")


def encode_name(name: str) -> str:
    """A file or member name as it stands in a report path: UTF-8 text with `/`.

    A literal `%` or `!`, a NUL, bytes that are no UTF-8 (surrogate escapes), and segments that would lead out of the
    target (a leading `/`, `..`) become `%XX`. Other lone surrogates (Windows names) become U+FFFD.
    """

    def escape(match: re.Match[str]) -> str:
        code = ord(match.group())
        return f"%{code - 0xDC00 if code >= 0xDC00 else code:02X}"

    text = _NO_UNICODE.sub("\ufffd", _ESCAPED.sub(escape, name))
    if text.startswith("/"):
        text = "%2F" + text[1:]
    if ".." in text:
        text = "/".join("%2E%2E" if part == ".." else part for part in text.split("/"))
    return text


class Recognition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an artifact is, by its content; `by_name` when nothing but its name says so.

    `named_as` is the format that the name claims where the content says another; `facts` holds what the signature
    captured beside the version (schema name, root element, …).
    """

    format: str
    standard: str | None = None
    version: str | None = None
    carrier: bool = False  # a general carrier (xml, json, zip, text …): says nothing about openness by itself
    part: str = "file"  # file: an artifact of the standard; schema: a schema of it; description: of an interface
    by_name: bool = False
    named_as: str | None = None
    facts: dict[str, str] = {}


class Locator(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place in an artifact. `bytes` is (offset, length), `line` and `column` count from 1, `pointer` is RFC 6901."""

    bytes: tuple[int, int] | None = None
    line: int | None = None
    column: int | None = None
    pointer: str | None = None
    xpath: str | None = None
    page: int | None = None
    symbol: str | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An artifact's path, a place in it, and what stands there."""

    artifact: str
    locator: Locator = Locator()
    excerpt: str = ""


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the product, also one inside an archive: `plugins/core.jar!/plugin.xml`."""

    path: str
    size: int
    sha256: str | None  # None while it is not yet known; always known in the report
    recognition: Recognition | None = None
    deliverable: str = ""
    role: str = ""
    package: str | None = None
    """Standard of the nearest enclosing container that is a file of one: a package owns its members."""

    @property
    def name(self) -> str:
        """The last segment of the path, as encoded there."""
        return self.path.rpartition("/")[2]

    @property
    def format(self) -> str | None:
        """Id of the recognised format."""
        return self.recognition.format if self.recognition else None

    @property
    def standard(self) -> str | None:
        """Id of the standard that the recognised format belongs to."""
        return self.recognition.standard if self.recognition else None

    @property
    def version(self) -> str | None:
        """Version of the format, as the content states it."""
        return self.recognition.version if self.recognition else None

    def at(self, excerpt: str = "", **place: Any) -> Evidence:
        """Evidence that points into this artifact; `place` are the keys of `Locator`."""
        return Evidence(artifact=self.path, locator=Locator(**place), excerpt=shorten(excerpt))


def shorten(text: str) -> str:
    """Text as an excerpt: white space folded, at most 240 characters, the cut marked."""
    folded = " ".join(text[: 4 * EXCERPT_LIMIT].split())
    return folded if len(folded) <= EXCERPT_LIMIT else folded[: EXCERPT_LIMIT - 1] + "…"
