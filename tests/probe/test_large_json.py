"""Large JSON is read piece by piece: the same value, places and verdicts as the small way gives."""

import mmap
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import json_places, json_text
from cpo_scan.probe.data_text import read_json, read_yaml
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

_LEAVES = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=30,
)


@pytest.fixture(autouse=True)
def _all_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "LARGE", 0)
    monkeypatch.setattr(json_places, "_PIECE", 8)
    for module in (json_text, json_places):
        monkeypatch.setattr(module, "_WINDOW", 5)


def _small(data: bytes) -> Any:
    return msgspec.json.decode(data)


def _pointers(value: Any, path: str = "") -> list[str]:
    if not isinstance(value, dict | list):
        return [path]
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found = [path]
    for key, child in pairs:
        found += _pointers(child, f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}")
    return found


@given(_VALUES, st.sampled_from([0, 1, 3]))
def test_a_text_in_pieces_has_the_value_and_the_places_of_the_whole(value: Any, indent: int) -> None:
    data = msgspec.json.format(msgspec.json.encode(value), indent=indent or -1)
    large = read_json(data, Limits())
    assert large.value == value
    assert large.problems == ()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "LARGE", 2**40)
        for module in (json_text, json_places):
            patch.setattr(module, "_WINDOW", 2**16)
        small = read_json(data, Limits())
        for pointer in _pointers(value):
            assert large.place(pointer) == small.place(pointer)
            assert large.excerpt(pointer) == small.excerpt(pointer)


def test_equal_strings_of_a_large_text_are_one() -> None:
    text = b'{"first": {"a": "one and the same", "b": ["one and the same"]}, "second": {"c": "one and the same"}}'
    value = read_json(text, Limits()).value
    assert value["first"]["a"] is value["first"]["b"][0]
    assert value["first"]["a"] is value["second"]["c"]


@pytest.mark.parametrize(
    "text",
    [
        b'{"a": {"b": 1, "b": 2}}',
        b'{"outer": {"first": 1, "first": {"c": "\\\\\\""}}, "outer": 2}',
        b'["a longer text", {"twice": 1, "twice": 2}]',
    ],
)
def test_a_key_that_stands_twice_is_told_in_pieces_too(text: bytes) -> None:
    document = read_json(text, Limits())
    assert document.value == _small(text)
    assert {problem.code for problem in document.problems} == {"json.duplicate_key"}


@pytest.mark.parametrize("text", [b'{"a": "\\\\", "b": "\\"", "c": "x\\\\\\\\\\""}', b'["\\\\\\\\", "\\\\\\"\\\\"]'])
def test_escaped_quotes_and_backslashes_are_counted_across_windows(text: bytes) -> None:
    assert read_json(text, Limits()).problems == ()


@pytest.mark.parametrize("text", [b'{"a": {"b": [1, 2, }}', b'{"a": [1, 2, 3], "b": nul}', b'["unfinished", {"a": 1}'])
def test_what_is_malformed_is_told_with_its_place(text: bytes) -> None:
    with pytest.raises(Unreadable) as told:
        read_json(text, Limits())
    assert told.value.reason.code == "json.malformed"


def test_depth_counts_what_is_around_a_piece() -> None:
    text = b'{"a": {"b": {"c": [[[1]]]}}}'
    assert read_json(text, Limits(document_depth=6)).value == _small(text)
    with pytest.raises(LimitHit):
        read_json(text, Limits(document_depth=5))


def test_a_mapped_file_is_read_where_it_lies(tmp_path: Path) -> None:
    text = b'\n {"words": {"one": "\xc3\xa4", "two": ["\xc3\xa4", 1.5]}}\n'
    (tmp_path / "a.json").write_bytes(text)
    with (tmp_path / "a.json").open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    document = read_yaml(mapped, Limits())
    assert document.value == {"words": {"one": "ä", "two": ["ä", 1.5]}}
    assert document.place("/words/two/1") == {"pointer": "/words/two/1", "line": 2, "column": 38}
    assert document.excerpt("/words/two").startswith('"two"')
    with pytest.raises(BufferError):
        mapped.close()


@pytest.mark.parametrize(
    "text", [b"[" + b"1," * 999 + b"1]", b"{" + b",".join(b'"%d":0' % n for n in range(999)) + b"}"]
)
def test_many_small_parts_are_read_at_once(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> Any:
        pytest.fail("parts that small take more memory than they save")

    monkeypatch.setattr(json_places.Places, "_skipped", none)
    assert len(read_json(text, Limits()).value) in (999, 1000)
