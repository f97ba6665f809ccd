"""The Part 21 checker: what the grammar writes is accepted, what breaks it is found where it is broken."""

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.exchange.part21 import checker as part21
from cpo_probes.exchange.part21 import names as part21_names
from cpo_probes.exchange.part21 import tokens as part21_tokens
from cpo_probes.exchange.part21.checker import MOST, Report, check
from cpo_probes.exchange.part21.header import text
from cpo_scan.probe import patterns
from tests.probes.part21_language import knows, language

HEADER = b"""HEADER;
FILE_DESCRIPTION(('a view'),'%s');
FILE_NAME('part','2024-05-06T07:08:09',('author'),('organisation'),'Writer 1','System 2','');
FILE_SCHEMA(('AUTOMOTIVE_DESIGN { 1 0 10303 214 3 1 1 }'));
ENDSEC;
"""


def written(data: bytes, level: bytes = b"2;1") -> bytes:
    return b"ISO-10303-21;\n" + HEADER % level + b"DATA;\n" + data + b"ENDSEC;\nEND-ISO-10303-21;\n"


def codes(report: Report) -> list[str]:
    return [problem.code for problem in report.errors]


# -- what the grammar writes

hexadecimal = st.sampled_from("0123456789ABCDEF")
keywords = st.from_regex(r"\A!?[A-Z_][A-Z0-9_]{0,8}\Z")
separators = st.sampled_from(
    ["", "", "", " ", "\n", "\t ", "\r\n", "/* a 'comment' #1=A(); */", "/***/", "\\N\\", "\\F\\ "]
)
directives = st.one_of(
    st.just("\\\\"),
    st.just("''"),
    st.characters(min_codepoint=0x20, max_codepoint=0x7E).map(lambda character: f"\\S\\{character}"),
    st.sampled_from("ABCDEFGHI").map(lambda letter: f"\\P{letter}\\"),
    st.lists(hexadecimal, min_size=2, max_size=2).map(lambda digits: "\\X\\" + "".join(digits)),
    st.lists(hexadecimal, min_size=4, max_size=4).map(lambda digits: f"\\X2\\{''.join(digits)}\\X0\\"),
    st.lists(hexadecimal, min_size=8, max_size=8).map(lambda digits: f"\\X4\\{''.join(digits)}\\X0\\"),
    st.sampled_from(["\\N\\", "\\F\\", "\n", "/* no comment */", "#7=", ";"]),
)
strings = st.lists(
    st.one_of(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="'\\"), directives), max_size=6
).map(lambda parts: "'" + "".join(parts) + "'")
numbers = st.from_regex(r"\A[+-]?[0-9]{1,6}(\.[0-9]{0,4}(E[+-]?[0-9]{1,3})?)?\Z")
atoms = st.one_of(
    strings,
    numbers,
    st.sampled_from(["$", "*", "#1", "#0002", "@3", "#CONSTANT", "@VALUE_1", ".T.", ".A_1.", '"0"', '"3FA0"']),
)


def listed(items: list[str], gap: str) -> str:
    return f"({gap}" + f"{gap},{gap}".join(items) + f"{gap})"


values = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(listed, st.lists(inner, max_size=3), separators),
        st.builds(lambda word, gap, value: f"{word}{gap}({gap}{value}{gap})", keywords, separators, inner),
    ),
    max_leaves=12,
)
lists = st.lists(values, max_size=4)
records = st.builds(lambda word, gap, items: word + gap + listed(items, gap), keywords, separators, lists)
bodies = st.one_of(records, st.lists(records, min_size=1, max_size=3).map(lambda several: f"({' '.join(several)})"))


def instances(parts: list[tuple[str, str]]) -> bytes:
    rows = (f"{gap}#{number}{gap}={gap}{body}{gap};" for number, (gap, body) in enumerate(parts, 1))
    return "".join(rows).encode("ascii")


@given(st.lists(st.tuples(separators, bodies), max_size=5).map(instances))
@settings(deadline=None, max_examples=60)
def test_whatever_the_grammar_writes_is_well_formed(data: bytes) -> None:
    report = check(written(data))
    assert report.errors == ()
    assert report.well_formed is True


