"""An official-style catalogue of 120 criteria of our own making, written in the forms in which such catalogues come."""

import csv
import io
import json
import zipfile
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
import yaml

CHAPTERS = ("Exchange", "Platforms", "Extension", "Interfaces", "Formats", "Structure", "Cooperation")
KAPITEL = ("Austausch", "Plattformen", "Erweiterung", "Schnittstellen", "Formate", "Aufbau", "Zusammenarbeit")
LEVELS = ("shall", "should", "may")


class Official(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion as its publisher states it."""

    id: str
    chapter: int
    level: str
    title: str
    titel: str
    text: str
    wortlaut: str
    clause: str
    guidance: str


def official(count: int = 120) -> list[Official]:
    """Criteria over seven chapters."""
    return [
        Official(
            id=f"C-{number:03}",
            chapter=number % 7,
            level=LEVELS[number % 3],
            title=f"Criterion no. {number} & its kin",
            titel=f"Kriterium Nr. {number} für Größe",
            text=f"The product offers thing {number}.\n\n- in one way\n- in another < way",
            wortlaut=f"Das Produkt bietet Ding {number} an.",
            clause=f"§ {number}",
            guidance=f"Look at thing {number}.",
        )
        for number in range(1, count + 1)
    ]


def oscal(rows: list[Official]) -> dict[str, Any]:
    """As an OSCAL catalogue: groups by chapter, props for level and clause, parts for texts."""
    return {
        "catalog": {
            "uuid": "74c8ba1e-5cd4-4ad1-bbfd-d888e2f6c724",
            "metadata": {
                "title": "Licensed Criteria 😀",
                "last-modified": "2026-01-01T00:00:00Z",
                "version": "2.1",
                "oscal-version": "1.1.2",
            },
            "groups": [
                {
                    "id": f"k{number + 1}",
                    "title": name,
                    "props": [{"name": "title-de", "value": KAPITEL[number]}],
                    "controls": [oscal_control(row) for row in rows if row.chapter == number],
                }
                for number, name in enumerate(CHAPTERS)
            ],
        }
    }


def oscal_control(row: Official) -> dict[str, Any]:
    """One control."""
    return {
        "id": row.id,
        "title": row.title,
        "props": [
            {"name": "label", "value": f"No {row.id}"},
            {"name": "obligation", "value": row.level},
            {"name": "clause", "value": row.clause},
            {"name": "title-de", "value": row.titel},
        ],
        "parts": [
            {"name": "statement", "prose": row.text},
            {"name": "statement", "class": "de", "prose": row.wortlaut},
            {"name": "guidance", "prose": row.guidance},
        ],
    }


def oscal_json(rows: list[Official]) -> bytes:
    """In JSON, with escapes for all that is not ASCII."""
    return json.dumps(oscal(rows), indent=1).encode()


def oscal_yaml(rows: list[Official]) -> bytes:
    """In YAML."""
    return yaml.safe_dump(oscal(rows), sort_keys=False, allow_unicode=True).encode()


def oscal_xml(rows: list[Official]) -> bytes:
    """In XML, with prose as markup."""

    def prose(text: str) -> str:
        head, _, rest = text.partition("\n\n")
        items = "".join(f"<li>{escape(line.removeprefix('- '))}</li>" for line in rest.split("\n") if line)
        return f"<p>{escape(head)}</p>" + (f"<ul>{items}</ul>" if items else "")

    def prop(one: dict[str, Any]) -> str:
        return f"<prop name={quoteattr(one['name'])} value={quoteattr(one['value'])}/>"

    def part(one: dict[str, Any]) -> str:
        marked = f" class={quoteattr(one['class'])}" if "class" in one else ""
        return f"<part name={quoteattr(one['name'])}{marked}>{prose(one['prose'])}</part>"

    catalog = oscal(rows)["catalog"]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<catalog xmlns="http://csrc.nist.gov/ns/oscal/1.0" uuid="{catalog["uuid"]}">',
        f"<metadata><title>{escape(catalog['metadata']['title'])}</title><version>2.1</version></metadata>",
    ]
    for group in catalog["groups"]:
        lines.append(f"<group id={quoteattr(group['id'])}><title>{escape(group['title'])}</title>")
        lines += [prop(one) for one in group["props"]]
        for control in group["controls"]:
            lines.append(f"<control id={quoteattr(control['id'])}><title>{escape(control['title'])}</title>")
            lines += [*map(prop, control["props"]), *map(part, control["parts"]), "</control>"]
        lines.append("</group>")
    return "\n".join([*lines, "</catalog>"]).encode()


_ATTRIBUTES = {"id": "ReqIF.ForeignID", "level": "Obligation", "title": "Title", "titel": "Title (DE)",
               "text": "Text", "wortlaut": "Text (DE)", "clause": "clause", "guidance": "guidance"}  # fmt: skip


def reqif(rows: list[Official]) -> bytes:
    """As ReqIF: levels enumerated, texts in XHTML, chapters as headings of the hierarchy."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd" xmlns:x="http://www.w3.org/1999/xhtml">',
        '<THE-HEADER><REQ-IF-HEADER IDENTIFIER="h"><TITLE>Licensed Criteria 😀</TITLE></REQ-IF-HEADER></THE-HEADER>',
        "<CORE-CONTENT><REQ-IF-CONTENT><DATATYPES>",
        '<DATATYPE-DEFINITION-ENUMERATION IDENTIFIER="dl" LONG-NAME="Level"><SPECIFIED-VALUES>',
        *(f'<ENUM-VALUE IDENTIFIER="e-{level}" LONG-NAME="{level}"/>' for level in LEVELS),
        "</SPECIFIED-VALUES></DATATYPE-DEFINITION-ENUMERATION></DATATYPES><SPEC-TYPES>",
        '<SPEC-OBJECT-TYPE IDENTIFIER="t" LONG-NAME="Criterion"><SPEC-ATTRIBUTES>',
    ]
    for field, name in _ATTRIBUTES.items():
        kind = {"level": "ENUMERATION", "text": "XHTML", "wortlaut": "XHTML"}.get(field, "STRING")
        lines.append(f'<ATTRIBUTE-DEFINITION-{kind} IDENTIFIER="a-{field}" LONG-NAME="{name}"/>')
    lines += [
        '</SPEC-ATTRIBUTES></SPEC-OBJECT-TYPE><SPEC-OBJECT-TYPE IDENTIFIER="th" LONG-NAME="Heading"><SPEC-ATTRIBUTES>',
        '<ATTRIBUTE-DEFINITION-STRING IDENTIFIER="h-name" LONG-NAME="ReqIF.ChapterName"/>',
        '<ATTRIBUTE-DEFINITION-STRING IDENTIFIER="h-number" LONG-NAME="ReqIF.ChapterNumber"/>',
        "</SPEC-ATTRIBUTES></SPEC-OBJECT-TYPE></SPEC-TYPES><SPEC-OBJECTS>",
    ]
    for number, name in enumerate(CHAPTERS):
        values = _string("h-name", name) + _string("h-number", f"k{number + 1}")
        lines.append(_spec_object(f"_h{number}", "th", values))
    for row in rows:
        values = "".join(_string(f"a-{field}", getattr(row, field))
                         for field in ("id", "title", "titel", "clause", "guidance"))  # fmt: skip
        values += (
            "<ATTRIBUTE-VALUE-ENUMERATION><DEFINITION><ATTRIBUTE-DEFINITION-ENUMERATION-REF>a-level"
            "</ATTRIBUTE-DEFINITION-ENUMERATION-REF></DEFINITION><VALUES>"
            f"<ENUM-VALUE-REF>e-{row.level}</ENUM-VALUE-REF></VALUES></ATTRIBUTE-VALUE-ENUMERATION>"
        )
        values += _xhtml("a-text", row.text) + _xhtml("a-wortlaut", row.wortlaut)
        lines.append(_spec_object(f"_{row.id}", "t", values))
    lines.append('</SPEC-OBJECTS><SPECIFICATIONS><SPECIFICATION IDENTIFIER="s"><CHILDREN>')
    for number, _ in enumerate(CHAPTERS):
        inner = "".join(_place(f"_{row.id}") for row in rows if row.chapter == number)
        lines.append(_place(f"_h{number}", f"<CHILDREN>{inner}</CHILDREN>"))
    lines.append("</CHILDREN></SPECIFICATION></SPECIFICATIONS></REQ-IF-CONTENT></CORE-CONTENT></REQ-IF>")
    return "\n".join(lines).encode()


