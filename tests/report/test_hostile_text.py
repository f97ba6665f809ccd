"""Hostile text inside of findings comes out as text, in every output format that there is, also in one that is new."""

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import yaml
from lxml import etree
from openpyxl import load_workbook
from pypdf import PdfReader

from cpo_scan.model.report import Layers
from cpo_scan.report import Output, Report, output_formats, write_outputs
from cpo_scan.report.formats import MANIFEST
from cpo_scan.report.inert import visible
from cpo_scan.report.texts import Texts
from cpo_scan.scan.store import FindingStore
from tests.report import hostile, product

Written = Callable[..., Path]

FORMULAS = ('=HYPERLINK("https://evil.example","x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "x;=1+1", "＝1+1",
            'a\n"=1+1')  # fmt: skip
# the wording of the tree itself, for programs that look it up again; escaped by the format where it has to be
EXACT = ("json", "parquet", "sqlite")
FACES = sorted(set(output_formats()) - {MANIFEST})


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    """All of `hostile`, and formulas where a cell would begin with them."""
    rows = hostile.rows()
    rows += [
        product.row("extension.point", f"server/{text.replace('!', '')}.xml", {"mechanism": text, "name": text})
        for text in FORMULAS
    ]
    parts = hostile.parts()
    for row, text in zip(parts["judged"]["criteria"][1:], FORMULAS, strict=False):
        said = {"en": text, "de": text}
        row.update(title=said, remediation=said, category=text, questions={"en": [text], "de": [text]})
        row.update(rationale=[{"code": text, "params": {}}], outcome="contradicted")
        row["findings"] = [one["id"] for one in rows]
    waivers = ({"criterion": row["id"], "state": "in_force", "reason": hostile.ALL, "owner": hostile.ALL}
               for row in parts["judged"]["criteria"][:3])  # fmt: skip
    parts["layers"] = Layers(**{**{name: getattr(parts["layers"], name) for name in ("claims", "responses")},
                                "waivers": tuple(waivers)})  # fmt: skip
    store = FindingStore(tmp_path_factory.mktemp("store"))
    yield product.build(store, rows, hostile.known(), **parts)
    store.close()


@pytest.fixture(scope="module")
def written(report: Report, texts: Texts, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`written(form, lang)` gives the file of a format, made once."""
    folder = tmp_path_factory.mktemp("outputs")

    def made(form: str, lang: str = "en") -> Path:
        path: Path = folder / f"{lang}.{form}"
        if not path.exists():
            write_outputs(report, [Output(form, str(path))], texts, lang)
        return path

    return made


def texts_of(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            yield from (text for pair in value.items() for part in pair for text in texts_of(part))
        case list():
            yield from (text for item in value for text in texts_of(item))
        case _:
            pass


def shown(form: str, content: bytes) -> list[str]:
    """What a reader of the format shows."""
    match form:
        case "xlsx":
            sheet = load_workbook(io.BytesIO(content)).active
            assert sheet is not None
            return [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
        case "pdf":
            return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
        case "csv":
            return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
        case "html":
            return [str(text) for text in lxml.html.document_fromstring(content).itertext()]
    text = content.decode()
    if text.startswith(("{", "[")):
        return list(texts_of(json.loads(text)))
    if text.startswith("<?xml"):
        root = etree.fromstring(content)
        return [*map(str, root.itertext()), *(str(value) for one in root.iter() for value in one.attrib.values())]
    if form == "openacr":
        return list(texts_of(yaml.safe_load(text)))
    return [text]


@pytest.mark.parametrize("lang", ["en", "de"])
@pytest.mark.parametrize("form", [form for form in FACES if form not in EXACT])
def test_nothing_unseen_reaches_a_reader(written: Written, form: str, lang: str) -> None:
    found = shown(form, written(form, lang).read_bytes())
    assert any("window.owned" in text for text in found), "the hostile text is not there at all"
    for text in found:
        for line in text.split("\n"):
            assert visible(line.replace("\t", " ")) == line.replace("\t", " ")


@pytest.mark.parametrize("form", FACES)
def test_no_output_holds_a_raw_control_sequence(written: Written, form: str) -> None:
    content = written(form).read_bytes()
    if form in ("parquet", "pdf", "sqlite", "xlsx"):  # binary; what their readers show is tested above and below
        return
    for sequence in (b"\x1b", b"\x00", b"\x07", "\x9b".encode()):
        # canonical JSON escapes what is below a blank and nothing else (RFC 8785 §3.2.2.2)
        assert sequence not in content or (form == "json" and sequence[0] > 0x20)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_is_a_formula(written: Written, form: str) -> None:
    content = written(form).read_bytes()
    if form == "xlsx":
        sheet = load_workbook(io.BytesIO(content)).active
        assert sheet is not None
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
        return
    text = content.decode("utf-8-sig")
    assert "HYPERLINK" in text
    for separator in (",", ";", "\t"):  # whatever a spreadsheet program takes for the separator
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            for cell in row:
                for line in cell.split("\n"):
                    assert not re.match(r"""[\s"]*[=+\-@＝＋－＠]""", line), cell


def test_page_runs_nothing_and_asks_for_nothing(written: Written) -> None:
    page = lxml.html.document_fromstring(written("html").read_bytes())
    for one in page.iter(lxml.etree.Element):
        assert not any(str(name).startswith("on") for name in one.attrib)
        for name in ("src", "href", "action", "data"):
            assert re.match(r"#|$|data:image/", one.get(name, ""))
    scripts = [
        "".join(map(str, one.itertext())) for one in page.iter("script") if one.get("type") in (None, "text/javascript")
    ]
    assert not any("window.owned" in text for text in scripts)


def test_summary_has_no_link_no_mention_and_no_image(written: Written) -> None:
    from markdown_it import MarkdownIt

    text = written("markdown").read_text(encoding="utf-8")
    page = lxml.html.fragment_fromstring(MarkdownIt("gfm-like", {"linkify": False}).render(text), create_parent="div")
    assert {one.tag for one in page.iter()}.isdisjoint({"a", "img", "script", "style"})


def test_sarif_messages_hold_no_link_and_no_placeholder(written: Written) -> None:
    run = json.loads(written("sarif").read_bytes())["runs"][0]
    messages = [row["message"]["text"] for row in run["results"]]
    messages += [row["message"]["text"] for row in run["invocations"][0]["toolExecutionNotifications"]]
    assert any("window.owned" in text for text in messages)
    for text in messages:
        assert not re.search(r"\[[^\]]*\]\([^)]+\)", text)
        assert re.sub(r"\{\{|\}\}", "", text).count("{") == 0


@pytest.mark.parametrize("form", EXACT)
def test_data_formats_give_the_wording_of_the_tree(report: Report, written: Written, form: str) -> None:
    content = written(form).read_bytes()
    titles = {
        row["id"]: row["attributes"].get("title") for row in report.findings() if row["kind"] == "api.description"
    }
    match form:
        case "json":
            found = {row["id"]: row["attributes"].get("title") for row in json.loads(content)["body"]["findings"]}
        case "sqlite":
            connection = sqlite3.connect(written(form))
            found = dict(connection.execute("SELECT finding, value FROM attribute WHERE name = 'title'"))
            connection.close()
        case _:
            from pyarrow import parquet

            rows = parquet.read_table(io.BytesIO(content)).to_pylist()
            found = {row["id"]: json.loads(row["attributes"]).get("title") for row in rows}
    assert titles
    assert {name: found[name] for name in titles} == titles == dict.fromkeys(titles, hostile.ALL)
