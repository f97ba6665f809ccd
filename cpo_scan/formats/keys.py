"""Top-level keys of JSON and YAML documents, without building the documents. What is broken further on does no harm."""

from collections.abc import Iterator, Mapping

import msgspec

from cpo_scan.probe.patterns import standard
from cpo_scan.targets.content import HEAD, Bytes
from cpo_scan.targets.limits import Limits

OBJECT, ARRAY = "object", "array"  # what stands for a value that is no scalar
_MOST_BYTES = Limits().document_bytes
_MOST_FINDS = 1_000
_TOKEN = standard(r'"((?:[^"\\]|\\[\x00-\xff])*+)"|[{}\[\]]|[-+.0-9A-Za-z]++')
_YAML_VALUE = standard(
    r"""[ \t]*+(?:!!?[^\s"']*+[ \t]++)?(?:"([^"\n]{0,300})"|'([^'\n]{0,300})'|([^\s#"'][^\n]{0,300}))?"""
)


def json_keys(data: Bytes, head: bytes) -> Mapping[str, bytes | msgspec.Raw]:
    """Keys of a JSON object with the bytes of their values; of a broken one the scalars that its head shows."""
    if len(data) <= _MOST_BYTES:
        try:
            start = 3 if data[:3] == b"\xef\xbb\xbf" else 0
            view = memoryview(data)[start:] if start else data
            return msgspec.json.decode(view, type=dict[str, msgspec.Raw])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
    return dict(_scalars(head))  # broken: what its head shows


def _scalars(head: bytes) -> Iterator[tuple[str, bytes]]:
    """Key and value of what stands right below the first brace, as far as the head goes."""
    depth, key, opened = 0, None, -1
    for token in _TOKEN.finditer(head):
        first = head[token.start() : token.start() + 1]
        if first in (b"{", b"["):
            depth += 1
            if depth == 2:
                opened = token.start()
            continue
        if first in (b"}", b"]"):
            depth -= 1
            if depth == 1 and key is not None:
                yield key, head[opened : token.end()]
                key = None
            if depth <= 0:
                return
        elif depth == 1 and key is None:
            key = _text(token.group(1)) if first == b'"' else None
        elif depth == 1 and key is not None:
            yield key, token.group()
            key = None
    if depth > 1 and key is not None:
        yield key, head[opened:]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def json_scalar(values: Mapping[str, bytes | msgspec.Raw], path: str) -> str | None:
    """The scalar at a dotted path as text; `object` and `array` for those; None where there is nothing."""
    found = values.get(path)
    if found is None:
        first, dot, rest = path.partition(".")
        found = values.get(first) if dot else None
        inner = bytes(found) if found is not None else b""
        return json_scalar(json_keys(inner, inner[:HEAD]), rest) if inner.lstrip().startswith(b"{") else None
    raw = bytes(found).strip()
    if raw[:1] in (b"{", b"["):
        return OBJECT if raw[:1] == b"{" else ARRAY
    if raw[:1] == b'"':
        try:
            return str(msgspec.json.decode(raw, type=str))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raw = raw[1:-1]
    return str(raw.decode("utf-8", "replace"))


def yaml_scalar(data: Bytes, head: bytes, start: int, key: str) -> str | None:
    """The scalar of a top-level key of a YAML document (block or flow style); "" for a value of another kind."""
    beginning = _beginning(head, start)
    if beginning is None:
        return None
    margin, flow = beginning
    name, at = key.encode(), data.find(key.encode(), start)
    for _ in range(_MOST_FINDS):
        if at < 0:
            return None
        found = _yaml_value(data, at, name, margin, flow)
        if found is not None:
            return found
        at = data.find(name, at + 1)
    return None


def _beginning(head: bytes, at: int) -> tuple[bytes, bool] | None:
    """How far the first line of content is indented, and whether it opens a mapping in flow style; None for no mapping.

    YAML 1.2.2 clause 8.2.2: a block mapping begins with a key and its colon, or with `?`; properties may go before it.
    """
    while 0 <= at < len(head):
        end = head.find(b"\n", at)
        line = head[at : end if end >= 0 else len(head)]
        content = line.lstrip(b" \t\r")
        if content and not content.startswith((b"#", b"%", b"---")):
            if b":" not in content and not content.startswith((b"{", b"?", b"!", b"&")):
                return None
            return line[: len(line) - len(content)], content.startswith(b"{")
        at = end + 1 if end >= 0 else -1
    return b"", False


def _yaml_value(data: Bytes, at: int, name: bytes, margin: bytes, flow: bool) -> str | None:
    before, after = at, at + len(name)
    quote = data[at - 1 : at] if at and data[at - 1 : at] in (b'"', b"'") else b""
    if quote:
        if data[after : after + 1] != quote:
            return None
        before, after = before - 1, after + 1
    if not _at_top(data, before, margin, flow):
        return None
    tail = bytes(data[after : after + 400])
    colon = tail.lstrip(b" \t")
    if not colon.startswith(b":") or (colon[1:2] not in (b" ", b"\t", b"\n", b"\r", b"") and not (flow and quote)):
        return None
    value = _YAML_VALUE.match(colon, 1)
    if value is None:
        return ""
    double, single, plain = value.groups()
    if plain is not None:
        plain = plain.split(b" #")[0]
        plain = plain.split(b",")[0].split(b"}")[0] if flow else plain
    text = double if double is not None else single if single is not None else plain or b""
    return str(text.strip().decode("utf-8", "replace"))


def _at_top(data: Bytes, before: int, margin: bytes, flow: bool) -> bool:
    if flow:
        left = bytes(data[max(0, before - 200) : before]).rstrip()
        return left.endswith((b"{", b","))
    line = max(data.rfind(b"\n", 0, before), data.rfind(b"\r", 0, before)) + 1
    if before - line > len(margin) + 40:
        return False
    lead = bytes(data[line:before])
    return lead == margin or lead in (b"--- ", b"\xef\xbb\xbf", b"\xef\xbb\xbf--- ")
