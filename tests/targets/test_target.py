"""Targets, product descriptions and manifests."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.model import Role
from cpo_scan.rulebook.load import RuleError, parse_rules
from cpo_scan.rulebook.messages import load_messages
from cpo_scan.rulebook.root import rules_root
from cpo_scan.targets import manifest as manifest_module
from cpo_scan.targets import target as target_module
from cpo_scan.targets.errors import TargetError
from cpo_scan.targets.manifest import Manifest, manifest_line, tree_digest
from cpo_scan.targets.product import describe, parse_product, path_matches, read_product
from cpo_scan.targets.target import open_target
from cpo_scan.targets.walk import open_entry, walk
from tests.targets.made import zipped


def test_folder_archive_and_single_file_are_targets(tmp_path: Path) -> None:
    (tmp_path / "f.txt").write_text("1")
    (tmp_path / "a.zip").write_bytes(zipped([("x", b"1")]))
    folder, archive, single = (open_target(tmp_path / name) for name in (".", "a.zip", "f.txt"))
    assert [entry.path for entry in folder.entries()] == ["a.zip", "f.txt"]
    assert (archive.archive, [entry.path for entry in archive.entries()]) == (True, [""])
    assert (single.archive, [entry.path for entry in single.entries()]) == (False, ["f.txt"])
    for target in (folder, archive, single):
        for entry in target.entries():
            with target.open(entry) as content:
                assert content.finish()[0] == entry.size


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none", "there is no such file or folder"),
        ("file/none", "there is no such file or folder"),
        ("nul\0", "there is no such file or folder"),
        ("empty", "the file is empty, nothing to scan"),
        ("folder", "the folder is empty, nothing to scan"),
        ("pipe", "neither a file nor a folder"),
        ("loop", "there is no such file or folder"),
    ],
)
def test_what_can_not_be_scanned_is_one_line(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("1")
    (tmp_path / "empty").touch()
    (tmp_path / "folder" / "in" / "it").mkdir(parents=True)
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TargetError) as caught:
        open_target(tmp_path / name)
    text = str(caught.value)
    assert message in text
    assert "\n" not in text and "\0" not in text
    assert caught.value.reason is not None


def test_texts_of_target_errors_are_those_of_the_catalogue() -> None:
    file = rules_root() / "messages" / "parts" / "targets.yaml"
    texts = parse_rules("targets.yaml", file.read_bytes(), "messages").data
    assert {code: texts[code]["en"] for code in target_module._TEXTS} == target_module._TEXTS


def test_damaged_archive_is_still_a_target(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped([("x", b"1" * 500)])[:60])
    assert open_target(tmp_path / "a.zip").archive


PRODUCT = b"""name: Acme PLM
version: 7.1
vendor: Acme
deliverables:
  - {id: server, role: server, target: dist/server}
  - {id: docs, role: docs}
  - {id: portal, role: capture, supplied: false}
platforms: [linux]
exclusions:
  - {path: "server/vendor/**", reason: not ours}
origin:
  - {path: server/third, value: component, reason: bought in}
offered:
  - {path: "**/internal", value: internal, reason: not for customers}
