"""What the product runs on, and which terms come with it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.platform.licences import LicenceProbe
from cpo_probes.platform.options import PlatformOptionProbe
from cpo_scan.probe.patterns import check
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.data import Tables
from tests.probe.native import elf, macho, pe

TABLES = Tables()
DATA: dict[str, Any] = {name: TABLES[name] for name in ("platforms", "licences")}
MIT = b"""MIT License

Permission is hereby granted, free of charge, to any person obtaining
a copy of this software, to deal in it. The above copyright notice and
this permission notice shall be included in all copies.
"""


def platforms(files: dict[str, bytes]) -> Result:
    return run_probe(PlatformOptionProbe, files, data=DATA)


def licences(files: dict[str, bytes]) -> Result:
    return run_probe(LicenceProbe, files, data=DATA)


def options(result: Result) -> set[tuple[str, str]]:
    return {(a["class"], a["name"]) for a in (row["attributes"] for row in result.of("platform.option"))}


def test_programs_name_system_and_processor_once() -> None:
    result = run_probe(
        PlatformOptionProbe,
        {"bin/a": elf(), "bin/b": elf(), "a.exe": pe({"KERNEL32.dll": ["ExitProcess"]}), "a.dylib": macho()},
    )
    assert {("os", "linux"), ("os", "windows"), ("os", "macos")} <= options(result)
    assert result.one("platform.option", name="linux")["artifacts"] == 2


def test_library_that_is_needed_shows_the_option() -> None:
    result = platforms({"bin/a": elf(["libpq.so.5", "libldap-2.5.so.0", "libpqxyz.so"])})
    assert {("database", "postgresql"), ("identity", "ldap")} <= options(result)


def test_declared_dependencies_are_registered() -> None:
    files = {
        "a.dist-info/METADATA": b"Metadata-Version: 2.1\nName: a\nRequires-Dist: Psycopg2_Binary>=2; a == 'x'\n\nldap3",
        "package.json": b'{"name": "a", "version": "1", "dependencies": {"samlify": "2", "left-pad": "1"}}',
    }
    result = platforms(files)
    assert options(result) == {("database", "postgresql"), ("identity", "saml")}
    assert {row["strength"] for row in result.findings} == {"registered"}


def test_registered_driver_is_stronger_than_the_name_of_an_archive() -> None:
    files = {"lib/ojdbc8.jar": b"PK", "x.jar!/META-INF/services/java.sql.Driver": b"org.postgresql.Driver\n"}
    strengths = {row["attributes"]["name"]: row["strength"] for row in platforms(files).findings}
    assert strengths["postgresql"] == "registered"
    assert strengths.get("oracle", "named") == "named"


@pytest.mark.parametrize(
    ("name", "path", "content"),
    [
        ("docker", "deploy/Dockerfile", b"# syntax\nFROM debian:12\n"),
        ("compose", "docker-compose.prod.yml", b"services:\n  web: {}\n"),
        ("helm", "chart/Chart.yaml", b"apiVersion: v2\nname: acme\n"),
        ("servlet", "WEB-INF/web.xml", b'<web-app version="4.0"/>'),
    ],
)
def test_deployment_files(name: str, path: str, content: bytes) -> None:
    assert name in {found for _, found in options(platforms({path: content}))}


def test_file_that_is_only_called_so_is_none() -> None:
    assert not platforms({"Dockerfile": b"nothing here"}).findings


def test_licence_is_recognised_by_its_phrases_over_lines() -> None:
    result = licences({"LICENSE": MIT, "sub/COPYING": MIT})
    found = result.one("licence.text")
    assert (found["licence"], found["texts"], found["restricts"]) == ("MIT", 1, [])
    assert result.findings[0]["evidence"][0]["locator"]["line"] == 3


def test_list_of_copyrights_names_its_licences() -> None:
    text = b"Format: https://policy.example.org/doc/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+ or Expat\n"
    result = licences({"usr/share/doc/a/copyright": text})
    assert {row["attributes"]["licence"] for row in result.findings} == {"GPL-2.0-or-later", "MIT"}


def test_clauses_of_own_terms_are_pointed_to_and_not_judged() -> None:
    text = b"""END USER LICENSE AGREEMENT
Last updated: March 3, 2024
You may not reverse engineer the software. You may not publish benchmark results.
The API may be used only by certified partners.
"""
    result = licences({"EULA.txt": text})
    found = result.one("licence.text")
    assert found["licence"] == "agreement: end user license agreement"
    assert found["restricts"] == ["benchmarking", "interfaces", "reverse_engineering"]
    assert found["date"] == "march 3, 2024"
    assert len(result.findings[0]["evidence"]) == 4


def test_html_terms_are_read_without_their_tags() -> None:
    html = b"<html><body><h1>Terms of <b>Use</b></h1><p>Do not decompile.</p></body></html>"
    assert licences({"terms.html": html}).one("licence.text")["restricts"] == ["reverse_engineering"]


def test_code_that_is_called_licence_is_no_text_and_a_pdf_is_said_to_be_unread() -> None:
    result = licences({"license_check.py": b"MIT", "LICENSE.pdf": b"%PDF-1.7\n"})
    assert not result.findings
    assert result.reasons == ["licence.not_read"]


def test_patterns_of_the_rules_are_linear() -> None:
    for pattern in DATA["licences"]["clauses"].values():
        check(pattern, text=True)


@given(st.text(max_size=300))
def test_any_text_may_be_a_licence(text: str) -> None:
    licences({"LICENSE": text.encode()})


def test_contract() -> None:
    files = {
        "bin/a": elf(["libpq.so.5"]),
        "package.json": b'{"name": "a", "version": "1", "dependencies": {"samlify": "2"}}',
        "Dockerfile": b"FROM debian:12\n",
    }
    for probe, tree in ((PlatformOptionProbe, files), (LicenceProbe, {"LICENSE": MIT, "terms.html": b"terms of use"})):
        check_metadata(probe)
        check_determinism(probe, tree, data=DATA)
        check_hostile(probe, tree, data=DATA)
