"""Shipped schemas (DTD, XML Schema, JSON Schema): verdicts that once were wrong, and limits."""

from typing import Any

import msgspec
import pytest

from cpo_probes.exchange.files import ExchangeFilesProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import Result, run_probe

DTD = Recognition(format="dtd", part="schema")
XSD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:a" targetNamespace="urn:a">{}</xs:schema>'
DRAFT = "http://json-schema.org/draft-07/schema#"


def examined(files: dict[str, str], name: str, **recognitions: Recognition) -> tuple[dict[str, Any], Result]:
    data = {path: text.encode() for path, text in files.items()}
    known = {path: DTD for path in files if path.endswith((".dtd", ".mod", ".ent"))}
    result = run_probe(ExchangeFilesProbe(), data, recognitions=known | recognitions)
    rows = [row for row in result.of("exchange.schema") if row["evidence"][0]["artifact"] == name]
    return rows[0]["attributes"], result


def codes(schema: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in schema["problems"]]


# -- document type definitions


def test_files_that_a_definition_names_are_read_with_it() -> None:
    files = {
        "dtd/main.dtd": '<!ENTITY % types SYSTEM "../mod/types.mod">\n%types;\n<!ELEMENT a (%content;)>\n'
        "<![%more;[<!ELEMENT c EMPTY>]]>",
        "mod/types.mod": '<!ENTITY % inner SYSTEM "inner.ent">\n%inner;\n<!ENTITY % more "INCLUDE">',
        "mod/inner.ent": '<!ENTITY % content "b | #PCDATA">',
    }
    wrong, _ = examined(files, "dtd/main.dtd")
    assert wrong["valid"] is False  # the content model has its parts in the wrong order
    files["mod/inner.ent"] = '<!ENTITY % content "b, c">'
    right, _ = examined(files, "dtd/main.dtd")
    assert (right["valid"], right["declared_elements"]) == (True, 2)
    del files["mod/inner.ent"]
    lacking, _ = examined(files, "dtd/main.dtd")
    assert lacking["valid"] is None and codes(lacking) == ["xsd.missing", "dtd.module"]


def test_what_lies_elsewhere_is_no_reason_to_refuse_what_follows() -> None:
    text = '<!ENTITY % l PUBLIC "-//W3C//ENTITIES" "http://127.0.0.1:9/l.ent">\n%l;\n<!ENTITY % t "b?">'
    text += "\n<!ELEMENT a (%t;)>"
    found, result = examined({"a.dtd": text}, "a.dtd")
    assert found["valid"] is None and codes(found) == ["xsd.missing"] and result.reasons == []


@pytest.mark.parametrize(
    "text",
    [
        "<!ELEMENT P - O (#PCDATA)>",
        "<!ELEMENT (A|B) - - (#PCDATA)>",
        '<!ENTITY alpha SDATA "[alpha ]" -- Greek -->',
        '<!ENTITY % HTML PUBLIC "-//W3C//DTD HTML 4.0//EN">\n%HTML;',
        "<!ATTLIST P width NUMBER #IMPLIED -- in points -->",
    ],
)
def test_a_definition_of_sgml_is_told_and_not_called_wrong(text: str) -> None:
    found, result = examined({"a.dtd": text}, "a.dtd")
    assert found["valid"] is None and codes(found) == ["dtd.sgml"] and result.reasons == []


def test_a_definition_that_expands_without_end_is_a_limit() -> None:
    entities = '<!ENTITY % e0 "<!ENTITY x &#39;y&#39;>">\n' + "".join(
        f'<!ENTITY % e{n} "{f"&#37;e{n - 1};" * 10}">\n' for n in range(1, 12)
    )
    result = run_probe(ExchangeFilesProbe(), {"a.dtd": (entities + "%e11;").encode()}, recognitions={"a.dtd": DTD})
    assert result.one("exchange.schema")["valid"] is not True


# -- XML Schema


def test_groups_that_multiply_are_not_compiled() -> None:
    groups = '<xs:group name="g0"><xs:sequence><xs:element name="a"/><xs:element name="b"/></xs:sequence></xs:group>'
    groups += "".join(
        f'<xs:group name="g{n}"><xs:sequence>{f"""<xs:group ref="g{n - 1}"/>""" * 2}</xs:sequence></xs:group>'
        for n in range(1, 33)
    )
    found, _ = examined({"a.xsd": XSD.format(groups)}, "a.xsd")
    assert found["valid"] is None and codes(found) == ["xsd.particles"]
    newer, _ = examined(
        {"a.xsd": XSD.format(groups + "<xs:defaultOpenContent><xs:any/></xs:defaultOpenContent>")}, "a.xsd"
    )
    assert newer["valid"] is None and codes(newer) == ["xsd.particles"]


@pytest.mark.parametrize("namespace", ["http://www.w3.org/2001/XMLSchema", "http://www.w3.org/2001/XMLSchema-instance"])
def test_the_schema_of_schemas_is_not_called_wrong(namespace: str) -> None:
    text = XSD.replace("urn:a", namespace).format('<xs:attribute name="nil" type="xs:boolean"/>')
    found, _ = examined({"a.xsd": text}, "a.xsd")
    assert found["valid"] is None and codes(found) == ["xsd.own_language"]


def test_a_part_that_others_include_is_a_module_and_a_slip_is_none() -> None:
    refers = "".join(f'<xs:element name="e{n}" type="t{n}"/>' for n in range(3))
    module, _ = examined({"a.xsd": XSD.format(refers)}, "a.xsd")
    assert module["valid"] is None and codes(module)[0] == "xsd.module"
    slip, _ = examined(
        {"a.xsd": XSD.format('<xs:element name="a" type="tpye"/><xs:element name="b" type="tpye"/>')}, "a.xsd"
    )
    assert slip["valid"] is False


