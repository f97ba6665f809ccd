"""RDF in its syntaxes: read as their grammars say, as rdflib reads it, refused with the place, bounded on anything."""

import random
import warnings
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from cpo_scan.model import Artifact
from cpo_scan.probe import Unreadable
from cpo_scan.probe.data_text import read_json
from cpo_scan.probe.documents import Document
from cpo_scan.probe.rdf import FIRST, LANGUAGE_TEXT, NIL, RDF, REST, TEXT, TYPE, XSD, Graph, Literal, NoList, Triple
from cpo_scan.probe.rdf_json_ld import JsonLd, read_json_ld
from cpo_scan.probe.rdf_tokens import Syntax
from cpo_scan.probe.rdf_turtle import read_turtle
from cpo_scan.probe.rdf_xml import read_rdf_xml
from cpo_scan.targets.errors import LimitHit
from cpo_scan.targets.limits import Limits

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import rdflib
    from rdflib.compare import isomorphic

BASE = "http://plm.example/doc"
TURTLE = """PREFIX ex: <http://plm.example/ns#>
@prefix : <#> . @base <http://plm.example/more/> .
# what a part is
:part a ex:Part , ex:Item ; ex:mass 1.5 , 2 , -3e4 , 0.5 ; ex:ok true ;
  ex:name "a \\"part\\"\\n"@en-GB , '''it's''', \"\"\"two "quotes" \\u00e9\"\"\" ;;
  ex:list ( 1 ( "inner" ) [] [ ex:a <b> ] ) ; ex:none () ; ex:esc ex:a\\-b.c , ex:%41 .
[ ex:p _:b1 ] ex:q _:b1 . [ ex:p 1 ] .
_:b1 ex:date "2026-01-02"^^<http://www.w3.org/2001/XMLSchema#date> .
"""
RDF_XML = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:ex="http://plm.example/ns#"
 xml:base="http://plm.example/base/" xml:lang="en">