@given(st.lists(st.tuples(separators, bodies), max_size=4).map(instances), st.binary(min_size=1, max_size=3), st.data())
@settings(deadline=None, max_examples=60)
def test_the_pattern_of_each_engine_takes_the_same_run(data: bytes, damage: bytes, where: st.DataObject) -> None:
    at = where.draw(st.integers(0, len(data)))
    for run in (data, data[:at] + damage + data[at:]):
        for high in (False, True):
            spelled = [re.compile(part21_tokens.run_source(high, lookahead)) for lookahead in (True, False)]
            matches = [pattern.match(run) for pattern in (*spelled, part21_tokens.instance_run(high))]
            assert len({match and match.end() for match in matches}) == 1


@given(st.lists(st.tuples(separators, bodies), min_size=1, max_size=3).map(instances), st.data())
@settings(deadline=None, max_examples=100)
def test_the_pattern_and_the_exact_reader_agree_on_damaged_instances(data: bytes, where: st.DataObject) -> None:
    at = where.draw(st.integers(0, len(data) - 1))
    octet = where.draw(st.sampled_from(b"'();,#=.E\\$\"/*9A a\x80"))
    damaged = data[:at] + bytes([octet]) + data[at + 1 :]
    from cpo_probes.exchange.part21.records import Broken, Records

    run = part21_tokens.instance_run(False).match(damaged)
    assert run is not None
    reader, stop = Records(damaged, False, lambda: None), 0
    try:
        while (start := reader.skip(stop)) < len(damaged):
            stop = reader.instance(start)
    except Broken:
        pass
    assert run.end() <= stop


# -- against a grammar and a scanner of their own

GAPS = ["", "", "", " ", "\n", "\r\n\t", "/* c */", "/**/", "\\N\\", "/* ' #1= */"]
OCTETS = [*(bytes([octet]) for octet in range(128)), *(bytes([octet]) for octet in b"'\"#(),;$*.=\\/E0Aa@<>{}:" * 4)]
RULES = {  # beyond the grammar
    *("part21.duplicate", "part21.name_zero", "part21.section_name", "part21.section_twice", "part21.section_schema"),
    *("part21.no_data", "part21.header_order", "part21.header_fields", "part21.header_entity", "part21.header_missing"),
}


def structure(order: random.Random, level: bytes) -> tuple[bytes, int]:
    """An exchange structure by the grammar, and where its body begins."""
    tokens: list[str] = []
    for section, share in (("anchors", 0.3), ("references", 0.3), ("data", 1.0), ("data", 0.3)):
        if order.random() < share:
            tokens += language().sentence(order, order.choice([4, 6, 8]), section)
    body = "".join((" " if gap == "" else gap) + token for token in tokens for gap in [order.choice(GAPS)])
    head = b"ISO-10303-21;\n" + HEADER % level
    return head + body.encode("ascii") + b"\nEND-ISO-10303-21;\n", len(head)


def broken(data: bytes) -> bool:
    """Does the grammar, and not only a rule beyond it, refuse this?"""
    return not set(codes(check(data))) <= RULES


@given(st.integers(0, 2**32), st.sampled_from([b"1", b"2;1", b"4;1"]))
@settings(deadline=None, max_examples=100)
def test_whatever_the_table_of_the_grammar_writes_is_accepted(seed: int, level: bytes) -> None:
    data, _ = structure(random.Random(seed), level)
    assert knows(data)
    assert not broken(data)


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=120)
def test_an_octet_changed_lost_or_added_is_refused_where_and_only_where_the_grammar_says_so(seed: int) -> None:
    order = random.Random(seed)
    data, start = structure(order, b"2;1")
    at, octet = order.randrange(start, len(data)), order.choice([*OCTETS, b""])
    changed = data[:at] + octet + data[at + order.choice([0, 1, 1]) :]
    if b"&" not in changed:  # SCOPE is of edition 1 only
        assert knows(changed) != broken(changed)


@pytest.mark.parametrize(
    "source",
    [
        *(part21_tokens.run_source(high, lookahead=False) for high in (False, True)),
        part21_tokens.SEPARATOR,
        part21_tokens.string(high=True),
        part21_tokens.BINARY,
        part21_tokens.RESOURCE,
    ],
)
def test_the_patterns_never_have_to_give_back(source: bytes) -> None:
    patterns.check(source.decode("ascii"))


