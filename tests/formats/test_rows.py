"""Every row of rules/formats has an example that it recognises, and the near-misses are told apart."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cpo_scan.formats import Recogniser
from cpo_scan.rulebook.formats import load_formats
from cpo_scan.targets.content import HEAD, BytesContent

RULES = load_formats()
RECOGNISER = Recogniser(RULES)
EXAMPLES: dict[str, Any] = yaml.load(
    (Path(__file__).parent / "examples.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader
)
GRAPH = bytes(range(1, 17))


def _jt(version: str, order: str = "<", graph: bytes = GRAPH, listed: bytes = GRAPH) -> bytes:
    """ISO 14306: 80 bytes of version, byte order, reserved, offset of the contents, scene graph; then the contents."""
    wide = version.startswith("10")
    head = f"Version {version} JT  DM 8.0.0.0".ljust(75).encode() + b"\n\r\n "
    head = head.ljust(80)[:80] + (b"\0" if order == "<" else b"\1") + bytes(4)
    start = 109 if wide else 105
    head += struct.pack(order + ("Q" if wide else "i"), start) + graph
    entry = listed + struct.pack(order + ("QiI" if wide else "iiI"), 200, 10, 1 << 24)
    return head + struct.pack(order + "i", 2) + entry.replace(listed, bytes(16), 1) + entry


def _stl(count: int, facets: int, header: bytes = b"made") -> bytes:
    return header.ljust(80, b" ") + struct.pack("<I", count) + bytes(50 * facets)


def _tar_v7() -> bytes:
    block = bytearray(512)
    block[0:5] = b"a.txt"
    block[148:156] = b" " * 8
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block) + bytes(512)


_REQIF = (
    '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE REQ-IF [<!ENTITY a "]">\n]><REQ-IF '
    'xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"><REQ-IF-VERSION>1.2</REQ-IF-VERSION></REQ-IF>'
)
MAKE: dict[str, Callable[[], bytes]] = {
    "jt8": lambda: _jt("8.1"),
    "jt9": lambda: _jt("9.5"),
    "jt10": lambda: _jt("10.5"),
    "jt_big_endian": lambda: _jt("9.5", ">"),
    "jt_truncated": lambda: _jt("9.5")[:100],
    "jt_other_graph": lambda: _jt("9.5", listed=bytes(reversed(GRAPH))),
    "iges": lambda: b"made by hand".ljust(72) + b"S      1\n" + b"1H,,1H;".ljust(72) + b"G      1\n",
    "stl": lambda: _stl(2, 2),
    "stl_solid": lambda: _stl(1, 1, b"solid made by a careless exporter"),
    "stl_short": lambda: _stl(3, 2),
    "stl_cut": lambda: b"made".ljust(80) + struct.pack("<I", 9) + struct.pack("<12fH", *[0.5] * 12, 0) * 4 + b"\x01",
    "stl_noise": lambda: b"made".ljust(80) + struct.pack("<I", 9) + bytes(range(250)) + b"\x01",
    "tar_v7": _tar_v7,
    "dbase": lambda: b"\x03\x5f\x07\x1a" + bytes(4) + struct.pack("<HH", 33, 10) + bytes(20) + b"\r",
    "reqif_utf16": lambda: _REQIF.encode("utf-16"),
    "far_yaml": lambda: b"info:\n" + b"  x: a long line of text\n" * 9000 + b"openapi: 3.0.0\n",
    "far_json": lambda: b'{"components": {"a": "' + b"x" * 200_000 + b'"}, "openapi": "3.0.0"}',
}


def _zip(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


def _ole(names: list[str]) -> bytes:
    """MS-CFB clause 2: header, one sector of allocation table, one sector of directory."""
    header = bytearray(512)
    header[:8] = bytes.fromhex("D0CF11E0A1B11AE1")
    header[24:34] = struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header[44:52] = struct.pack("<II", 1, 1)
    header[76:512] = struct.pack("<I", 0) + b"\xff" * 432
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE).ljust(512, b"\xff")
    entries = b""
    for name in ["Root Entry", *names]:
        encoded = name.encode("utf-16-le")
        entries += encoded.ljust(64, b"\0") + struct.pack("<H", len(encoded) + 2) + bytes(62)
    return bytes(header) + table + entries.ljust(512, b"\0")


def content(example: dict[str, Any]) -> bytes:
    """The bytes of an example."""
    if "make" in example:
        return MAKE[example["make"]]()
    if "zip" in example:
        return _zip(example["zip"])
    if "ole" in example:
        return _ole(example["ole"])
    data = bytearray(example.get("t", "").encode("latin-1"))
    if "at" in example:
        data = bytearray(int(example["pad"]))
        for offset, text in example["at"].items():
            data[int(offset) : int(offset) + len(text)] = text.encode("latin-1")
    return bytes(data)


POSITIVES = [
    pytest.param(row, example, id=f"{row}-{example['n']}") for row, many in EXAMPLES["is"].items() for example in many
]
NEGATIVES = [pytest.param(example, id=f"{example['f']}-{example['n']}") for example in EXAMPLES["is_not"]]


@pytest.mark.parametrize(("row", "example"), POSITIVES)
def test_example_is_recognised_by_its_content(row: str, example: dict[str, Any]) -> None:
    found = RECOGNISER.recognise(example["n"], BytesContent(content(example)))
    assert found is not None
    assert (found.format, found.by_name) == (row, False)
    assert found.version == example.get("v")
    if "s" in example or RECOGNISER.row(row).language is None:
        assert found.standard == example.get("s", RECOGNISER.row(row).standard)


@pytest.mark.parametrize("example", NEGATIVES)
def test_near_miss_is_told_apart(example: dict[str, Any]) -> None:
    found = RECOGNISER.recognise(example["n"], BytesContent(content(example)))
    assert found is None or found.format != example["f"]


@pytest.mark.parametrize("row", [row for row in RULES.formats if row.by_name], ids=lambda row: row.id)
def test_name_alone_is_enough_only_where_the_row_says_so(row: Any) -> None:
    name = row.names[0].replace("*", "a")
    found = RECOGNISER.recognise(name, BytesContent(b"words and words\n"))
    assert found is not None
    assert (found.format, found.by_name) == (row.id, True)


def test_every_row_has_an_example() -> None:
    rows = {row.id for row in RULES.formats}
    covered = set(EXAMPLES["is"]) | {row.id for row in RULES.formats if row.by_name and not row.signatures}
    assert rows == covered


@pytest.mark.parametrize(
    "row", [row for row in RULES.formats if row.standard and not row.carrier and row.names], ids=lambda row: row.id
)
def test_name_of_an_exchange_format_proves_nothing(row: Any) -> None:
    name = row.names[0].replace("*", "a").replace("[0-9]", "1")
    found = RECOGNISER.recognise(name, BytesContent(b"words and words\n"))
    assert found is None or found.standard != row.standard


@pytest.mark.parametrize(("row", "example"), POSITIVES)
def test_what_follows_the_head_changes_nothing(row: str, example: dict[str, Any]) -> None:
    """But for formats whose sizes or tables must agree with the whole."""
    if {"zip", "ole"} & example.keys() or row in {"jt", "stl-binary", "3ds", "dxf", "javadoc-index"}:
        return
    data = content(example)
    if "make" in example and len(data) > HEAD:
        return
    padded = data + b"\n" + b" " * (HEAD - len(data))
    if RECOGNISER.recognise(example["n"], BytesContent(padded)) is None:
        return
    first = RECOGNISER.recognise(example["n"], BytesContent(padded))
    assert first == RECOGNISER.recognise(example["n"], BytesContent(padded + b"\xff\x00 anything"))
