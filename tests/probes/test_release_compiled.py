"""Releases in the form that a compiler made: COM type libraries and descriptor sets, held against their source.

The compiled forms here were made of the texts beside them, by widl 8.0 and protoc 3.21.12.
"""

import struct
from base64 import b64decode
from zlib import decompress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.idl.microsoft_declarations import enumerators, evaluated
from cpo_probes.api.protobuf.defaults import plain, unescaped
from cpo_probes.api.release_pairs import Head, paired
from cpo_probes.api.releases import ReleaseProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, run_probe
from cpo_scan.probe.tokens import Tokens

Change = tuple[str, str, bool]


def told(old: tuple[str, bytes], new: tuple[str, bytes]) -> set[Change]:
    """What changed, in which element, and whether it breaks a caller."""
    result = run_probe(ReleaseProbe, dict([new]), previous=dict([old]))
    assert result.rows == []
    rows = [row["attributes"] for row in result.of("release.change")]
    return {(row["what"], row["element"], row["breaking"]) for row in rows}


def unpacked(text: str) -> bytes:
    return decompress(b64decode(text))


def replaced(text: str, old: str, new: str) -> bytes:
    assert text.count(old) == 1, old
    return text.replace(old, new).encode()


IDL = """import "oaidl.idl";
[uuid(00000000-1111-2222-3333-444444444401), version(1.4), helpstring("Orders of a small shop")]
library OrdersLib {
  importlib("stdole2.tlb");
  [uuid(00000000-1111-2222-3333-444444444402), helpstring("What an order may be")]
  typedef enum Kind { KIND_OPEN = 1, KIND_SOLD = 4, KIND_LAST = 0x10000 } Kind;
  typedef struct Point { long x; double y; BSTR name; Kind kind; long row[4]; } Point;
  typedef [public] long OrderNumber;
  [odl, uuid(00000000-1111-2222-3333-444444444403), dual, oleautomation, helpstring("The orders that are kept")]
  interface IStore : IDispatch {
    [id(1), helpstring("Looks for one order by its number")] HRESULT Find(
      [in] long number, [in, optional] VARIANT how, [out, retval] IStore **found);
    [id(2)] HRESULT Remove([in] BSTR name);
    [id(3), propget, helpstring("How many orders there are")] HRESULT Count([out, retval] long *count);
    [id(3), propput] HRESULT Count([in] long count);
    [id(4), hidden] HRESULT Secret([in] Kind kind, [in] Point *point);
    [id(5)] HRESULT All([out] SAFEARRAY(BSTR) *names, [in, defaultvalue(7)] short limit);
  };
  [uuid(00000000-1111-2222-3333-444444444404)]
  dispinterface _StoreEvents {
    properties: [id(10)] long Size;
    methods: [id(11), helpstring("An order was sold to somebody")] void Sold([in] long number);
  };
  [odl, uuid(00000000-1111-2222-3333-444444444406)] interface IPlain : IUnknown { HRESULT Open(int a); };
  [uuid(00000000-1111-2222-3333-444444444405), helpstring("A store")]
  coclass Store { [default] interface IStore; [default, source] dispinterface _StoreEvents; interface IPlain; };
}
"""
LIBRARY = unpacked(
    "eNqVF0toG0f07UeylDiJTEWQExvGqduaxgmKk7Yi+CA7SmoT1XYiw/pQiOXsphaRdo20seMSsA4+tJCCD6GUtpR+csghl0IOpYQ2UFMSKE0L"
    "PYQSSg85tFCKKaYECknf25ldjdZysAdmZ9+beb95b968eaNwalIFBajFdW+AE9gV4EAbNLdu7B+J/6fYUjgy7HWPBkAVcyb2u9j7EbmCfR37"
    "FE5O43hb5bR7cP6vCEAKGrAeBeiS4Ns4n5bgLp3L8uGPEWZKA2ZRrkQAx1AHCc7vAPhKlrcTYEKCJxFOSLAZmr+FcK8E0wjPgFkPwAOk+Qn/"
    "l7FrwU5qEG7TYkyFRpD46tK/j+8ZVmCwHeBT3IeHTZwjG2T4tHMhWP5Pt8C/2KPC7+0NeKP2G2WsPkOG7ump1WX8sWGNy8CNe6w07Ii2kHEZ"
    "e7aD2+vrLPNSYBZiQUy2BfjeYR3yuzm9K+2VIs6A3O7QB4PhptLaDgUlxFrgnx+OwI3dPG5GmmRsbA/E+GhTGcyTscuj1wL8Cwei8HD31vwR"
    "U/i5TInDeTO0V0Qba+HDNTHeEGNMnLPtthVoTTcCjbMfbr4/OzoOHDh6NEdNeSLmrK8Xfrty5ueOz3/FOFkY/NOnOb8J3twEH+KvyvZLeI1y"
    "GJ3NtK424gLglOr7K4RXJD9KfHTKg5c38o9SbrwTjjvks6s1nwjl0Qcit/qyKGetiDNDMOXkdSmmOB/FC5MbPN69f/LxipBLVhyCmms6ZWvg"
    "sFueMQxjK/69FfJhSuTb5DbjBTaJhVV/H0L8XAl+tImsvMLP73Zj9hdBkwV+Z/l3Xau1vS34LyMuswW5MXXrulGum5J0eCz490m4a+J/VeH3"
    "zfWQznMC/mCbexKH/XvHq6ZVreVLFBe+r/S+7344XbJNH46nS9bp0bHcufGJk2PSunj6zoKHL4znc01483sPnx8qTCLeFPhIZv2TCadkuxJO"
    "STiJy01wObEowXpi7R+7WLF8WEu8e7/qLBh3Bbwz81nVs2HsUmXGqhr9Yg+imfOvjxZcp2oZAU4He+0U2uXbH4UvDtmcLDgTGuz5cBb5+3AE"
    "7h284FyyTaPBJwr3vzxrVZx5iXcE0vMncJ3btG6ou2Cdr1puA6fBS+5QuSzx//Fbsq8mncsI/HuvXKqUiNeKoGvPHDl7zrPn5LxluzXCr3l3"
    "7t//FUpvWyuBjd90FpyyuR7sw8up0YlysWQbxnqw5q228TnL9uUpMJUooqwp1ffTe2fE1hl7gUcIcy6wIqtViuUyq806c0kwZosuK9rMoXlW"
    "KS6yGSRIweSsxXE15npLqha7aM2hMT2Qd5yLNXbBqTLHFqvYzCIruTUmHNEJI84CcrMXG0ws5IBcjG4Y8sUtFGushmYy18GxYs045qLRBkOs"
    "JvTuhqdLFI9d8GSJ17hPl8gH+3CkvEpjyhu1LNUsNG8KPN1T+yGGZWasvg9i01lR11BtoPv3L2Soqq5aRdcyyQZjNJdn86hwybFZ5nCaoemF"
    "SzYbc+bZwABLv3b8yNHjr6TZQHrg1R2G8Rwcfl+9SONBLGVo3xp5neRnBTwiOpVQg9iT2PeKGkuFY5Q+rybxK+N0D6c24fB2uEpscX0W3Zzt"
    "EzKmhBzi2ydq/GRTHdcr5hWsPCMBLubhVKqWAlzCw8lVS69XCyRRo0YtkvHeArIuSJFFnbOU266J/EZ0t0K6kf1Uf9HbIIdjJ3TWOUcX4jnS"
    "mV+OeV9/cZe2Q3ud7q0O8a6h3L7D004JeGSRY1znFSPZdF3Udv1oo79mBDl35LSg5psTeuUDflqwdgL59ej8FUa68HNGNa3ureF7/ybK1IP3"
    "VUrIzAje/D8S8JyGKxBPRsCvUbACfodiY1nUgiqodboDjkjvNk10XbwcKGfQHZYXne5BVxhEezorfEDvqT9EjPRz3er+qna9UfdeDe110qto"
    "eexoInbwqeTtD92/q4KwX0RWr+THlOcDzodiNxZUb8r0Y0H3P4+o41E="
)


