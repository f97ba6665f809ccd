"""Pages that javadoc wrote, of all its versions: what is said of a type, and of each of its members.

By the marks that the tool leaves (comments, anchors), not by a tree: the pages are HTML of many ages.
"""

import re
from html import unescape
from urllib.parse import unquote

import msgspec

_ANCHOR = re.compile(
    r"""<(?:a|section|div|li|ul)\s[^<>]{0,200}?\b(?:name|id)=["']([^"'<>\s]{1,500}(?:,\s[^"'<>]{1,500})?)["']""",
    re.IGNORECASE,
)
_MEMBER = re.compile(r"(?:<init>|[A-Za-z_$][\w$]*+)(?:\((.*)\)|-(.*)-)?\Z", re.DOTALL)
_BLOCK = re.compile(r"""<div\sclass=["']block["']>(.{0,2000}?)</div>""", re.IGNORECASE | re.DOTALL)
_DD = re.compile(r"<DD>(.{0,2000}?)(?=<P>|<DD>|<DL>|</DL>|</DD>)", re.IGNORECASE | re.DOTALL)
_DETAILS = re.compile(
    r"<!--\s?=+\s?(?:FIELD|CONSTRUCTOR|METHOD|ENUM CONSTANT|ANNOTATION TYPE MEMBER|ELEMENT|PROPERTY)"
    r"\sDETAIL[^<>]{0,20}-->"
    r"|<section\sclass=[\"'](?:field|constructor|method|constant|member|property)-details[\"']",
    re.IGNORECASE,
)
_SUMMARY = re.compile(r"<!--\s?=+\s?[A-Z ]{1,40}SUMMARY\s?=+\s?-->|<section\sclass=[\"']summary[\"']", re.IGNORECASE)
_START = re.compile(r"<!--\s?=+\s?START OF CLASS DATA\s?=+\s?-->", re.IGNORECASE)
_LABELS = ("Specified by:", "Overrides:", "See Also:")


class Described(msgspec.Struct, frozen=True):
    """A member: name (a constructor's is `<init>` or that of the class), number of parameters (-1: a field), text."""

    name: str
    parameters: int
    doc: str


class JavadocPage(msgspec.Struct, frozen=True):
    """What a page says. A page that is of no type (an index, a package) has no members and mostly no text."""

    doc: str
    members: tuple[Described, ...]


def read_javadoc(html: str) -> JavadocPage:
    """Read a page. Never raises: what has not the marks says nothing."""
    start = _START.search(html)
    begin = start.end() if start else 0
    summary = _SUMMARY.search(html, begin)
    details = _DETAILS.search(html, begin)
    head_end = min((found.start() for found in (summary, details) if found), default=len(html))
    members = tuple(_members(html, details.start())) if details else ()
    return JavadocPage(_text(html[begin : min(head_end, begin + 200_000)]), members)


def _members(html: str, begin: int) -> "list[Described]":
    anchors = list(_ANCHOR.finditer(html, begin))
    members: dict[tuple[str, int], str] = {}
    for number, anchor in enumerate(anchors):
        called = unquote(unescape(anchor[1]))
        found = _MEMBER.fullmatch(called)
        if found is None:
            continue
        end = anchors[number + 1].start() if number + 1 < len(anchors) else len(html)
        doc = _text(html[anchor.end() : min(end, anchor.end() + 100_000)])
        key = _key(called, found)
        if doc or key not in members:
            members[key] = doc
    return [Described(name, count, doc) for (name, count), doc in members.items()]


def _key(called: str, found: re.Match[str]) -> tuple[str, int]:
    if found[1] is not None:
        return called.partition("(")[0], len(found[1].split(",")) if found[1].strip() else 0
    if found[2] is not None:  # the form of Java 8: name-java.lang.String-int-
        return called.partition("-")[0], len(found[2].split("-")) if found[2] else 0
    return called, -1


def _text(part: str) -> str:
    block = _BLOCK.search(part)
    if block is not None:
        return block[1]
    for old in _DD.finditer(part):
        if not any(label in old[1] for label in _LABELS) and old[1].strip():
            return old[1]
    return ""
