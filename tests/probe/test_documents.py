"""The document readers: what they read, what they refuse, where things stand."""

import json
import sys
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from cpo_scan.probe import LimitHit, Unreadable
from cpo_scan.probe.data_text import read_json, read_yaml
from cpo_scan.probe.documents import Document, pointer_to, tokens
from cpo_scan.targets.limits import Limits

LIMITS = Limits()
TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def _pointers(value: Any, pointer: str = "") -> list[str]:
    items = (
        list(enumerate(value)) if isinstance(value, list) else list(value.items()) if isinstance(value, dict) else []
    )
    return [pointer, *(deeper for key, item in items for deeper in _pointers(item, pointer + pointer_to(key)))]


def _refused(data: bytes, limits: Limits = LIMITS) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Unreadable) as caught:
        read_yaml(data, limits)
    return caught.value.reason.code, caught.value.reason.params


# -- JSON


@given(TREES, st.sampled_from([None, 1, 4]))
def test_json_reads_as_the_standard_library_does(value: Any, indent: int | None) -> None:
    document = read_json(json.dumps(value, indent=indent).encode(), LIMITS)
    assert document.value == json.loads(json.dumps(value))
    assert document.problems == ()


@given(TREES)
def test_json_place_points_at_the_key_or_item(value: Any) -> None:
    document = read_json(json.dumps(value, indent=1).encode(), LIMITS)
    lines = json.dumps(value, indent=1).split("\n")
    for pointer in _pointers(value)[1:]:
        line, column = document.position(pointer)
        rest = lines[line - 1][column - 1 :]
        last = tokens(pointer)[-1]
        holder = value
        for token in tokens(pointer)[:-1]:
            holder = holder[int(token)] if isinstance(holder, list) else holder[token]
        item = holder[int(last)] if isinstance(holder, list) else last
        assert (
            rest.startswith(json.dumps(item)[:1])
            if isinstance(item, list | dict)
            else rest.startswith(json.dumps(item))
        )


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_one_reason(data: bytes) -> None:
    for read in (read_json, read_yaml):
        try:
            document = read(data, LIMITS)
        except Unreadable as error:
            assert error.reason.code.startswith(("json.", "yaml.", "limit."))
        else:
            assert isinstance(document.problems, tuple)
            assert document.place("/a/0")["line"] >= 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_json_in_every_unicode_encoding(encoding: str) -> None:
    document = read_json('{"größe": [1, "日本"]}'.encode(encoding), LIMITS)
    assert document.value == {"größe": [1, "日本"]}
    assert document.position("/größe/1") == (1, 15)