def test_a_type_library_and_its_idl_are_the_same_interface() -> None:
    assert told(("store.idl", IDL.encode()), ("store.tlb", LIBRARY)) == set()
    assert told(("store.tlb", LIBRARY), ("store.idl", IDL.encode())) == set()
    assert told(("store.tlb", LIBRARY), ("store.tlb", LIBRARY)) == set()


CHANGES = [
    ("[id(2)] HRESULT Remove([in] BSTR name)", "[id(2)] HRESULT Remove([in] long name)", {
        ("type_changed", "istore::remove › parameter 1", True)}),
    ("[id(2)] HRESULT Remove([in] BSTR name)", "[id(2)] HRESULT Remove([in] BSTR which)", {
        ("fact_changed", "istore::remove › parameter 1 › name", True)}),
    ("[id(2)] HRESULT Remove", "[id(22)] HRESULT Remove", {("fact_changed", "istore::remove › id", True)}),
    ("[id(2)] HRESULT Remove([in] BSTR name);", "", {
        ("operation_removed", "istore::remove", True), ("fact_changed", "istore::count (get) › after", True)}),
    ("[in, optional] VARIANT how", "[in] VARIANT how", {("input_required", "istore::find › parameter 2", True)}),
    ("[in, defaultvalue(7)] short limit", "[in, defaultvalue(9)] short limit", set()),
    ("[out] SAFEARRAY(BSTR) *names", "[in, out] SAFEARRAY(BSTR) *names", {
        ("fact_changed", "istore::all › parameter 1 › way", True),
        ("required_input_added", "istore::all › parameter 1", True)}),
    ("KIND_SOLD = 4", "KIND_SOLD = 5", {("fact_changed", "kind.kind_sold › value", True)}),
    ("KIND_SOLD = 4, KIND_LAST", "KIND_LAST", {("member_removed", "kind.kind_sold", True)}),
    ("double y; BSTR name;", "BSTR name; double y;", {
        ("fact_changed", "point.name › after", True), ("fact_changed", "point.y › after", True),
        ("fact_changed", "point.kind › after", True)}),
    ("long row[4]", "long row[5]", {("type_changed", "point.row", True)}),
    ("444444444403", "4444444444ff", {("fact_changed", "interface istore › uuid", True)}),
    ("interface IPlain; }", "}", {("output_removed", "class store › interface iplain", True)}),
    ("[default] interface IStore; [default, source]", "interface IStore; [default, source]", set()),
    ("typedef [public] long OrderNumber;", "typedef [public] short OrderNumber;", set()),
    ("HRESULT Open(int a);", "HRESULT Open(long a);", set()),
    ("interface IStore : IDispatch", "interface Istore : IDispatch", set()),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES)
