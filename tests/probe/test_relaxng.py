"""RELAX NG in both syntaxes: what holds together is taken, what the standard forbids is refused, modules are told.

The verdict of each made schema was compared with that of jing 20220510, by hand.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from cpo_scan.probe.relaxng import RelaxNgReport, compile_compact, compile_relaxng
from cpo_scan.probe.relaxng_compact import read_compact
from cpo_scan.targets.content import BytesContent, Content
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits

GRAMMAR = (
    '<grammar xmlns="http://relaxng.org/ns/structure/1.0" '
    'datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">{}</grammar>'
)
START = '<start><element name="a">{}</element></start>'
COMPACT = """# parts
default namespace = "urn:parts"
namespace local = ""
namespace x = "urn:x"
datatypes d = "http://www.w3.org/2001/XMLSchema-datatypes"
start = part | [ x:note = "both" ] assembly
part = element part { attribute number { d:string { pattern = "[A-Z]\\x{2D}[0-9]+" maxLength = "9" } },
  attribute x:kind { "made" | d:token "bought" | token "old" }?, mass?, text }
mass = element mass { d:decimal - d:decimal "0" }
assembly = element (assembly | x:set) { (part | note*) , \\start* , (mass & part?),
  attribute sizes { list { d:int+ } }? }
note |= element x:* - x:bad { mixed { empty } }
note |= element * - (x:* | local:*) { anything }
\\start = element start { external "start.rnc" inherit = x }
div { anything = (element * { anything } | attribute * { text } | text)* }
"""


def given_files(files: dict[str, str]) -> "dict[str, Content]":
    return {path: BytesContent(text.encode()) for path, text in files.items()}


def xml(text: str, **files: str) -> RelaxNgReport:
    beside = given_files({name + ".rng": data for name, data in files.items()})
    return compile_relaxng(BytesContent(text.encode()), Limits(), "main.rng", beside.get)


def compact(text: str, **files: str) -> RelaxNgReport:
    beside = given_files({name + ".rnc": data for name, data in files.items()})
    return compile_compact(BytesContent(text.encode()), Limits(), "main.rnc", beside.get)


@pytest.mark.parametrize(
    "inside",
    [
        START.format('<ref name="x"/>')
        + '<define name="x"><optional><element name="b"><ref name="x"/></element></optional></define>',
        START.format('<data type="int"><except><value>1</value></except></data>'),
        START.format("<zeroOrMore><attribute><anyName/></attribute></zeroOrMore><text/>"),
        START.format('<grammar><start><parentRef name="y"/></start></grammar>') + '<define name="y"><text/></define>',
        START.format('<ref name="x"/>')
        + '<define name="x" combine="choice"><text/></define><define name="x"><empty/></define>',
        START.format('<data type="string"><param name="pattern">[a-z]+</param></data>'),
        START.format('<x xmlns="urn:y"/><text/>'),
    ],
)
def test_a_schema_that_holds_together_is_valid(inside: str) -> None:
    assert xml(GRAMMAR.format(inside)).valid is True


@pytest.mark.parametrize(
    "inside",
    [
        START.format('<attribute name="b"><element name="c"><empty/></element></attribute>'),
        START.format('<attribute name="b"/><attribute name="b"/>'),
        START.format("<attribute><anyName/></attribute>"),
        START.format("<list><list><text/></list></list>"),
        START.format('<data type="int"/><element name="b"><empty/></element>'),
        START.format('<interleave><text/><mixed><element name="b"><empty/></element></mixed></interleave>'),
        START.format('<ref name="nope"/>'),
        START.format('<ref name="x"/>') + '<define name="x"><text/></define><define name="x"><empty/></define>',
        START.format('<ref name="x"/>') + '<define name="x"><ref name="x"/></define>',
        START.format('<data type="nope"/>'),
        START.format('<data type="int"><param name="nope">1</param></data>'),
        START.format('<data type="string"><param name="pattern">[</param></data>'),
        START.format('<parentRef name="x"/>'),
        START.format("<frob/>"),
        START.format('<element name="p:a"><empty/></element>'),
        START.format("<choice/>"),
        "<start><text/></start>",
        "<start>text</start>",
    ],
)
def test_what_the_standard_forbids_is_refused(inside: str) -> None:
    assert xml(GRAMMAR.format(inside)).valid is False


def test_what_it_takes_in_is_put_in_its_place() -> None:
    types = GRAMMAR.format('<define name="mass"><data type="decimal"/></define><define name="name"><text/></define>')
    attribute = '<attribute name="m"><ref name="mass"/></attribute><ref name="name"/><externalRef href="b.rng"/>'
    replaced = '<include href="types.rng"><define name="name"><empty/></define></include>'
    main = '<grammar xmlns="http://relaxng.org/ns/structure/1.0">' + replaced + START.format(attribute) + "</grammar>"
    element = '<element xmlns="http://relaxng.org/ns/structure/1.0" name="b"><empty/></element>'
    assert xml(main, types=types, b=element).valid is True
    assert xml(main, types=types, b=element.replace("<empty/>", "<frob/>")).valid is False
    report = xml(main, types=types)
    assert report.valid is None and [reason.params for reason in report.problems] == [{"location": "b.rng"}]


@pytest.mark.parametrize("href", ["file:///etc/hostname", "http://127.0.0.1:9/a.rng", "../../a.rng", "/etc/a.rng", ""])
def test_what_lies_elsewhere_is_not_opened(href: str) -> None:
    report = xml(GRAMMAR.format(f'<include href="{href}"/>'))
    assert report.valid is None and report.problems[0].code == "xsd.missing"


def test_a_circle_is_refused() -> None:
    other = GRAMMAR.format('<include href="other.rng"/>')
    assert xml(other, other=other).valid is False
    assert xml(GRAMMAR.format('<include href="main.rng"/>')).problems[0].code == "relaxng.circle"


def test_a_module_is_told_with_the_names_that_it_lacks() -> None:
    report = xml(GRAMMAR.format('<define name="x"><element name="b"><ref name="y"/></element></define>'))
    assert report.valid is None and report.problems[0].params == {"names": ["y"]}
    assert xml(GRAMMAR.format('<define name="x"><text/></define>')).problems[0].code == "relaxng.no_start"


def test_a_library_of_datatypes_that_nobody_knows_leaves_the_verdict_open() -> None:
    report = xml(GRAMMAR.format(START.format('<data type="x" datatypeLibrary="http://plm.example/types"/>')))
    assert report.valid is None and report.problems[0].code == "relaxng.datatypes"


# -- the compact syntax


def test_the_compact_syntax_is_read_as_its_grammar_says() -> None:
    report = compact(COMPACT, start='element inner { attribute a { text }, "x" }')
    assert (report.valid, report.elements) == (True, 7)
    assert compact("start = element a { empty }").valid is True
    assert compact("element a { text }").valid is True


def test_names_and_types_carry_what_they_inherit() -> None:
    root = read_compact('namespace x = "urn:x"\ndefault namespace = "urn:d"\nelement x:a { attribute b { xsd:int } }')
    found = etree.tostring(root).decode()
    assert '<name ns="urn:x">a</name>' in found and '<name ns="">b</name>' in found
    assert 'type="int" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"' in found


@pytest.mark.parametrize(
    "text",
    [
        "start = element a { text | empty , text }",
        "start = element a { text ",
        "start = element a text",
        'start = element a { "open }',
        "start = element p:a { text }",
        "start = element a { p:int }",
        "start = element a { text } text",
        "start = start",
        "element = element a { text }",
        "start = element a { text }\nnamespace p = 'urn:p'",
        "start = [ a = 'b' element a { text }",
        "start = element a { parent text }",
        "start = element a { () }",
        "start + element a { text }",
    ],
)
def test_what_is_no_compact_syntax_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        compact(text)
    assert caught.value.reason.code == "relaxng.malformed" and caught.value.reason.params["line"] >= 1


def test_compact_schemas_take_in_compact_ones() -> None:
    assert (
        compact('include "types.rnc" { name = empty }\nstart = element a { name }', types="name = text").valid is True
    )
    assert compact('include "types.rnc"\nstart = element a { name }').valid is None
    assert compact("name = element b { other }").problems[0].code == "relaxng.module"
    broken = compact('include "types.rnc"\nstart = element a { name }', types="name = {")
    assert broken.valid is None and broken.problems[0].code == "xsd.unreadable"


def test_a_pattern_of_too_many_parts_is_not_compiled() -> None:
    report = compact("start = element a { " + "x | " * 10_001 + "x }\nx = element b { text }")
    assert report.valid is None and report.problems[0].code == "relaxng.parts"


def test_an_escaped_line_end_ends_no_literal() -> None:
    assert compact('start = element a { "one\\x{A}two" }').valid is True


def test_nesting_has_an_end() -> None:
    for text in ("(" * 50_000, "start = " + "element a { " * 50_000, "div { " * 50_000, "element " + "(" * 50_000):
        with pytest.raises(Unreadable) as caught:
            compact(text)
        assert caught.value.reason.params["error"] == "nesting"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["start", "=", "element", "a", "{", "}", "text", ",", "|", "(", ")", "*", "-", "p:x",
                                 '"s"', "include", "[", "]", ">>", "~", "grammar", "\n", "#", "div", "namespace"]),
                max_size=20))  # fmt: skip
def test_any_row_of_tokens_is_read_or_refused(parts: list[str]) -> None:
    try:
        assert compact(" ".join(parts)).valid in (True, False, None)
    except Unreadable as error:
        assert error.reason.code == "relaxng.malformed"
