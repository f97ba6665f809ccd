"""WADL: methods at resources, those of resource types and references included, and what makes a document invalid."""

import pytest

from cpo_probes.api.releases import ReleaseProbe
from cpo_probes.api.wadl.probe import WadlProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

SHOP = b"""<application xmlns="http://wadl.dev.java.net/2009/02" xmlns:x="http://www.w3.org/2001/XMLSchema">
<doc title="Shop"/>
<resources base="https://shop.example/api/">
 <resource path="orders" type="#listed">
  <method name="GET" id="list"><doc>Gives back whatever customers bought this year</doc>
   <response status="200 404"><representation mediaType="application/json"/></response></method>
  <resource path="{id}"><param name="id" style="template" type="x:int"><doc>Number printed on the bill</doc></param>
   <method href="#remove"/></resource>
 </resource>
</resources>
<resource_type id="listed"><method name="HEAD"/></resource_type>
<method id="remove" name="DELETE"/>
</application>"""


def stated(document: bytes, **files: bytes) -> dict[str, object]:
    tree = {name.replace("_", "."): content for name, content in files.items()}
    found: dict[str, object] = run_probe(WadlProbe(), {"shop.wadl": document, **tree}).one("api.description")
    return found


def codes(found: dict[str, object]) -> list[str]:
    problems = found["problems"]
    assert isinstance(problems, list)
    return [problem["code"] for problem in problems]


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(WadlProbe)
    check_determinism(WadlProbe(), {"shop.wadl": SHOP})
    assert check_hostile(WadlProbe(), {"shop.wadl": SHOP}) > 40


def test_methods_are_counted_at_their_resources() -> None:
    found = stated(SHOP)
    assert found["family"] == "wadl" and found["version"] == "2009/02" and found["title"] == "Shop"
    assert found["operations"] == 3 and found["documented_operations"] == 1
    assert found["undocumented"] == ["HEAD /orders", "DELETE /orders/{id}"]
    assert found["operations_with_error"] == 1 and found["valid"] is True
    assert (found["parameters"], found["documented_parameters"]) == (1, 1)


def test_a_reference_to_nothing_makes_it_invalid() -> None:
    found = stated(SHOP.replace(b'href="#remove"', b'href="#gone"'))
    assert found["valid"] is False and codes(found) == ["wadl.reference_missing"]


def test_a_reference_to_another_document_leaves_it_open() -> None:
    found = stated(SHOP.replace(b'href="#remove"', b'href="other.wadl#remove"'))
    assert found["valid"] is None and found["operations"] == 2


def test_a_style_that_wadl_does_not_know_makes_it_invalid() -> None:
    assert codes(stated(SHOP.replace(b'"template"', b'"tempting"'))) == ["structure.attribute_value"]


def test_a_method_without_name_makes_it_invalid() -> None:
    assert codes(stated(SHOP.replace(b'id="remove" name="DELETE"', b'id="remove"'))) == ["wadl.name_missing"]


def test_elements_of_representations_must_be_in_the_grammars() -> None:
    grammar = b'<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"><x:element name="order"/></x:schema>'
    document = SHOP.replace(b"<resources ", b'<grammars><include href="a.xsd"/></grammars><resources ')
    document = document.replace(b'mediaType="application/json"', b'element="o:order" xmlns:o="urn:o"')
    found = stated(document, a_xsd=grammar)
    assert found["valid"] is False and codes(found) == ["wadl.component_missing"]
    named = grammar.replace(b"<x:schema ", b'<x:schema targetNamespace="urn:o" ')
    assert stated(document, a_xsd=named)["valid"] is True
    missing = stated(document)
    assert missing["valid"] is None and codes(missing) == ["wadl.grammar_absent"]


def test_resource_types_that_take_each_other_over_end() -> None:
    types = b"".join(
        b'<resource_type id="t%d">%s</resource_type>'
        % (n, b"".join(b'<resource path="p%d" type="#t%d"/>' % (m, m) for m in range(9)))
        for n in range(9)
    )
    document = SHOP.replace(b"<resource_type id", types + b"<resource_type id").replace(b'"#listed"', b'"#t0"')
    result = run_probe(WadlProbe(), {"shop.wadl": document})
    assert result.reasons == ["wadl.too_many"]
    assert result.one("api.description")["valid"] is None


EARLY = """<application xmlns="http://research.sun.com/wadl/2006/10"><resources base="http://a.example/">
  <resource path="orders"><method name="GET"><request><param name="limit" style="query"/></request><response>
  <representation mediaType="application/json" status="200"/><fault mediaType="text/plain" status="404 410"/>
  </response></method></resource></resources></application>"""


@pytest.mark.parametrize(
    ("old", "new", "valid"),
    [
        ("<response>", "<response>", True),
        ("<response>", '<response status="200">', False),  # the status stands at the representation
        ('name="limit" ', "", False),
        ('status="404 410"', 'status="gone"', False),
        ("wadl/2006/10", "wadl/2006/07", None),  # a draft whose rules are not at hand
    ],
)
def test_the_draft_of_2006_has_rules_of_its_own(old: str, new: str, valid: bool | None) -> None:
    assert EARLY.count(old) == 1
    found = run_probe(WadlProbe(), {"a.wadl": EARLY.replace(old, new).encode()}).one("api.description")
    assert (found["valid"], found["operations"]) == (valid, 1)


def test_faults_of_2006_are_answers_with_their_own_status() -> None:
    new = EARLY.replace('status="404 410"', 'status="404"')
    result = run_probe(ReleaseProbe, {"a.wadl": new.encode()}, previous={"a.wadl": EARLY.encode()})
    assert {(row["attributes"]["what"], row["attributes"]["element"]) for row in result.findings} == {
        ("failure_removed", "GET /orders › 410"),
        ("failure_removed", "GET /orders › 410 text/plain"),
    }
