"""Packed rules say what the YAML says, and count only as long as they do."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cpo_scan.rulebook import load, packed
from cpo_scan.rulebook.load import RuleError, parse_rules, read_rules
from cpo_scan.rulebook.root import rules_root


@pytest.fixture(scope="module")
def made() -> bytes:
    return packed.pack()


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: bytes) -> Iterator[Path]:
    """A copy of the rules with their packed file, to be changed."""
    folder = tmp_path / "rules"
    shutil.copytree(str(rules_root()), folder, ignore=shutil.ignore_patterns("third_party"))
    for module in (load, packed):
        monkeypatch.setattr(module, "rules_root", lambda: folder)
    forget()
    (folder / packed.FILE).write_bytes(made)
    yield folder
    monkeypatch.undo()
    forget()


def forget() -> None:
    packed._packed.cache_clear()
    packed._digest_of.cache_clear()


def test_what_is_packed_is_what_the_yaml_says(made: bytes) -> None:
    rows = msgspec.msgpack.decode(made, type=dict[str, packed.Packed])
    assert set(rows) == {name for name, _ in packed.sources()}
    for name, schema in packed.sources():
        file = parse_rules(name, (rules_root() / name).read_bytes(), schema)
        assert msgspec.msgpack.decode(rows[name].data) == file.data, name
        assert rows[name].sha256 == file.sha256


def test_the_packed_file_of_this_installation_holds_no_other_rules_than_the_yaml() -> None:
    """What is packed for bytes that have changed since is left aside; what is not, must be equal."""
    for name, schema in packed.sources():
        file = parse_rules(name, (rules_root() / name).read_bytes(), schema)
        data = packed.unpack(name, file.sha256, schema)
        assert data in (msgspec.UNSET, file.data), name


def test_every_rule_file_is_packed() -> None:
    root = Path(str(rules_root()))
    files = {path.relative_to(root).as_posix() for path in root.rglob("*.yaml") if "third_party" not in path.parts}
    files |= {f"schemas/third_party/{family}/SOURCE.yaml" for family in ("asyncapi", "openapi", "openrpc")}
    assert {name for name, _ in packed.sources()} == files


@pytest.mark.usefixtures("rules")
def test_packed_rules_are_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "parse_rules", lambda *_: pytest.fail("parsed"))
    for name, schema in packed.sources():
        assert read_rules(name, schema).data


def test_an_edited_rule_file_counts_at_once(rules: Path) -> None:
    file = rules / "origins.yaml"
    before = read_rules("origins.yaml", "origins")
    file.write_bytes(file.read_bytes().replace(b'version: "', b'version: "9.', 1))
    after = read_rules("origins.yaml", "origins")
    assert after.data["version"] == f"9.{before.data['version']}"
    assert after.sha256 != before.sha256


def test_a_stricter_schema_is_asked_at_once(rules: Path) -> None:
    schema = rules / "schemas" / "origins.json"
    schema.write_text('{"type": "object", "required": ["nothing of the kind"]}')
    forget()
    with pytest.raises(RuleError, match=r"^origins\.yaml:\d+: .*nothing of the kind"):
        read_rules("origins.yaml", "origins")


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x80", b"\x81\xa1a\x01"])
def test_a_damaged_packed_file_changes_nothing(rules: Path, content: bytes) -> None:
    before = read_rules("origins.yaml", "origins")
    (rules / packed.FILE).write_bytes(content)
    forget()
    assert read_rules("origins.yaml", "origins") == before


@pytest.mark.usefixtures("rules")
def test_an_error_about_packed_rules_names_the_line_of_the_yaml() -> None:
    file = read_rules("origins.yaml", "origins")
    line = next(number for number, text in enumerate(file.content.decode().splitlines(), 1) if text.startswith("offer"))
    assert str(file.error(["offered"], "is wrong")) == f"origins.yaml:{line}: is wrong"
