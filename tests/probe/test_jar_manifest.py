"""Manifests of JAR files: headers that go over lines, and the clauses of OSGi."""

from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.jar_manifest import Clause, Header, clauses, read_headers

MANIFEST = """Manifest-Version: 1.0\r
Bundle-SymbolicName: org.acme.conv\r
 erters;singleton:=true\r
Export-Package: a.b;x-internal:=true,c;d;version="[1,2)"\r
\r
Name: a/B.class\r
Bundle-SymbolicName: not.this\r
"""


def test_a_header_is_read_over_its_lines_and_up_to_the_first_entry() -> None:
    found = read_headers(MANIFEST)
    assert found["bundle-symbolicname"] == Header("org.acme.converters;singleton:=true", 2)
    assert "name" not in found


def test_what_stands_in_quotes_parts_no_clauses() -> None:
    assert list(clauses(read_headers(MANIFEST)["export-package"].value)) == [
        Clause(("a.b",), {"x-internal:": "true"}),
        Clause(("c", "d"), {"version": "[1,2)"}),
    ]


def test_spaces_around_signs_mean_nothing() -> None:
    assert list(clauses('a ; x-internal := true , b;uses:="c,d"')) == [
        Clause(("a",), {"x-internal:": "true"}),
        Clause(("b",), {"uses:": "c,d"}),
    ]


@given(st.text(alphabet='ab:;,"= \n', max_size=200))
def test_any_text_has_headers_and_clauses_or_none(text: str) -> None:
    for header in read_headers(text).values():
        assert all(clause.paths for clause in clauses(header.value))
