"""References inside of XML documents and ODX packages lead to something; others are told with their line."""

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.documents.probe import DocumentsProbe
from cpo_probes.exchange.documents.references import Key
from cpo_scan.probe.testing import run_probe
from cpo_scan.rulebook.data import Tables

X3D = b"""<X3D version="4.0"><Scene>
<Transform DEF="T"><Shape DEF="S"/></Transform><Shape USE="%s"/>
<TimeSensor DEF="C"/><ROUTE fromNode="%s" fromField="a" toNode="T" toField="b"/></Scene></X3D>"""
PLMXML = b"""<PLMXML xmlns="http://www.plmxml.org/Schemas/PLMXMLSchema" schemaVersion="6"><ProductDef id="d">
<InstanceGraph id="g" rootRefs="%s"><Instance id="i1" partRef="%s"/><Instance id="i2" partRef="other.plmxml#p9"/>
<Part id="p1" instanceRefs="i1 i2"/></InstanceGraph></ProductDef></PLMXML>"""
QIF = b"""<QIFDocument xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0"><Parts n="1"><Part id="1"/></Parts>
<A><PartId>%s</PartId></A><B><PartId xId="5">77</PartId></B><C><PartIds n="1"><Id>%s</Id></PartIds></C></QIFDocument>"""
IPC = b"""<IPC-2581 revision="C" xmlns="http://webstds.ipc.org/2581"><Content roleRef="o"><LayerRef name="TOP"/>
<DictionaryStandard units="MILLIMETER"><EntryStandard id="%s"/><EntryStandard id="b"/></DictionaryStandard></Content>
<Ecad><CadData><Layer name="TOP"/><Step name="s"><StandardPrimitiveRef id="%s"/></Step></CadData></Ecad></IPC-2581>"""
ODX = b"""<ODX MODEL-VERSION="2.2.0"><DIAG-LAYER-CONTAINER ID="c"><SHORT-NAME>own</SHORT-NAME><ECU-VARIANTS>
<ECU-VARIANT ID="v"><SHORT-NAME>ecu</SHORT-NAME><REQUEST-REF ID-REF="%s"/><COMPARAM-REF ID-REF="%s" DOCREF="set"/>
</ECU-VARIANT></ECU-VARIANTS></DIAG-LAYER-CONTAINER></ODX>"""
SET = b"""<ODX MODEL-VERSION="2.2.0"><COMPARAM-SUBSET ID="s"><SHORT-NAME>set</SHORT-NAME><P ID="p"/>
</COMPARAM-SUBSET></ODX>"""
INDEX = b'<CATALOG F-DTD-VERSION="ODX-2.2.0"><FILES><FILE>own.odx-d</FILE><FILE>set.odx-cs</FILE></FILES></CATALOG>'


def stated(path: str, data: bytes) -> dict[str, Any]:
    findings = run_probe(DocumentsProbe, {path: data}).of("exchange.file")
    found: dict[str, Any] = next(row["attributes"] for row in findings if row["evidence"][0]["artifact"] == path)
    return found


def wrong(attributes: dict[str, Any]) -> list[tuple[str, int]]:
    return [(row["code"], row.get("line", 0)) for row in attributes["problems"] if row["code"].startswith("xml.")]


def package(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "-").replace("_", "."), data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("path", "text", "sound", "broken", "line"),
    [
        ("pump.x3d", X3D, (b"S", b"C"), (b"X", b"C"), 2),
        ("pump.x3d", X3D, (b"S", b"C"), (b"S", b"X"), 3),
        ("pump.plmxml", PLMXML, (b"i1", b"#p1"), (b"i3", b"#p1"), 2),
        ("pump.plmxml", PLMXML, (b"i1 i2", b"#p1"), (b"i1", b"#p2"), 2),
        ("plan.qif", QIF, (b"1", b"1"), (b"2", b"1"), 2),
        ("plan.qif", QIF, (b"1", b"1"), (b"1", b"2"), 2),
        ("board.xml", IPC, (b"a", b"b"), (b"a", b"c"), 3),
        ("ecu.odx-d", ODX, (b"v", b"p"), (b"w", b"p"), 2),
    ],
)
def test_a_reference_leads_to_something_or_is_told_with_its_line(
    path: str, text: bytes, sound: tuple[bytes, bytes], broken: tuple[bytes, bytes], line: int
) -> None:
    kept, lost = stated(path, text % sound), stated(path, text % broken)
    assert (kept["valid"], wrong(kept)) == (None, [])
    assert lost["valid"] is False
    assert [place for _, place in wrong(lost)] == [line]


def test_a_document_that_defines_no_layers_leaves_them_to_others() -> None:
    text = (IPC % (b"a", b"b")).replace(b'<Layer name="TOP"/>', b"")
    assert stated("board.xml", text)["valid"] is None


