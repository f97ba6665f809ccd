"""Probes are found by entry point and loaded late; whatever is wrong with one is told and none disappears."""

# ruff: noqa: ARG002

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from cpo_scan.probe import Artifact, Context, Finding, Probe, names
from cpo_scan.probe.registry import Registry, UnknownProbe, installed, of_classes

MODULE = dedent(
    '''
    """Probes of Acme."""
    from cpo_scan.probe import Finding, Probe, names

    class Gadget(Probe):
        """Gadgets that a product ships."""
        id = "acme.gadget"
        examines = names("*.gadget")
        states = ("extension.use",)
        def examine(self, artifact, context):
            yield Finding("extension.use", {"mechanism": "gadget"}, evidence=(artifact.at(),))

    class Needy(Gadget):
        """Gadgets again."""
        id = "acme.needy"
        needs = ("no_such_module_anywhere",)
        install = "pip install acme[needy]"

    class Odd(Gadget):
        """States what nobody knows."""
        id = "acme.odd"
        states = ("gadget.found",)

    class Unfinished(Probe):
        """Has no examine."""
        id = "acme.unfinished"
        examines = names("*")
        states = ("extension.use",)

    not_a_probe = 7
    '''
)


def install(folder: Path, name: str, entries: dict[str, str], *, group: str = "v1", module: str = MODULE) -> None:
    """Lay down what an installed distribution looks like."""
    (folder / f"{name}.py").write_text(module)
    info = folder / f"{name}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    lines = [f"[cpo_scan.probes.{group}]", *(f"{key} = {value}" for key, value in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (info / "RECORD").write_text(f"{name}.py,sha256=abc,10\n{name}-1.2.dist-info/RECORD,,\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("acme_")]:
        del sys.modules[name]


def test_installed_probe_is_found_and_works(site: Path) -> None:
    install(site, "acme_good", {"acme.gadget": "acme_good:Gadget"})
    found = installed()["acme.gadget"]
    assert (found.distribution, found.version, found.problem) == ("acme_good", "1.2", None)
    assert found.probe is not None
    assert found.probe.id == "acme.gadget"


def test_listing_ids_imports_no_probe(site: Path) -> None:
    install(site, "acme_loud", {"acme.loud": "acme_loud:Loud"}, module="raise SystemError('imported')")
    assert "acme.loud" in installed().ids
    assert "acme_loud" not in sys.modules


@pytest.mark.parametrize(
    ("identity", "value", "code"),
    [
        ("acme.gone", "acme_bad:Nothing", "probe.import_failed"),
        ("acme.gone", "acme_missing:Gadget", "probe.import_failed"),
        ("acme.seven", "acme_bad:not_a_probe", "probe.no_probe"),
        ("acme.needy", "acme_bad:Needy", "probe.needs"),
        ("acme.odd", "acme_bad:Odd", "probe.unknown_kind"),
        ("acme.unfinished", "acme_bad:Unfinished", "probe.bad_metadata"),
        ("acme.renamed", "acme_bad:Gadget", "probe.other_id"),
    ],
)
def test_broken_plug_in_is_reported_with_its_reason(site: Path, identity: str, value: str, code: str) -> None:
    install(site, "acme_bad", {identity: value})
    found = installed()[identity]
    assert found.probe is None
    assert found.problem is not None
    assert found.problem.code == code


def test_import_error_names_no_path_of_this_machine(site: Path) -> None:
    install(site, "acme_crash", {"acme.crash": "acme_crash:X"}, module=f"raise OSError('no file {site}/x.dat')")
    problem = installed()["acme.crash"].problem
    assert problem is not None
    assert str(site) not in str(problem.params)
    assert "x.dat" in str(problem.params)


def test_missing_modules_come_with_the_install_command(site: Path) -> None:
    install(site, "acme_needs", {"acme.needy": "acme_needs:Needy"})
    problem = installed()["acme.needy"].problem
    assert problem is not None
    assert problem.params == {"modules": ["no_such_module_anywhere"], "install": "pip install acme[needy]"}


def test_id_of_two_distributions_runs_neither(site: Path) -> None:
    install(site, "acme_one", {"acme.gadget": "acme_one:Gadget"})
    install(site, "acme_two", {"acme.gadget": "acme_two:Gadget"})
    rows = [row for row in installed() if row.id == "acme.gadget"]
    assert [row.distribution for row in rows] == ["acme_one", "acme_two"]
    assert [row.problem.code if row.problem else None for row in rows] == ["probe.twice"] * 2


def test_plug_in_of_another_sdk_version_is_reported(site: Path) -> None:
    install(site, "acme_later", {"acme.gadget": "acme_later:Gadget"}, group="v2")
    problem = installed()["acme.gadget"].problem
    assert problem is not None
    assert problem.params == {"wanted": "v2", "offered": "v1"}


def test_plug_in_that_serves_both_versions_is_fine(site: Path) -> None:
    install(site, "acme_now", {"acme.gadget": "acme_now:Gadget"})
    install(site, "acme_next", {"acme.gadget": "acme_next:Gadget"}, group="v2")
    assert installed()["acme.gadget"].problem is None


def test_order_is_that_of_the_ids(site: Path) -> None:
    install(site, "acme_many", {"acme.needy": "acme_many:Needy", "acme.gadget": "acme_many:Gadget"})
    ids = installed().ids
    assert ids == sorted(ids)


def test_digest_changes_with_the_record(site: Path) -> None:
    install(site, "acme_sum", {"acme.gadget": "acme_sum:Gadget"})
    before = installed()["acme.gadget"].digest
    (site / "acme_sum-1.2.dist-info" / "RECORD").write_text("acme_sum.py,sha256=def,10\n")
    assert installed()["acme.gadget"].digest != before


def test_digest_of_an_editable_install_changes_with_the_source(site: Path) -> None:
    install(site, "acme_edit", {"acme.gadget": "acme_edit:Gadget"})
    (site / "acme_edit-1.2.dist-info" / "direct_url.json").write_text('{"dir_info": {"editable": true}}')
    before = installed()["acme.gadget"].digest
    (site / "acme_edit.py").write_text(MODULE + "\n# changed\n")
    assert installed()["acme.gadget"].digest != before


class Alpha(Probe):
    """First."""

    id = "acme.alpha"
    examines = names("*")
    states = ("docs.set",)

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        yield from ()


class Beta(Alpha):
    """Second."""

    id = "acme.beta"


@pytest.fixture
def two() -> Registry:
    return of_classes(Beta, Alpha)


def test_only_and_skip_choose_by_id(two: Registry) -> None:
    assert [row.id for row in two.select()] == ["acme.alpha", "acme.beta"]
    assert [row.id for row in two.select(only=["acme.beta"])] == ["acme.beta"]
    assert [row.id for row in two.select(skip=["acme.beta"])] == ["acme.alpha"]


@pytest.mark.parametrize("option", ["only", "skip"])
def test_unknown_id_names_close_matches(two: Registry, option: str) -> None:
    with pytest.raises(UnknownProbe, match=r"there is no probe 'acme.bta'; did you mean acme.beta"):
        two.select(**{option: ["acme.bta"]})


def test_listing_starts_no_heavy_library() -> None:
    program = (
        "import sys; from cpo_scan.probe.registry import installed; installed().ids;"
        "print(sorted({'lxml', 'yaml', 'tree_sitter', 'jsonschema_rs', 'pytest'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
