"""Products of our own making that change by chance, and the body of a scan of one: for the tests of the cache."""

import contextlib
import io
import shutil
import zipfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cpo_scan.model import Artifact
from cpo_scan.model.report import CacheUse, Facts, Product
from cpo_scan.probe.registry import Registry, installed
from cpo_scan.report.body import write_body
from cpo_scan.rulebook.formats import load_formats
from cpo_scan.scan.engine import Options, Scan
from cpo_scan.scan.messages import Root
from cpo_scan.scan.store import FindingStore
from cpo_scan.scan.versions import tool
from cpo_scan.scan.whose import Overrides
from cpo_scan.targets.given_schemas import list_schemas
from cpo_scan.targets.limits import Limits
from cpo_scan.targets.target import open_target

STEP = (
    b"ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
    b"FILE_SCHEMA(('MADE'));\nENDSEC;\nDATA;\n#1=PART('a');\nENDSEC;\nEND-ISO-10303-21;\n"
)


def _page(title: str, heading: str, text: str) -> bytes:
    head = f"<!DOCTYPE html><html><head><title>{title}</title></head>"
    return f"{head}<body><h1>{heading}</h1><p>{text}</p></body></html>".encode()


CONTENTS: dict[str, tuple[bytes, ...]] = {
    "api/openapi.yaml": (
        b"openapi: 3.0.3\ninfo: {title: Orders, version: '1'}\npaths:\n  /a:\n    get:\n"
        b"      description: Lists every order there is.\n      responses: {'200': {$ref: 'parts.yaml#/ok'}}\n",
        b"openapi: 3.0.3\ninfo: {title: Orders, version: '2'}\npaths:\n  /a:\n    $ref: '../other/paths.yaml'\n",
    ),
    "api/parts.yaml": (b"ok: {description: done}\n", b"ok: 3\n"),
    "other/paths.yaml": (b"get: {responses: {'200': {description: fine}}}\n", b"post: {}\n"),
    "api/orders.proto": (
        b'syntax = "proto3";\npackage made;\nimport "parts.proto";\nservice Orders { rpc Get(Part) returns (Part); }\n',
        b'syntax = "proto3";\npackage made;\nimport "parts.proto";\n// Takes it apart.\nmessage A { Part p = 1; }\n',
    ),
    "api/parts.proto": (
        b'syntax = "proto3";\npackage made;\nmessage Part { string name = 1; }\n',
        b'syntax = "proto3";\npackage made;\nmessage Piece { string name = 1; }\n',
    ),
    "Mod/Made/Init.py": (
        b"import FreeCAD\nFreeCAD.addImportType('STEP (*.stp *.step)', 'importMade')\n"
        b"FreeCAD.addExportType('glTF (*.gltf)', 'exportMade')\n",
        b"import FreeCAD\nFreeCAD.addImportType('IGES (*.igs)', 'importMade')\n",
    ),
    "Mod/Made/importMade.py": (
        b"def open(name):\n    return name\n",
        b"import subprocess\ndef open(name):\n    subprocess.run(['other', name])\n",
    ),
    "Mod/Made/exportMade.py": (b"def export(parts, name):\n    pass\n",),
    "data/part.stp": (STEP, STEP.replace(b"'a'", b"'b'"), STEP.replace(b"#1=PART('a');", b"#1=PART(#7);")),
    "data/made.exp": (
        b"SCHEMA made;\nENTITY part;\n  name : STRING;\nEND_ENTITY;\nEND_SCHEMA;\n",
        b"SCHEMA made;\nENTITY part;\n  name : REAL;\nEND_ENTITY;\nEND_SCHEMA;\n",
    ),
    "data/list.xml": (
        b'<?xml version="1.0"?>\n<list xmlns="urn:made"><item>1</item></list>\n',
        b'<?xml version="1.0"?>\n<list xmlns="urn:made"><thing/></list>\n',
    ),
    "data/list.xsd": (
        b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:made" '
        b'elementFormDefault="qualified">'
        b'<xs:element name="list"><xs:complexType><xs:sequence><xs:element name="item" type="xs:int"/></xs:sequence>'
        b"</xs:complexType></xs:element></xs:schema>\n",
        b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:made"><xs:include '
        b'schemaLocation="more.xsd"/></xs:schema>\n',
    ),
    "data/scene.gltf": (
        b'{"asset": {"version": "2.0"}, "buffers": [{"uri": "scene.bin", "byteLength": 4}]}',
        b'{"asset": {"version": "2.0"}}',
    ),
    "data/scene.bin": (b"1234", b"12345678"),
    "include/made/made.h": (
        b"/** Opens a part for reading. */\nint made_open(const char* name);\nint made_close(int part);\n",
        b"int made_open(const char* name);\n",
    ),
    "include/made/more.h": (b"/* Lists all of the parts. */\nint made_list(void);\n",),
    "src/made.c": (b'#include "made.h"\nint made_open(const char* name) { return 0; }\n',),
    "lib/python3/site-packages/made/__init__.py": (
        b'"""Everything about parts in one place."""\n\ndef take(part):\n    """Takes one part out of it."""\n',
        b"def take(part):\n    pass\n",
    ),
    "lib/python3/site-packages/made/deep/down.py": (b"def sink(part):\n    pass\n",),
    "lib/python3/site-packages/made-1.0.dist-info/METADATA": (
        b"Metadata-Version: 2.1\nName: made\nVersion: 1.0\nLicense: MIT\n",
        b"Metadata-Version: 2.1\nName: made\nVersion: 1.1\n",
    ),
    "web/package.json": (
        b'{"name": "made", "version": "1.0.0", "types": "index.d.ts", "license": "MIT"}',
        b'{"name": "made-web", "version": "1.0.1"}',
    ),
    "web/index.d.ts": (b"/** Draws a part on a page. */\nexport function draw(part: string): void;\n",),
    "docs/index.html": (
        _page("Manual", "Interfaces", "Reads and writes STEP AP242 and glTF. See made_open in the reference."),
        _page("Manual", "Install", "Runs on Linux, Windows 11 and PostgreSQL 15."),
    ),
    "docs/api.html": (_page("API", "made_close", "Closes the part that made_open gave."),),
    "LICENSE": (
        b"Licence of Made\n\nYou may use, copy and change it as you like.\n",
        b"You may not reverse engineer, decompile or disassemble the software.\n",
    ),
    "server/app.py": (
        b"from flask import Flask\napp = Flask(__name__)\n\n@app.route('/orders')\ndef orders():\n    return []\n",
        b"print('nothing')\n",
    ),
    "note.txt": (b"a note\n", b"another note\n"),
    "broken.json": (b'{"openapi": "3.0.3", ', b'{"openapi": "3.0.3", "info": {}, "paths": {}}'),
}
"""Files by path, each with the contents that it may have: they refer to each other, and the others may be missing."""