"""


def test_product_description_is_read(tmp_path: Path) -> None:
    product = parse_product("product.yaml", PRODUCT, tmp_path)
    server, docs, portal = product.deliverables
    assert (product.name, product.version) == ("Acme PLM", "7.1")
    assert (server.role, server.target) == (Role.SERVER, str(tmp_path / "dist/server"))
    assert (docs.target, portal.supplied) == (None, False)
    assert product.offered[0].value == "internal"
    assert product.sha256


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"id: docs", b"id: server", "product.yaml:6: the id 'server' is given twice"),
        (b"role: docs", b"role: cloud", "product.yaml:6: "),
        (b"supplied: false", b"supplied: false, target: x", "product.yaml:7: a deliverable that was not supplied"),
        (b"vendor: Acme", b"maker: Acme", "product.yaml:3: unknown key 'maker'"),
        (b", reason: not ours", b"", "product.yaml:10: "),
        (b"platforms: [", b"platforms: [[", "product.yaml:"),
    ],
)
def test_wrong_description_is_one_line_with_its_place(old: bytes, new: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(RuleError) as caught:
        parse_product("product.yaml", PRODUCT.replace(old, new), tmp_path)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_missing_description_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="No such file"):
        read_product(tmp_path / "product.yaml")


def test_without_description_each_path_is_a_deliverable_of_unknown_role(tmp_path: Path) -> None:
    paths = [tmp_path / "a" / "My Product (1)", tmp_path / "b" / "my product-1", tmp_path / "..."]
    product = describe(paths)
    assert [one.id for one in product.deliverables] == ["My-Product-1", "my-product-1-2", "target"]
    assert {one.role for one in product.deliverables} == {None}
    assert product.name is None


def test_paths_fill_the_deliverables_that_name_no_target(tmp_path: Path) -> None:
    product = parse_product("product.yaml", PRODUCT, tmp_path)
    rows = describe([tmp_path / "dist/server", tmp_path / "manual", tmp_path / "more"], product).deliverables
    assert [(one.id, one.supplied) for one in rows] == [
        ("server", True),
        ("docs", True),
        ("portal", False),
        ("more", True),
    ]
    assert rows[1].target == os.path.realpath(tmp_path / "manual")
    assert [one.supplied for one in describe([], product).deliverables] == [True, False, False]


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("a/*.py", "a/b.py", True),
        ("a/*.py", "a/b/c.py", False),
        ("a/**/c.py", "a/c.py", True),
        ("a/**/c.py", "a/b/b/c.py", True),
        ("a", "a/b/c", True),
        ("a", "ab", False),
        ("a.jar", "a.jar!/b", True),
        ("a/", "a/b", True),
        ("[x]", "[x]", True),
        ("**", "a/b", True),
    ],
)
def test_globs_of_the_description(glob: str, path: str, fits: bool) -> None:
    assert path_matches(glob, path) is fits


def test_manifest_is_read_by_sha256sum(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in (b"b", b"a/c", b"a.d", b"line\nend", b"back\\slash", b"\xff", b" -x", b"cr\r"):
        file = root / os.fsdecode(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name)
    rows = []
    for entry in walk(str(root)):
        with open_entry(str(root), entry.raw) as content:
            rows.append((entry.raw, content.finish()[1]))
    with (tmp_path / "manifest").open("wb") as out:
        digest = tree_digest(rows, out)
    checked = subprocess.run(
        ["sha256sum", "--strict", "-c", tmp_path / "manifest"], cwd=root, capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.count(b": OK\n") == 8
    told = subprocess.run(["sha256sum", tmp_path / "manifest"], capture_output=True, check=True).stdout
    assert told.decode().startswith(digest)


@settings(deadline=None)
@given(st.lists(st.tuples(st.binary(min_size=1, max_size=5), st.sampled_from(["0" * 64, "f" * 64])), unique=True))
def test_manifest_does_not_depend_on_the_order_or_on_how_much_is_held(rows: list[tuple[bytes, str]]) -> None:
    named = [(raw.decode("utf-8", "surrogateescape"), sha256) for raw, sha256 in rows]
    expected = tree_digest(sorted(named))
    held = manifest_module._RUN
    manifest_module._RUN = 3
    try:
        assert tree_digest(reversed(named)) == expected
        with Manifest() as manifest:
            for raw, sha256 in named:
                manifest.add(raw, sha256)
            written: list[bytes] = []
            assert manifest.write(type("Sink", (), {"write": staticmethod(written.append)})()) == expected
        assert written == [manifest_line(raw, sha256) for raw, sha256 in sorted(rows)]
    finally:
        manifest_module._RUN = held


def test_every_reason_of_this_package_has_a_text() -> None:
    messages = load_messages()
    package = Path(target_module.__file__).parent
    used = {
        code
        for file in package.glob("*.py")
        for code in re.findall(r'"((?:zip|tar|ar|packed|fs|limit|member|artifact|target)\.[a-z_]+)"', file.read_text())
    }
    used |= {f"{kind}.{what}" for kind in ("fs", "member") for what in ("pipe", "character_device", "block_device")}
    assert len(used) > 40
    assert [code for code in sorted(used) if code not in messages] == []