# -- what breaks it

GOOD = b"#1=POINT('a',(0.,1.E+5,-2.5),$,*,.T.,#2);\n#2=(A(1)B(#1));\n"


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        (b"1.E+5", b"1.e+5", "part21.unexpected", b"e+5"),
        (b"-2.5", b"-.5", "part21.number", b"-.5"),
        (b".T.", b".t.", "part21.enumeration", b".t."),
        (b"POINT", b"Point", "part21.unexpected", b"oint"),
        (b"'a'", b"'a\\b'", "part21.escape", b"\\b"),
        (b"'a'", b"'\\X2\\00E\\X0\\'", "part21.escape", b"\\X2"),
        (b"'a'", b"'\xe4'", "part21.octet", b"\xe4"),
        (b"'a'", b'"4"', "part21.binary", b'"4"'),
        (b"'a'", b"a", "part21.lower_case", b"a,("),
        (b"$,*", b"$,,*", "part21.unexpected", b",*,"),
        (b",#2)", b",)", "part21.unexpected", b");\n#2"),
        (b"A(1)B", b"A(1),B", "part21.unexpected", b",B"),
        (b");\n#2", b"));\n#2", "part21.unexpected", b");\n#2"),
        (b"#2=(A(1)", b"#2=(L((X(1,2)))", "part21.unexpected", b",2)"),
        (b"#2=(A(1)", b"#2=(L(X()))", "part21.unexpected", b")))"),
        (b"#2=", b"#0=", "part21.name_zero", b"#0="),
        (b"#2=", b"#01=", "part21.duplicate", b"#01="),
        (b"#2=(", b";#2=(", "part21.unexpected", b";#2="),
        (b"(#1));", b"(#1))", "part21.unexpected", b"ENDSEC;\nEND-"),
    ],
)
def test_damage_is_found_where_it_is(old: bytes, new: bytes, code: str, place: bytes) -> None:
    assert check(written(GOOD)).well_formed is True
    data = written(GOOD.replace(old, new, 1))
    report = check(data)
    assert report.well_formed is False
    first = report.errors[0]
    at = data.index(place, data.index(b"DATA;"))
    before = data[:at]
    assert (first.code, first.byte) == (code, at)
    assert (first.line, first.column) == (before.count(b"\n") + 1, at - before.rfind(b"\n"))
    assert first.clause


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data.replace(b"END-ISO-10303-21;\n", b""), "part21.ends"),
        (lambda data: data + b"rest", "part21.after_end"),
        (lambda data: b"x" + data, "part21.start"),
        (lambda data: data.replace(b"FILE_SCHEMA", b"FILE_SCHEME"), "part21.header_entity"),
        (lambda data: data.replace(b",'System 2','')", b",'System 2')"), "part21.header_fields"),
        (lambda data: data.replace(b"('organisation')", b"'organisation"), "part21.unexpected"),
        (lambda data: re.sub(rb"(?s)(FILE_D.*?;\n)(FILE_N.*?;\n)", rb"\2\1", data), "part21.header_order"),
        (lambda data: re.sub(rb"FILE_SCHEMA.*?;\n", b"", data), "part21.header_missing"),
        (lambda data: data.replace(b"ENDSEC;\nDATA", b"DATA"), "part21.section_open"),
        (lambda data: data.replace(b"DATA;\nENDSEC;\n", b""), "part21.no_data"),
        (lambda data: data.replace(b"DATA;", b"DATA;\nENDSEC;\nDATA;"), "part21.section_name"),
        (lambda data: data.replace(b"DATA;\n", b"DATA;\n/* never ends"), "part21.comment"),
        (lambda data: data.replace(b"DATA;\n", b"DATA;\n#1=A('never ends);"), "part21.string_open"),
    ],
)
def test_broken_structure_is_told(change: Callable[[bytes], bytes], code: str) -> None:
    report = check(change(written(b"")))
    assert code in codes(report)
    assert report.well_formed is False


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"'part'", rb"'C:\Users\part.stp'", "part21.escape"),
        (b"'a view'", b"'a view", "part21.unexpected"),
        (b"1 0 10303 214", rb"1 0 \10303 214", "part21.escape"),
    ],
)
def test_a_broken_header_entity_is_neither_missing_nor_out_of_order(old: bytes, new: bytes, code: str) -> None:
    report = check(written(b"#1=A();\n").replace(old, new))
    assert codes(report) == [code]


