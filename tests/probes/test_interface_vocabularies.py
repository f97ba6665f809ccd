"""The tables of the XML languages of interfaces: each accepts what it describes, and nothing that it does not."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from cpo_scan.probe.xml_structure import Vocabulary
from cpo_scan.rulebook.data import read_table

DATA = read_table("xml-vocabularies").data
NAMES = sorted(DATA["vocabularies"])
VALUES = {
    "text": "a", "ncname": "a", "nmtoken": "a", "nmtokens": "a b", "qname": "p:a", "qnames": "p:a a", "boolean": "true",
    "integer": "-1", "natural": "0", "naturals": "200 404", "identifier": "Ä_1", "namespace": "a.b", "qualified": "a.b",
    "type": "Collection(a.b)", "path": "a/b.c", "length": "max", "scale": "variable", "srid": "0",
}  # fmt: skip
WRONG = {
    "ncname": "a b", "nmtoken": "a b", "nmtokens": "a [", "qname": "a:b:c", "qnames": "a:b:c", "boolean": "yes",
    "integer": "x", "natural": "-1", "naturals": "4xx", "identifier": "a-b", "namespace": "a..b", "qualified": "a",
    "type": "a b",     "path": "a//b", "length": "min", "scale": "-1", "srid": "x",
}  # fmt: skip


def whole(name: str) -> dict[str, Any]:
    table: dict[str, Any] = DATA["vocabularies"][name]
    if "like" not in table:
        return table
    first = whole(table["like"])
    types = {kind: first["types"].get(kind, {}) | row for kind, row in table["types"].items()}
    return first | table | {"types": first["types"] | types}


def value(form: str) -> str:
    plain = form.removesuffix("?")
    return VALUES.get(plain, plain.split("|")[0])


def element(table: dict[str, Any], tag: str, kind: str, full: bool, depth: int = 0) -> Any:
    """An element with all that the table demands, or with all that it allows."""
    row = table["types"][kind]
    made = etree.Element(tag, nsmap={"p": "urn:p"})
    for name, form in row.get("attributes", {}).items():
        if full or not form.endswith("?"):
            made.set(name, value(form))
    some = set(row.get("some", ())[:1])
    for name, stated in row.get("children", {}).items():
        inner = stated.rstrip("?*+")
        if stated[-1] not in "?*" or name in some or (full and depth < 4):
            made.append(element(table, qualified(table, name), inner, full, depth + 1))
    return made


def qualified(table: dict[str, Any], name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{table['namespaces'][prefix][0]}}}{local}"


def root(name: str, full: bool) -> Any:
    table = whole(name)
    prefix = "w" if "w" in table["namespaces"] else "x"
    return element(table, qualified(table, f"{prefix}:{table['root']}"), table["root"], full)


def codes(name: str, tree: Any) -> set[str]:
    return {problem.code for problem in Vocabulary.named(DATA, name).problems(tree)}


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_demanded_and_all_that_is_allowed_is_accepted(name: str, full: bool) -> None:
    assert codes(name, root(name, full)) == set()


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_one_fault_anywhere_is_found(name: str, data: st.DataObject) -> None:
    table = whole(name)
    tree = root(name, True)
    places = list(below(table, tree, table["root"]))
    place, kind = data.draw(st.sampled_from(places))
    row = table["types"][kind]
    attributes = row.get("attributes", {})
    tolerant = table.get("other_attributes") or row.get("other_attributes")
    required = [key for key, form in attributes.items() if not form.endswith("?")]
    checked = [key for key, form in attributes.items() if form.removesuffix("?") in WRONG]
    single = [key for key, stated in row.get("children", {}).items() if stated[-1] not in "*+"]
    faults = (
        ([] if tolerant else ["attribute_unknown"])
        + (["attribute_missing"] if required else [])
        + (["attribute_value"] if checked else [])
        + ([] if row.get("anything") else ["element_unknown"])
        + (["element_twice"] if single and len(place) else [])
    )
    if not faults:
        return
    fault = data.draw(st.sampled_from(faults))
    match fault:
        case "attribute_unknown":
            place.set("unheard-of", "x")
        case "attribute_missing":
            del place.attrib[data.draw(st.sampled_from(required))]
        case "attribute_value":
            key = data.draw(st.sampled_from(checked))
            place.set(key, WRONG[attributes[key].removesuffix("?")])
        case "element_unknown":
            place.append(etree.Element(qualified(table, f"{next(iter(table['namespaces']))}:unheardOf")))
        case _:
            key = data.draw(st.sampled_from(single))
            inner = row["children"][key].rstrip("?*+")
            for _ in range(2):
                place.append(element(table, qualified(table, key), inner, False))
    assert f"structure.{fault}" in codes(name, tree)


def below(table: dict[str, Any], tree: Any, kind: str) -> Any:
    yield tree, kind
    row = table["types"][kind]
    for name, stated in row.get("children", {}).items():
        for child in tree.iterchildren(qualified(table, name)):
            yield from below(table, child, stated.rstrip("?*+"))


def test_a_child_of_which_some_must_be_there_is_missed() -> None:
    tree = root("csdl-4", True)
    reference = next(tree.iter("{*}Reference"))
    for child in list(reference):
        if child.tag.endswith(("Include", "IncludeAnnotations")):
            reference.remove(child)
    assert codes("csdl-4", tree) == {"structure.element_missing"}


@pytest.mark.parametrize(
    ("name", "fits", "wrong"),
    [
        ("identifier", ["a", "_", "Größe", "a1", "a" * 128], ["", "1a", "a.b", "a-b", "a b", "a" * 129, "²"]),
        (
            "type",
            ["Edm.String", "Collection(a.b)", " a.b "],
            ["String", "Collection()", "Collection(a)", "Collection(Collection(a.b))"],
        ),
        ("path", ["a", "a/b", "a.b/c"], ["", "/a", "a/", "*"]),
        ("length", ["max", "0", "+4"], ["", "MAX", "-1", "1.0"]),
        ("naturals", ["", "200", "200 404"], ["200,404", "4xx"]),
    ],
)
def test_forms_of_values(name: str, fits: list[str], wrong: list[str]) -> None:
    table = {
        "standard": "S", "namespaces": {"w": ["urn:w"]}, "root": "r",
        "types": {"r": {"clause": "1", "attributes": {"a": name}}},
    }  # fmt: skip
    vocabulary = Vocabulary(table)

    def accepted(text: str) -> bool:
        return not list(vocabulary.problems(etree.Element("{urn:w}r", a=text)))

    assert [text for text in fits if not accepted(text)] == []
    assert [text for text in wrong if accepted(text)] == []


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_value_or_none(text: str) -> None:
    from cpo_scan.probe.xml_structure import _FORMS

    for form in _FORMS.values():
        assert form(text) is None or form(text) or not form(text)