RESTRICTED = (
    '<xs:complexType name="wide"><xs:sequence><xs:element name="b" type="xs:string"/></xs:sequence></xs:complexType>'
    '<xs:complexType name="narrow"><xs:complexContent><xs:restriction base="wide"><xs:sequence>'
    '<xs:element name="b" type="xs:string"{}/></xs:sequence></xs:restriction></xs:complexContent></xs:complexType>'
)


def test_a_restriction_that_is_wider_is_refused() -> None:
    wider, _ = examined({"a.xsd": XSD.format(RESTRICTED.format(' maxOccurs="9"'))}, "a.xsd")
    assert wider["valid"] is False
    same, _ = examined({"a.xsd": XSD.format(RESTRICTED.format(""))}, "a.xsd")
    assert same["valid"] is True
    wide, _, narrow = RESTRICTED.partition("</xs:complexType>")
    files = {"x/a.xsd": XSD.format('<xs:include schemaLocation="../b.xsd"/>' + narrow.format(""))}
    files["b.xsd"] = XSD.format('<xs:include schemaLocation="x/a.xsd"/>' + wide + "</xs:complexType>")
    assert examined(files, "x/a.xsd")[0]["valid"] is True
    files["b.xsd"] = files["b.xsd"].replace("<xs:schema", '<xs:schema blockDefault="restriction"')
    parts, _ = examined(files, "x/a.xsd")
    assert parts["valid"] is None and codes(parts) == ["xsd.restriction", "xsd.references_1_1"]


def test_particles_that_never_occur_and_attributes_by_two_ways_are_right() -> None:
    never = '<xs:element name="n" type="xs:string" minOccurs="0" maxOccurs="0"/>'
    text = (
        f'<xs:element name="a"><xs:complexType><xs:sequence>{never}{never}</xs:sequence></xs:complexType></xs:element>'
    )
    assert examined({"a.xsd": XSD.format(text)}, "a.xsd")[0]["valid"] is True
    groups = (
        '<xs:attributeGroup name="g"><xs:attribute name="b"/></xs:attributeGroup><xs:attributeGroup name="h">'
        '<xs:attributeGroup ref="g"/></xs:attributeGroup><xs:complexType name="t"><xs:attributeGroup ref="g"/>'
        '<xs:attributeGroup ref="h"/></xs:complexType>'
    )
    assert examined({"a.xsd": XSD.format(groups)}, "a.xsd")[0]["valid"] is True


# -- JSON Schema


def json_schema(schema: dict[str, Any], **beside: dict[str, Any]) -> dict[str, Any]:
    files = {f"{name}.json": msgspec.json.encode(value).decode() for name, value in beside.items()}
    files["a.schema.json"] = msgspec.json.encode({"$schema": DRAFT, **schema}).decode()
    return examined(files, "a.schema.json")[0]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "#/definitions/b", "definitions": {"b": {}}},
        {"properties": {"b": {"$ref": "#/definitions/a~1b%20c"}}, "definitions": {"a/b c": True}},
        {"$id": "http://plm.example/a.json", "items": {"$ref": "a.json#/definitions/b"}, "definitions": {"b": {}}},
        {"items": {"$ref": "#name"}, "definitions": {"b": {"$id": "#name"}}},
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": "#n", "$defs": {"b": {"$anchor": "n"}}},
        {"definitions": {"b": {"$id": "http://plm.example/b.json", "items": {"$ref": "#/definitions/c"},
                               "definitions": {"c": {}}}}, "allOf": [{"$ref": "http://plm.example/b.json"}]},
        {"properties": {"$ref": {"type": "string"}}, "default": {"$ref": "#/none"}, "enum": [{"$ref": "#/none"}]},
        {"not": {"$ref": "http://json-schema.org/draft-07/schema#"}},
    ],
)  # fmt: skip
def test_references_that_lead_somewhere_are_right(schema: dict[str, Any]) -> None:
    assert json_schema(schema)["valid"] is True


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/definitions/b"},
        {"properties": {"b": {"items": [{"$ref": "#/definitions/b"}]}}, "definitions": {"c": {}}},
        {"anyOf": [{"$ref": "#name"}]},
        {"if": {"$ref": "#/required/0"}, "required": ["b"]},
        {"definitions": {"b": {"$id": "http://plm.example/b.json", "items": {"$ref": "#/definitions/b"}}}},
    ],
)
def test_references_that_lead_to_nothing_make_it_invalid_with_the_place(schema: dict[str, Any]) -> None:
    found = json_schema(schema)
    assert found["valid"] is False and codes(found) == ["json_schema.dangling"]
    assert found["problems"][0]["pointer"].endswith("/$ref") and found["problems"][0]["line"] == 1


def test_references_to_other_files_are_followed_where_they_lie() -> None:
    schema = {"items": {"$ref": "types.json#/definitions/b"}}
    assert json_schema(schema, types={"definitions": {"b": {}}})["valid"] is True
    assert json_schema(schema, types={"definitions": {}})["valid"] is False
    for target in ("types.json", "https://plm.example/types.json", "../../etc/passwd", "/etc/passwd"):
        found = json_schema({"items": {"$ref": target}})
        assert found["valid"] is None and codes(found) == ["json_schema.elsewhere"], target


def test_what_the_meta_schema_refuses_says_so() -> None:
    assert codes(json_schema({"type": "strnig"})) == ["json_schema.meta"]
