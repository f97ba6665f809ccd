"""The root element of an XML document from its first bytes: no DTD is obeyed, no entity resolved, nothing is built."""

from typing import NamedTuple

from cpo_scan.probe.patterns import standard

_TAG = standard(r"""<([^\s<>/=!?"'&]++)((?:[\s/](?:[^<>"']|"[^"]*+"|'[^']*+')*+)?+)>""")
_ATTRIBUTE = standard(r"""([^\s=/"'<>]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
_DOCTYPE = standard(r"""(?i)<!DOCTYPE\s++([^\s>\["']++)((?:\s(?:[^>\["']|"[^"]*+"|'[^']*+')*+)?+)""")
_SUBSET_END = standard(r"\]\s*+>")
_SPACE = standard(r"\s*+")


class Root(NamedTuple):
    """Root element: its local name, its namespace ("" for none), attributes by local and by qualified name, the
    namespaces declared at it, the name and the identifiers of the DOCTYPE, and where the element starts."""

    name: str
    namespace: str
    attributes: dict[str, str]
    declared: tuple[str, ...]
    doctype: str
    at: int


def read_root(head: bytes, start: int) -> Root | None:
    """The root element of a document in an ASCII compatible encoding; None where the head shows no whole start tag."""
    at, doctype = start, ""
    while True:
        match head[at : at + 2]:
            case b"<?":
                end = head.find(b"?>", at) + 2
            case b"<!" if head.startswith(b"<!--", at):
                end = head.find(b"-->", at + 4) + 3
            case b"<!":
                end, doctype = _skip_doctype(head, at)
            case _:
                break
        if end <= at:
            return None
        at = _next(head, end)
    tag = _TAG.match(head, at)
    if tag is None or tag.group(1).endswith(b":"):  # an address in angle brackets, as RDF writes it
        return None
    return _root(tag.group(1), tag.group(2), doctype, at)


def _next(head: bytes, at: int) -> int:
    space = _SPACE.match(head, at)
    return space.end() if space else at


def _skip_doctype(head: bytes, at: int) -> tuple[int, str]:
    declaration = _DOCTYPE.match(head, at)
    if declaration is None:
        return 0, ""
    end = declaration.end()
    text = _text(declaration.group(1)) + _text(declaration.group(2))
    if head[end : end + 1] == b"[":
        subset = _SUBSET_END.search(head, end)
        return (subset.end() if subset else 0), text
    return (end + 1 if head[end : end + 1] == b">" else 0), text


def _root(qualified: bytes, block: bytes, doctype: str, at: int) -> Root:
    attributes: dict[str, str] = {}
    local_names: dict[str, str] = {}
    namespaces: dict[str, str] = {}
    for attribute in _ATTRIBUTE.finditer(block):
        key, double, single = attribute.groups()
        name, value = _text(key), _text(single if double is None else double)
        prefix, colon, local = name.partition(":")
        if name == "xmlns" or prefix == "xmlns":
            namespaces.setdefault(local, value)
        else:
            attributes.setdefault(name, value)
            if colon:
                local_names.setdefault(local, value)
    prefix, _, local = _text(qualified).rpartition(":")
    return Root(
        local,
        namespaces.get(prefix, ""),
        {**local_names, **attributes},
        tuple(dict.fromkeys(namespaces.values())),
        doctype,
        at,
    )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