<ex:Part rdf:about="part" ex:name="a part">
<ex:mass rdf:datatype="http://www.w3.org/2001/XMLSchema#decimal">1.5</ex:mass>
<ex:of rdf:resource="whole"/><ex:of rdf:nodeID="n"/>
<ex:made rdf:parseType="Resource"><ex:by xml:lang="">me</ex:by></ex:made>
<ex:list rdf:parseType="Collection"><rdf:Description rdf:about="one"/><ex:Two/></ex:list>
<ex:text rdf:parseType="Literal"><b xmlns="urn:x">bold</b> text</ex:text><ex:empty/><ex:of ex:name="inner"/></ex:Part>
<rdf:Bag rdf:ID="bag"><rdf:li>one</rdf:li><rdf:li rdf:resource="two"/></rdf:Bag>
<rdf:Description rdf:nodeID="n"><ex:said rdf:ID="said">yes</ex:said></rdf:Description></rdf:RDF>"""


def triples(text: str, syntax: Syntax = "turtle") -> list[tuple[str, str, object]]:
    return [(triple.subject, triple.predicate, triple.object) for triple in read_turtle(text, syntax)]


def as_rdflib(found: list[Triple]) -> rdflib.Graph:
    graph = rdflib.Graph()

    def term(node: "str | Literal") -> Any:
        if isinstance(node, Literal):
            datatype = rdflib.URIRef(node.datatype) if node.datatype not in (TEXT, LANGUAGE_TEXT) else None
            return rdflib.Literal(node.text, lang=node.language or None, datatype=datatype, normalize=False)
        return rdflib.BNode(node[2:]) if node.startswith("_:") else rdflib.URIRef(node)

    for triple in found:
        graph.add((term(triple.subject), term(triple.predicate), term(triple.object)))
    return graph


@pytest.fixture(autouse=True)
def _as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


# -- Turtle and its kin


def test_turtle_is_read_as_its_grammar_says() -> None:
    text = (
        "PREFIX p: <urn:p#>\n<urn:a> p:b.c 'x\\'y'@en-GB , -1.5e3 , true ; ; p:d _:n.1 , p:e\\-f . "
        "p:g p:h [] . [] p:i () ."
    )
    assert triples(text) == [
        ("urn:a", "urn:p#b.c", Literal("x'y", "en-GB", LANGUAGE_TEXT)),
        ("urn:a", "urn:p#b.c", Literal("-1.5e3", "", f"{XSD}double")),
        ("urn:a", "urn:p#b.c", Literal("true", "", f"{XSD}boolean")),
        ("urn:a", "urn:p#d", "_:n.1"),
        ("urn:a", "urn:p#d", "urn:p#e-f"),
        ("urn:p#g", "urn:p#h", "_:[1]"),
        ("_:[2]", "urn:p#i", NIL),
    ]


def test_turtle_says_the_same_as_to_an_independent_reader() -> None:
    ours = as_rdflib(list(read_turtle(TURTLE, base=BASE)))
    assert isomorphic(ours, rdflib.Graph().parse(data=TURTLE, format="turtle", publicID=BASE))


def test_each_statement_has_the_line_of_its_predicate() -> None:
    found = list(read_turtle("<u:a>\n <u:b> 1 ,\n 2 ;\n <u:c> [\n <u:d> 3 ] ."))
    assert [(triple.predicate, triple.line) for triple in found] == [
        ("u:b", 2), ("u:b", 3), ("u:d", 5), ("u:c", 4),
    ]  # fmt: skip


def test_graphs_of_trig_are_read_as_one() -> None:
    text = "@prefix p: <u:> . { p:a p:b 1 } p:g { p:c p:d 2 . p:e p:f [] . } GRAPH _:x { } [] { p:h p:i 3 } p:j p:k 4 ."
    assert [predicate for _, predicate, _ in triples(text, "trig")] == ["u:b", "u:d", "u:f", "u:i", "u:k"]
    with pytest.raises(Unreadable):
        triples(text)


@pytest.mark.parametrize("text", ["<u:a> <u:b> 1 .", "<u:a> <u:b> <u:c> ; <u:d> <u:e> .", "@prefix p: <u:> .",
                                  "<a> <u:b> <u:c> .", "<u:a> <u:b> 'c' .",
                                  "<u:a> a <u:c> .", "<u:a> <u:b> [] ."])  # fmt: skip
def test_n_triples_has_no_short_forms(text: str) -> None:
    with pytest.raises(Unreadable):
        triples(text, "n-triples")
    assert triples('<u:a> <u:b> "c"@en . _:d <u:e> "f"^^<u:g> .\n', "n-triples")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("<u:a> <u:b> .", 1, 13),
        ("<u:a> <u:b> p:c .", 1, 13),
        ("\n<u:a> <u:b> 'open .", 2, 13),
        ("<u:a> <u:b> 'a\\q' .", 1, 13),
        ("<u:a> <u:b> '\\uD800' .", 1, 13),
        ("<u:a b> <u:b> 1 .", 1, 1),
        ("<u:a\\u0020> <u:b> 1 .", 1, 1),
        ("<u:a> <u:b> ( 1", 1, 16),
        ("<u:a> <u:b> [ <u:c> 1 .", 1, 23),
        ("<u:a> <u:b> 1", 1, 14),
        ("<u:a> '1' 1 .", 1, 7),
        ("@prefix p: <u:> .\np:\u00d7 p:b 1 .", 2, 3),
        ("{ <u:a> <u:b> 1 }", 1, 1),
    ],
)
def test_what_is_no_turtle_is_refused_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(Unreadable) as caught:
        triples(text)
    assert caught.value.reason.code == "rdf.malformed"
    assert (caught.value.reason.params["line"], caught.value.reason.params["column"]) == (line, column)


@pytest.mark.parametrize("text", ["<< <u:a> <u:b> 1 >> <u:c> 2 .", 'VERSION "1.2"\n', "<u:a> <u:b> 1 {| <u:c> 2 |} ."])
def test_rdf_1_2_is_told_and_not_called_wrong(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        triples(text)
    assert caught.value.reason.code == "rdf.newer"


def test_nesting_has_an_end() -> None:
    with pytest.raises(Unreadable) as caught:
        triples("<u:a> <u:b> " + "[ <u:c> " * 5_000)
    assert caught.value.reason.params["error"] == "nesting"
    assert len(triples("<u:a> <u:b> " + "( " * 150 + ") " * 150 + ".")) == 299


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@settings(max_examples=150, deadline=None)
@given(_TEXTS)
def test_any_string_is_read_back(text: str) -> None:
    written = text.replace("\\", "\\\\").replace('"', '\\"')
    assert triples(f'<urn:a> <urn:b> """{written}""" .') == [("urn:a", "urn:b", Literal(text))]
    single = written.replace("\n", "\\n").replace("\r", "\\r")
    assert triples(f'<urn:a> <urn:b> "{single}" .') == [("urn:a", "urn:b", Literal(text))]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["<u:a>", "a", "p:b", "_:c", '"d"', "[", "]", "(", ")", ".", ";", ",", "^^", "@en", "1",
                                 "@prefix p: <u:> .", "'''", "#", "\n", "\\", ":", "{", "}", "GRAPH"]), max_size=25),
       st.sampled_from(["turtle", "trig", "n-triples"]))  # fmt: skip
def test_any_row_of_tokens_is_read_or_refused(parts: list[str], syntax: Syntax) -> None:
    try:
        for triple in read_turtle(" ".join(parts), syntax):
            assert triple.subject and triple.predicate
    except Unreadable as error:
        assert error.reason.code in ("rdf.malformed", "rdf.newer")
        assert error.reason.params["line"] >= 1


def test_a_character_changed_gets_the_verdict_of_an_independent_reader() -> None:
    rng = random.Random(7)
    agreed = 0
    for _ in range(60):
        at = rng.randrange(len(TURTLE))
        text = TURTLE[:at] + rng.choice(["", "", ";", "[", ")", '"', "x", "."]) + TURTLE[at + 1 :]
        try:
            ours = as_rdflib(list(read_turtle(text, base=BASE)))
        except Unreadable:
            continue
        try:
            theirs = rdflib.Graph().parse(data=text, format="turtle", publicID=BASE)
        except Exception:
            continue  # it refuses more than the grammar does (`a.b` behind a prefix), and wants statements to be new
        agreed += isomorphic(ours, theirs)
    assert agreed > 15


# -- RDF/XML


def read_xml(text: str) -> list[Triple]:
    return list(read_rdf_xml(etree.fromstring(text.encode()), BASE))


def test_rdf_xml_says_the_same_as_to_an_independent_reader() -> None:
    found = [
        triple
        for triple in read_xml(RDF_XML)
        if not (isinstance(triple.object, Literal) and "<b" in triple.object.text)
    ]
    theirs = rdflib.Graph().parse(data=RDF_XML, format="xml", publicID=BASE)
    theirs.remove((None, rdflib.URIRef("http://plm.example/ns#text"), None))
    assert isomorphic(as_rdflib(found), theirs)


def test_markup_as_a_literal_is_canonical() -> None:
    (value,) = (triple.object for triple in read_xml(RDF_XML) if triple.predicate.endswith("#text"))
    assert value == Literal('<b xmlns="urn:x">bold</b> text', "", f"{RDF}XMLLiteral")


@pytest.mark.parametrize(
    "inner",
    [
        '<ex:P rdf:ID="1"/>',
        '<ex:P rdf:ID="a"/><ex:P rdf:ID="a"/>',
        '<ex:P rdf:about="a" rdf:nodeID="b"/>',
        '<ex:P rdf:nodeID="a b"/>',
        '<rdf:li/>',
        '<ex:P rdf:bagID="a"/>',
        '<ex:P rdf:aboutEach="a"/>',
        '<ex:P><rdf:Description/></ex:P>',
        '<ex:P><ex:q rdf:resource="a" rdf:nodeID="b"/></ex:P>',
        '<ex:P><ex:q rdf:parseType="Literal" rdf:resource="a"/></ex:P>',
        '<ex:P><ex:q><ex:R/><ex:R/></ex:q></ex:P>',
        '<ex:P>text<ex:q/></ex:P>',
        'text',
        '<ex:P foo="a"/>',
    ],
)  # fmt: skip
def test_what_is_no_rdf_xml_is_refused(inner: str) -> None:
    head = RDF_XML.partition("\n")[0]
    with pytest.raises(Unreadable) as caught:
        read_xml(f"{head}>{inner}</rdf:RDF>")
    assert caught.value.reason.code == "rdf.malformed"


# -- JSON-LD


class _Beside:
    """What the reader asks of a context: the document, and none beside it."""

    def __init__(self, value: object) -> None:
        self._data = msgspec.json.encode(value)

    def json(self, _: Artifact) -> Document:
        return read_json(self._data, Limits())

    def related(self, _: Artifact, _path: str) -> None:
        return None

    def checkpoint(self) -> None:
        return None


def read_ld(value: object) -> JsonLd:
    artifact: Any = None
    context: Any = _Beside(value)
    return read_json_ld(artifact, context)


JSON_LD = {
    "@context": {"ex": "http://plm.example/ns#", "xsd": XSD, "id": "@id", "name": {"@id": "ex:name", "@language": "en"},
                 "of": {"@id": "ex:of", "@type": "@id"}, "mass": {"@id": "ex:mass", "@type": "xsd:decimal"},
                 "all": {"@id": "ex:all", "@container": "@list"}, "@base": "http://plm.example/base/"},
    "@graph": [
        {"id": "part", "@type": "ex:Part", "name": "a part", "of": ["whole", "http://plm.example/other"], "mass": "1.5",
         "all": [1, "two", {"id": "three"}], "ex:list": {"@list": []}, "ex:ok": True},
        {"ex:text": {"@value": "ja", "@language": "de"}, "ex:day": {"@value": "2026-01-02", "@type": "xsd:date"}},
    ],
}  # fmt: skip


def test_json_ld_says_the_same_as_to_an_independent_reader() -> None:
    found = read_ld(JSON_LD)
    assert (found.absent, found.left_out) == ((), ())
    data = msgspec.json.encode(JSON_LD).decode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = rdflib.Graph().parse(data=data, format="json-ld")
    assert isomorphic(as_rdflib(found.triples), theirs)


def test_numbers_of_json_are_written_as_the_standard_says() -> None:
    found = read_ld({"u:a": [2.5, 1000.0, -3, 1.5e-7]}).triples  # JSON-LD API §8.2.2
    assert [(triple.object.text, triple.object.datatype) for triple in found if isinstance(triple.object, Literal)] == [
        ("2.5E0", f"{XSD}double"), ("1000", f"{XSD}integer"), ("-3", f"{XSD}integer"), ("1.5E-7", f"{XSD}double"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "part",
    [
        {"@context": {"a": {"@reverse": "u:a"}}},
        {"@context": {"a": {"@id": "u:a", "@container": "@index"}}},
        {"@context": {"@import": "x"}},
        {"@context": {"a": {"@id": "u:a", "@context": {}}}},
        {"@nest": {}},
        {"u:a": {"@value": {}, "@type": "@json"}},
    ],
)
def test_what_of_json_ld_is_not_read_is_told(part: dict[str, object]) -> None:
    assert read_ld({"@id": "u:x", **part}).left_out


def test_a_context_elsewhere_is_told_and_not_fetched() -> None:
    assert read_ld({"@context": "https://plm.example/context", "@id": "u:x"}).absent == ("https://plm.example/context",)


# -- graphs


def test_members_of_a_list_come_in_order_and_a_circle_is_none() -> None:
    graph = Graph(read_turtle("<u:a> <u:b> ( 1 2 3 ) ."))
    head = graph.values("u:a", "u:b")[0].object
    assert [member.text for member in graph.members(head) if isinstance(member, Literal)] == ["1", "2", "3"]
    for broken in ("", f"; <{REST}> <u:l>", f"; <{REST}> () , ( 1 )", f"; <{FIRST}> 2 ; <{REST}> ()"):
        with pytest.raises(NoList):
            Graph(read_turtle(f"<u:l> <{FIRST}> 1 {broken} .")).members("u:l")


def test_values_count_once_and_types_are_known() -> None:
    graph = Graph(read_turtle("<u:a> a <u:T> , <u:T> ; <u:b> 1 , 1 , 2 ."))
    assert [triple.object for triple in graph.values("u:a", "u:b")] == [
        Literal("1", "", f"{XSD}integer"), Literal("2", "", f"{XSD}integer"),
    ]  # fmt: skip
    assert graph.instances("u:T") == ["u:a"] and graph.size == 5 and graph.line("u:a") == 1
    assert len(graph.values("u:a", TYPE)) == 1


def test_a_document_has_so_many_statements_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpo_scan.probe.rdf.MOST", 3)
    with pytest.raises(LimitHit):
        Graph(read_turtle("<u:a> <u:b> 1 , 2 , 3 , 4 ."))
