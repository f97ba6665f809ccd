"""What counts as documented: one rule, three languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_scan.probe.wording import documented, is_documented, plain_text


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Returns one order from the archive.", ("getOrder", "/orders/{id}")),
        ("Gibt einen Auftrag mit allen Positionen zurück.", ("getOrder", "/orders/{id}")),
        ("Löscht die Stückliste endgültig.", ("deleteBom",)),
        ("指定された注文の詳細を返します。", ("getOrder", "/orders/{id}")),
        ("返回指定订单的详细信息", ("getOrder",)),
        ("주문의 모든 항목을 반환합니다", ("getOrder",)),
        ("<p>Reads <b>all</b> revisions</p>", ("items",)),
        ("See [the life cycle guide](https://docs.example.org/x) for states", ("states",)),
        ("API経由で部品表を取得", ("bom",)),
    ],
)
def test_a_description_that_says_more_than_the_name_is_documentation(text: str, own: tuple[str, ...]) -> None:
    assert is_documented(text, *own)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("", ()),
        ("Get order", ("getOrder", "/orders/{id}")),
        ("Gets the orders", ("getOrder",)),
        ("getOrderById", ("get_order",)),
        ("Auftrag lesen", ("x",)),
        ("注文取得", ("getOrder",)),
        ("<p><b>Order</b></p><!-- a long comment about nothing -->", ("x",)),
        ("https://docs.example.org/one/two/three", ("x",)),
        ("www.example.org", ("x",)),
        ("![diagram of all parts](a.png)", ("x",)),
        ("1 2 3 4 5 --- ***", ("x",)),
        ("the the the the", ("x",)),
    ],
)
def test_a_name_an_address_or_markup_is_no_documentation(text: str, own: tuple[str, ...]) -> None:
    assert not is_documented(text, *own)


def test_boilerplate_over_a_fifth_of_the_items_does_not_count() -> None:
    same = [("This operation is part of the public service", ("a",))] * 3
    other = [(f"Reads one {word} from the shared vault", (word,)) for word in ("part", "document", "folder")]
    distinct = [(text, ()) for text in ("Locks the given item", "Frees all held items", "Sends mail to owners")]
    assert documented([*same, *distinct]) == [False] * 3 + [True] * 3
    assert documented([*other, *distinct]) == [False] * 3 + [True] * 3
    many = [(f"Handles case {chr(97 + index) * 3} quite differently", ()) for index in range(20)]
    assert documented([*same[:2], *many]) == [True] * 22


def test_short_texts_that_differ_in_the_own_names_only_are_boilerplate_and_long_ones_are_not() -> None:
    things = ["Rule", "Trigger", "Camera", "Relay"]
    short = "Returns the list of the {0}."
    long = "Removes {0}. To remove a {0} is atomic: if the device can not do it as a whole, it answers with a fault."
    assert documented([(short.format(thing), (f"Get{thing}",)) for thing in things]) == [False] * 4
    assert documented([(long.format(thing), (f"Get{thing}",)) for thing in things]) == [True] * 4
    assert documented([(long.format("it"), (f"Get{thing}",)) for thing in things]) == [False] * 4


def test_a_single_item_is_never_boilerplate() -> None:
    assert documented([("Returns one order from the archive", ("x",))]) == [True]
    assert documented([("", ())]) == [False]


@given(st.text(max_size=300), st.lists(st.text(max_size=12), max_size=3))
def test_the_quick_answer_is_the_slow_answer(text: str, own: list[str]) -> None:
    assert is_documented(text, *own) == documented([(text, own)])[0]


@pytest.mark.parametrize("unit", ["<", "[", "![", "<!--", "a://", "{@a ", "_*", "<a", "](", "```\n"])
def test_markup_that_never_ends_is_read_in_bounded_steps(unit: str) -> None:
    assert len(plain_text(unit * 50_000)) <= 2_000
