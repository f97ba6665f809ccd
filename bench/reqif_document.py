#!/usr/bin/env python3
"""Paired timing of a ReqIF document held against its schema, in a stream, with its references: goal X1.

  python bench/reqif_document.py [--pairs 5] [--size 47]

The document is written here. The peer is `xmllint --schema` of libxml2, with the schema that the package reqif carries,
a copy in which the three imports without an address lead to a small schema of the namespace of XML, since libxml2 does
not compile it otherwise.
"""

import argparse
import os
import shutil
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path

from run import PYTHON, line, pairs, peak

HERE = Path(__file__).resolve()
MEGABYTE = 10**6
SPACE = "http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"
HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<REQ-IF xmlns="{SPACE}" xmlns:xhtml="http://www.w3.org/1999/xhtml">
<THE-HEADER><REQ-IF-HEADER IDENTIFIER="header"><CREATION-TIME>2024-01-01T00:00:00Z</CREATION-TIME>
<REQ-IF-TOOL-ID>bench</REQ-IF-TOOL-ID><REQ-IF-VERSION>1.0</REQ-IF-VERSION><SOURCE-TOOL-ID>bench</SOURCE-TOOL-ID>
<TITLE>bench</TITLE></REQ-IF-HEADER></THE-HEADER>
<CORE-CONTENT><REQ-IF-CONTENT>
<DATATYPES>
<DATATYPE-DEFINITION-STRING IDENTIFIER="text" LAST-CHANGE="2024-01-01T00:00:00Z" MAX-LENGTH="999"/></DATATYPES>
<SPEC-TYPES><SPEC-OBJECT-TYPE IDENTIFIER="type" LAST-CHANGE="2024-01-01T00:00:00Z"><SPEC-ATTRIBUTES>
<ATTRIBUTE-DEFINITION-STRING IDENTIFIER="attribute" LAST-CHANGE="2024-01-01T00:00:00Z"><TYPE>
<DATATYPE-DEFINITION-STRING-REF>text</DATATYPE-DEFINITION-STRING-REF></TYPE></ATTRIBUTE-DEFINITION-STRING>
</SPEC-ATTRIBUTES></SPEC-OBJECT-TYPE></SPEC-TYPES>
<SPEC-OBJECTS>
"""
OBJECT = """<SPEC-OBJECT IDENTIFIER="object-{n}" LAST-CHANGE="2024-01-01T00:00:00Z"><VALUES>
<ATTRIBUTE-VALUE-STRING THE-VALUE="The system shall do what requirement {n} says, and nothing else besides it.">
<DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>attribute</ATTRIBUTE-DEFINITION-STRING-REF></DEFINITION></ATTRIBUTE-VALUE-STRING>
</VALUES><TYPE><SPEC-OBJECT-TYPE-REF>type</SPEC-OBJECT-TYPE-REF></TYPE></SPEC-OBJECT>
"""
FOOT = "</SPEC-OBJECTS></REQ-IF-CONTENT></CORE-CONTENT></REQ-IF>\n"
XML_SPACE = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">
<xs:attribute name="lang" type="xs:language"/>
<xs:attribute name="base" type="xs:anyURI"/>
<xs:attribute name="space" type="xs:NCName"/>
</xs:schema>
"""


def document(path: Path, size: int) -> Path:
    written = number = 0
    with path.open("w", encoding="ascii") as file:
        file.write(HEAD)
        while written < size:
            number += 1
            written += file.write(OBJECT.format(n=number))
        file.write(FOOT)
    return path


def schema(folder: Path) -> Path:
    """The schema of the package, with a copy of all that it imports, as libxml2 can compile it."""
    places = [Path(str(item.locate())) for item in distribution("reqif").files or () if item.suffix == ".xsd"]
    top = min(places, key=lambda place: len(place.parts)).parent
    shutil.copytree(top, folder / "schema")
    (folder / "schema" / "namespace.xsd").write_text(XML_SPACE, encoding="ascii")
    for place in (folder / "schema").rglob("*.xsd"):
        text = place.read_text(encoding="utf-8")
        beside = os.path.relpath(folder / "schema" / "namespace.xsd", place.parent)
        place.write_text(text.replace('schemaLocation=""', f'schemaLocation="{beside}"'), encoding="utf-8")
    return folder / "schema" / "reqif.xsd"


def stage(name: str) -> None:
    """What is timed: the probe by itself on one file, read as a scan reads it."""
    from cpo_probes.exchange.documents.probe import DocumentsProbe
    from cpo_scan.model import Recognition
    from cpo_scan.probe import Artifact, Context
    from cpo_scan.probe.schema_library import SchemaLibrary
    from cpo_scan.rulebook.data import Tables
    from cpo_scan.targets.content import Content, FileContent
    from cpo_scan.targets.limits import Limits

    file = Path(name)

    class OneFile:
        """A product of one file."""

        def content(self, _: Artifact) -> Content:
            """The file."""
            return FileContent(os.open(file, os.O_RDONLY), file.stat().st_size)

        def related(self, *_: object) -> None:
            """There is nothing beside it."""

    known = Recognition(format="reqif", standard="reqif", version="1.2", carrier=False, part="file")
    artifact = Artifact(path=file.name, size=file.stat().st_size, sha256=None, recognition=known)
    tables = Tables(None)
    context = Context(OneFile(), Limits(), None, tables, schemas=SchemaLibrary(tables, None))
    (finding,) = DocumentsProbe().examine(artifact, context)
    told = finding.attributes
    if not told["valid"] or told["dangling_references"]:
        sys.exit(f"bench: the document was not held against its schema, or refused: {told}")


def ours(path: Path) -> list[str]:
    return [PYTHON, str(HERE), "stage", str(path)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs (default: 5)")
    parser.add_argument("--size", type=int, default=47, help="of the document in MB (default: 47)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        large = document(folder / "large.reqif", options.size * MEGABYTE)
        small = document(folder / "small.reqif", options.size * MEGABYTE // 8)
        if shutil.which("xmllint"):
            peer = ["xmllint", "--nonet", "--noout", "--schema", str(schema(folder)), str(large)]
            ratio, note = pairs(ours(large), peer, options.pairs)
            line("X1", f"ReqIF {options.size} MB: schema, references / xmllint --schema", f"{ratio:.2f}", "1.6", note)
        else:
            line("X1", "ReqIF / xmllint --schema", "not run", "1.6", "the peer is not installed")
        often, once = peak(ours(large)), peak(ours(small))
        line("X1m", "peak memory", f"{often:.0f} MiB", "40 MiB", f"{once:.0f} MiB at an eighth of it")


if __name__ == "__main__":
    if sys.argv[1:2] == ["stage"]:
        stage(sys.argv[2])
    else:
        main()