def test_com_by_methods_classes_and_data_types(old: str, new: str, expected: set[Change]) -> None:
    changed = replaced(IDL, old, new)
    assert told(("a.idl", IDL.encode()), ("a.idl", changed)) == expected
    # The library in place of the old IDL tells the same.
    assert told(("a.tlb", LIBRARY), ("a.idl", changed)) == expected


def test_help_texts_announce_what_ends() -> None:
    ending = replaced(IDL, "[id(2)] HRESULT Remove", '[id(2), helpstring("Deprecated: use Drop")] HRESULT Remove')
    gone = replaced(IDL, "[id(2)] HRESULT Remove([in] BSTR name);", "")
    result = run_probe(ReleaseProbe, {"a.idl": gone}, previous={"a.idl": ending})
    announced = {row["attributes"]["what"]: row["attributes"]["announced"] for row in result.findings}
    assert announced["operation_removed"] is True


def test_names_that_the_idl_does_not_define_are_not_held_against_the_library() -> None:
    foreign = replaced(IDL, "[id(2)] HRESULT Remove([in] BSTR name)", "[id(ID_REMOVE)] HRESULT Remove([in] NAME name)")
    assert told(("a.idl", foreign), ("a.tlb", LIBRARY)) == set()
    assert told(("a.idl", foreign), ("a.idl", foreign.replace(b" NAME ", b" LABEL "))) == {
        ("type_changed", "istore::remove › parameter 1", True)
    }


def test_rpc_interfaces_differ_by_case() -> None:
    old = b"[uuid(00000000-1111-2222-3333-444444444409), version(1.0)] interface shop { long Find([in] long a); }"
    assert told(("a.idl", old), ("a.idl", old.replace(b"Find", b"find"))) == {
        ("operation_removed", "shop::Find", True),
        ("operation_added", "shop::find", False),
    }


