"""What a product says that it is: the probe platform.identity, and the reader behind it."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.platform.identity import IdentityProbe
from cpo_scan.model.report import Identity
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.probe.version_resource import version_strings
from cpo_scan.run import Request, scanned
from cpo_scan.scan.engine import Options


def said(files: dict[str, bytes]) -> list[tuple[str | None, str | None, str | None]]:
    return [(row.name, row.version, row.build) for row in run_probe(IdentityProbe, files).identity]


MANIFEST = (
    b"Manifest-Version: 1.0\nBundle-SymbolicName: acme.core;singleton:=true\nBundle-Version: 7.1.0\nBuild-Number: 88\n"
)
APPSTREAM = b"""<?xml version="1.0"?>
<component type="desktop-application"><id>org.acme.Acme</id><name xml:lang="de">Akme</name><name>Acme</name>
<releases><release version="7.1.0" date="2026-01-02"/><release version="7.0.0"/></releases></component>"""
PLIST = b"""<?xml version="1.0"?><plist version="1.0"><dict><key>CFBundleName</key><string>Acme</string>
<key>CFBundleVersion</key><string>7100</string><key>CFBundleShortVersionString</key><string>7.1</string></dict></plist>"""


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("a.dist-info/METADATA", b"Metadata-Version: 2.1\nName: acme\nVersion: 7.1\n\nText", ("acme", "7.1", None)),
        ("control", b"Package: acme\nVersion: 7.1-2\nDescription: compares\n more\n", ("acme", "7.1-2", None)),
        ("package/package.json", b'{"name": "@acme/core", "version": "7.1.0"}', ("@acme/core", "7.1.0", None)),
        ("META-INF/MANIFEST.MF", MANIFEST, ("acme.core", "7.1.0", "88")),
        ("META-INF/pom.properties", b"#x\ngroupId=a\nartifactId=core\nversion=7\n", ("a:core", "7", None)),
        (".eclipseproduct", b"name=Acme\nid=org.acme\nversion=7.1.0\n", ("Acme", "7.1.0", None)),
        ("share/metainfo/acme.metainfo.xml", APPSTREAM, ("Acme", "7.1.0", None)),
        ("Acme.app/Contents/Info.plist", PLIST, ("Acme", "7.1", "7100")),
        ("Chart.yaml", b"apiVersion: v2\nname: acme\nversion: 0.3.0\nappVersion: '7.1'\n", ("acme", "7.1", None)),
        ("a.desktop", b"[Desktop Entry]\nType=Application\nName=Acme\nVersion=1.0\nExec=a\n", ("Acme", None, None)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_file_says_what_the_product_is(path: str, content: bytes, expected: tuple[str | None, ...]) -> None:
    assert said({path: content}) == [expected]


def test_version_of_a_desktop_entry_is_that_of_the_specification_and_is_not_taken() -> None:
    files = {"a.desktop": b"[Desktop Entry]\nType=Application\nVersion=1.5\nName=A\n"}
    assert said(files) == [("A", None, None)]


def test_packages_of_others_do_not_speak_for_the_product() -> None:
    other = b'{"name": "left-pad", "version": "1.3.0"}'
    files = {"node_modules/left-pad/package.json": other, "package.json": b'{"name": "acme", "version": "7"}'}
    assert said(files) == [("acme", "7", None)]


def test_equal_statements_are_one_with_the_topmost_source() -> None:
    text = b'{"name": "acme", "version": "7"}'
    result = run_probe(IdentityProbe, {"web/app/package.json": text, "package.json": text})
    assert result.identity == (Identity(source="package.json", name="acme", version="7"),)


def test_placeholder_of_a_build_is_no_version() -> None:
    assert said({"package.json": b'{"name": "acme", "version": "${project.version}"}'}) == [("acme", None, None)]


def test_what_can_not_be_read_bears_on_no_fact() -> None:
    result = run_probe(IdentityProbe, {"package.json": b'{"name": '})
    assert [(row.reason.code, str(row.severity)) for row in result.rows] == [("json.malformed", "bounded")]


def resource(strings: dict[str, str]) -> bytes:
    """A version resource as a resource compiler writes it."""

    def block(key: str, kind: int, value: bytes, length: int, inner: bytes) -> bytes:
        head = key.encode("utf-16-le") + b"\0\0"
        head += bytes(-(6 + len(head)) % 4)
        body = head + value
        body += bytes(-(6 + len(body)) % 4) if inner else b""
        return struct.pack("<HHH", 6 + len(body) + len(inner), length, kind) + body + inner

    def padded(data: bytes) -> bytes:
        return data + bytes(-len(data) % 4)

    rows = b"".join(
        padded(block(key, 1, text.encode("utf-16-le") + b"\0\0", len(text) + 1, b"")) for key, text in strings.items()
    )
    table = block("040904b0", 1, b"", 0, rows)
    return block("VS_VERSION_INFO", 0, bytes(52), 52, block("StringFileInfo", 1, b"", 0, table))


def test_version_resource_of_a_program_is_read() -> None:
    strings = {"ProductName": "Acme CAD", "ProductVersion": "7.1", "FileVersion": "7.1.0.4711", "Empty": ""}
    data = b"\0" * 8 + resource(strings)
    assert version_strings(data, 8, len(data) - 8) == strings


@given(st.binary(max_size=300))
def test_any_bytes_may_be_a_version_resource(data: bytes) -> None:
    version_strings(data, 0, len(data))


class _Silent:
    def stage(self, name: str) -> None: ...
    def found(self, files: int, size: int) -> None: ...
    def done(self, files: int, size: int) -> None: ...


def test_report_begins_with_what_the_files_say(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_bytes(b'{"name": "acme", "version": "7.1"}')
    request = Request(targets=(str(tmp_path),), only=("platform.identity",), options=Options(workers=0))
    with scanned(request, _Silent()) as done:
        product = done.report.product
    assert product["identity"] == [{"source": "package.json", "name": "acme", "version": "7.1", "build": None}]
    assert product["name"] is None  # what the files say is no claim of the user


HONEST = {"META-INF/MANIFEST.MF": MANIFEST, "share/metainfo/acme.metainfo.xml": APPSTREAM, "App/Info.plist": PLIST}


def test_contract() -> None:
    check_metadata(IdentityProbe)
    check_determinism(IdentityProbe, HONEST)
    check_hostile(IdentityProbe, HONEST)
