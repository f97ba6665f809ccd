"""What the recogniser promises whatever the bytes are: it never raises, content beats name, conflicts are told."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cpo_scan.formats import Recogniser
from cpo_scan.rulebook.formats import Format, FormatRules, Signature, Xml, load_formats
from cpo_scan.rulebook.load import RuleError
from cpo_scan.targets.containers import OPENERS
from cpo_scan.targets.content import BytesContent

SCHEMA = Path(__file__).parents[2] / "rules" / "schemas" / "formats.json"
RULES = load_formats()
RECOGNISER = Recogniser(RULES)
NAMES = st.sampled_from(
    ["a", "a.stp", "a.xml", "a.json", "a.yaml", "a.zip", "a.html", "a.ttl", "a.idl", "a.obj", "a.stl", "a.bin", "a.doc"]
)
PIECES = st.sampled_from(
    [
        *(
            b"PK\3\4",
            b"<?xml version='1.0'?>",
            b"<!DOCTYPE a [",
            b"]>",
            b"<a xmlns='b' c=\"d\"",
            b"/>",
            b'{"openapi": "3',
        ),
        *(
            b"ISO-10303-21;",
            b"FILE_SCHEMA(('",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"openapi: 3.0.0\n",
            b"\0",
            b"Version 9.5 JT",
        ),
        *(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"#!",
            b"{%",
            b"SCHEMA a;",
            b"solid ",
            b"\x1f\x8b\x08",
            b"MZ",
            b"[",
            b"}",
        ),
    ]
)


def recognise(name: str, data: bytes) -> str | None:
    """The format of some bytes under a name."""
    found = RECOGNISER.recognise(name, BytesContent(data))
    return found.format if found else None


@settings(max_examples=400, deadline=None)
@given(name=NAMES, pieces=st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=12))
@example(name="a.json", pieces=[b'{"openapi": ' * 400])
@example(name="a.yaml", pieces=[b"openapi" * 3000])
@example(name="a.doc", pieces=[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(504), b"\1" * 600])
def test_arbitrary_bytes_never_raise(name: str, pieces: list[bytes]) -> None:
    RECOGNISER.recognise(name, BytesContent(b"".join(pieces)))


@settings(max_examples=200, deadline=None)
@given(name=st.text(max_size=30))
def test_arbitrary_names_never_raise(name: str) -> None:
    RECOGNISER.recognise(name, BytesContent(b"ISO-10303-21;\nHEADER;"))


def test_deeply_nested_json_is_still_looked_at() -> None:
    assert recognise("a.json", b'{"openapi": "3.0.0", "a": ' + b"[" * 100_000) == "openapi-3"


def test_all_rules_can_work() -> None:
    RECOGNISER.check()


def test_rules_travel_to_a_worker_as_bytes() -> None:
    assert FormatRules.unpack(RULES.pack()) == RULES
    again = pickle.loads(pickle.dumps(RECOGNISER))
    assert again.recognise("a.stp", BytesContent(b"ISO-10303-21;\nHEADER;")).format == "step-p21"


@pytest.mark.parametrize(
    ("name", "data", "named_as"),
    [
        ("part.stp", b"version https://git-lfs.github.com/spec/v1\noid x\n", "step-p21"),
        ("part.stp", b"<!DOCTYPE html><html><body>404</body></html>", "step-p21"),
        ("part.igs", b"ISO-10303-21;\nHEADER;", "iges"),
        ("logo.png", b"%PDF-1.4\n", "png"),
        ("a.zip", b"\x1f\x8b\x08\x00", "zip"),
        ("a.json", b"<!DOCTYPE html><html></html>", "json"),
        ("a.xml", b"<html/>", None),
        # the same standard, the carrier, a refinement of it, a name of several formats, or a name that proves nothing
        ("part.step", b"ISO-10303-21;\nHEADER;", None),
        ("cube.stl", b"solid a\nfacet normal 0 0 1\n", None),
        ("a.reqif", b"<other/>", None),
        ("a.reqif", b"not even markup", None),
        ("a.xml", b'<REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"/>', None),
        ("a.json", b'{"openapi": "3.0.0"}', None),
        ("a.txt", b"ISO-10303-21;\nHEADER;", None),
        ("a.jpg", b"\x89PNG\r\n\x1a\n", None),
        ("a.prt", b"ISO-10303-21;\nHEADER;", None),
        ("a.py", b"ISO-10303-21;\nHEADER;", None),
        ("a.svgz", b"\x1f\x8b\x08\x00", None),
        # packed in one of the ways in which such files are
        ("a.stpZ", b"\x1f\x8b\x08\x00", None),
        ("a.stpZ", b"PK\5\6" + bytes(18), None),
        ("a.stpxz", b"PK\5\6" + bytes(18), None),
        ("a.wrl", b"\x1f\x8b\x08\x00", None),
        ("a.blend", b"\x28\xb5\x2f\xfd\x00", None),
        ("a.stp", b"\x1f\x8b\x08\x00", "step-p21"),
    ],
)
def test_content_beats_name_and_a_conflict_is_told(name: str, data: bytes, named_as: str | None) -> None:
    found = RECOGNISER.recognise(name, BytesContent(data))
    assert found is not None
    assert found.named_as == named_as


@pytest.mark.parametrize("name", ["poetry.lock", "a.lock", "unnamed"])
def test_array_of_tables_of_toml_is_no_json(name: str) -> None:
    assert recognise(name, b'[[package]]\nname = "a"\n') != "json"
    assert recognise("a", b"[[true, 1], [2]]") == "json"
    assert recognise("poetry.lock", b'[[package]]\nname = "a"\n') == "toml"


def test_lines_of_json_are_no_document_of_json() -> None:
    assert recognise("a.ndjson", b'{"a": 1}\n{"a": 2}\n') == "json-lines"
    assert recognise("a.json", b'{"a": 1}\n') == "json"


def test_words_of_kerml_in_the_comments_of_another_language_are_no_kerml() -> None:
    proto = (
        b'// Terms.\nsyntax = "proto3";\npackage a.b;\n\n// of the type of a model which conforms to it\nmessage M {}\n'
    )
    assert recognise("a.proto", proto) == "protobuf"
    kerml = b"package P {\n  private abstract classifier A :> B;\n}\n"
    assert recognise("a", kerml) == "kerml"


def test_empty_file_is_known_by_a_name_of_source_code_only() -> None:
    assert recognise("__init__.py", b"") == "python"
    assert recognise("a.stp", b"") is None


def test_binary_is_no_source_code_whatever_its_name() -> None:
    assert recognise("a.py", b"\x00\x01\x02\x03" * 9) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_markup_is_read_in_every_unicode_encoding(encoding: str) -> None:
    text = '<?xml version="1.0"?>\n<REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"/>'
    assert recognise("a", text.encode(encoding)) == "reqif"


@pytest.mark.parametrize(
    "prolog",
    [
        "<!-- <PLMXML> -->",
        "<?a <b> ?>",
        '<!DOCTYPE a SYSTEM "x>y">',
        '<!DOCTYPE a [<!ENTITY b "c]d"> <!-- ] --> ]>',
        "\n\t",
    ],
)
def test_root_element_is_found_behind_any_prolog(prolog: str) -> None:
    text = f'<?xml version="1.0"?>{prolog}<p:REQ-IF a=">" xmlns:p="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd" />'
    assert recognise("a", text.encode()) == "reqif"


@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_package_that_was_cut_is_known_by_the_members_that_are_left(kept: float, stated: bool) -> None:
    buffer = io.BytesIO() if stated else _NoSeeking()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("documentation/index.html", b"<html/>")
        archive.writestr("modelDescription.xml", b'<fmiModelDescription fmiVersion="2.0"/>')
        archive.writestr("binaries/linux64/pump.so", bytes(1000))
    data = buffer.getvalue()
    assert recognise("pump.fmu", data) == "fmu"
    assert recognise("pump", data[: int(len(data) * kept)]) == "fmu"
    assert recognise("pump.fmu", data[:40]) == "zip"


class _NoSeeking(io.BytesIO):
    """What is written without going back has its sizes behind the data (APPNOTE 4.3.9)."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation


