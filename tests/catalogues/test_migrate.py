"""Determinations and waivers go on to the next edition where the text is the same, and nowhere else."""

from pathlib import Path

import pytest
import yaml

from cpo_scan.layers.determinations import read_determinations
from cpo_scan.layers.source import Day, criterion_digest
from cpo_scan.rulebook.catalogue import Catalogue, parse_catalogue
from tests.cli.test_commands import call

ROW = """\
  {id}:
    category: "4"
    official_id: null
    obligation: {level}
    obligation_basis: stated
    modes: {{machine: required}}
    title: {{en: "{id} title"}}
    text: {{en: "{text}"}}
    mapped_to: {mapped}
"""


def edition(version: str, *rows: tuple[str, str, str, str]) -> bytes:
    """A catalogue: (id, level, text, mapping) a criterion."""
    head = (
        f'id: mine\nversion: "{version}"\nprovisional: false\ntitle: {{en: mine}}\nnotice: {{en: none}}\n'
        'categories:\n  "4": {name: interfaces, title: {en: Interfaces}}\ncriteria:\n'
    )
    return (head + "".join(ROW.format(id=a, level=b, text=c, mapped=d) for a, b, c, d in rows)).encode()


SAME = "[]"
OLD = edition(
    "1",
    *((name, "desired", f"text {name}", SAME) for name in ("same", "changed", "gone", "moved", "split", "stricter")),
)
NEW = edition(
    "2",
    ("same", "desired", "text same", SAME),
    ("changed", "desired", "another text", SAME),
    ("stricter", "mandatory", "text stricter", SAME),
    ("moved-on", "desired", "text moved", "[{scheme: mine, version: '1', id: moved, relation: equal}]"),
    ("split-a", "desired", "text split", "[{scheme: mine, version: '1', id: split, relation: equal}]"),
    ("split-b", "desired", "text split", "[{scheme: mine, version: '1', id: split, relation: equal}]"),
)
NEW = NEW.replace(b"moved-on title", b"moved title")


@pytest.fixture
def editions(tmp_path: Path) -> tuple[Path, Path, Catalogue, Catalogue]:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_bytes(OLD)
    new.write_bytes(NEW)
    return old, new, parse_catalogue("old.yaml", OLD), parse_catalogue("new.yaml", NEW)


Editions = tuple[Path, Path, Catalogue, Catalogue]


def determinations(folder: Path, old: Catalogue) -> Path:
    path = folder / "determinations.yaml"
    rows = [
        {
            "criterion": row.id,
            "criterion_digest": criterion_digest(row),
            "verdict": "fulfilled",
            "method": "examine",
            "reason": "seen",
        }
        for row in old.criteria.values()
    ]
    data = {
        "catalogue": "mine",
        "scan_digest": "a" * 64,
        "person": "E. Valuator",
        "role": "evaluator",
        "date": "2026-01-01",
        "determinations": rows,
    }
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return path


def test_determinations_are_carried_where_the_text_is_the_same(editions: Editions, tmp_path: Path) -> None:
    old, new, before, after = editions
    layer, out = determinations(tmp_path, before), tmp_path / "out.yaml"
    done = call("catalogue", "migrate", str(old), str(new), "--determinations", str(layer), "-o", str(out))
    assert done.exit_code == 0, done.output
    rows = read_determinations(str(out), after, Day(2026, 2, 1))
    assert [row.criterion for row in rows] == ["same", "moved-on", "stricter"]
    assert all(row.criterion_digest == criterion_digest(after.criteria[row.criterion]) for row in rows)
    for line in (
        "carried: same",
        "carried: moved → moved-on",
        "note: stricter was desired and is mandatory",
        "not carried: changed (row 2): stale, title or text changed in changed (en)",
        "not carried: gone (row 3): mine 2 does not have it",
        "not carried: split (row 5): it leads to several criteria: split-a, split-b",
        "3 carried, 3 not carried",
    ):
        assert line in done.output, line
    again = call("catalogue", "migrate", str(old), str(new), "--determinations", str(layer), "-o", str(out))
    assert again.exit_code == 2


def test_what_judged_another_text_is_not_carried(editions: Editions, tmp_path: Path) -> None:
    old, new, before, _ = editions
    layer, out = determinations(tmp_path, before), tmp_path / "out.yaml"
    text = layer.read_text(encoding="utf-8")
    layer.write_text(text.replace(criterion_digest(before.criteria["same"]), "b" * 64), encoding="utf-8")
    done = call("catalogue", "migrate", str(old), str(new), "--determinations", str(layer), "-o", str(out))
    assert "not carried: same (row 1): it judged another text" in done.output


def test_a_waiver_does_not_grow_with_the_level(editions: Editions, tmp_path: Path) -> None:
    old, new, _, _ = editions
    layer, out = tmp_path / "waivers.yaml", tmp_path / "out.yaml"
    rows = [{"criterion": name, "reason": "r", "owner": "o", "expires": "2027-01-01"} for name in ("same", "stricter")]
    layer.write_text(yaml.safe_dump({"waivers": rows}), encoding="utf-8")
    done = call("catalogue", "migrate", str(old), str(new), "--waivers", str(layer), "-o", str(out), "--lang", "de")
    assert done.exit_code == 0, done.output
    assert yaml.safe_load(out.read_text(encoding="utf-8"))["waivers"] == rows[:1]
    assert "nicht übernommen: stricter (Zeile 2): es war desired und ist mandatory" in done.output


def test_a_layer_of_another_catalogue_is_one_line(editions: Editions, tmp_path: Path) -> None:
    old, new, _, _ = editions
    layer = tmp_path / "waivers.yaml"
    layer.write_text("waivers:\n- {criterion: other, reason: r, owner: o, expires: '2027-01-01'}\n", encoding="utf-8")
    done = call("catalogue", "migrate", str(old), str(new), "--waivers", str(layer), "-o", str(tmp_path / "x.yaml"))
    assert done.exit_code == 2
    assert "waivers.yaml:2: the catalogue mine has no criterion 'other'" in done.output
    assert not (tmp_path / "x.yaml").exists()
    neither = call("catalogue", "migrate", str(old), str(new), "-o", str(tmp_path / "x.yaml"))
    assert (neither.exit_code, "Name one file" in neither.output) == (2, True)
