"""OSCAL's data types from text that anybody may have written: tokens, strings, lines and paragraphs of markup.

Titles, descriptions, remarks and prose are Markdown in OSCAL, so hostile text is escaped there; values of properties
are plain strings. Datatypes: https://pages.nist.gov/OSCAL/reference/datatypes/.
"""

import hashlib
import re
from typing import Any

from cpo_scan.report.inert import visible
from cpo_scan.report.jsonstream import given

NS = "urn:cpo-scan:oscal"
"""Namespace of our properties and parts; a name and no address."""
_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
_NO_TOKEN = re.compile(r"[^A-Za-z0-9_.-]+")
# CommonMark 0.31: what could start an inline (§6) anywhere, or a block (§4, §5) at the start of a line; `{` starts
# an insertion of OSCAL. An underscore between letters starts nothing (§6.2).
_INLINE = re.compile(r"[\\`*\[\]|~^{}]|(?<![^\W_])_|_(?![^\W_])|:(?=//)")
_BLOCK = re.compile(r"#{1,6}(?=\s|$)|[+-](?=[\s-]|$)|\d{1,9}(?=[.)](?:\s|$))")


def token(text: str) -> str:
    """A token for an id: the text itself where it is one, else what is left of it with a digest, so that ids differ."""
    if _TOKEN.fullmatch(text):
        return text
    kept = _NO_TOKEN.sub("-", text)[:40].strip("-.")
    return f"id-{kept}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}".replace("--", "-")


def string(text: Any) -> str:
    """A string: one line, no space at its ends, not empty."""
    return visible(str(text)).strip() or "–"


def line(text: str) -> str:
    """One line of markup that reads as the text."""
    shown = visible(text).strip() or "–"
    shown = _INLINE.sub(lambda match: "\\" + match.group(), shown)
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BLOCK.sub(_start, shown, count=1) if _BLOCK.match(shown) else shown


def _start(match: re.Match[str]) -> str:
    return match.group() + "\\" if match.group().isdigit() else "\\" + match.group()


def prose(*paragraphs: str) -> str:
    """Paragraphs of markup; empty ones are left out."""
    return "\n\n".join(line(text) for paragraph in paragraphs for text in paragraph.split("\n") if text.strip()) or "–"


def prop(name: str, value: Any, class_: str | None = None, **more: Any) -> dict[str, Any]:
    """A property in our namespace."""
    return given(name=name, ns=NS, value=string(value), class_=token(class_) if class_ else None, **more)


def props(**values: Any) -> list[dict[str, Any]]:
    """Properties of those values that are there; `a_b` is called `a-b`."""
    return [prop(name.replace("_", "-"), value) for name, value in values.items() if value not in (None, "")]
