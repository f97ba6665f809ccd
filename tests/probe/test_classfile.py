"""Class files: what they offer to others, and that no damage makes the reader crash."""

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe import Unreadable
from cpo_scan.probe.classfile import PROTECTED, PUBLIC, STATIC, Exports, Provides, read_class, read_references
from tests.probe.managed import Pool, attribute, class_file

MEMBERS = (
    ("<init>", "()V", PUBLIC),
    ("open", "(Ljava/lang/String;)V", PUBLIC),
    ("close", "()V", PROTECTED),
    ("secret", "()V", 0x2),
    ("inPackage", "()V", 0),
    ("bridge", "()Ljava/lang/Object;", PUBLIC | 0x40),
    ("made", "()V", PUBLIC | 0x1000),
    ("<clinit>", "()V", PUBLIC | STATIC),
)


def test_public_and_protected_members_are_offered_and_those_of_the_compiler_are_not() -> None:
    found = read_class(class_file(fields=(("LIMIT", "I", PUBLIC), ("hidden", "I", 0x2)), methods=MEMBERS))
    assert (found.name, found.super, found.major) == ("a/B", "java/lang/Object", 61)
    assert [member.name for member in found.members] == ["LIMIT", "<init>", "open", "close"]
    assert found.methods[1].descriptor == "(Ljava/lang/String;)V"


def test_a_volatile_field_is_no_bridge() -> None:
    assert read_class(class_file(fields=(("state", "I", PUBLIC | 0x40),))).fields[0].name == "state"


def test_a_nested_class_has_the_access_of_its_source() -> None:
    found = read_class(class_file("a/B$C", PUBLIC, nested=(("a/B$C", "a/B", "C", PROTECTED),)))
    assert found.access & PROTECTED
    assert not found.access & PUBLIC
    assert (found.outer, found.local) == ("a/B", False)


def test_an_anonymous_class_is_local() -> None:
    found = read_class(class_file("a/B$1", 0, nested=(("a/B$1", "", "", 0),)))
    assert found.local


def test_a_module_tells_what_it_exports() -> None:
    def module(pool: Pool) -> list[bytes]:
        body = struct.pack(">HHHH", pool.named(19, "acme.core"), 0, 0, 0)
        body += struct.pack(">H", 2)
        body += struct.pack(">HHH", pool.named(20, "acme/api"), 0, 0)
        body += struct.pack(">HHHH", pool.named(20, "acme/spi"), 0, 1, pool.named(19, "acme.ui"))
        return [attribute(pool, "Module", body + bytes(6))]

    found = read_class(class_file("module-info", 0x8000, attributes=module))
    assert found.module == "acme.core"
    assert found.exports == (Exports("acme/api"), Exports("acme/spi", ("acme.ui",)))


def test_a_module_tells_what_it_requires_uses_and_provides() -> None:
    def module(pool: Pool) -> list[bytes]:
        body = struct.pack(">HHHH", pool.named(19, "acme.core"), 0, 0, 1)
        body += struct.pack(">HHH", pool.named(19, "java.base"), 0x8000, 0)
        body += struct.pack(">HHHHH", 0, 1, pool.named(20, "acme/model"), 0, 0)  # exports none, opens one
        body += struct.pack(">HH", 1, pool.named(7, "acme/spi/Reader"))
        body += struct.pack(">HHHH", 1, pool.named(7, "acme/spi/Writer"), 1, pool.named(7, "acme/StepWriter"))
        return [attribute(pool, "Module", body)]

    found = read_class(class_file("module-info", 0x8000, attributes=module))
    assert (found.requires, found.exports, found.uses) == (("java.base",), (), ("acme/spi/Reader",))
    assert found.provides == (Provides("acme/spi/Writer", ("acme/StepWriter",)),)


def test_classes_that_a_class_names_are_told_and_texts_of_the_program_are_none() -> None:
    def calls(pool: Pool) -> list[bytes]:
        descriptor = pool.text("(Lc/d/E;[Lc/f/G;I)V")
        pool.add(struct.pack(">BHH", 12, pool.text("run"), descriptor))
        pool.named(7, "[[Lx/y/Z;")
        pool.named(8, "Lnot/a/Reference;")  # a text is no reference
        return []

    methods = (("open", "(La/Own;)Lr/Result;", PUBLIC),)
    data = class_file(methods=methods, interfaces=("i/face/I",), attributes=calls)
    found = read_references(data)
    assert (found.name, found.access) == ("a/B", PUBLIC)
    assert found.names == ("a/Own", "c/d/E", "c/f/G", "i/face/I", "java/lang/Object", "r/Result", "x/y/Z")


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"a\xc0\x80", "a\0"), (b"\xed\xa0\xbd\xed\xb8\x80", "\U0001f600"), (b"\xed\xa0\xbd", "\ufffd")],
)
def test_names_are_in_modified_utf8(octets: bytes, text: str) -> None:
    assert read_class(class_file(octets)).name == text


def test_what_is_no_class_is_said_so() -> None:
    with pytest.raises(Unreadable, match=r"class\.unknown"):
        read_class(b"PK\3\4")


@pytest.mark.parametrize("share", range(4, 100, 3))
def test_a_cut_class_is_said_so(share: int) -> None:
    data = class_file(methods=MEMBERS, nested=(("a/B", "", "", 1),))
    with pytest.raises(Unreadable, match=r"class\.malformed"):
        read_class(data[: max(5, len(data) * share // 100)])


@given(st.data())
def test_no_damage_makes_it_crash(data: st.DataObject) -> None:
    sound = bytearray(class_file(methods=MEMBERS, nested=(("a/B$C", "a/B", "C", 1),), interfaces=("x/Y",)))
    for _ in range(data.draw(st.integers(1, 6))):
        sound[data.draw(st.integers(4, len(sound) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Unreadable):
        read_references(bytes(sound))
    try:
        found = read_class(bytes(sound))
    except Unreadable as error:
        assert error.reason.code == "class.malformed"
    else:
        assert isinstance(found.name, str)


@given(st.binary(max_size=300))
def test_any_bytes_behind_the_magic_are_read_or_refused(tail: bytes) -> None:
    try:
        read_class(b"\xca\xfe\xba\xbe" + tail)
    except Unreadable as error:
        assert error.reason.code == "class.malformed"
    try:
        read_references(b"\xca\xfe\xba\xbe" + tail)
    except Unreadable as error:
        assert error.reason.code == "class.malformed"
