"""Components by package metadata and bills of materials."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.platform.components import ComponentProbe
from cpo_scan.model import Recognition
from cpo_scan.model.report import Product
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

METADATA = b"""Metadata-Version: 2.1
Name: acme-plm
Version: 3.2
Classifier: License :: OSI Approved :: MIT License

License: not this
"""
CYCLONEDX = b"""{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [
  {"type": "library", "group": "org.acme", "name": "core", "version": "1.0",
   "purl": "pkg:maven/org.acme/core@1.0",
   "licenses": [{"license": {"id": "Apache-2.0"}}],
   "components": [
     {"type": "library", "name": "inner", "version": "2", "licenses": [{"expression": "MIT OR ISC"}]}]}]}"""
CYCLONEDX_XML = b"""<bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1"><components>
<component type="library"><group>org.acme</group><name>core</name><version>1.0</version>
<licenses><license><id>Apache-2.0</id></license></licenses><purl>pkg:maven/org.acme/core@1.0</purl></component>
</components></bom>"""
SPDX = b"""{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": [
  {"name": "zlib", "SPDXID": "SPDXRef-1", "versionInfo": "1.3",
   "licenseConcluded": "NOASSERTION", "licenseDeclared": "Zlib",
   "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:deb/debian/zlib@1.3"}]}]}"""
SPDX_TAGS = b"""SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
PackageName: zlib
PackageVersion: 1.3
PackageLicenseConcluded: Zlib
ExternalRef: PACKAGE-MANAGER purl pkg:generic/zlib@1.3
PackageName: bzip2
PackageVersion: 1.0
"""
POM = b"""<project xmlns="http://maven.apache.org/POM/4.0.0">
<parent><groupId>org.acme</groupId><version>2</version></parent>
<artifactId>core</artifactId><licenses><license><name>EPL-2.0</name></license></licenses></project>"""
NUSPEC = b"""<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata><id>Acme</id>
<version>1.1</version><license type="expression">MIT</license></metadata></package>"""
DEPS = b'{"libraries": {"Acme/1.0": {"type": "project"}, "Npgsql/8.0.1": {"type": "package"}}}'
STATUS = b"""Package: zlib1g
Status: install ok installed
Version: 1:1.2