def test_json_big_integers_are_exact_and_monstrous_ones_do_not_break() -> None:
    assert read_json(b"[123456789012345678901234567890]", LIMITS).value == [123456789012345678901234567890]
    document = read_json(b'{"n": ' + b"9" * 1_000_000 + b', "m": -1e999, "t": "' + b"9" * 5_000 + b'"}', LIMITS)
    assert document.value["n"] == 1e308
    assert document.value["m"] == -1e308
    assert document.value["t"] == "9" * 5_000
    assert document.position("/m")[0] == 1


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert read_json(rb'["\ud800", "\udc00x", "\ud83d\ude00", "\\ud800"]', LIMITS).value == [
        "\ufffd",
        "\ufffdx",
        "\U0001f600",
        "\\ud800",
    ]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (b"{", 1, 2),
        (b'{"a": 1,\n "b" 2}', 2, 6),
        (b"[1]\n]", 2, 1),
        (b'{"paths": {"/a', 1, 15),
        (b'["\xff"]', 1, 3),
        (b"", 1, 1),
    ],
)
def test_malformed_json_names_line_and_column(text: bytes, line: int, column: int) -> None:
    with pytest.raises(Unreadable) as caught:
        read_json(text, LIMITS)
    assert caught.value.reason.code == "json.malformed"
    assert caught.value.reason.params == {"line": line, "column": column}


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_depth_is_limited_wherever_the_caller_stands(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    limits = Limits(document_depth=300)

    def deep(frames: int, depth: int) -> Document:
        return deep(frames - 1, depth) if frames else read_json(opening * depth + b"1" + closing * depth, limits)

    before = sys.getrecursionlimit()
    for frames in (0, 500):
        assert deep(frames, 300).value
        for depth in (301, 500_000):
            with pytest.raises(LimitHit, match=r"limit\.document_depth"):
                deep(frames, depth)
    assert sys.getrecursionlimit() == before


def test_json_with_too_many_values_is_refused_and_commas_in_text_do_not_count() -> None:
    limits = Limits(json_nodes=100)
    assert read_json(b'{"a": "' + b"," * 1000 + b'"}', limits).value
    with pytest.raises(LimitHit, match=r"limit\.document_nodes"):
        read_json(b"[" + b"1," * 1000 + b"1]", limits)


@pytest.mark.parametrize("colon", [b":", b" :", b"\n:"])
def test_a_key_that_stands_twice_is_listed_with_its_place(colon: bytes) -> None:
    text = b'{"x": "a : b", "y": "\\": ", "p": [{"k"%s 1,\n "k"%s {"z": 2}}]}' % (colon, colon)
    document = read_json(text, LIMITS)
    (problem,) = document.problems
    assert (problem.code, problem.pointer, problem.params) == ("json.duplicate_key", "/p/0/k", {"key": "k"})
    assert document.value["p"] == [{"k": {"z": 2}}]
    assert document.position("/p/0/k") == (problem.line, problem.column)
    assert document.position("/p/0/k/z")[0] == (problem.line or 0) + text.count(b"\n:", text.rindex(b'"k"'))


@pytest.mark.parametrize(
    "text", [b'{"a\\\\": 1}', b'{"a": "x\\": y"}', b'{"a": " : b"}', b'{"a": ":b", "b": {}}', b'{"\\"": 1}']
)
def test_colons_and_quotes_in_text_are_no_duplicate_keys(text: bytes) -> None:
    assert read_json(text, LIMITS).problems == ()


def test_a_pointer_that_leads_nowhere_gives_the_last_part_that_exists() -> None:
    for text in (b'{\n "a": {\n  "b": [1]}}', b"# c\na:\n  b: [1]\n"):
        document = read_yaml(text, LIMITS)
        assert document.position("/a/b/7/x") == document.position("/a/b")
        assert document.position("/a/b")[0] == 3
        assert document.excerpt("/a/b").startswith(('"b": [1]', "b: [1]"))


# -- YAML


class Quoting(yaml.SafeDumper):
    """Writes texts in quotes: it follows YAML 1.1, where `0E0` is a text without them and no number."""


Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


@given(TREES.filter(lambda value: not isinstance(value, str)))
@example(["0E0"])
def test_yaml_reads_what_is_written_as_yaml(value: Any) -> None:
    text = yaml.dump(value, Dumper=Quoting, allow_unicode=False)
    document = read_yaml(text.encode(), LIMITS)
    assert document.value == json.loads(json.dumps(value))


def test_yaml_scalars_follow_the_core_schema_of_1_2() -> None:
    text = b"""
- [no, on, 2020-01-01, 12:30:45, 014, 0o14, 0x1F, 1_000, "1", '~']
- [~, null, Null, true, FALSE, -1, +2, .5, 1e3, 1., .inf, .NaN]
- [!!str 1, !!int "3", !!float "1", !!bool "true", !!binary aGk=, !local x]
-
"""
    assert read_yaml(text, LIMITS).value == [
        ["no", "on", "2020-01-01", "12:30:45", 14, 12, 31, "1_000", "1", "~"],
        [None, None, None, True, False, -1, 2, 0.5, 1000.0, 1.0, ".inf", ".NaN"],
        ["1", 3, 1, True, "aGk=", "x"],
        None,
    ]


def test_keys_are_text_as_written() -> None:
    assert read_yaml(b"{200: a, true: b, 1.0: c, ~: d, 0x10: e}", LIMITS).value == {
        "200": "a",
        "true": "b",
        "1.0": "c",
        "~": "d",
        "0x10": "e",
    }


def test_tags_that_would_call_python_are_plain_data() -> None:
    text = b"a: !!python/object/apply:os.system ['exit 1']\nb: !!python/name:os.system x\n"
    assert read_yaml(text, LIMITS).value == {"a": ["exit 1"], "b": "x"}


def test_merge_keys_add_what_is_not_there() -> None:
    text = b"""base: &b {x: 1, y: 2}
more: &m {y: 3, z: 4}
a: {<<: *b, x: 9}
c: {<<: [*m, *b]}
d: {'<<': 1}
e: {<<: 1}
"""
    document = read_yaml(text, LIMITS)
    assert document.value["a"] == {"x": 9, "y": 2}
    assert document.value["c"] == {"y": 3, "z": 4, "x": 1}
    assert document.value["d"] == {"<<": 1}
    assert [problem.code for problem in document.problems] == ["yaml.merge"]
    assert document.position("/a/x") == (3, 13)
    assert document.position("/a/y")[0] == 3


def test_a_list_that_holds_itself_holds_nothing_instead() -> None:
    document = read_yaml(b"a: &a [1, *a]\nb: &b {k: {l: *b}}\n", LIMITS)
    assert document.value == {"a": [1, None], "b": {"k": {"l": None}}}
    assert [(problem.code, problem.pointer) for problem in document.problems] == [
        ("yaml.holds_itself", "/a/1"),
        ("yaml.holds_itself", "/b/k/l"),
    ]


def test_duplicate_keys_of_yaml_are_listed_and_the_last_counts() -> None:
    document = read_yaml(b"a:\n  k: 1\n  l: 2\n  k: 3\n", LIMITS)
    assert document.value == {"a": {"k": 3, "l": 2}}
    (problem,) = document.problems
    assert (problem.code, problem.pointer, problem.line, problem.column) == ("yaml.duplicate_key", "/a/k", 4, 3)
    assert document.position("/a/k") == (4, 3)


def test_a_list_as_a_key_is_a_problem_and_no_crash() -> None:
    document = read_yaml(b"? [a, b]\n: 1\n? {c: d}\n: 2\ne: &e [1]\n? *e\n: 3\n", LIMITS)
    assert list(document.value.values()) == [1, 2, [1], 3]
    assert [problem.code for problem in document.problems] == ["yaml.complex_key"] * 3


def test_of_several_documents_the_first_is_read_and_it_is_said() -> None:
    document = read_yaml(b"a: 1\n---\nb: 2\n", LIMITS)
    assert document.value == {"a": 1}
    assert [(problem.code, problem.line) for problem in document.problems] == [("yaml.more_documents", 2)]
    assert read_yaml(b"--- \na: 1\n...\n", LIMITS).problems == ()
    assert [problem.code for problem in read_yaml(b"a: 1\n---\n}\n", LIMITS).problems] != []


def test_aliases_of_aliases_are_counted_before_they_grow() -> None:
    bomb = b"a0: &a0 [x,x]\n" + b"".join(
        b"a%d: &a%d [%s]\n" % (level, level, b",".join([b"*a%d" % (level - 1)] * 9)) for level in range(1, 10)
    )
    assert _refused(bomb) == ("limit.document_nodes", {"limit": 800_000})
    assert _refused(b"a: &a 1\nb: [" + b"*a," * 101 + b"]\n")[0] == "limit.yaml_aliases"


def test_aliases_that_add_up_to_a_great_depth_are_refused() -> None:
    deep = b"[" * 40 + b"]" * 40
    text = (
        b"a0: &a0 "
        + deep
        + b"\n"
        + b"".join(b"a%d: &a%d %s*a%d%s\n" % (level, level, b"[" * 40, level - 1, b"]" * 40) for level in range(1, 30))
    )
    assert _refused(text)[0] == "limit.document_depth"


@pytest.mark.parametrize("text", [b"[" * 100_000, b"- " * 100_000 + b"x", b"? " * 50_000, b"a: {b: " * 20_000])
def test_deep_yaml_stops_at_the_limit(text: bytes) -> None:
    assert _refused(text)[0] in ("limit.document_depth", "yaml.malformed")


def test_too_many_nodes_of_yaml_are_refused() -> None:
    assert _refused(b"x: [" + b"1," * 2_000 + b"1]\n", Limits(document_nodes=1_000))[0] == "limit.document_nodes"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (b"a: b: c\n", "yaml.malformed", 1),
        (b"a: 1\n\tb: 2\n", "yaml.malformed", 2),
        (b"a: *nowhere\n", "yaml.malformed", 1),
        (b"a: \x01\n", "yaml.malformed", 1),
        (b"a: \xff\xfe\n", "yaml.malformed", 1),
        (b'{"a": 1,,}', "json.malformed", 1),
        ("a: 1".encode("utf-16") + b"\x00", "yaml.encoding", 1),
    ],
)
def test_malformed_yaml_names_its_line(text: bytes, code: str, line: int) -> None:
    found, params = _refused(text)
    assert (found, params["line"]) == (code, line)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_yaml_in_other_encodings(encoding: str) -> None:
    assert read_yaml("openapi: 3.0.0\ntitle: Größe\n".encode(encoding), LIMITS).value == {
        "openapi": "3.0.0",
        "title": "Größe",
    }


def test_flow_yaml_that_is_no_json_is_yaml() -> None:
    assert read_yaml(b"{a: 1, b: [x, y]}", LIMITS).value == {"a": 1, "b": ["x", "y"]}
    assert read_yaml(b"", LIMITS).value is None
    assert read_yaml(b'\n{"a": 1}', LIMITS).language == "json"


def test_pointers_go_there_and_back() -> None:
    assert tokens(pointer_to("paths", "/a~b/{c}", 0)) == ["paths", "/a~b/{c}", "0"]
    assert tokens("") == []


@pytest.mark.parametrize("text", [r"\"", r"\\", r"\\\"", r"\\\\", r"a\"\\", ":", r"\" :", r"\u0022"])
def test_a_key_that_stands_twice_is_seen_beside_escapes(text: str) -> None:
    once, twice = (f'{{"{text}": ["{text}"], "b" : "{text}", "{key}": 1}}'.encode() for key in ("c", "b"))
    assert not read_json(once, Limits()).problems
    assert [problem.code for problem in read_json(twice, Limits()).problems] == ["json.duplicate_key"]