def _string(definition: str, value: str) -> str:
    return (
        f"<ATTRIBUTE-VALUE-STRING THE-VALUE={quoteattr(value)}><DEFINITION><ATTRIBUTE-DEFINITION-STRING-REF>"
        f"{definition}</ATTRIBUTE-DEFINITION-STRING-REF></DEFINITION></ATTRIBUTE-VALUE-STRING>"
    )


def _xhtml(definition: str, text: str) -> str:
    head, _, rest = text.partition("\n\n")
    items = "".join(f"<x:li>{escape(line.removeprefix('- '))}</x:li>" for line in rest.split("\n") if line)
    body = f"<x:div><x:p>{escape(head)}</x:p>" + (f"<x:ul>{items}</x:ul>" if items else "") + "</x:div>"
    return (
        "<ATTRIBUTE-VALUE-XHTML><DEFINITION><ATTRIBUTE-DEFINITION-XHTML-REF>"
        f"{definition}</ATTRIBUTE-DEFINITION-XHTML-REF></DEFINITION><THE-VALUE>{body}</THE-VALUE>"
        "</ATTRIBUTE-VALUE-XHTML>"
    )


def _spec_object(identity: str, kind: str, values: str) -> str:
    return (
        f'<SPEC-OBJECT IDENTIFIER="{identity}"><TYPE><SPEC-OBJECT-TYPE-REF>{kind}</SPEC-OBJECT-TYPE-REF></TYPE>'
        f"<VALUES>{values}</VALUES></SPEC-OBJECT>"
    )