Package: gone
Status: deinstall ok config-files
Version: 1
"""


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("a.dist-info/METADATA", METADATA, [("acme-plm", "3.2", "MIT", "pypi")]),
        ("package.json", b'{"name": "a", "version": "1.0", "license": "ISC"}', [("a", "1.0", "ISC", "npm")]),
        ("pom.xml", POM, [("org.acme:core", "2", "EPL-2.0", "maven")]),
        ("META-INF/maven/a/b/pom.properties", b"groupId=a\nartifactId=b\nversion=3\n", [("a:b", "3", None, "maven")]),
        ("a.nuspec", NUSPEC, [("Acme", "1.1", "MIT", "nuget")]),
        ("acme.deps.json", DEPS, [("Npgsql", "8.0.1", None, "nuget")]),
        (
            "packages.config",
            b'<packages><package id="Npgsql" version="8"/></packages>',
            [("Npgsql", "8", None, "nuget")],
        ),
        ("var/lib/dpkg/status", STATUS, [("zlib1g", "1:1.2", None, "deb")]),
        ("bom.json", CYCLONEDX, [("inner", "2", "MIT OR ISC", None), ("org.acme/core", "1.0", "Apache-2.0", "maven")]),
        ("bom.xml", CYCLONEDX_XML, [("org.acme/core", "1.0", "Apache-2.0", "maven")]),
        ("sbom.spdx.json", SPDX, [("zlib", "1.3", "Zlib", "deb")]),
        ("sbom.spdx", SPDX_TAGS, [("bzip2", "1.0", None, None), ("zlib", "1.3", "Zlib", "generic")]),
    ],
)
def test_component(path: str, content: bytes, expected: list[tuple[str | None, ...]]) -> None:
    rows = [row["attributes"] for row in run_probe(ComponentProbe, {path: content}).findings]
    found = [(row["name"], row.get("version"), row.get("licence"), row.get("ecosystem")) for row in rows]
    assert sorted(found, key=str) == expected


def test_package_without_version_is_a_part_of_another() -> None:
    assert not run_probe(ComponentProbe, {"esm/package.json": b'{"type": "module", "name": "x"}'}).findings


def test_pom_says_more_than_its_properties() -> None:
    files = {"m/pom.xml": POM, "m/pom.properties": b"groupId=org.acme\nartifactId=core\nversion=2\n"}
    assert len(run_probe(ComponentProbe, files).findings) == 1


def test_component_is_where_it_stands() -> None:
    row = run_probe(ComponentProbe, {"bom.json": CYCLONEDX}).of("component", name="inner")[0]
    assert row["evidence"][0]["locator"]["pointer"] == "/components/0/components/0"


@given(st.binary(max_size=200))
def test_any_bytes_are_only_unreadable(data: bytes) -> None:
    named = {"bom.json": "cyclonedx-json", "b.xml": "cyclonedx-xml", "s.spdx": "spdx-tag", "s.json": "spdx-json"}
    recognitions = {path: Recognition(format=form) for path, form in named.items()}
    run_probe(ComponentProbe, dict.fromkeys(named, data), recognitions=recognitions)


def test_contract() -> None:
    files = {"bom.json": CYCLONEDX, "sbom.spdx": SPDX_TAGS, "pom.xml": POM, "a.dist-info/METADATA": METADATA}
    check_metadata(ComponentProbe)
    check_determinism(ComponentProbe, files)
    check_hostile(ComponentProbe, files)


PACKAGE = b"Metadata-Version: 2.1\nName: Other_Kit\nVersion: 1\nLicense: MIT\n"


def own(files: dict[str, bytes], name: str | None = None) -> set[str]:
    product = None if name is None else Product(name=name)
    rows = run_probe(ComponentProbe, files, product=product).findings
    return {row["attributes"]["name"] for row in rows if row["attributes"].get("itself")}


def test_the_only_package_at_the_top_is_the_product_itself() -> None:
    lower = {"acme_plm-3.2/PKG-INFO": METADATA, "acme_plm-3.2/lib/x/other.dist-info/METADATA": PACKAGE}
    assert own(lower) == {"acme-plm"}


def test_of_packages_side_by_side_none_is_the_product_itself() -> None:
    assert own({"a.dist-info/METADATA": METADATA, "b.dist-info/METADATA": PACKAGE}) == set()


def test_a_package_that_has_the_name_of_the_product_is_the_product_itself() -> None:
    files = {"lib/x/a.dist-info/METADATA": METADATA, "lib/x/b.dist-info/METADATA": PACKAGE}
    assert own(files) == set()
    assert own(files, "Other Kit") == {"Other_Kit"}


def test_a_bill_of_materials_lists_other_peoples_components() -> None:
    assert own({"bom.json": CYCLONEDX}, "Core") == set()


def client(files: dict[str, bytes]) -> list[tuple[str, str]]:
    """What packages of the product itself say by which they are clients, and where it stands."""
    rows = run_probe(ComponentProbe, files).findings
    return [
        (row["attributes"]["client"], row["evidence"][-1]["excerpt"]) for row in rows if "client" in row["attributes"]
    ]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("PKG-INFO", b"Metadata-Version: 2.1\nName: parts\nVersion: 1\nSummary: Python client for the Parts service\n"),
        ("PKG-INFO", b"Metadata-Version: 2.1\nName: parts\nVersion: 1\nSummary: Parts\nKeywords: soap,client,parts\n"),
        ("package.json", b'{"name": "parts", "version": "1", "description": "An API wrapper for Parts"}'),
        ("package.json", b'{"name": "parts", "version": "1", "keywords": ["parts", "rest client"]}'),
        ("parts.nuspec", b'<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata><id>p</id>'
                         b"<version>1</version><tags>soap client</tags></metadata></package>"),
        ("pom.xml", b"<project xmlns='http://maven.apache.org/POM/4.0.0'><groupId>a</groupId><artifactId>p</artifactId>"
                    b"<version>1</version><name>Parts Client</name></project>"),
    ],
)  # fmt: skip
def test_a_package_that_calls_itself_a_client_is_quoted(path: str, content: bytes) -> None:
    ((words, excerpt),) = client({path: content})
    assert words == excerpt
    assert "client" in words.lower() or "wrapper" in words.lower()


@pytest.mark.parametrize(
    "summary",
    [
        "Client and server for Parts",
        "A client-side library",
        "Parts for your clients",
        "A server, and its client",
        "Parts",
    ],
)
def test_a_package_that_is_a_server_too_is_no_client(summary: str) -> None:
    assert client({"PKG-INFO": f"Metadata-Version: 2.1\nName: parts\nVersion: 1\nSummary: {summary}\n".encode()}) == []


def test_a_component_that_is_a_client_says_nothing_of_the_product() -> None:
    said = b"Metadata-Version: 2.1\nName: parts\nVersion: 1\nSummary: A client\n"
    assert client({"lib/x/y/a.dist-info/METADATA": said, "PKG-INFO": METADATA}) == []


@pytest.mark.parametrize(
    ("path", "content", "name"),
    [
        ("PKG-INFO", b"Metadata-Version: 2.1\nName: parts\nVersion: 1\nRequires-Dist: Zeep (>=4)\n", "zeep"),
        (
            "package.json",
            b'{"name": "parts", "version": "1", "dependencies": {"graphql-request": "6"}}',
            "graphql-request",
        ),
    ],
)
def test_a_package_that_needs_a_library_for_clients_is_one(path: str, content: bytes, name: str) -> None:
    ((words, excerpt),) = client({path: content})
    assert words == name
    assert name in excerpt.lower()


def test_what_only_an_extra_needs_makes_no_client() -> None:
    needs = b"Metadata-Version: 2.1\nName: parts\nVersion: 1\nRequires-Dist: zeep; extra == 'soap'\n"
    assert client({"PKG-INFO": needs}) == []
