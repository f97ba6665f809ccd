"""OSLC in Turtle and RDF/XML: shapes, providers and vocabularies, and what is wrong with shapes."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.oslc import OslcProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

SHAPE = b"""@prefix oslc: <http://open-services.net/ns/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix : <https://plm.example/shapes#> .
# a part of a product
:Part a oslc:ResourceShape ; dcterms:title "Part"@en ;
  oslc:property :number , [ a oslc:Property ; oslc:name "weight" ; oslc:occurs oslc:Zero-or-one ;
    oslc:propertyDefinition <https://plm.example/ns#weight> ; oslc:allowedValue ( 1 2.5 true ) ] .
:number a oslc:Property ; oslc:name "number" ; oslc:occurs oslc:Exactly-one ;
  oslc:propertyDefinition <https://plm.example/ns#number> ;
  dcterms:description \"\"\"What stands on the "drawing", counted by plant\"\"\" .
"""
CATALOGUE = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:oslc="http://open-services.net/ns/core#" xmlns:dcterms="http://purl.org/dc/terms/">
<oslc:ServiceProviderCatalog rdf:about="https://plm.example/catalog"><dcterms:title>Plant</dcterms:title>
<oslc:serviceProvider><oslc:ServiceProvider rdf:about="https://plm.example/p/1"><oslc:service><oslc:Service>
<oslc:creationFactory><oslc:CreationFactory/></oslc:creationFactory>
<oslc:queryCapability rdf:parseType="Resource"><rdf:type rdf:resource="http://open-services.net/ns/core#QueryCapability"/>
</oslc:queryCapability></oslc:Service></oslc:service></oslc:ServiceProvider></oslc:serviceProvider>
</oslc:ServiceProviderCatalog></rdf:RDF>"""


JSON_LD = b"""{"@context": {"oslc": "http://open-services.net/ns/core#", "dcterms": "http://purl.org/dc/terms/",
 "title": "dcterms:title", "property": {"@id": "oslc:property", "@type": "@id"}, "id": "@id",
 "occurs": {"@id": "oslc:occurs", "@type": "@id"}, "definition": {"@id": "oslc:propertyDefinition", "@type": "@id"}},
 "@graph": [
 {"id": "#Part", "@type": "oslc:ResourceShape", "title": {"@value": "Part", "@language": "en"},
  "property": ["#number", {"@type": ["oslc:Property"], "oslc:name": "weight", "occurs": "oslc:Zero-or-one",
    "definition": "https://plm.example/ns#weight"}]},
 {"id": "#number", "@type": "oslc:Property", "oslc:name": "number", "occurs": "oslc:Exactly-one",
  "definition": "https://plm.example/ns#number", "dcterms:description": "What stands on the drawing, counted by plant"}
]}"""


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(OslcProbe)
    product = {"part.ttl": SHAPE, "catalog.rdf": CATALOGUE, "part.jsonld": JSON_LD}
    check_determinism(OslcProbe(), product)
    assert check_hostile(OslcProbe(), product) > 80


def test_shapes_are_schemas_with_their_properties() -> None:
    found = run_probe(OslcProbe(), {"part.ttl": SHAPE}).one("exchange.schema")
    assert found["standard"] == "oslc" and found["language"] == "rdf" and found["title"] == "Part"
    assert (found["shapes"], found["properties"], found["documented_properties"]) == (1, 2, 1)
    assert found["valid"] is True and found["problems"] == []


def test_a_property_without_cardinality_makes_the_shape_invalid() -> None:
    found = run_probe(OslcProbe(), {"part.ttl": SHAPE.replace(b"oslc:occurs oslc:Exactly-one ;", b"")}).one(
        "exchange.schema"
    )
    assert found["valid"] is False and found["problems"][0]["code"] == "oslc.property_missing"
    assert found["problems"][0]["line"] == 8


def test_a_cardinality_that_oslc_does_not_know_makes_the_shape_invalid() -> None:
    found = run_probe(OslcProbe(), {"part.ttl": SHAPE.replace(b"Exactly-one", b"Once")}).one("exchange.schema")
    assert [problem["code"] for problem in found["problems"]] == ["oslc.value_unknown"]


def test_shapes_in_json_ld_say_the_same_as_in_turtle() -> None:
    found = run_probe(OslcProbe(), {"part.jsonld": JSON_LD}).one("exchange.schema")
    turtle = run_probe(OslcProbe(), {"part.ttl": SHAPE}).one("exchange.schema")
    for name in ("standard", "language", "title", "shapes", "properties", "documented_properties", "valid", "problems"):
        assert found[name] == turtle[name]
    broken = JSON_LD.replace(b'"occurs": "oslc:Exactly-one",', b"")
    found = run_probe(OslcProbe(), {"part.jsonld": broken}).one("exchange.schema")
    assert found["valid"] is False
    assert (found["problems"][0]["code"], found["problems"][0]["line"]) == ("oslc.property_missing", 8)


def test_a_json_ld_context_beside_the_document_is_read_and_one_elsewhere_is_not_fetched() -> None:
    value = msgspec.json.decode(JSON_LD)
    context = msgspec.json.encode({"@context": value["@context"]})
    beside = msgspec.json.encode({**value, "@context": ["context.jsonld", {"x": "http://open-services.net/ns/am#"}]})
    rows = run_probe(OslcProbe(), {"part.jsonld": beside, "context.jsonld": context}).of("exchange.schema")
    assert [row["attributes"]["valid"] for row in rows if row["attributes"]["shapes"]] == [True]
    address = "http://open-services.net/ns/context.jsonld"
    elsewhere = msgspec.json.encode({**value, "@context": [value["@context"], address]})
    found = run_probe(OslcProbe(), {"part.jsonld": elsewhere}).one("exchange.schema")
    assert found["valid"] is None
    assert found["problems"] == [{"code": "rdf.context_absent", "params": {"location": address}, "pointer": ""}]


def test_a_provider_in_json_ld_that_uses_other_keywords_and_a_vocabulary() -> None:
    document = {
        "@context": {"@vocab": "http://open-services.net/ns/core#", "type": "@type", "uri": "@id",
                     "names": {"@id": "label", "@container": "@language"}},
        "uri": "https://plm.example/catalog", "type": "ServiceProviderCatalog",
        "names": {"en": "Plant", "de": ["Werk"]},
        "serviceProvider": {
            "type": "ServiceProvider", "service": {"@list": [{"type": "Service", "count": 2, "open": True}]}},
    }  # fmt: skip
    found = run_probe(OslcProbe(), {"catalog.jsonld": msgspec.json.encode(document)}).one("exchange.schema")
    assert (found["catalogues"], found["service_providers"], found["services"]) == (1, 1, 1)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from(["a", "@id", "oslc:Property", "http://open-services.net/ns/core#"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["@context", "@id", "@type", "@graph", "@value", "@list", "@vocab", "@container", "oslc", "a", "a:b"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(JSON, JSON)
@settings(max_examples=60, deadline=None)
def test_any_json_ld_is_read_or_refused(context: object, value: object) -> None:
    document = {"@context": context, "@graph": value, "x": "http://open-services.net/ns/core#"}
    result = run_probe(OslcProbe(), {"a.jsonld": msgspec.json.encode(document)})
    assert len(result.of("exchange.schema")) + len(result.of("exchange.file")) == 1


def test_json_ld_that_is_nested_without_end_is_a_limit() -> None:
    inner = b'{"http://x/p": ' * 150 + b"1" + b"}" * 150
    document = b'{"@context": {"o": "http://open-services.net/ns/core#"}, "http://x/q": ' + inner + b"}"
    result = run_probe(OslcProbe(), {"a.jsonld": document})
    assert result.reasons == ["limit.document_depth"]


def test_catalogues_say_what_a_provider_offers() -> None:
    found = run_probe(OslcProbe(), {"catalog.rdf": CATALOGUE}).one("exchange.schema")
    assert found["title"] == "Plant" and found["valid"] is None
    for name in ("catalogues", "service_providers", "services", "creation_factories", "query_capabilities"):
        assert found[name] == 1, name


def test_mere_resources_are_a_file_and_no_schema() -> None:
    resource = (
        b"@prefix oslc_rm: <http://open-services.net/ns/rm#> .\n<https://plm.example/r/1> a oslc_rm:Requirement .\n"
    )
    assert run_probe(OslcProbe(), {"r1.ttl": resource}).one("exchange.file")["standard"] == "oslc"


def test_what_does_not_parse_is_invalid_with_the_place() -> None:
    result = run_probe(OslcProbe(), {"part.ttl": SHAPE.replace(b'"weight" ;', b'"weight ;')})
    assert result.reasons == ["rdf.malformed"]
    found = result.one("exchange.schema")
    assert found["valid"] is False and found["problems"][0]["line"] == 6


def test_an_undeclared_prefix_is_malformed() -> None:
    result = run_probe(OslcProbe(), {"part.ttl": SHAPE.replace(b":Part a oslc:", b":Part a osl:")})
    assert result.reasons == ["rdf.malformed"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"oslc:readOnly 3 ;", "oslc.value_unknown"),
        (b'oslc:valueType "string" ;', "oslc.value_unknown"),
        (b"oslc:representation oslc:Anywhere ;", "oslc.value_unknown"),
        (b"oslc:maxSize 1.5 ;", "oslc.value_unknown"),
        (b"oslc:hidden true ; oslc:hidden false ;", "oslc.property_repeated"),
        (b'oslc:name "second" ;', "oslc.property_missing"),
    ],
)
def test_a_rule_of_the_core_that_a_property_breaks_is_told(line: bytes, code: str) -> None:
    shape = SHAPE.replace(b"oslc:occurs oslc:Exactly-one ;", b"oslc:occurs oslc:Exactly-one ; " + line)
    found = run_probe(OslcProbe(), {"part.ttl": shape}).one("exchange.schema")
    assert [problem["code"] for problem in found["problems"]] == [code]


def test_what_the_core_allows_of_a_property_is_no_problem() -> None:
    more = (
        b"oslc:readOnly true ; oslc:hidden false ; oslc:maxSize 8 ; oslc:representation oslc:Either ; "
        b"oslc:valueType oslc:Resource , oslc:LocalResource ; oslc:range oslc:Property ; oslc:valueShape <#other> ;"
    )
    shape = SHAPE.replace(b"oslc:occurs oslc:Exactly-one ;", b"oslc:occurs oslc:Exactly-one ; " + more)
    assert run_probe(OslcProbe(), {"part.ttl": shape}).one("exchange.schema")["valid"] is True