def _place(identity: str, below: str = "") -> str:
    return (
        f'<SPEC-HIERARCHY IDENTIFIER="p{identity}"><OBJECT><SPEC-OBJECT-REF>{identity}</SPEC-OBJECT-REF></OBJECT>'
        f"{below}</SPEC-HIERARCHY>"
    )


def reqifz(rows: list[Official]) -> bytes:
    """ReqIF in its archive, beside a picture."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("criteria.reqif", reqif(rows))
        archive.writestr("picture.png", b"\x89PNG")
    return packed.getvalue()


HEAD = ("ID", "Category", "Category title (DE)", "Obligation", "Title", "Titel (DE)", "Text", "Wortlaut (DE)",
        "clause", "guidance")  # fmt: skip


def table(rows: list[Official]) -> list[tuple[str, ...]]:
    """As rows of a table under a head."""
    return [
        HEAD,
        *(
            (
                row.id,
                f"{row.chapter + 1} {CHAPTERS[row.chapter]}",
                KAPITEL[row.chapter],
                row.level,
                row.title,
                row.titel,
                row.text,
                row.wortlaut,
                row.clause,
                row.guidance,
            )
            for row in rows
        ),
    ]


def as_csv(rows: list[Official]) -> bytes:
    """As CSV with the separator of German spreadsheets."""
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(table(rows))
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows: list[Official]) -> bytes:
    """As a workbook."""
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    for cells in table(rows):
        book.worksheets[0].append(cells)
    book.save(out)
    return out.getvalue()


def as_yaml(rows: list[Official]) -> bytes:
    """As plain rows of YAML, texts by language."""
    data = {
        "title": "Licensed Criteria",
        "version": "2.1",
        "criteria": [
            {
                "id": row.id,
                "category": f"{row.chapter + 1} {CHAPTERS[row.chapter]}",
                "obligation": row.level,
                "title": {"en": row.title, "de": row.titel},
                "text": {"en": row.text, "de": row.wortlaut},
                "clause": row.clause,
                "guidance": row.guidance,
            }
            for row in rows
        ],
    }
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode()


FORMS = {
    "c.json": oscal_json,
    "c.oscal.yaml": oscal_yaml,
    "c.xml": oscal_xml,
    "c.reqif": reqif,
    "c.reqifz": reqifz,
    "c.csv": as_csv,
    "c.xlsx": as_xlsx,
    "c.yaml": as_yaml,
}
"""File names and how their content is written."""
