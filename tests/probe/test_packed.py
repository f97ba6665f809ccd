"""Packed outlines say what the probes say, and count only as long as they do."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import msgspec
import pytest

from cpo_scan.probe import packed
from cpo_scan.probe.outline import load, outline_of
from cpo_scan.probe.registry import installed

OURS = {one.id: one.value for one in installed() if one.distribution == "cpo-scan"}


@pytest.fixture(scope="module")
def made() -> bytes:
    return packed.pack(OURS)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: bytes) -> Iterator[Path]:
    """A folder of rules with nothing but the packed outlines in it."""
    (tmp_path / packed.FILE).write_bytes(made)
    monkeypatch.setattr(packed, "rules_root", lambda: tmp_path)
    packed._packed.cache_clear()
    yield tmp_path
    packed._packed.cache_clear()


def test_what_is_packed_is_what_the_probes_say(made: bytes) -> None:
    rows = msgspec.msgpack.decode(made, type=packed.Packed).probes
    assert set(rows) == set(OURS)
    for identity, row in rows.items():
        probe = load(row.outline)
        assert outline_of(OURS[identity], probe) == row.outline  # type: ignore[arg-type]
        assert (row.needs, row.install) == (probe.needs, probe.install)  # type: ignore[union-attr]


@pytest.mark.usefixtures("folder")
def test_a_packed_probe_is_not_imported_for_its_outline() -> None:
    for one in installed():
        if one.distribution == "cpo-scan":
            assert one.outline is not None
            assert one.problem is None
            assert "_loaded" not in vars(one)
            assert outline_of(one.value, one.probe) == one.outline  # type: ignore[arg-type]


@pytest.mark.usefixtures("folder")
def test_a_probe_that_lies_elsewhere_is_not_the_packed_one() -> None:
    assert packed.packed("exchange.files", OURS["exchange.files"]) is not None
    assert packed.packed("exchange.files", "acme.files:Files") is None
    assert packed.packed("acme.files", OURS["exchange.files"]) is None


def test_an_edited_source_counts_at_once(folder: Path, made: bytes) -> None:
    known = msgspec.msgpack.decode(made, type=packed.Packed)
    assert "cpo_probes/exchange/files.py" in known.sources
    assert "cpo_scan/probe/selector.py" in known.sources
    other = msgspec.structs.replace(known, sha256="0" * 64)
    (folder / packed.FILE).write_bytes(msgspec.msgpack.encode(other))
    assert packed.packed("exchange.files", OURS["exchange.files"]) is None


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x80", b"\x93\x91\xa5acme/\xa1x\x80"])
def test_a_damaged_packed_file_changes_nothing(folder: Path, content: bytes) -> None:
    (folder / packed.FILE).write_bytes(content)
    assert packed.packed("exchange.files", OURS["exchange.files"]) is None
    found = installed()["exchange.files"].outline
    assert found is not None
    assert found.value == OURS["exchange.files"]


def test_what_a_packed_probe_needs_is_asked_where_it_runs(folder: Path, made: bytes) -> None:
    known = msgspec.msgpack.decode(made, type=packed.Packed)
    row = msgspec.structs.replace(known.probes["exchange.files"], needs=("no_such_module",), install="pip install x")
    other = msgspec.structs.replace(known, probes={**known.probes, "exchange.files": row})
    (folder / packed.FILE).write_bytes(msgspec.msgpack.encode(other))
    found = installed()["exchange.files"]
    assert (found.outline, found.probe) == (None, None)
    assert found.problem is not None
    assert found.problem.params == {"modules": ["no_such_module"], "install": "pip install x"}


def test_a_class_that_is_no_sound_probe_is_not_packed() -> None:
    with pytest.raises(ValueError, match=r"is no sound probe acme\.files"):
        packed.pack({"acme.files": OURS["exchange.files"]})


def test_importing_the_probes_asks_no_rules() -> None:
    """Else the outlines would rest on more than the sources."""
    code = """
        import sys
        from cpo_scan.rulebook import load, root

        def refuse(*_):
            raise AssertionError("rules were read")

        load.read_rules = load.rule_files = root.rules_root = refuse
        from importlib.metadata import EntryPoint
        for value in sys.argv[1:]:
            EntryPoint("", value, "").load()()
    """
    subprocess.run([sys.executable, "-c", dedent(code), *OURS.values()], check=True)


def test_the_process_that_leads_a_scan_imports_no_probe(folder: Path, samples: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        from cpo_scan.probe import packed

        packed.rules_root = lambda: Path(sys.argv[1])
        if __name__ == "__main__":
            from cpo_scan.run import Request, scanned
            from cpo_scan.scan.engine import Options

            class Silent:
                stage = found = done = lambda *_: None

            with scanned(Request(targets=(sys.argv[2],), options=Options(workers=1)), Silent()) as done:
                assert any(done.store.finding_bytes())
            print([name for name in sys.modules if name.startswith("cpo_probes.")])
    """
    script = folder / "lead.py"
    script.write_text(dedent(code))
    done = subprocess.run(
        [sys.executable, str(script), str(folder), str(samples / "closed-cad")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[]\n"
