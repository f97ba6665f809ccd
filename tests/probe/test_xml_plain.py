"""Large XML read by its text and not by calls: the same as by calls, or nothing, whatever the document is."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cpo_scan.probe import xml_plain
from cpo_scan.probe.xml import well_formed
from cpo_scan.probe.xml_identifiers import Identifiers
from cpo_scan.probe.xml_plain import read_identified, read_plain
from cpo_scan.probe.xsd_references import References
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits

LIMITS = Limits(xml_depth=6)
REFERENCES = References(
    elements={"{urn:a}ref": "reference", "{urn:a}refs": "references", "{urn:b}own": "id"},
    attributes={"key": "id", "{urn:b}use": "reference"},
    owned={"{urn:a}part": {"name": "id"}, "{urn:b}part": {"name": "references", "key": "references"}},
    inside={"{urn:a}part": {"{urn:a}end": "reference"}, "{urn:b}part": {"{urn:a}end": "id"}},
)


@pytest.fixture(autouse=True)
def pieces_of_few_octets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_plain, "_PIECE", 61)


def rows(names: dict[str, int], found: Identifiers) -> tuple[Any, ...]:
    """All that was noted; of references to one identifier only that there are some matters."""
    defined = Counter(number for bucket in found._defined for number in bucket)
    used = {number for bucket in found._used for number in bucket}
    return names, defined, used, found._left


def by_calls(data: bytes) -> tuple[Any, ...] | None:
    identifiers = Identifiers(REFERENCES)
    try:
        summary = well_formed(BytesContent(data), LIMITS, identifiers)
    except Unreadable:
        return None
    return (summary.doctype, *rows(summary.names, identifiers))


def by_text(data: bytes) -> tuple[Any, ...] | None:
    plain = read_plain(BytesContent(data), LIMITS, REFERENCES)
    return None if plain is None else (plain.doctype, *rows(plain.names, plain.identifiers))


ROOT = '<part xmlns="urn:a" xmlns:b="urn:b"'
VALUES = st.sampled_from(["a", "b", " c ", "a b", "", "d>", "/>", "é", "x='y'", "\n a"])
ODD = st.sampled_from(["a&amp;b", "a\nb", "&#97;", "<!-- a -->", "<![CDATA[<b/>]]>", "<?do it?>", "</", "<!-", "a--b"])
NAMES = st.sampled_from(["part", "ref", "refs", "end", "b:own", "b:part", "b:end", "note"])
KEYS = st.sampled_from(["key", "name", "b:use", "use", "xml:lang", "id"])


@st.composite
def attributes(draw: Any) -> str:
    written = ""
    for key in draw(st.lists(KEYS, max_size=3, unique=True)):
        quote = draw(st.sampled_from("\"'")) if draw(st.integers(0, 9)) == 0 else '"'
        value = draw(VALUES if draw(st.integers(0, 19)) else ODD).replace(quote, "").replace("<", "")
        around = draw(st.sampled_from(["=", "=", "=", " = ", "\n="]))
        written += f"{draw(st.sampled_from([' ', chr(10)]))}{key}{around}{quote}{value}{quote}"
    return written


def element(inner: Any) -> Any:
    @st.composite
    def build(draw: Any) -> str:
        name, written = draw(NAMES), draw(attributes())
        if draw(st.integers(0, 3)) == 0:
            return f"<{name}{written}{draw(st.sampled_from(['', ' ']))}/>"
        content = "".join(draw(st.lists(inner, max_size=3)))
        return f"<{name}{written}>{content}</{name}{draw(st.sampled_from(['', ' ']))}>"

    return build()


TEXTS = VALUES.map(lambda value: value.replace("<", ""))
BODIES = st.recursive(TEXTS, element, max_leaves=12)
ODD_BODIES = st.recursive(TEXTS | ODD, element, max_leaves=12)
HEADS = st.sampled_from(
    ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>\n<!-- by hand > -->', "\ufeff", "<?go?>"]
)
PUT = st.sampled_from([b"", b"<", b">", b'"', b"'", b"/", b"&", b"<!--", b"-->", b" ", b"=", b"xmlns", b"\xff", b"x"])
ODD_HEADS = st.sampled_from(['<?xml version="1.0" encoding="ISO-8859-1"?>', "<!DOCTYPE part>", "\0", "a"])


def document(bodies: Any, heads: Any) -> Any:
    return st.builds(
        lambda head, more, body: f"{head}{ROOT}{more}>{''.join(body)}</part>".encode(),
        heads,
        st.sampled_from(["", ' key="r"', ' xmlns:c="urn:a"', ' b:use="/>"']),
        st.lists(bodies, max_size=6),
    )


def test_what_is_written_plainly_is_read_plainly() -> None:
    data = (
        f'<?xml version="1.0" encoding="utf-8"?><!-- made --> {ROOT}><b:part name="a b" key="c d"><end>a</end></b:part>'
        '<part key="b" name="c"><end> c </end><end/></part><ref>a</ref><refs>a b</refs><b:own>d</b:own></part>'
    ).encode()
    assert by_text(data.replace(b"<end/>", b"")) == by_calls(data.replace(b"<end/>", b"")) is not None
    assert by_text(data) is None  # a second element inside of one that must be first


@settings(max_examples=100)
@given(document(BODIES, HEADS))
def test_text_and_calls_tell_the_same_of_a_document(data: bytes) -> None:
    told = by_text(data)
    assert told is None or told == by_calls(data)


@settings(max_examples=100)
@given(document(BODIES | ODD_BODIES, HEADS | ODD_HEADS), st.data())
def test_text_and_calls_tell_the_same_of_a_damaged_document(data: bytes, more: st.DataObject) -> None:
    for _ in range(more.draw(st.integers(0, 3))):
        at = more.draw(st.integers(0, len(data)))
        cut = more.draw(st.integers(0, 3))
        put = more.draw(PUT)
        data = data[:at] + put + data[at + cut :]
    told = by_text(data)
    assert told is None or told == by_calls(data)


@given(st.binary(max_size=200))
@example(b"<a/>")
@example(b"\xef\xbb\xbf<a></a>")
@example("<a/>".encode("utf-16"))
@example(b'<a x="/>"><b/></a>')
def test_any_bytes_are_told_alike_or_not_at_all(data: bytes) -> None:
    told = by_text(data)
    assert told is None or told == by_calls(data)


@pytest.mark.parametrize(
    "body",
    [
        '<b xmlns="urn:b"/>',  # no prefix means two things
        '<c:b xmlns:c="urn:c"/><c:b xmlns:c="urn:b"/>',
        '<note key="a&#98;"/>',
        "<ref>a<![CDATA[b]]></ref>",
        "<ref>a<note/></ref>",
        "<note>" * 6 + "</note>" * 6,
    ],
)
def test_what_is_not_plain_is_left_to_the_calls(body: str) -> None:
    assert by_text(f"{ROOT}>{body}</part>".encode()) is None


def test_comments_and_instructions_are_read_over_wherever_a_piece_ends() -> None:
    aside = "<!-- <part key='x'> --><?run <part?><note><![CDATA[<part key='y'>]]></note>"
    for width in range(70):
        data = f"{ROOT}>{'<note/>' * 3}{' ' * width}{aside}<note key='a'/>{aside}<note/></part>".encode()
        assert by_text(data) == by_calls(data) is not None


def test_depth_is_held_to_the_limit_and_not_beyond() -> None:
    def nested(depth: int) -> bytes:
        return b"<a>" * depth + b"</a>" * depth

    for depth in range(1, 9):
        assert (by_text(nested(depth)) is None) == (by_calls(nested(depth)) is None) == (depth > 6)
    wide = b"<a>" + b"<b><c><d><e>x</e><e/></d></c></b>" * 300 + b"</a>"
    assert by_text(wide) == by_calls(wide) is not None


def test_large_documents_that_are_not_plain_are_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_plain, "SMALLEST", 10)
    read = read_identified(BytesContent(f'<!DOCTYPE part []>{ROOT} key="a"/>'.encode()), LIMITS, REFERENCES)
    assert (read.doctype, read.names) == (True, {"{urn:a}part": 1})
    read = read_identified(BytesContent(f'{ROOT} key="a"/>'.encode()), LIMITS, REFERENCES)
    assert (read.doctype, read.names) == (False, {"{urn:a}part": 1})


def test_what_never_ends_is_given_up_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_plain, "_LEFT", 1_000)
    data = f"{ROOT}><note>{'a' * 2_000}</note><note/></part>".encode()
    assert by_calls(data) is not None
    assert by_text(data) is None
