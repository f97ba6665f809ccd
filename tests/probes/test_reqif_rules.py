"""exchange.documents: what ReqIF demands beyond its schema is looked at, each fault by itself."""

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.exchange.documents.probe import DocumentsProbe
from cpo_scan.probe.testing import run_probe

STAMP = 'LAST-CHANGE="2026-01-01T00:00:00Z"'
DOCUMENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"><THE-HEADER><REQ-IF-HEADER IDENTIFIER="h">
<CREATION-TIME>2026-01-01T00:00:00Z</CREATION-TIME><REQ-IF-TOOL-ID>t</REQ-IF-TOOL-ID>
<REQ-IF-VERSION>1.0</REQ-IF-VERSION><SOURCE-TOOL-ID>t</SOURCE-TOOL-ID><TITLE>t</TITLE></REQ-IF-HEADER></THE-HEADER>
<CORE-CONTENT><REQ-IF-CONTENT><DATATYPES>
<DATATYPE-DEFINITION-INTEGER IDENTIFIER="small" {STAMP} MIN="2" MAX="6"/>
<DATATYPE-DEFINITION-STRING IDENTIFIER="short" {STAMP} MAX-LENGTH="4"/>
<DATATYPE-DEFINITION-ENUMERATION IDENTIFIER="colour" {STAMP}><SPECIFIED-VALUES>
<ENUM-VALUE IDENTIFIER="red" {STAMP}><PROPERTIES><EMBEDDED-VALUE KEY="1" OTHER-CONTENT=""/></PROPERTIES></ENUM-VALUE>
<ENUM-VALUE IDENTIFIER="blue" {STAMP}><PROPERTIES><EMBEDDED-VALUE KEY="2" OTHER-CONTENT=""/></PROPERTIES></ENUM-VALUE>
</SPECIFIED-VALUES></DATATYPE-DEFINITION-ENUMERATION>
<DATATYPE-DEFINITION-ENUMERATION IDENTIFIER="size" {STAMP}><SPECIFIED-VALUES>
<ENUM-VALUE IDENTIFIER="large" {STAMP}><PROPERTIES><EMBEDDED-VALUE KEY="1" OTHER-CONTENT=""/></PROPERTIES></ENUM-VALUE>
</SPECIFIED-VALUES></DATATYPE-DEFINITION-ENUMERATION>
</DATATYPES><SPEC-TYPES>
<SPEC-OBJECT-TYPE IDENTIFIER="need" {STAMP}><SPEC-ATTRIBUTES>
<ATTRIBUTE-DEFINITION-INTEGER IDENTIFIER="rank" {STAMP}><TYPE>
<DATATYPE-DEFINITION-INTEGER-REF>small</DATATYPE-DEFINITION-INTEGER-REF></TYPE></ATTRIBUTE-DEFINITION-INTEGER>
<ATTRIBUTE-DEFINITION-STRING IDENTIFIER="text" {STAMP}><TYPE>
<DATATYPE-DEFINITION-STRING-REF>short</DATATYPE-DEFINITION-STRING-REF></TYPE></ATTRIBUTE-DEFINITION-STRING>
<ATTRIBUTE-DEFINITION-ENUMERATION IDENTIFIER="paint" {STAMP} MULTI-VALUED="true"><TYPE>
<DATATYPE-DEFINITION-ENUMERATION-REF>colour</DATATYPE-DEFINITION-ENUMERATION-REF></TYPE>
</ATTRIBUTE-DEFINITION-ENUMERATION></SPEC-ATTRIBUTES></SPEC-OBJECT-TYPE>
<SPEC-OBJECT-TYPE IDENTIFIER="note" {STAMP}/>
</SPEC-TYPES><SPEC-OBJECTS>
<SPEC-OBJECT IDENTIFIER="one" {STAMP}><TYPE><SPEC-OBJECT-TYPE-REF>need</SPEC-OBJECT-TYPE-REF></TYPE><VALUES>
<ATTRIBUTE-VALUE-INTEGER THE-VALUE="3"><DEFINITION>
<ATTRIBUTE-DEFINITION-INTEGER-REF>rank</ATTRIBUTE-DEFINITION-INTEGER-REF></DEFINITION></ATTRIBUTE-VALUE-INTEGER>
<ATTRIBUTE-VALUE-STRING THE-VALUE="fits"><DEFINITION>
<ATTRIBUTE-DEFINITION-STRING-REF>text</ATTRIBUTE-DEFINITION-STRING-REF></DEFINITION></ATTRIBUTE-VALUE-STRING>
<ATTRIBUTE-VALUE-ENUMERATION><DEFINITION>
<ATTRIBUTE-DEFINITION-ENUMERATION-REF>paint</ATTRIBUTE-DEFINITION-ENUMERATION-REF></DEFINITION>
<VALUES><ENUM-VALUE-REF>red</ENUM-VALUE-REF><ENUM-VALUE-REF>blue</ENUM-VALUE-REF></VALUES>
</ATTRIBUTE-VALUE-ENUMERATION></VALUES></SPEC-OBJECT>
</SPEC-OBJECTS></REQ-IF-CONTENT></CORE-CONTENT></REQ-IF>"""
INTEGER = DOCUMENT[DOCUMENT.index("<ATTRIBUTE-VALUE-INTEGER") : DOCUMENT.index("<ATTRIBUTE-VALUE-STRING")]


def stated(data: bytes, path: str = "needs.reqif") -> dict[str, Any]:
    findings = run_probe(DocumentsProbe, {path: data}).of("exchange.file")
    attributes: dict[str, Any] = next(row["attributes"] for row in findings if row["evidence"][0]["artifact"] == path)
    return attributes


def test_a_document_that_keeps_to_the_rules_is_valid_without_a_remark() -> None:
    attributes = stated(DOCUMENT.encode())
    assert (attributes["valid"], attributes["problems"], attributes.get("remarks")) == (True, [], None)


@pytest.mark.parametrize(
    ("old", "new", "code", "params"),
    [
        ('THE-VALUE="3"', 'THE-VALUE="1"', "value_beyond", {"attribute": "rank", "value": "1", "bound": "MIN 2"}),
        ('THE-VALUE="3"', 'THE-VALUE="7"', "value_beyond", {"attribute": "rank", "value": "7", "bound": "MAX 6"}),
        ("fits", "fits not", "value_beyond", {"attribute": "text", "value": "fits not", "bound": "MAX-LENGTH 4"}),
        ('VALUED="true"', 'VALUED="false"', "value_more_than_one", {"attribute": "paint", "count": 2}),
        ("REF>blue<", "REF>large<", "value_not_offered", {"attribute": "paint", "value": "large"}),
        (INTEGER, INTEGER + INTEGER, "value_twice", {"attribute": "rank"}),
        ("TYPE-REF>need<", "TYPE-REF>note<", "value_of_other_type", {"attribute": "rank", "type": "note"}),
    ],
)
def test_a_value_that_does_not_fit_its_attribute_is_remarked_and_stays_valid(
    old: str, new: str, code: str, params: dict[str, Any]
) -> None:
    assert DOCUMENT.count(old) == 1
    attributes = stated(DOCUMENT.replace(old, new).encode())
    assert attributes["valid"] is True
    first = attributes["remarks"][0]
    assert (first["code"], first["params"], first["line"] > 1) == (f"reqif.{code}", params, True)


def test_a_reference_to_something_of_another_kind_is_refused() -> None:
    attributes = stated(DOCUMENT.replace("TYPE-REF>need<", "TYPE-REF>colour<").encode())
    (problem,) = attributes["problems"]
    assert attributes["valid"] is False
    assert problem["code"] == "reqif.reference_kind"
    assert problem["params"] == {
        "reference": "colour",
        "wanted": "SPEC-OBJECT-TYPE",
        "found": "DATATYPE-DEFINITION-ENUMERATION",
    }


def test_documents_in_an_archive_are_held_to_the_rules_too() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.reqif", DOCUMENT)
        archive.writestr("b.reqif", DOCUMENT.replace("TYPE-REF>need<", "TYPE-REF>red<"))
    attributes = stated(file.getvalue(), "needs.reqifz")
    assert attributes["valid"] is False
    assert [problem["params"]["part"] for problem in attributes["problems"]] == ["b.reqif"]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_document_with_any_passage_gone_has_a_verdict(data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(DOCUMENT)))
    last = data.draw(st.integers(first, len(DOCUMENT)))
    for finding in run_probe(DocumentsProbe, {"needs.reqif": (DOCUMENT[:first] + DOCUMENT[last:]).encode()}).findings:
        assert finding["attributes"].get("valid") in (True, False, None)
