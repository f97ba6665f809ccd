"""A small document of our own for each row of the exchange formats: what it is, its version, its bytes, its usual name.

Written by the rules of each standard, as short as its first lines allow. An empty version: the document states none.
"""

import io
import zipfile
from typing import NamedTuple


class Example(NamedTuple):
    """One document; `kind` is the finding that it gives."""

    id: str
    standard: str
    version: str | None
    name: str
    data: bytes
    kind: str = "exchange.file"


def part21(schema: str) -> bytes:
    """ISO 10303-21, an empty exchange structure."""
    return (
        "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\n"
        "FILE_NAME('a','2024-01-01T00:00:00',(''),(''),'','','');\n"
        f"FILE_SCHEMA(({schema}));\nENDSEC;\nDATA;\nENDSEC;\nEND-ISO-10303-21;\n"
    ).encode()


def xml(root: str, attributes: str = "", inside: str = "") -> bytes:
    """A document with this root."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {attributes}>{inside}</{root}>'.encode()


def zipped(members: dict[str, bytes]) -> bytes:
    """A ZIP archive with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return out.getvalue()
