"""`cpo-scan new probe` writes a project that installs, is found, and passes its own tests."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from cpo_scan.probe.scaffold import ScaffoldError, write_project


def test_project_has_all_that_a_plug_in_needs(tmp_path: Path) -> None:
    written = write_project("acme.gadget", tmp_path / "plug")
    assert [path.relative_to(written.root).as_posix() for path in written.files] == [
        "pyproject.toml",
        "README.md",
        ".gitignore",
        "src/cpo_probe_acme_gadget/__init__.py",
        "src/cpo_probe_acme_gadget/probe.py",
        "src/cpo_probe_acme_gadget/py.typed",
        "tests/test_probe.py",
    ]
    assert not any("$" in path.read_text() for path in written.files)


def test_default_folder_is_called_like_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert write_project("acme.cad.gadget-box").root == Path("cpo-probe-acme-cad-gadget-box")


@pytest.mark.parametrize(
    "name",
    ["", "gadget", "Acme.gadget", "acme..gadget", "acme.gad get", "../x.y", "acme.1", "acme.class", "a." + "b" * 60],
)
def test_name_that_is_no_probe_id_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError):
        write_project(name, tmp_path / "plug")
    assert not (tmp_path / "plug").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ScaffoldError, match="not empty"):
        write_project("acme.gadget", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "plug").write_text("")
    with pytest.raises(ScaffoldError, match="no folder"):
        write_project("acme.gadget", tmp_path / "plug")


def test_project_installs_is_listed_and_passes_its_tests(tmp_path: Path) -> None:
    """In an environment of its own, which sees the libraries of this one and gets nothing from elsewhere."""
    project = write_project("acme.gadget", tmp_path / "plug").root
    home = tmp_path / "env"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    scripts = "Scripts" if os.name == "nt" else "bin"
    python = home / scripts / Path(sys.executable).name
    if not python.exists():
        python = home / scripts / ("python.exe" if os.name == "nt" else "python")
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home)}))
    # `addsitedir` reads the .pth files there too: so an editable cpo-scan is found.
    (site / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    quiet = {**os.environ, "PYTHONWARNINGS": "default", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def call(*arguments: str) -> str:
        done = subprocess.run(
            [str(python), *arguments], cwd=project, capture_output=True, text=True, check=False, env=quiet
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    call("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", ".")
    listed = call(
        "-c",
        "from cpo_scan.probe.registry import installed; found = installed()['acme.gadget'];"
        "print(found.distribution, found.version, found.probe.id, found.problem)",
    )
    assert listed.strip() == "cpo-probe-acme-gadget 0.1.0 acme.gadget None"
    assert "6 passed" in call("-m", "pytest", "-q", "-p", "no:cacheprovider")