def test_a_byte_order_mark_is_not_readable_as_part_21() -> None:
    report = check(b"\xef\xbb\xbf" + written(b""))
    assert report.well_formed is None
    assert [remark.code for remark in report.remarks] == ["part21.byte_order_mark"]


def test_dangling_references_are_told_and_are_no_matter_of_syntax() -> None:
    data = written(b"#1=A('#77',#5,#5,#4);\n#2=B(#1);\n")
    report = check(data)
    assert report.well_formed is True
    assert report.dangling == 2
    (remark,) = [remark for remark in report.remarks if remark.code == "part21.dangling"]
    assert remark.params == {"count": 2, "names": ["#4", "#5"]}
    assert remark.byte == data.index(b"#5")


def test_header_policy_is_apart_from_syntax() -> None:
    report = check(written(b"").replace(b"('author')", b"()").replace(b"2024-05-06T07:08:09", b"yesterday"))
    assert report.well_formed is True
    assert [remark.code for remark in report.remarks] == ["part21.header_time", "part21.header_type"]


def test_errors_are_listed_up_to_a_number_and_reading_goes_on_after_each() -> None:
    three = check(written(b"#1=a();\n#2=B();\n#3=C(;\n#4=D(1.2.3);\n#5=E();\n"))
    assert [(problem.line, problem.code) for problem in three.errors] == [
        (8, "part21.unexpected"),
        (10, "part21.unexpected"),
        (11, "part21.unexpected"),
    ]
    assert three.instances == 2
    assert len(check(written(b"#1=A();\n" * 1000)).errors) == MOST


# -- editions

THIRD = b"""ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'4;2');
FILE_NAME('','2024-05-06T07:08:09Z',(''),(''),'','','');
FILE_SCHEMA(('FIRST','SECOND'));
SECTION_LANGUAGE($,'de');
!COMPANY_ENTITY('x');
ENDSEC;
ANCHOR;
<name> = #10 {tag:'v'}{other:(1,$,<a#b>)};
<value>=(.T.,"1F",@7);
ENDSEC;
REFERENCE;
#10 = <http://example.org/product.stp#shape>;
@7 = <#wheel>;
ENDSEC;
DATA('one',('FIRST'));
#1=A(#10,'\xc3\xa4',@7,#PI,@E);
ENDSEC;
DATA('two',('SECOND'));
#2=B(#1);
ENDSEC;
END-ISO-10303-21;
SIGNATURE;
MIIGpgYJKoZIhvcNAQcCoIIG
lzCCBpMCAQExCw==
ENDSEC;
"""


def test_edition_3_with_all_its_sections_is_well_formed() -> None:
    report = check(THIRD)
    assert report.errors == ()
    assert report.sections == ("ANCHOR", "REFERENCE", "DATA", "DATA", "SIGNATURE")
    assert (report.instances, report.dangling, report.header.edition) == (2, 0, 3)
    assert [schema.name for schema in report.header.schemas] == ["FIRST", "SECOND"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"\xc3\xa4", b"\xe4", "part21.utf8"),
        (b"#2=B", b"#10=B", "part21.duplicate"),
        (b"<name> =", b"name =", "part21.unexpected"),
        (b"@7 = <#wheel>", b"@7 = 'wheel'", "part21.unexpected"),
        (b"!COMPANY_ENTITY('x');\n", b"!COMPANY_ENTITY('x');\nSECTION_CONTEXT($,('x'));\n", "part21.header_order"),
        (b"ANCHOR;", b"REFERENCE;\nENDSEC;\nANCHOR;", "part21.section_order"),
        (b"DATA('two',('SECOND'))", b"DATA", "part21.section_name"),
    ],
)
def test_edition_3_has_rules_of_its_own(old: bytes, new: bytes, code: str) -> None:
    assert code in codes(check(THIRD.replace(old, new)))


