"""What the tables of Windows Installer packages register; the package was built by the tools of others."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.exchange.associations.installer import _suffix
from cpo_probes.exchange.associations.probe import AssociationProbe
from cpo_probes.sdk.installer_classes import InstallerClassProbe
from cpo_scan.probe import Unreadable
from cpo_scan.probe.installer import InstallerTables
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.targets.content import BytesContent

BOXES = Path(__file__).parents[1] / "targets" / "boxes"
PACKAGE = gzip.decompress((BOXES / "registering.msi.gz").read_bytes())
PLAIN = gzip.decompress((BOXES / "demo.msi.gz").read_bytes())
TREE = {"setup.msi": PACKAGE}


def test_suffixes_with_a_verb_are_opened_and_others_are_named() -> None:
    result = run_probe(AssociationProbe, TREE)
    said = {
        (row["attributes"]["standard"], row["attributes"]["direction"], row["strength"], row["attributes"]["name"])
        for row in result.findings
    }
    assert said == {
        ("step", "import", "registered", "Demo part"),
        ("step", "unknown", "named", "model/step"),
        ("iges", "unknown", "named", "Demo part"),  # it has a verb, and that one prints
        ("jt", "import", "registered", ".jt"),
        ("plmxml", "import", "registered", ".plmxml"),
        ("stl", "import", "mentioned", ".stl"),
    }


def test_a_suffix_whose_component_has_no_file_is_refuted() -> None:
    (row,) = (row for row in run_probe(AssociationProbe, TREE).findings if "refuted" in row["attributes"])
    assert row["attributes"]["standard"] == "stl"
    assert row["attributes"]["refuted"] == {"reason": "capability.handler_missing", "missing": "key9"}


def test_a_registered_class_is_a_use_of_com() -> None:
    result = run_probe(InstallerClassProbe, TREE)
    assert result.one("extension.use") == {"mechanism": "com", "point": "class-object", "name": "Demo.Application"}


def test_a_package_without_such_tables_registers_nothing() -> None:
    for probe in (AssociationProbe, InstallerClassProbe):
        result = run_probe(probe, {"setup.msi": PLAIN})
        assert (result.findings, result.reasons) == ([], [])


@pytest.mark.parametrize(
    ("root", "path", "suffix"),
    [
        ("0", ".stp", "stp"),
        ("0", ".stp\\OpenWithProgids", "stp"),
        ("0", ".stp\\ShellEx\\{0}", ""),
        ("0", "Demo.Part\\shell", ""),
        ("2", "Software\\Classes\\.STP", "stp"),
        ("-1", "SOFTWARE\\WOW6432Node\\Classes\\.stp\\shell\\open\\command", "stp"),
        ("1", ".stp", ""),
        ("3", "Software\\Classes\\.stp", ""),
        ("2", "Software\\Demo\\.stp", ""),
    ],
)
def test_keys_of_the_registry_by_which_programs_open_files(root: str, path: str, suffix: str) -> None:
    assert _suffix(root, path) == suffix


def test_rows_are_texts_and_a_table_that_is_not_there_has_none() -> None:
    tables = InstallerTables(BytesContent(PACKAGE))
    assert ("r2", "-1") in tables.rows("Registry", "Registry", "Root")
    assert tables.rows("NoSuchTable", "Key") == []
    with pytest.raises(Unreadable):
        tables.rows("Registry", "NoSuchColumn")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(PACKAGE) - 1), st.integers(0, 255))
def test_damage_raises_nothing_but_a_reason(at: int, value: int) -> None:
    damaged = PACKAGE[:at] + bytes([value]) + PACKAGE[at + 1 :]
    for probe in (AssociationProbe, InstallerClassProbe):
        run_probe(probe, {"setup.msi": damaged})


@pytest.mark.parametrize("probe", [AssociationProbe, InstallerClassProbe])
def test_probe_keeps_the_contract(probe: type[AssociationProbe] | type[InstallerClassProbe]) -> None:
    check_metadata(probe)
    check_determinism(probe, TREE)
    check_hostile(probe, TREE)
