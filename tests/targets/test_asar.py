"""Archives of Electron programs: what the maker's own tool packed is read, lies of the directory are told."""

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_scan.targets.budget import Budget
from cpo_scan.targets.containers import OPENERS, opens_as
from cpo_scan.targets.content import BytesContent
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.limits import Limits
from tests.targets.boxes.make import TREE
from tests.targets.made import members, read

BOX = Path(__file__).parent / "boxes" / "electron.asar"


def asar(directory: Any, data: bytes = b"") -> bytes:
    """An archive with this directory; text is taken as it is."""
    text = (directory if isinstance(directory, str) else json.dumps(directory, separators=(",", ":"))).encode()
    padded = -(-(len(text) + 4) // 4) * 4
    return struct.pack("<4L", 4, padded + 4, padded, len(text)) + text + bytes(padded - 4 - len(text)) + data


def packed(files: dict[str, bytes]) -> bytes:
    root: dict[str, Any] = {"files": {}}
    data = b""
    for path, content in files.items():
        *folders, name = path.split("/")
        here = root["files"]
        for folder in folders:
            here = here.setdefault(folder, {"files": {}})["files"]
        whole = {"algorithm": "SHA256", "hash": hashlib.sha256(content).hexdigest(), "blockSize": 4, "blocks": []}
        here[name] = {"size": len(content), "offset": str(len(data)), "integrity": whole}
        data += content
    return asar(root, data)


def test_what_the_tool_of_electron_packed_is_read_and_what_lies_beside_is_a_link() -> None:
    assert read(BOX.read_bytes(), "electron.asar") == {
        **TREE,
        "code.bin": "../electron.asar.unpacked/code.bin",
        "data/table.bin": "../../electron.asar.unpacked/data/table.bin",
        "include/link.h": "include/demo.h",
    }


def test_an_archive_is_known_by_its_first_bytes() -> None:
    assert opens_as("anything", BytesContent(packed({"a": b"1"}))) == "asar"
    assert opens_as("x.asar", BytesContent(b'\4\0\0\0\x99\0\0\0\1\0\0\0\1\0\0\0{"files":{}}')) is None


NAMES = st.from_regex(r"\A[a-z\xe4.]{1,6}\Z").filter(lambda name: name.strip("."))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES, st.one_of(st.binary(max_size=90), st.dictionaries(NAMES, st.binary(max_size=90)))))
def test_what_was_put_in_comes_out(tree: dict[str, Any]) -> None:
    files = {}
    for name, what in tree.items():
        if isinstance(what, bytes):
            files[name] = what
        else:
            files.update({f"{name}/{inner}": data for inner, data in what.items()})
    assert read(packed(files)) == files


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255))
def test_damage_raises_nothing_but_a_reason(at: int, value: int) -> None:
    whole = bytearray(packed({"a": b"12345", "b/c": b"67890" * 9}))
    whole[at % len(whole)] = value
    budget = Budget(Limits()).enter()
    try:
        for member in OPENERS["asar"](BytesContent(bytes(whole)), budget, "a"):
            if member.kind == "file":
                member.content().whole()
    except Unreadable as error:
        assert error.reason.code.startswith("asar.")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"size": 9, "offset": "0"}, "asar.truncated"),
        ({"size": 1, "offset": "99999999999999999999"}, "asar.truncated"),
        ({"size": 1, "offset": "-1"}, "asar.damaged"),
        ({"size": 1}, "asar.damaged"),
        ({"size": -1, "offset": "0"}, "asar.damaged"),
        ({"size": 2, "offset": "0", "integrity": {"algorithm": "SHA256", "hash": "00"}}, "asar.bad_sum"),
        ({"size": 2 * 2**30, "offset": "0"}, "limit.member_bytes"),
    ],
)
def test_a_file_that_is_not_what_is_told_goes_alone(row: dict[str, Any], reason: str) -> None:
    good = {"size": 2, "offset": "0"}
    assert read(asar({"files": {"bad": row, "good": good}}, b"12")) == {"bad": reason, "good": b"12"}


def test_names_that_lead_out_are_encoded() -> None:
    archive = asar({"files": {"..": {"files": {"x": {"size": 1, "offset": "0"}}}, "a!/b": {"link": "/etc/x"}}}, b"1")
    assert read(archive) == {"%2E%2E/x": b"1", "a%21/b": "/etc/x"}


@pytest.mark.parametrize(
    "directory",
    ['{"files":1}', '{"files":{"a":1}}', '{"files":{"a":{"size":"1"}}}', '{"files":', '{"files":' + '{"a":' * 5_000],
)
def test_a_directory_that_is_none_is_told(directory: str) -> None:
    assert read(asar(directory)) == {"!": "asar.damaged"}


def test_folders_without_end_hit_a_limit() -> None:
    deep = '{"files":{"a":' * 300 + '{"files":{}}' + "}}" * 300
    assert read(asar(deep)) == {"!": "limit.depth"}


def test_members_and_bytes_are_counted() -> None:
    many = packed({f"f{number}": b"12345" for number in range(50)})
    assert read(many, limits=Limits(container_members=10))["!"] == "limit.container_members"
    assert read(many, limits=Limits(container_bytes=10))["!"] == "limit.container_bytes"
    large = asar({"files": {"a": {"size": 3 * 2**20, "offset": "0"}}}, bytes(3 * 2**20))
    assert read(large) == {"a": bytes(3 * 2**20)}


def test_an_opener_that_is_named_for_something_else_says_so() -> None:
    with pytest.raises(Unreadable):
        list(OPENERS["asar"](BytesContent(b"no archive"), Budget(Limits()).enter(), "a"))
    assert [member.size for member in members(packed({"a": b"123"}))] == [3]