def test_runtime_classes_have_properties() -> None:
    old = b"namespace A.B { runtimeclass R { Int32 Size { get; }; String Name; void Put(Int32 a); }; }"
    new = old.replace(b"Size { get; }", b"Size { get; set; }").replace(b"Put(Int32 a)", b"Put(Int64 a)")
    assert told(("a.idl", old), ("a.idl", new)) == {
        ("operation_added", "a::b::r::size (put)", False),
        ("type_changed", "a::b::r::put › parameter 1", True),
        ("fact_changed", "a::b::r::name (get) › after", True),
    }


def test_overloads_of_a_runtime_class_are_told_apart() -> None:
    old = b"namespace A { runtimeclass R { void Put(Int32 a); void Put(Int32 a, String b); }; }"
    assert told(("a.idl", old), ("a.idl", old.replace(b" void Put(Int32 a, String b);", b""))) == {
        ("operation_removed", "a::r::put, with 2 parameters", True)
    }


def program(library: bytes) -> bytes:
    """A PE file with nothing but the resource TYPELIB."""
    at = 0x1000
    section = struct.pack("<IIHHHHII", 0, 0, 0, 0, 1, 0, 88 | 1 << 31, 24 | 1 << 31)
    section += struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, 1, 48 | 1 << 31)
    section += struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, 1033, 72)
    section += struct.pack("<IIII", at + 128, len(library), 0, 0)
    section += struct.pack("<H", 7) + "TYPELIB".encode("utf-16-le")
    section = section.ljust(128, b"\0") + library
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, 96 + 16 * 8, 0x2102)
    directories = [(0, 0)] * 2 + [(at, len(section))] + [(0, 0)] * 13
    optional = struct.pack("<H", 0x10B).ljust(92, b"\0") + struct.pack("<I", 16)
    optional += b"".join(struct.pack("<II", *directory) for directory in directories)
    row = b".rsrc\0\0\0" + struct.pack("<IIIIIIHHI", len(section), at, len(section), 0x400, 0, 0, 0, 0, 0x40000040)
    return (head + optional + row).ljust(0x400, b"\0") + section


def test_a_library_inside_of_a_program_is_compared() -> None:
    old, new = program(LIBRARY), program(LIBRARY.replace(b"Remove", b"Retire"))
    assert told(("a.dll", old), ("a.dll", old)) == set()
    assert ("operation_removed", "istore::remove", True) in told(("a.dll", old), ("a.dll", new))


def test_a_library_that_does_not_hold_together_is_not_compared() -> None:
    assert told(("a.tlb", LIBRARY), ("a.tlb", LIBRARY[:-900])) == {("description_removed", "OrdersLib", True)}


def test_a_library_is_found_by_its_title_where_the_idl_was() -> None:
    old = {"idl/store.idl": Head("idl", "OrdersLib")}
    new = {"bin/orders.tlb": Head("typelib", "OrdersLib"), "x.wsdl": Head("wsdl", "OrdersLib")}
    assert {(pair.old, pair.new) for pair in paired(old, new)} == {("", "x.wsdl"), ("idl/store.idl", "bin/orders.tlb")}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("0x10", 16), ("010", 8), ("-4", -4), ("1 | 2", 3), ("1 << 4", 16), ("(1 + 2) * 3", 9), ("~0", -1),
        ("A + 1", 8), ("(int) 0x80000000", 2**31), ("5L", 5), ("1 <<", None), ("B", None), ("1 2", None), ("", None),
        ("(1", None), ("1 << 900", None), ("0x", None), ("1 - 2 - 3", -4), ("7 & 3 ^ 1", 2),
    ],
)  # fmt: skip
def test_constant_expressions(text: str, value: int | None) -> None:
    assert evaluated(Tokens(text).texts, {"A": 7}) == value


def test_values_of_an_enumeration_count_on() -> None:
    known: dict[str, int] = {}
    found = list(enumerators(Tokens("A, B = 5, C, D = X, E, F = 0xFFFFFFFF, G = B + 1,").texts, known))
    assert found == [("A", "0"), ("B", "5"), ("C", "6"), ("D", None), ("E", None), ("F", "-1"), ("G", "6")]


