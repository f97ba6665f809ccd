"""The user's folder of schemas: listed in one order, read only as it was listed, one line where it is wrong."""

from pathlib import Path

import pytest

from cpo_scan.targets.errors import TargetError
from cpo_scan.targets.given_schemas import list_schemas


def test_the_digest_depends_on_names_and_bytes_and_on_nothing_else(tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / place / "sub").mkdir(parents=True)
        (tmp_path / place / "sub" / "b.json").write_text("{}")
        (tmp_path / place / "a.xsd").write_text("<a/>")
        (tmp_path / place / "notes.txt").write_text(place)
    one, two = list_schemas(str(tmp_path / "one")), list_schemas(str(tmp_path / "two"))
    assert one.files == two.files
    assert [path for path, _ in one.files] == ["a.xsd", "sub/b.json"]
    assert one.digest == two.digest
    (tmp_path / "two" / "a.xsd").write_text("<b/>")
    assert list_schemas(str(tmp_path / "two")).digest != one.digest


def test_what_changed_since_it_was_listed_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.xsd").write_text("<a/>")
    given = list_schemas(str(tmp_path))
    assert given.read("a.xsd") == b"<a/>"
    assert given.read("../a.xsd") is None
    (tmp_path / "a.xsd").write_text("<b/>")
    assert given.read("a.xsd") is None
    (tmp_path / "a.xsd").unlink()
    assert given.read("a.xsd") is None


def test_a_folder_that_is_none_or_holds_none_is_one_line(tmp_path: Path) -> None:
    for wrong in (tmp_path, tmp_path / "missing"):
        with pytest.raises(TargetError, match="--schemas"):
            list_schemas(str(wrong))