@given(st.binary(max_size=200), st.integers(0, 60))
def test_headers_of_members_may_be_damaged_in_any_way(noise: bytes, at: int) -> None:
    header = b"PK\3\4" + bytes(26)
    recognise("a.fmu", header[:at] + noise + header)


def test_containers_say_how_they_are_opened() -> None:
    wanted = {
        **dict.fromkeys(("zip", "jar", "3mf", "fmu"), "zip"),
        **{row: row for row in ("gzip", "7z", "cab", "cpio", "iso", "msi", "rpm", "rar", "squashfs", "appimage")},
        "deb": "ar",
        "lzma": "xz",
        "pe": "program",
        "step-p21": None,
    }
    assert {row: RECOGNISER.container(row) for row in wanted} == wanted


def test_every_way_to_open_a_container_is_known_to_rules_and_openers_alike() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert sorted(schema["$defs"]["format"]["properties"]["opens_as"]["enum"]) == sorted(OPENERS)
    assert {row.opens_as for row in RULES.formats} - {None} == {*OPENERS}


def test_standards_are_told_apart_by_every_name_they_have() -> None:
    for field in ("extensions", "mime", "aliases"):
        names = [name.lower() for standard in RULES.standards for name in getattr(standard, field)]
        assert len(names) == len(set(names))