@given(st.text("0123456789abcxXA()|&^+-~<>* ", max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_expression_has_a_value_or_none(text: str) -> None:
    value = evaluated(Tokens(text).texts, {"a": 1})
    assert value is None or abs(value) < 2**64


PROTO = r"""syntax = "proto2";
package acme.shop;
enum State { option deprecated = true; OPEN = 0; DONE = -4 [deprecated = true]; }
message Order {
  enum Kind { SMALL = 1; }
  message Line { required int32 count = 1 [default = 0x10]; optional string note = 2 [default = "a b"];
    optional float f = 3 [default = 1.50]; }
  repeated Line lines = 1;
  map<string, Line> by_name = 2;
  oneof how { string cash = 3; int64 card = 4; }
  optional State state = 5 [default = DONE, deprecated = true];
  optional Kind kind = 6;
  repeated group Part = 7 { optional bytes raw = 1 [default = "\x01"]; }
  extensions 100 to 200;
}
message Old { option deprecated = true; }
extend Order { optional double weight = 100; }
message Holder { extend Order { repeated bool flags = 101; } }
service Shop { rpc Find(Order) returns (stream Order.Line); rpc Gone(Old) returns (Old) { option deprecated = true; } }
"""
SET = unpacked(
    "eNp1UdFq2zAUrSzJTW5HcUW7CTNG8MPIumGcQMfw28KyFZYlQXkdDCd2mlDXDrbbkLc97g/2Tf2nwnYllxGazCDwPffo6J5z4bcNUC7ylb8q"
    "8ioXzWh2k/ga8H4y4KMiTgrxFni6zJJSkhZtH3XP/H8k3xD8AXZVzREXcDjd/Miim0Rahv5yh97bDLHdz6pio+ypKcQpsFlULiRtkXbz8kCZ"
    "qkaLWDJEaY0WsQiAl1VUJZIjfNx1th6YaDxkn0bDfs+SRNVE8QbY9TKLpW0u7Br4ik1lKJq6iopKHuLwsIc6xqYyFHcATDsXEvgsv80qzMdq"
    "89DqvFc1IF4Ay/JKJ4GuQhq1psoA4gTI3Hi1QtrxLxSZu2M42gpGOECvkw1K4k2lf/Ua7qL0tlb7/xoMJ7Q+EPcVMD2teA60iNZG6lnIvgdB"
    "R2nAOwGmjYsm8Mm3j4OBQ855I3buSY8DXeRrrwl0lMYhBukFYF/mKb7SfQ18nkZXpXCeDiATzKyh6vb5O1Q14TeAjcb9oXMgzsBsxnn48/gR"
    "12rgkaQ7BzZBIdEB9lnPtCPu7vcbEMyFfclxDcfbhDR2n9Qe/WWRsA32OlleLao948cYEFGP/b8cWdTK"
)
PROTO_3 = """syntax = "proto3";
package acme;
message A { optional int32 x = 1; string y = 2; B b = 3; map<int32, B> m = 4; repeated sint64 z = 5;
  message B { E e = 1; enum E { Z = 0; } } }
service S { rpc F(A) returns (A.B); rpc G(stream A) returns (stream A.B); }
"""
SET_3 = unpacked(
    "eNptkM1Kw1AQhXvy09ITKXU2vUbB0lVxcZF0U91IA1E3bq47N9LIBUFjSq2S9Al8Id/GhzE//iC4mznfzDnD8N1h8Hyfr2Z6tc43uXjLu8xO"
    "PkAsZJcoFMaY+pcdg+INkB2iVE4l9Q1KGRGpcqsuiPq6XtQLHRukckBkyhu7FRh8g6vkabMuDbLaZKv8iorBNjxjt0UypPtgyzbR1KUc0n9d"
    "Pr7YJvJPSKufOnOER0Qse4RtNgdR8DOlEwM7IZGIT9wMO7FH57aITojr+vhz6X3Nhr/Wsk9c/AemOEbabd40+wSfLj+5"
)


@pytest.mark.parametrize(("source", "compiled"), [(PROTO, SET), (PROTO_3, SET_3)])
def test_a_descriptor_set_and_its_proto_file_are_the_same_interface(source: str, compiled: bytes) -> None:
    assert told(("a/shop.proto", source.encode()), ("a/shop.pb", compiled)) == set()
    assert told(("a/shop.pb", compiled), ("a/shop.pb", compiled)) == set()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("string cash = 3;", "string cash = 13;", {("fact_changed", "acme.shop.Order.cash › number", True)}),
        ("string cash = 3; int64 card = 4; }", "int64 card = 4; } optional string cash = 3;", {
            ("fact_changed", "acme.shop.Order.cash › oneof", True)}),
        ("int64 card = 4;", "int32 card = 4;", {("type_changed", "acme.shop.Order.card", True)}),
        ("required int32 count", "optional int32 count", {("member_optional", "acme.shop.Order.Line.count", False)}),
        ("[default = 0x10]", "[default = 17]", {("fact_changed", "acme.shop.Order.Line.count › default", True)}),
        ("map<string, Line>", "map<int32, Line>", {("rule_changed", "acme.shop.Order.by_name", False)}),
        ("OPEN = 0;", "OPEN = 0; LOST = 9;", {("member_added", "acme.shop.State.LOST", False)}),
        ("weight = 100", "weight = 102", {("fact_changed", "extension acme.shop.weight › value › number", True)}),
        ("returns (stream Order.Line)", "returns (Order.Line)", {
            ("fact_changed", "acme.shop.Shop/Find › response", True)}),
        ("message Old", "message Older", {
            ("operation_removed", "message acme.shop.Old", True), ("operation_added", "message acme.shop.Older", False),
            ("type_changed", "acme.shop.Shop/Gone › request", True),
            ("type_changed", "acme.shop.Shop/Gone › response", True)}),
    ],
)  # fmt: skip
def test_descriptor_sets_by_what_they_declare(old: str, new: str, expected: set[Change]) -> None:
    changed = replaced(PROTO, old, new)
    if "message Older" in new:
        changed = changed.replace(b"(Old)", b"(Older)")
    assert told(("shop.pb", SET), ("shop.proto", changed)) == expected


