"""Tables of Word documents (DOCX, ISO/IEC 29500-1 clause 17.4) that a user gives. Nothing is run, loaded or fetched."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from cpo_scan.rulebook.load import RuleError

_MAIN = "word/document.xml"
_UNPACKED = 32 * 2**20  # bytes of the main document; a thousand pages have less
_ROWS = 10_000
_CHECKED, _UNCHECKED = "☒", "☐"
# Wingdings 2 and Wingdings as Word writes boxes: private code points F000 to F0FF
_SYMBOLS = {"F0FE": _CHECKED, "F0FD": _CHECKED, "F052": _CHECKED, "F054": _CHECKED, "F0FC": "✓", "F050": "✓",
            "F0A8": _UNCHECKED, "F0A3": _UNCHECKED, "F06F": _UNCHECKED, "F071": _UNCHECKED}  # fmt: skip


def word_tables(name: str, content: bytes) -> list[list[list[str]]]:
    """The cells of all outermost tables, row by row; lines of a cell are parted by line breaks. Raises RuleError."""
    root = _root(name, content)
    tables, rows = [], 0
    for table in _nearest(root, "tbl"):
        found = [[_text(cell) for cell in _nearest(row, "tc")] for row in _nearest(table, "tr")]
        rows += len(found)
        if rows > _ROWS:
            raise RuleError(f"{name}: more than {_ROWS} rows in tables")
        tables.append(found)
    return tables


def _root(name: str, content: bytes) -> Any:
    from lxml import etree

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package, package.open(_MAIN) as stream:
            main = stream.read(_UNPACKED + 1)
    except Exception as error:  # the standard library's decoders have errors of many types
        raise RuleError(f"{name}: no Word document: {type(error).__name__}") from None
    if len(main) > _UNPACKED:
        raise RuleError(f"{name}: unpacks to more than {_UNPACKED} bytes, which no statement needs to be")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root: Any = etree.fromstring(main, parser)
    except etree.XMLSyntaxError as error:
        raise RuleError(f"{name}: no Word document: {' '.join(str(error.msg).split())[:120]}") from None
    if root.getroottree().docinfo.doctype:  # OPC (ISO/IEC 29500-2) forbids it
        raise RuleError(f"{name}: no Word document: it has a document type declaration")
    return root


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _nearest(element: Any, name: str) -> Iterator[Any]:
    """Descendants of this local name, not those inside of others of the name or of inner tables."""
    for inner in element:
        if _local(inner) == name:
            yield inner
        elif _local(inner) != "tbl":
            yield from _nearest(inner, name)


def _text(cell: Any) -> str:
    parts: list[str] = []
    _collect(cell, parts)
    return "\n".join(line for one in "".join(parts).split("\n") if (line := " ".join(one.split())))


def _collect(element: Any, parts: list[str]) -> None:
    # The parser limits the depth of the tree (libxml2: 256), well below what Python's own stack takes.
    for inner in element:
        match _local(inner):
            case "t":
                parts.append(inner.text or "")
            case "tab":
                parts.append(" ")
            case "br" | "cr":
                parts.append("\n")
            case "sym":
                parts.append(_SYMBOLS.get(_attribute(inner, "char").upper(), ""))
            case "checkBox":
                parts.append(_box(inner))
            case "tbl" | "del" | "moveFrom":
                pass  # a table inside of a cell; text that was struck out
            case name:
                _collect(inner, parts)
                if name == "p":
                    parts.append("\n")


def _box(element: Any) -> str:
    """A box of the older kind of form: checked where it says so itself, else where its default does."""
    states = {_local(one): _attribute(one, "val") not in ("0", "false", "off") for one in element}
    return _CHECKED if states.get("checked", states.get("default", False)) else _UNCHECKED


def _attribute(element: Any, name: str) -> str:
    return next((str(value) for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")