def test_a_name_belongs_to_one_format_alone() -> None:
    names = [name.lower() for row in RULES.formats for name in row.names]
    assert {name for name in names if names.count(name) > 1} == set()


def test_fixed_ids_that_probes_rely_on_are_there() -> None:
    wanted = """openapi-2 openapi-3 asyncapi graphql-sdl graphql-introspection wsdl wadl odata-csdl odata-csdl-json
    protobuf idl raml typelib step-p21 ifc-p21 express xsd json-schema relaxng dtd reqif rif jt elf pe mach-o java-class
    python javascript typescript desktop-entry shared-mime-info eclipse-plugin osgi-manifest package-json uno-registry
    html markdown pdf chm man info sphinx-inventory doxygen-tagfile javadoc-index zip tar gzip bzip2 xz zstd ar
    git-lfs-pointer xml json yaml text"""
    assert set(wanted.split()) <= {row.id for row in RULES.formats}


def test_every_standard_of_the_contract_is_registered() -> None:
    wanted = """step jt reqif rif plmxml 3dxml qif iges vda-fs ifc fmi ssp automationml opcua-nodeset aas oslc xmi
    sysml2 kbl vec edmd idf ipc2581 odb edif autosar odx otx a2l mdf oagis edifact 3mf gltf collada x3d u3d prc dxf dwg
    stl obj ply off amf 3ds vrml fbx e57 vtk usd parasolid acis brep openscad capella kerml odf ooxml onnx gpx csv json
    xml pdf svg"""
    assert set(wanted.split()) <= {standard.id for standard in RULES.standards}
    carriers = {standard.id for standard in RULES.standards if standard.carrier}
    assert {"xml", "json", "yaml", "csv", "html", "text", "zip", "pdf", "svg"} <= carriers


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        (Signature(bytes="A", patterns=(r"(a)\1",)), "escape"),
        (Signature(bytes="A", check="astrology"), "astrology"),
        (Signature(contains="a"), "nothing leads to"),
        (Signature(xml=Xml(namespaces="(?=a)")), "group"),
    ],
)
def test_rule_that_can_not_work_is_refused_with_its_format(signature: Signature, message: str) -> None:
    row = Format(id="own", title="Own", source="test", signatures=(signature,))
    with pytest.raises(RuleError, match=message) as error:
        Recogniser(msgspec.structs.replace(RULES, formats=(row,))).check()
    assert str(error.value).startswith("formats: own: ")


def test_a_root_behind_a_long_doctype_is_found() -> None:
    doctype = b'<!DOCTYPE REQ-IF [<!ENTITY a "' + b"a" * 100_000 + b'">]>'
    data = b'<?xml version="1.0"?>\n' + doctype + b'<REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"/>'
    found = RECOGNISER.recognise("a.reqif", BytesContent(data))
    assert found is not None
    assert found.format == "reqif"


def test_zeros_in_an_xml_document_do_not_hide_what_it_is() -> None:
    data = b'<?xml version="1.0"?><REQ-IF xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd">\0\0</REQ-IF>'
    found = RECOGNISER.recognise("a.reqif", BytesContent(data))
    assert found is not None
    assert found.format == "reqif"