def test_what_a_descriptor_set_marks_as_deprecated_goes_announced() -> None:
    gone = replaced(PROTO, "optional State state = 5 [default = DONE, deprecated = true];", "")
    result = run_probe(ReleaseProbe, {"shop.proto": gone}, previous={"shop.pb": SET})
    (row,) = result.of("release.change")
    assert (row["attributes"]["what"], row["attributes"]["announced"]) == ("member_removed", True)


@pytest.mark.parametrize(
    ("stated", "value"),
    [
        ('"a b"', "a b"), ("0x10", "16"), ("1.50", "1.5"), ("inf", "inf"), ("DONE", "DONE"), ("-0", "0"),
        (r'"\x01\n"', "\x01\n"), (r"'\001'", "\x01"), ("true", "true"),
    ],
)  # fmt: skip
def test_default_values_have_one_spelling(stated: str, value: str) -> None:
    assert plain(stated) == value


@given(st.text(max_size=40))
def test_any_text_is_a_default(text: str) -> None:
    assert isinstance(plain(text), str) and len(unescaped(text)) <= len(text)


def test_damage_breaks_nothing() -> None:
    assert check_hostile(ReleaseProbe, {"a.tlb": LIBRARY}, previous={"a.tlb": LIBRARY}) > 20
    assert check_hostile(ReleaseProbe, {"a.pb": SET}, previous={"a.pb": SET}) > 20
    assert check_hostile(ReleaseProbe, {"a.idl": IDL[:900].encode()}, previous={"a.tlb": LIBRARY}) > 20


def test_order_does_not_matter() -> None:
    before = {"a.tlb": LIBRARY, "b.pb": SET, "c.idl": IDL.encode()}
    other = IDL.replace("BSTR", "long").encode()
    check_determinism(
        ReleaseProbe, {"a.tlb": LIBRARY.replace(b"Remove", b"Retire"), "b.pb": SET_3, "c.idl": other}, previous=before
    )


@given(st.integers(0, len(LIBRARY) - 1), st.binary(min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_damaged_library_is_compared_or_left_out(place: int, put: bytes) -> None:
    changed = LIBRARY[:place] + put + LIBRARY[place + len(put) :]
    result = run_probe(ReleaseProbe, {"a.tlb": changed}, previous={"a.tlb": LIBRARY})
    assert all(isinstance(row["attributes"]["breaking"], bool) for row in result.findings)
