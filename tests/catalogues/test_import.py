"""Catalogues of others: every form gives the same criteria, what the source states is kept, and nothing is guessed."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.catalogues import Choices, import_catalogue, read_given
from cpo_scan.catalogues.crosswalk import read_crosswalk
from cpo_scan.catalogues.languages import split_language
from cpo_scan.catalogues.writing import write_yaml
from cpo_scan.rulebook.catalogue import load_catalogue, parse_catalogue
from cpo_scan.rulebook.load import RuleError
from tests.catalogues.imports import codes, imported
from tests.catalogues.official import FORMS, official, oscal
from tests.cli.test_commands import ROOT, call

HEAD = "id,category,obligation,title\n"


# -- every form


@pytest.mark.parametrize("name", FORMS)
def test_120_criteria_come_out_of_every_form_the_same(name: str, tmp_path: Path) -> None:
    rows = {row.id: row for row in official()}
    data = imported(tmp_path, name, FORMS[name]([*rows.values()])).data
    assert data["criteria"].keys() == rows.keys()
    assert len(data["categories"]) == 7
    levels = {"shall": "mandatory", "should": "desired", "may": "optional"}
    for identity, criterion in data["criteria"].items():
        row = rows[identity]
        assert criterion["title"] == {"en": row.title, "de": row.titel}
        assert {lang: text.split() for lang, text in criterion["text"].items()} == {
            "en": row.text.split(),
            "de": row.wortlaut.split(),
        }
        assert (criterion["obligation"], criterion["obligation_basis"]) == (levels[row.level], "stated")
        assert criterion["columns"]["clause"] == row.clause
        assert criterion["columns"]["guidance"] == row.guidance
        assert criterion["official_id"].endswith(identity)
    written = write_yaml("c.yaml", "made", data)
    catalogue = parse_catalogue("c.yaml", written)
    assert [*catalogue.criteria] == [*data["criteria"]]
    assert not catalogue.provisional
    assert catalogue.source is not None and len(catalogue.source.sha256) == 64


@pytest.mark.parametrize("name", ["c.json", "c.reqif"])
def test_an_imported_catalogue_replaces_the_provisional_one_without_a_scan(name: str, tmp_path: Path) -> None:
    report, again = tmp_path / "report.json", tmp_path / "again.json"
    source, catalogue, crosswalk = tmp_path / name, tmp_path / "licensed.yaml", tmp_path / "walk.csv"
    scanned = call("scan", "--workers", "0", "--quiet", "--product", str(ROOT / "samples/open-plm/product.yaml"),
                   "-o", f"json={report}")  # fmt: skip
    assert scanned.exit_code == 0, scanned.output
    source.write_bytes(FORMS[name](official()))
    crosswalk.write_text(
        "criterion,scheme,version,id,relation\n"
        "C-001,cpo-provisional,1,P-2.4-07,equal\n"
        "C-002,cpo-provisional,1,P-2.4-01,equal\n"
        "C-003,cpo-provisional,1,P-2.4-07,related\n"
        "C-003,din-spec-91372-3,2018,4.2,narrower\n"
        "C-004,din-spec-91372-3,2018,4.2,equal\n",
        encoding="utf-8",
    )
    done = call("catalogue", "import", str(source), "--crosswalk", str(crosswalk), "-o", str(catalogue))
    assert done.exit_code == 0, done.output
    assert "120 criteria in 7 categories" in done.output
    assert "118 have no rule bound" in done.output
    judged = call("assess", str(report), "--catalogue", str(catalogue), "--quiet", "-o", f"json={again}")
    assert judged.exit_code == 0, judged.output
    old, new = json.loads(report.read_text()), json.loads(again.read_text())
    schema = json.loads((ROOT / "rules/schemas/report-1.json").read_text(encoding="utf-8"))
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(new)] == []
    assert (new["body"], new["scan_digest"]) == (old["body"], old["scan_digest"])
    assert new["assessment_digest"] != old["assessment_digest"]
    before = {row["id"]: row for row in old["assessment"]["criteria"]}
    after = {row["id"]: row for row in new["assessment"]["criteria"]}
    assert len(after) == 120
    for identity, ours in (("C-001", "P-2.4-07"), ("C-002", "P-2.4-01")):
        for same in ("outcome", "parts", "rationale", "measures", "findings", "search_scope"):
            assert after[identity][same] == before[ours][same], identity
    unbound = [row for identity, row in after.items() if identity not in ("C-001", "C-002")]
    assert {row["outcome"] for row in unbound} == {"needs_human"}
    assert all(row["rationale"][0]["code"] == "criterion.no_rule" for row in unbound)
    assert after["C-003"]["mapped_to"] == [
        {"scheme": "cpo-provisional", "version": "1", "id": "P-2.4-07", "relation": "related"},
        {"scheme": "din-spec-91372-3", "version": "2018", "id": "4.2", "relation": "narrower"},
    ]
    (rule,) = [row for row in new["assessment"]["rules"] if row["kind"] == "catalogue"]
    assert (rule["id"], rule["provisional"]) == ("licensed-criteria", False)
    counted = new["assessment"]["summary"]["obligations"]["mandatory"]
    assert (counted["stated"]["criteria"], counted["reported"]["criteria"]) == (40, 0)
    pages = {form: tmp_path / f"r.{form}" for form in ("html", "markdown", "csv", "junit")}
    outputs = [word for form, path in pages.items() for word in ("-o", f"{form}={path}")]
    assert call("assess", str(report), "--catalogue", str(catalogue), "--lang", "de", *outputs).exit_code == 0
    assert "Kriterium Nr. 120 für Größe" in pages["html"].read_text(encoding="utf-8")
    assert "vorgegeben" in pages["markdown"].read_text(encoding="utf-8")


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "c.json"
    source.write_bytes(FORMS["c.json"](official()))
    for name in ("one.yaml", "two.yaml"):
        assert call("catalogue", "import", str(source), "-o", str(tmp_path / name)).exit_code == 0
    assert (tmp_path / "one.yaml").read_bytes() == (tmp_path / "two.yaml").read_bytes()
    again = call("catalogue", "import", str(source), "-o", str(tmp_path / "one.yaml"))
    assert (again.exit_code, "is there already" in again.output) == (2, True)
    assert call("catalogue", "import", str(source), "-o", str(tmp_path / "one.yaml"), "--replace").exit_code == 0
    other = call("catalogue", "import", str(tmp_path / "one.yaml"), "-o", str(tmp_path / "three.yaml"))
    assert "has the form of this program already" in other.output
    assert (tmp_path / "three.yaml").read_bytes() == (tmp_path / "one.yaml").read_bytes()


# -- columns


def test_a_german_table_is_read_by_its_german_names(tmp_path: Path) -> None:
    table = (
        "Kennung;Kategorie;Verbindlichkeit;Titel;Beschreibung;Prüfverfahren;Abhilfe;Fragen;Nachweisart;Verweis\n"
        "2.4 a;2.4 Schnittstellen;muss;Offen;Text;Ansehen;Tun;1. Wie?;Maschine (optional), Interview;ABC\n"
    )
    made = imported(tmp_path, "k.csv", table, lang="de")
    assert made.data["criteria"]["2.4-a"] == {
        "category": "2.4",
        "official_id": "2.4 a",
        "obligation": "mandatory",
        "obligation_basis": "stated",
        "modes": {"machine": "optional", "interview": "required"},
        "title": {"de": "Offen"},
        "text": {"de": "Text"},
        "how_to_test": {"de": "Ansehen"},
        "remediation": {"de": "Tun"},
        "questions": {"de": ["Wie?"]},
        "mapped_to": [],
        "columns": {"Verweis": "ABC"},
    }
    assert made.data["categories"] == {"2.4": {"name": "2.4", "title": {"de": "Schnittstellen"}}}
    assert {"catalogue.renamed", "catalogue.kept", "catalogue.no_version"} <= set(codes(made))
    assert "catalogue.language" not in codes(made)  # --lang said it


def test_a_column_is_mapped_by_hand_and_the_others_stay_columns(tmp_path: Path) -> None:
    table = "id,category,prio,title,Text,Spec clause\nA,x,hoch,T,not this,4.1; 4.2\n"
    made = imported(
        tmp_path,
        "k.csv",
        table,
        columns=("obligation=prio", "text.de=Spec clause", "mapped_to:din@2018:equal=Text"),
        obligations=("hoch=mandatory",),
    )
    row = made.data["criteria"]["A"]
    assert row["obligation"] == "mandatory"
    assert row["text"] == {"de": "4.1; 4.2"}
    assert row["mapped_to"] == [{"scheme": "din", "version": "2018", "id": "not this", "relation": "equal"}]
    assert made.data["source"]["mapped"]["obligation hoch"] == "mandatory"


def test_decided_by_takes_over_rule_modes_and_roles(tmp_path: Path) -> None:
    table = "id,category,obligation,title,decided by\nA,x,shall,T,P-2.4-01\nB,x,may,U,P-2.7-01\nP-2.4-07,x,may,V,\n"
    made = imported(tmp_path, "k.csv", table)
    ours = load_catalogue().criteria["P-2.4-01"]
    assert made.data["criteria"]["A"]["modes"] == {"machine": "required", "interview": "required"}
    assert made.data["criteria"]["A"]["roles"] == [str(role) for role in ours.roles]
    assert made.data["criteria"]["B"]["modes"] == {"declaration": "required"}
    assert "decided_by" not in made.data["criteria"]["P-2.4-07"]
    assert "catalogue.same_ids" in codes(made)
    bound = imported(tmp_path, "k.csv", table, bind_by_id=True)
    assert bound.data["criteria"]["P-2.4-07"]["decided_by"] == "P-2.4-07"


def test_what_is_not_understood_stays_a_column_and_is_told(tmp_path: Path) -> None:
    table = "id,category,obligation,title,modes,roles,mapped to\nA,x,shall,T,inspection,boxes,somewhere\n"
    made = imported(tmp_path, "k.csv", table)
    row = made.data["criteria"]["A"]
    assert row["columns"] == {"modes": "inspection", "roles": "boxes", "mapped_to": "somewhere"}
    assert row["modes"] == {"machine": "required", "interview": "required"}  # nobody said that files are enough
    assert codes(made).count("catalogue.unread") == 3


def test_mappings_of_a_cell_are_read(tmp_path: Path) -> None:
    cell = '"din-spec-91372-3@2018:4.2 (broader); iso@25010:2023:Interoperability"'
    made = imported(tmp_path, "k.csv", f"id,category,obligation,title,mapped to\nA,x,shall,T,{cell}\n")
    assert made.data["criteria"]["A"]["mapped_to"] == [
        {"scheme": "din-spec-91372-3", "version": "2018", "id": "4.2", "relation": "broader"},
        {"scheme": "iso", "version": "25010", "id": "2023:Interoperability", "relation": "related"},
    ]


def test_levels_that_nobody_stated_are_marked_as_assumed(tmp_path: Path) -> None:
    made = imported(tmp_path, "k.csv", "id,category,title\nA,x,T\n", obligations=("*=desired",))
    assert made.data["criteria"]["A"]["obligation_basis"] == "assumed"
    assert "catalogue.levels_assumed" in codes(made)


def test_withdrawn_controls_and_nested_ones(tmp_path: Path) -> None:
    data = oscal(official(7))
    group = data["catalog"]["groups"][0]
    group["parts"] = [{"name": "overview", "prose": "about"}]
    inner = dict(data["catalog"]["groups"][1]["controls"][0])
    group["controls"][0]["controls"] = [
        {"id": "C-007.1", "title": "inner", "props": [{"name": "obligation", "value": "may"},
                   {"name": "label", "value": "7 (1)"}, {"name": "label", "class": "old", "value": "7.1"}],
         "params": [{"id": "p1", "label": "a number"}, {"id": "p2", "values": ["seven"]}],
         "parts": [{"name": "statement", "prose": "at most {{ insert: param, p1 }} or {{ insert: param, p2 }}",
                    "parts": [{"name": "item", "prose": "one", "props": [{"name": "label", "value": "a."}]}]}]},
    ]  # fmt: skip
    data["catalog"]["groups"][1]["controls"][0] = inner | {"props": [{"name": "status", "value": "withdrawn"}]}
    data["catalog"]["back-matter"] = {"resources": []}
    made = imported(tmp_path, "c.json", json.dumps(data))
    assert "C-001" not in made.data["criteria"]
    row = made.data["criteria"]["C-007.1"]
    assert row["text"] == {"en": "at most [a number] or seven\n\na. one"}
    assert row["columns"]["parent control"] == "C-007"
    assert (row["official_id"], row["columns"]["label [old]"]) == ("7 (1)", "7.1")
    assert {"catalogue.out.withdrawn", "catalogue.out.group_text", "catalogue.out.resources"} <= set(codes(made))


def test_notes_in_reqif_are_left_out_and_told(tmp_path: Path) -> None:
    text = FORMS["c.reqif"](official(8)).decode()
    note = '<SPEC-OBJECT IDENTIFIER="_note"><TYPE><SPEC-OBJECT-TYPE-REF>t</SPEC-OBJECT-TYPE-REF></TYPE></SPEC-OBJECT>'
    made = imported(tmp_path, "c.reqif", text.replace("</SPEC-OBJECTS>", f"{note}</SPEC-OBJECTS>"))
    assert len(made.data["criteria"]) == 8
    assert [note.params["place"] for note in made.notes if note.code == "catalogue.out.no_level"] != []


def test_groups_inside_of_groups_are_kept(tmp_path: Path) -> None:
    data = oscal(official(14))["catalog"]
    wrapped = {"catalog": data | {"groups": [{"id": "all", "title": "All", "groups": data["groups"]}]}}
    flat = imported(tmp_path, "c.json", json.dumps(wrapped))
    assert [*flat.data["categories"]] == ["all"]
    assert flat.data["criteria"]["C-007"]["groups"] == ["All", "Exchange"]
    deep = imported(tmp_path, "c.json", json.dumps(wrapped), category_depth=2)
    assert len(deep.data["categories"]) == 7


def test_signs_that_steer_a_terminal_are_left_out(tmp_path: Path) -> None:
    row = {
        "id": "A",
        "category": "x",
        "obligation": "may",
        "title": "T\x1b[2J\u202e!",
        "text": "a\nb\x07",
        "own": "\x00c",
    }
    made = imported(tmp_path, "c.yaml", yaml.safe_dump([row])).data["criteria"]["A"]
    assert (made["title"], made["text"], made["columns"]) == ({"en": "T [2J !"}, {"en": "a\nb"}, {"own": "c"})


@pytest.mark.parametrize(
    ("column", "split"),
    [
        ("title_de", ("title", "de")),
        ("Titel (DE)", ("Titel", "de")),
        ("text.en", ("text", "en")),
        ("code", ("code", "")),
        ("mode", ("mode", "")),
        ("ReqIF.Text", ("ReqIF.Text", "")),
    ],
)
def test_a_mark_of_language_is_told_from_a_name(column: str, split: tuple[str, str]) -> None:
    assert split_language(column) == split


# -- what is wrong is one line


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("k.csv", "id,category,title\nA,x,T\n", r"k\.csv:1: nothing states the obligation of a criterion"),
        ("k.csv", "a,category,obligation,title\nA,x,may,T\n", r"k\.csv:1: no column 'id'"),
        ("k.csv", HEAD + "A,x,may,T\nB,x,maybe,U\n", r"k\.csv:3: the obligation 'maybe' is no level of ours.*1 with"),
        ("k.csv", HEAD + "A,x,may,T\n\nB,x,,U\n", r"k\.csv:4: no obligation; say what it means"),
        ("k.csv", HEAD + "A,x,may,T\nA,x,may,U\n", r"k\.csv:3: the id A stands here twice"),
        ("k.csv", HEAD + ",x,may,T\n", r"k\.csv:2: no id"),
        ("k.csv", HEAD + "A,,may,T\n", r"k\.csv:2: no category"),
        ("k.csv", HEAD + "A,x,may,\n", r"k\.csv:2: neither a title nor a text"),
        ("k.csv", HEAD + "A,x,may,T,U\n", r"k\.csv:2: more cells than the 4 columns"),
        ("k.csv", "id,id,title\n", r"k\.csv:1: two columns are named 'id'"),
        ("k.csv", "id,category,obligation,title,Titel\nA,x,may,T,U\n", r"k\.csv:2: the columns 'title' and 'Titel'"),
        ("k.csv", "id,category,obligation,title,decided by\nA,x,may,T,P-0\n", r"k\.csv:2: decided by 'P-0'"),
        ("k.csv", "\n", r"k\.csv:1: no column is named"),
        ("k.csv", HEAD, r"k\.csv:1: no criterion was found"),
        ("c.json", '{"catalog":\n {"metadata": {"title": "x"}, "controls": [{"id": 1}]}}', r"c\.json:2: .*string"),
        ("c.json", '{"catalog": {\n"metadata": }}', r"c\.json:2: no JSON"),
        ("c.json", '{"catalog": {"metadata": {"title": "x"}}}', r"c\.json:1: the catalogue holds no controls"),
        ("c.json", '{"catalog": ' + "[" * 100_000, r"c\.json:\d+: "),
        ("c.xml", "<catalog><metadata>", r"c\.xml:1: "),
        ("c.xml", "<other/>", r"c\.xml:1: the root is 'other'"),
        ("c.reqif", "<REQ-IF/>", r"c\.reqif:1: no REQ-IF-CONTENT"),
        ("c.reqif", "<!DOCTYPE a [<!ENTITY b 'c'>]><REQ-IF>&b;</REQ-IF>", r"c\.reqif:1: no REQ-IF-CONTENT"),
        ("c.reqifz", b"PK\x03\x04junk", r"c\.reqifz: no archive that can be read"),
        ("c.yaml", "- id: A\n  title: &x T\n  text: *x\n", r"c\.yaml:\d: aliases"),
        ("c.yaml", "a: b\n", r"c\.yaml:1: "),
        ("c.yaml", "- id: A\n  obligation: may\n  text: {english: x}\n", r"c\.yaml:1: the column 'text' is given by"),
        ("c.xlsx", "no workbook", r"c\.xlsx: no workbook"),
        ("c.csv", b"\xff\xfe\x00", r"c\.csv:1: no UTF-8"),
    ],
)
def test_what_is_wrong_with_a_source_is_one_line(name: str, content: str | bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        imported(tmp_path, name, content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"columns": ("obligation",)}, "FIELD=COLUMN is expected"),
        ({"columns": ("oblig=title",)}, "'oblig' is no field"),
        ({"columns": ("text=titel",)}, "no column 'titel'; did you mean 'title'"),
        ({"columns": ("mapped_to:a@1:like=title",)}, "'like' is no relation"),
        ({"columns": ("text=title", "title=title")}, "is text already"),
        ({"obligations": ("may=sometimes",)}, "WORD=LEVEL is expected"),
        ({"lang": "English"}, "two letters are expected"),
        ({"identity": "cpo-provisional"}, "is the id of the catalogue of this program"),
    ],
)
def test_a_choice_that_leads_nowhere_is_one_line(choices: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=message):
        imported(tmp_path, "k.csv", HEAD + "A,x,may,T\n", **choices)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.csv", "criterion,scheme,version,id\n", r"^w\.csv:1: no column 'relation'"),
        ("w.csv", "criterion,scheme,version,id,relation\nA,b,1,c,like\n", r"^w\.csv:2: 'like' is no relation"),
        ("w.csv", "criterion,scheme,version,id,relation\nA,b,,c,equal\n", r"^w\.csv:2: the column 'version' is empty"),
        ("w.yaml", "rows: []\n", r"^w\.yaml:1: "),
        ("w.yaml", "rows:\n- {criterion: A, scheme: b, version: '1', id: c, relation: like}\n", r"^w\.yaml:2: "),
    ],
)
def test_what_is_wrong_with_a_crosswalk_is_one_line(name: str, content: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        read_crosswalk(name, content.encode())


@pytest.mark.parametrize(
    ("row", "message"),
    [("X,d,1,c,equal", r"w\.csv:2: .* has no criterion 'X'"), ("A,cpo-provisional,1,P-0,equal", r"w\.csv:2: cpo-prov")],
)
def test_a_crosswalk_that_leads_nowhere_is_one_line(row: str, message: str, tmp_path: Path) -> None:
    walk = read_crosswalk("w.csv", f"criterion,scheme,version,id,relation\n{row}\n".encode())
    with pytest.raises(RuleError, match=message):
        imported(tmp_path, "k.csv", HEAD + "A,x,may,T\n", crosswalks=(walk,))


@given(st.text(max_size=200) | st.binary(max_size=200), st.sampled_from([*FORMS]))
def test_whatever_the_bytes_a_source_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: str | bytes, name: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
    try:
        import_catalogue(read_given(str(path)), Choices(), load_catalogue())
    except RuleError as error:
        assert "\n" not in str(error)


@given(
    st.dictionaries(
        st.from_regex(r"\A[A-Za-z][A-Za-z0-9._-]{0,20}\Z"),
        st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), min_size=1, max_size=80),
        min_size=1,
        max_size=5,
    )
)
def test_texts_survive_being_written_and_read(texts: dict[str, str]) -> None:
    rows = [{"id": key, "category": "x", "obligation": "may", "title": "t", "text": text, "own": text}
            for key, text in texts.items()]  # fmt: skip
    data = {name: {**row} for name, row in zip(texts, rows, strict=True)}
    assert yaml.safe_load(write_yaml("x", "head", data)) == data


def test_a_list_in_japanese_is_read_by_its_own_words(tmp_path: Path) -> None:
    rows = (
        "番号,分類,義務レベル,タイトル,本文,証拠の種類",
        "A-1,2.4,必須,公開,製品は公開する。,自動、面談",
        "A-2,2.4,推奨,試験,試験する。,試験",
        "A-3,2.4,任意,任意項目,してもよい。,宣言",
    )
    made = imported(tmp_path, "c.csv", "\n".join(rows), lang="ja")
    criteria = made.data["criteria"]
    assert [row["obligation"] for row in criteria.values()] == ["mandatory", "desired", "optional"]
    assert criteria["A-1"]["title"] == {"ja": "公開"}
    assert [set(row["modes"]) for row in criteria.values()] == [{"machine", "interview"}, {"test"}, {"declaration"}]


def test_the_seven_categories_have_their_japanese_titles() -> None:
    titles = [category.title["ja"] for category in load_catalogue().categories.values()]
    assert len(set(titles)) == 7
    assert all(not title.isascii() for title in titles)