def test_scope_of_edition_1_is_read() -> None:
    data = b"#9=&SCOPE\n#1=A(1);\n#2=&SCOPE #3=C(); ENDSCOPE B(#1);\nENDSCOPE /#1,#2/ D(#1);\n"
    report = check(written(data, b"1"))
    assert (report.errors, report.instances) == ((), 4)


def test_octets_above_127_are_utf8_in_edition_3_only() -> None:
    data = "#1=A('Wände');\n".encode()
    assert check(written(data, b"4;1")).well_formed is True
    assert codes(check(written(data, b"2;1"))) == ["part21.octet"]


def test_octets_outside_of_the_alphabet_are_ignored_in_strings() -> None:
    assert check(written(b"#1=A('two\r\nlines\x7f',\x00 1);\n")).well_formed is True


@pytest.mark.parametrize(
    ("octets", "wanted"),
    [
        (b"it''s", "it's"),
        (rb"C:\\x", "C:\\x"),
        (rb"\X\E4\X2\03B103B2\X0\\X4\0001F600\X0\ ", "äαβ😀 "),
        (rb"\PB\\S\'\S\!", "§Ą"),
        (b"a\r\nb\\N\\c", "abc"),
        ("Wände".encode(), "Wände"),
    ],
)
def test_strings_are_decoded(octets: bytes, wanted: str) -> None:
    assert text(octets) == wanted


# -- size and malice


def many(count: int, seed: int = 1) -> bytes:
    order = random.Random(seed)
    rows = [
        f"#{number}=P('t''{number} #9=',({number}.,0.5E1),#{order.randint(1, count)});\n"
        for number in range(1, count + 1)
    ]
    order.shuffle(rows)
    return "".join(rows).encode()


def test_runs_longer_than_a_chunk_are_read_with_and_without_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(many(60_000))
    first = check(data)
    monkeypatch.setattr(part21_names, "_vectors", lambda: None)
    second = check(data)
    assert first == second
    assert (first.well_formed, first.instances, first.dangling) == (True, 60_000, 0)


@pytest.mark.parametrize("chunk", [1 << 20, 16])
@pytest.mark.parametrize("whole", [written(b"#1=A(#2,'x');\n#2=B();\n"), THIRD], ids=["edition 2", "edition 3"])
def test_a_file_that_was_cut_anywhere_is_refused(monkeypatch: pytest.MonkeyPatch, whole: bytes, chunk: int) -> None:
    monkeypatch.setattr(part21, "_CHUNK", chunk)
    for end in range(whole.index(b"END-ISO-10303-21;") + len(b"END-ISO-10303-21")):
        report = check(whole[:end])
        assert report.well_formed is False, whole[:end]
        assert all(problem.byte <= end for problem in report.errors)


@pytest.mark.parametrize("vectors", [True, False])
def test_a_name_defined_twice_far_apart_is_found(monkeypatch: pytest.MonkeyPatch, vectors: bool) -> None:
    if not vectors:
        monkeypatch.setattr(part21_names, "_vectors", lambda: None)
    data = written(many(60_000) + b"#77=LAST();\n")
    report = check(data)
    assert codes(report) == ["part21.duplicate"]
    assert report.errors[0].byte == data.index(b"#77=LAST")


def test_a_million_parentheses_are_no_million_frames() -> None:
    report = check(written(b"#1=A(" + b"(" * 1_000_000))
    assert codes(report)[0] == "part21.unexpected"
    closed = check(written(b"#1=A(" + b"(" * 100_000 + b")" * 100_000 + b");\n"))
    assert closed.well_formed is True


def test_instance_names_may_be_huge() -> None:
    digits = b"9" * 5000
    report = check(written(b"#%s=A(#%s,#123456789012);\n#123456789012=B();\n" % (digits, digits)))
    assert (report.well_formed, report.dangling) == (True, 0)
    again = check(written(b"#%s=A();\n#0%s=A();\n" % (digits, digits)))
    assert codes(again) == ["part21.duplicate"]


def test_the_checkpoint_stops_a_long_reading() -> None:
    class Enough(Exception):
        pass

    def stop() -> None:
        raise Enough

    with pytest.raises(Enough):
        check(written(many(100)), stop)