def test_a_document_that_takes_in_others_is_not_judged() -> None:
    text = b'<!DOCTYPE X3D [<!ENTITY more SYSTEM "more.xml">]>\n' + X3D % (b"X", b"C")
    assert [code for code, _ in wrong(stated("pump.x3d", text))] == ["xml.external_entity"]


def odx(request: bytes = b"v", parameter: bytes = b"p", subset: bytes = SET) -> bytes:
    return package(index_xml=INDEX, own_odx__d=ODX % (request, parameter), set_odx__cs=subset)


def test_a_package_whose_links_lead_into_its_documents_is_not_refused() -> None:
    found = stated("ecu.pdx", odx())
    assert (found["valid"], found["documents"], wrong(found)) == (None, 2, [])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (odx(parameter=b"q"), "xml.dangling"),
        (odx(request=b"w"), "xml.dangling"),
        (package(index_xml=INDEX, own_odx__d=ODX % (b"v", b"p")), "package.part_missing"),
    ],
)
def test_a_package_with_a_broken_link_or_without_a_document_is_refused(data: bytes, code: str) -> None:
    found = stated("ecu.pdx", data)
    assert found["valid"] is False
    assert found["problems"][0]["code"] == code or code in [row["code"] for row in found["problems"]]


def test_a_link_to_a_document_outside_of_the_package_is_remarked() -> None:
    found = stated("ecu.pdx", odx(subset=SET.replace(b">set<", b">another<")))
    assert found["valid"] is None
    assert [row["params"] for row in found["remarks"]] == [{"name": "set"}]


def test_each_rule_of_the_table_names_its_source_and_can_be_read() -> None:
    for row in Tables()["references"]["formats"]:
        assert row["source"]
        assert all(Key(**{**key, "defined": tuple(key["defined"])}).name for key in row["keys"])


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=6), st.lists(st.sampled_from(["a", "b", "d"]), max_size=6))
def test_what_is_used_and_not_defined_is_what_is_told(defined: list[str], used: list[str]) -> None:
    body = "".join(f'<Shape DEF="{name}"/>' for name in defined) + "".join(f'<Shape USE="{name}"/>' for name in used)
    found = stated("pump.x3d", f'<X3D version="4.0"><Scene>{body}</Scene></X3D>'.encode())
    told = {row["params"]["reference"] for row in found["problems"] if row["code"] == "xml.dangling"}
    assert told == set(used) - set(defined)


ARXML = b"""<AUTOSAR xmlns="http://autosar.org/schema/r4.0"><AR-PACKAGES><AR-PACKAGE><SHORT-NAME>%s</SHORT-NAME><ELEMENTS>
<I-SIGNAL><SHORT-NAME>speed</SHORT-NAME><SYSTEM-SIGNAL-REF DEST="SYSTEM-SIGNAL">%s</SYSTEM-SIGNAL-REF></I-SIGNAL>
<SYSTEM-SIGNAL><SHORT-NAME>s</SHORT-NAME></SYSTEM-SIGNAL></ELEMENTS></AR-PACKAGE></AR-PACKAGES></AUTOSAR>"""


def arxml(**files: bytes) -> dict[str, Any]:
    tree = {f"{name}.arxml": data for name, data in files.items()}
    findings = run_probe(DocumentsProbe, tree).of("exchange.file")
    return next(row["attributes"] for row in findings if row["evidence"][0]["artifact"] == "a.arxml")


def test_paths_of_arxml_lead_into_the_file_into_another_or_are_remarked() -> None:
    own = arxml(a=ARXML % (b"a", b"/a/s"))
    assert (own["elements_named"], own["references"]) == (3, 1)
    assert "references_missing" not in own
    other = arxml(a=ARXML % (b"a", b"/b/s"), b=ARXML % (b"b", b"/b/s"))
    assert (other["references_elsewhere"], "references_missing" in other) == (1, False)
    lost = arxml(a=ARXML % (b"a", b"/c/s"), b=ARXML % (b"b", b"/b/s"))
    assert (lost["valid"], lost["references_missing"]) == (None, 1)
    assert lost["remarks"] == [{"code": "autosar.path_missing", "params": {"path": "/c/s"}}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (QIF % (b"1", b"1"), []),
        ((QIF % (b"1", b"1")).replace(b'<Parts n="1">', b'<Parts n="2">'), [("qif.count", 1)]),
        ((QIF % (b"1", b"1")).replace(b'<PartIds n="1">', b'<PartIds n="0">'), [("qif.count", 2)]),
        ((QIF % (b"1", b"1")).replace(b"<C>", b'<D n="3">1 2 3</D><C>'), []),
    ],
)
def test_lists_of_qif_that_do_not_hold_what_they_state_are_remarked(text: bytes, found: list[tuple[str, int]]) -> None:
    rows = stated("plan.qif", text)
    assert [(row["code"], row["line"]) for row in rows.get("remarks", ())] == found
    assert rows["valid"] is None