ARCHIVES = ("pack.zip", "lib/outer.jar")
"""Archives into which files may move; one inside of the other where both are there."""


class Made(NamedTuple):
    """A product: which files there are, with which of their contents, which lie in an archive, and under which
    other path."""

    files: dict[str, int]
    packed: dict[str, str]
    moved: dict[str, str]

    def write(self, folder: Path) -> None:
        """Lay it out anew."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "always.txt").write_bytes(b"here\n")
        inside: dict[str, dict[str, bytes]] = {name: {} for name in ARCHIVES}
        for path, number in sorted(self.files.items()):
            data = CONTENTS[path][number % len(CONTENTS[path])]
            name = self.moved.get(path, path)
            if path in self.packed:
                inside[self.packed[path]][name] = data
                continue
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        if inside[ARCHIVES[1]]:
            inside[ARCHIVES[0]][ARCHIVES[1]] = zipped(inside[ARCHIVES[1]])
        if inside[ARCHIVES[0]]:
            (folder / ARCHIVES[0]).write_bytes(zipped(inside[ARCHIVES[0]]))


def zipped(members: dict[str, bytes]) -> bytes:
    """A ZIP archive, the same bytes for the same members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


class Seen(NamedTuple):
    """What a scan gave: the body, the whole inventory (of which the body shows a part), and what the cache did."""

    body: bytes
    inventory: tuple[Artifact, ...]
    cache: CacheUse | None


@cache
def rules() -> bytes:
    """The packed rules of the formats."""
    return load_formats().pack()


@cache
def probes() -> Registry:
    """All probes that are installed."""
    return installed()


class Silent:
    """Watches nothing."""

    def stage(self, name: str) -> None: ...
    def found(self, files: int, size: int) -> None: ...
    def done(self, files: int, size: int) -> None: ...


def look(
    target: Path,
    cached: Path | None = None,
    *,
    schemas: Path | None = None,
    registry: Registry | None = None,
    overrides: Overrides | None = None,
    limits: Limits | None = None,
    workers: int = 0,
    trust: bool = False,
) -> Seen:
    """Scan a target by the engine, and write the body."""
    opened = open_target(target)
    root = Root(id="target", role="", place=opened.place, prefix="", archive=opened.archive)
    told = Options(
        limits=limits or Limits(),
        workers=workers,
        trust_stat=trust,
        cache=str(cached) if cached else None,
        schemas=list_schemas(str(schemas)) if schemas else None,
    )
    used, whose = registry or probes(), overrides or Overrides()
    with FindingStore() as store:
        scan = Scan([(root, opened)], used, list(used), rules(), whose, told, store, Silent())
        outcome = scan.run()
        facts = Facts(tool=tool(), product=Product(identity=outcome.identity), probes=outcome.probes)
        body = b"".join(write_body(store, facts).chunks())
        with contextlib.closing(store.seal()) as inventory:
            return Seen(body, tuple(inventory.select()), outcome.cache)
