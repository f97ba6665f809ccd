"""Comparing two interfaces: what is the same stays silent, what differs is named once, and loops come to an end."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.differences import CHANGES, differences
from cpo_scan.probe.interface import Interface, Operation, Slot, Type, checked
from cpo_scan.rulebook.data import read_table

TEXT = Type(bases=("string",))


def service(types: list[Type], **operations: Operation) -> Interface:
    return checked(Interface(family="made-up", operations=operations, types=[Type(), *types]))


def found(old: Interface, new: Interface) -> set[tuple[str, str, str]]:
    return {(one.change, one.direction, one.element) for one in differences(old, new)}


def order(**members: Slot) -> Type:
    return Type(name="Order", bases=("object",), members=members)


def test_a_member_that_two_operations_share_is_told_once_for_each_direction() -> None:
    old = service(
        [order(price=Slot(type=2), note=Slot(type=2)), TEXT],
        place=Operation(inputs={"body": Slot(type=1)}, outputs={"200": Slot(type=1)}),
        change=Operation(inputs={"body": Slot(type=1)}),
    )
    new = service([order(price=Slot(type=2)), TEXT], place=old.operations["place"], change=old.operations["change"])
    assert found(old, new) == {("member_removed", "input", "Order.note"), ("member_removed", "output", "Order.note")}


def test_two_things_of_one_type_without_a_name_are_told_apart() -> None:
    def two(base: str) -> Interface:
        types = [Type(bases=(base,)), Type(bases=("array",), item=1)]
        return service(types, get=Operation(inputs={"a": Slot(type=1), "b": Slot(type=1), "c": Slot(type=2)}))

    assert found(two("string"), two("integer")) == {
        ("type_changed", "input", f"get › {name}") for name in ("a", "b", "c[]")
    }


def test_an_operation_that_was_deprecated_was_announced_to_go() -> None:
    old = service([], old_way=Operation(deprecated=True), other=Operation())
    gone = {one.element: one.announced for one in differences(old, service([]))}
    assert gone == {"old_way": True, "other": False}


def test_what_a_living_operation_shares_with_a_deprecated_one_was_not_announced() -> None:
    def with_(*members: str) -> Interface:
        return service(
            [order(**{name: Slot(type=2) for name in members}), TEXT],
            a_dead=Operation(outputs={"200": Slot(type=1)}, deprecated=True),
            b_living=Operation(outputs={"200": Slot(type=1)}),
        )

    (gone,) = differences(with_("price", "note"), with_("price"))
    assert (gone.element, gone.announced) == ("Order.note", False)


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (Type(bases=("integer",)), Type(bases=("number",)), "type_widened"),
        (Type(bases=("number",)), Type(bases=("integer",)), "type_narrowed"),
        (Type(bases=("string",)), Type(bases=("integer",)), "type_changed"),
        (Type(bases=("string",)), Type(bases=("string", "integer")), "type_widened"),
        (Type(bases=("string",)), Type(values=None), "type_widened"),
        (Type(bases=("string",), nullable=True), Type(bases=("string",)), "null_removed"),
        (Type(bases=("string",), values=("a", "b")), Type(bases=("string",), values=("a",)), "value_removed"),
        (Type(bases=("string",), values=("a",)), Type(bases=("string",)), "rule_removed"),
        (Type(bases=("string",)), Type(bases=("string",), limits={"maxLength": 5}), "limit_tightened"),
        (
            Type(bases=("string",), limits={"minLength": 5}),
            Type(bases=("string",), limits={"minLength": 2}),
            "limit_loosened",
        ),
        (Type(bases=("string",), facts={"format": "uri"}), Type(bases=("string",)), "rule_removed"),
        (Type(bases=("object",)), Type(bases=("object",), closed=True), "members_closed"),
    ],
)
def test_a_change_of_a_type_has_its_name(before: Type, after: Type, change: str) -> None:
    call = Operation(inputs={"query x": Slot(type=1)})
    (only,) = differences(service([before], call=call), service([after], call=call))
    assert (only.change, only.direction) == (change, "input")


def test_alternatives_belong_together_by_name_and_else_by_shape() -> None:
    cat, dog = Type(name="Cat", bases=("object",)), Type(name="Dog", bases=("object",), members={"bark": Slot()})
    call = Operation(outputs={"200": Slot(type=1)})
    old = service([Type(alternatives=(2, 3)), cat, dog], call=call)
    inline = msgspec.structs.replace(dog, name="")
    assert found(old, service([Type(alternatives=(2, 3)), inline, cat], call=call)) == set()
    assert found(old, service([Type(alternatives=(2,)), cat, dog], call=call)) == {
        ("alternative_removed", "output", "call › 200")
    }


def test_types_that_hold_themselves_come_to_an_end() -> None:
    call = Operation(outputs={"200": Slot(type=1)})
    old = service([Type(name="Node", bases=("object",), members={"next": Slot(type=1)})], call=call)
    longer = [
        Type(name="Node", bases=("object",), members={"next": Slot(type=2)}),
        Type(name="Node", bases=("object",), members={"next": Slot(type=1)}),
    ]
    assert found(old, service(longer, call=call)) == set()


def test_every_change_means_something_in_every_direction() -> None:
    rows = read_table("breaking-changes").data
    known = {(row["change"], way) for row in rows["changes"] for way in row.get("directions", ("input", "output", ""))}
    assert {change for change, _ in known} == {*CHANGES, "description_removed", "description_added"}
    one_way = {"input": "output", "output": "input"}
    for row in rows["changes"]:
        assert row["source"] in rows["sources"]
        for way in row.get("directions", ()):
            assert (row["change"], one_way[way]) in known, row["change"]


# -- any two interfaces

NAMES = st.sampled_from(["a", "b", "c"])
WORDS = st.sampled_from(["string", "integer", "number", "object"])


@st.composite
def interfaces(draw: st.DrawFn) -> Interface:
    count = draw(st.integers(1, 4))
    numbers = st.integers(0, count)
    slots = st.builds(Slot, type=numbers, required=st.booleans(), deprecated=st.booleans())
    members = st.dictionaries(NAMES, slots, max_size=3)
    types = st.builds(
        Type,
        name=st.sampled_from(["", "A", "B"]),
        bases=st.sets(WORDS, max_size=2).map(lambda words: tuple(sorted(words))),
        nullable=st.booleans(),
        values=st.none() | st.sets(NAMES, max_size=2).map(lambda words: tuple(sorted(words))),
        members=members,
        item=st.none() | numbers,
        alternatives=st.lists(numbers, max_size=3).map(tuple),
        limits=st.dictionaries(st.sampled_from(["maxLength", "minLength"]), st.floats(0, 9), max_size=2),
    )
    operations = st.dictionaries(
        NAMES, st.builds(Operation, inputs=members, outputs=members, deprecated=st.booleans()), max_size=3
    )
    return checked(
        Interface(
            family="made-up",
            operations=draw(operations),
            types=[Type(), *draw(st.lists(types, min_size=count, max_size=count))],
        )
    )


@given(interfaces())
def test_an_interface_does_not_differ_from_itself(one: Interface) -> None:
    assert list(differences(one, one)) == []


@given(interfaces(), interfaces())
def test_any_two_interfaces_can_be_compared_and_noted(old: Interface, new: Interface) -> None:
    assert {one.change for one in differences(old, new)} <= set(CHANGES)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(old), type=Interface) == old


def test_a_number_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="types that it does not have"):
        service([], call=Operation(inputs={"x": Slot(type=7)}))
