"""Opens JSON and YAML as plain data with positions. Nothing is fetched, executed or expanded without bound."""

from cpo_scan.probe.documents import Document
from cpo_scan.probe.text import encoding_of, utf8
from cpo_scan.targets.content import Bytes, let_go
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits


def read_json(data: Bytes, limits: Limits) -> Document:
    """A JSON document (RFC 8259) in UTF-8, UTF-16 or UTF-32.

    Integers are exact up to 4,300 digits; numbers beyond that or beyond a double become 1e308. Half a surrogate pair
    becomes U+FFFD. Raises Unreadable (`json.malformed`, `json.encoding`) and LimitHit.
    """
    from cpo_scan.probe.json_text import read

    return read(_utf8(data, "json.encoding"), limits)


def read_yaml(data: Bytes, limits: Limits) -> Document:
    """The first document of a YAML 1.2 stream, scalars by the core schema; JSON is read as such.

    Tags that mean nothing in the core schema are ignored; merge keys (`<<`) are followed; `.inf` and `.nan` and keys
    stay text. Raises Unreadable (`yaml.malformed`, `json.malformed`, …) and LimitHit.
    """
    text = _utf8(data, "yaml.encoding")
    if text[:4096].lstrip()[:1] not in (b"{", b"["):
        return _read_yaml(text, limits)
    try:
        return read_json(text, limits)
    except LimitHit:
        raise
    except Unreadable as error:
        try:
            return _read_yaml(text, limits)
        except LimitHit:
            raise
        except Unreadable:
            raise error from None


def _read_yaml(text: Bytes, limits: Limits) -> Document:
    from cpo_scan.probe.yaml_events import read

    whole = bytes(text)
    let_go(text, len(text))  # a document is held once, and not in the pages of its file as well
    return read(whole, limits)


def _utf8(data: Bytes, code: str) -> Bytes:
    """The text in UTF-8 without a mark; a mapped one that is so already stays mapped, for readers that let it go."""
    if not isinstance(data, bytes) and encoding_of(data[:4]) == ("utf-8", 0):
        return data
    whole = bytes(data)
    let_go(data, len(data))  # a document is held once, and not in the pages of its file as well
    try:
        return utf8(whole)
    except UnicodeDecodeError as error:
        raise Unreadable(code, line=1, column=error.start + 1) from None
