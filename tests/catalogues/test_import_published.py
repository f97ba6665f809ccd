"""What published catalogues hold besides: marks in their prose, parameters, parts and properties of their own."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.catalogues.markup import unmarked
from tests.catalogues.imports import codes, imported


@pytest.mark.parametrize(
    ("prose", "words"),
    [
        (r"\*not\* emphasis, \[no link\](#x), a\_b", "*not* emphasis, [no link](#x), a_b"),
        (r"a path C:\temp stays, and \\ is one", r"a path C:\temp stays, and \ is one"),
        (r"code `a\*b` stays, \*this\* not", r"code `a\*b` stays, *this* not"),
        (r"``two ` ticks \* ``, \*", r"``two ` ticks \* ``, *"),
        (r"one ` tick \*", "one ` tick *"),
        (r"\`no code \*\`", "`no code *`"),
        ("A &amp; B &lt; C, D&nbsp;E, F &unknown; G, &#65;, &#0;", "A & B < C, D E, F &unknown; G, A, \ufffd"),
    ],
)
def test_escapes_of_markdown_in_prose_are_undone(prose: str, words: str) -> None:
    assert unmarked(prose) == words


@given(st.text(alphabet="ab\\\\`*&;#x \n", max_size=60))
def test_any_prose_can_be_unmarked(prose: str) -> None:
    assert unmarked("".join(f"\\{sign}" if sign in "\\\\`*&;#" else sign for sign in prose)) == prose
    unmarked(prose)


ODD = {
    "catalog": {
        "uuid": "x",
        "metadata": {"title": r"Controls \*for\* tests", "version": "1"},
        "groups": [
            {
                "id": "g",
                "title": "Group",
                "props": [{"name": "label", "value": "1"}],
                "parts": [{"name": "objective", "prose": "What the group is for."}],
                "controls": [
                    {
                        "id": "g.1",
                        "title": r"Roles \& duties",
                        "params": [{"id": "when", "props": [{"name": "label", "value": "W"}], "label": "a period"}],
                        "props": [{"name": "level", "value": "shall"}],
                        "links": [{"href": "#uuid-1", "rel": "reference"}, {"href": "#uuid-2", "rel": "reference"}],
                        "parts": [
                            {
                                "name": "statement",
                                "parts": [
                                    {
                                        "name": "item",
                                        "props": [{"name": "label", "value": "a."}],
                                        "prose": "Within {{ insert: param, when }} and {{ insert: param, gone }}.",
                                    },
                                    {"name": "item", "prose": "Without a label."},
                                ],
                            },
                        ],
                    },
                    {"id": "g.2", "title": "Old", "props": [{"name": "status", "value": "withdrawn"}]},
                ],
            }
        ],
        "back-matter": {"resources": [{"uuid": "uuid-1"}]},
    }
}


def test_what_published_catalogues_hold_besides_is_read_or_told(tmp_path: Path) -> None:
    made = imported(tmp_path, "c.json", json.dumps(ODD), columns=("obligation=level", "text=statement"), lang="en")
    criterion = made.data["criteria"]["g.1"]
    assert made.data["title"]["en"] == "Controls *for* tests"
    assert criterion["title"]["en"] == "Roles & duties"
    assert criterion["text"]["en"] == "a. Within [a period] and {{ insert: param, gone }}.\n\nWithout a label."
    assert {"catalogue.out.withdrawn", "catalogue.out.group_text", "catalogue.out.resources"} <= set(codes(made))
    (told,) = [note for note in made.notes if note.code == "catalogue.out.parameter"]
    assert told.params["place"] == "g.1: gone"


def test_a_level_that_stands_with_the_statement_is_the_level(tmp_path: Path) -> None:
    def control(identity: str, verb: str) -> dict[str, object]:
        said = [{"name": "modal_verb", "value": verb}, {"name": "label", "value": "a."}]
        again = {"name": "statement", "props": said[:1], "prose": "Noch ein Satz."}
        return {
            "id": identity,
            "title": "Verfahren",
            "parts": [{"name": "statement", "props": said, "prose": f"Das Produkt {verb} es tun."}, again],
        }

    controls = [control("A.1", "MUSS"), control("A.2", "SOLLTE"), control("A.3", "KANN")]
    data = {"catalog": {"uuid": "x", "metadata": {"title": "K"}, "groups": [{"id": "A", "controls": controls}]}}
    made = imported(tmp_path, "c.json", json.dumps(data), lang="de")
    levels = {identity: row["obligation"] for identity, row in made.data["criteria"].items()}
    assert levels == {"A.1": "mandatory", "A.2": "desired", "A.3": "optional"}
    assert {row["obligation_basis"] for row in made.data["criteria"].values()} == {"stated"}
