"""What the probe api.idl states about interface definitions of each dialect, and what it leaves open."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.idl import probe as idl
from cpo_probes.api.idl.probe import IdlProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.messages import load_messages

SEEN = Recognition(format="idl")

UNO = b"""/* Licence of the project, which says nothing about the interface. */
#ifndef __com_acme_XStore_idl__
#define __com_acme_XStore_idl__

#include <com/acme/Order.idl>

module com { module acme {

/** keeps the orders of all customers.
    @see com::acme::Order
 */
published interface XStore: com::acme::XBase
{
    /** gives back one order with everything that belongs to it.

        @param number
            what the customer was told
     */
    Order getOrder( [in] long number ) raises( com::acme::Missing );

    /** @see com::acme::Order */
    [oneway] void removeOrder( [in] sequence< Pair< long, string > > numbers );

    any call( [in] any... arguments );

    /** how many orders there are in the archive. */
    [attribute, readonly] hyper Count { get raises ( Missing ); };
    [attribute] string Name;
};

}; };
#endif
"""
ORDER = b"""module com { module acme {
/** one order of one customer. */
struct Order { /** what the customer was told. */ long number; string text; };
struct Pair<A, B> { A first; B second; };
exception Missing: com::acme::Failure {};
exception Failure { string message; };
interface XBase; interface XBase { void acquire(); };
constants Kinds { const short NONE = 0; const short SOLD = 1 << 2; };
enum State { OPEN, CLOSED = 4 };
typedef sequence< Order > Orders;
service Store: XStores { create( [in] string name ); };
interface XStores {};
service Old { interface XBase; [property, optional] long Size; };
singleton theStore: XStores;
}; };
"""
UNO_FILES = {"idl/com/acme/XStore.idl": UNO, "idl/com/acme/Order.idl": ORDER}

OMG = b"""#pragma prefix "acme.com"
#include "base.idl"
module Acme {
  typedef sequence<Base::Name, 10> Names;
  const unsigned long MOST = 3 * (1 << 4) + 0x10;
  enum Kind { PLAIN, @default FINE };
  union Value switch (Kind) { case PLAIN: long number; default: string<20> text; };
  struct Point { @key long x; long y[3][4]; map<string, long> more; };
  exception Missing { Names names; };
  abstract interface Thing;
  /// Something that can be looked at from outside.
  interface Thing { readonly attribute long size, weight; };
  interface Store : Thing, Base::Root {
    // Looks for a thing that has this very name.
    Thing find(in Base::Name name, inout long _interface) raises (Missing);
    oneway void forget(in Names names);
    typedef Rooted Own;
  };
  valuetype Money : truncatable Coin supports Thing { public long amount; factory make(in long amount); };
  valuetype Coin { private octet kind; };
  valuetype Text string;
  native Handle;
  bitset Flags { bitfield<3> a; bitfield<1> b; };
};
"""
BASE = b"module Base { typedef string Name; interface Root { typedef long Rooted; }; };"
OMG_FILES = {"a.idl": OMG, "base.idl": BASE}

COM = b"""import "unknwn.idl";
cpp_quote("// made for tests")
#define MOST 8
typedef [v1_enum] enum Kind { PLAIN = 0, FINE = MOST } Kind;
typedef struct tagPoint { long x; [size_is(MOST)] long *y; } Point, *PPoint;
interface IStore;
[object, uuid(00000000-0000-0000-0000-000000000001), dual, helpstring("Keeps the orders of all customers")]
interface IStore : IDispatch
{
    [propget, id(1), helpstring("How many orders there are")] HRESULT Count([out, retval] long *count);
    [propput, id(1)] HRESULT Count([in] long count);
    [id(2), helpstring("Looks for one order by its number")]
    HRESULT Find([in] BSTR number, [in, defaultvalue(1 + 2)] SAFEARRAY(VARIANT) * more, [out] IStore **found);
    HRESULT Remove(long number, ...);
}
[uuid(00000000-0000-0000-0000-000000000002), version(1.4), helpstring("Orders")]
library OrdersLib
{
    importlib("stdole2.tlb");
    [uuid(00000000-0000-0000-0000-000000000003)]
    coclass Store { [default] interface IStore; [default, source] dispinterface DStoreEvents; };
    [uuid(00000000-0000-0000-0000-000000000004)]
    dispinterface DStoreEvents
    {
        properties:
            [id(1)] long Size;
        methods:
            [id(2)] void Changed([in] long number);
    };
}
"""
RPC = b"""[uuid(00000000-0000-0000-0000-000000000005), version(1.0), pointer_default(unique)]
interface orders
{
    typedef [context_handle] void *HANDLE_T;
    const long MOST = 3;
    /* opens the archive of all orders */
    error_status_t Open([in] handle_t binding, [out] HANDLE_T *archive);
    void Close([in, out] HANDLE_T *archive);
}
"""


def run(text: str | bytes, files: dict[str, bytes] | None = None, name: str = "a.idl") -> Result:
    raw = text.encode() if isinstance(text, str) else text
    return run_probe(IdlProbe, {name: raw} | (files or {}), recognitions={name: SEEN})


def stated(text: str | bytes, files: dict[str, bytes] | None = None, name: str = "a.idl") -> dict[str, Any]:
    rows = [row for row in run(text, files, name).findings if row["evidence"][0]["artifact"] == name]
    assert len(rows) == 1
    attributes: dict[str, Any] = rows[0]["attributes"]
    return attributes


def codes(found: dict[str, Any]) -> set[str]:
    return {problem["code"] for problem in found["problems"]}


def test_metadata_is_complete() -> None:
    check_metadata(IdlProbe)


def test_the_findings_do_not_depend_on_order() -> None:
    check_determinism(IdlProbe, UNO_FILES | {"x/a.idl": OMG, "x/base.idl": BASE, "c.idl": COM, "r.idl": RPC})


def test_damage_breaks_nothing() -> None:
    for text in (UNO, COM, OMG):
        assert check_hostile(IdlProbe, {"a.idl": text}) > 40


# -- UNO


def test_uno_operations_and_attributes_are_counted_apart() -> None:
    name = "idl/com/acme/XStore.idl"
    found = stated(UNO, {"idl/com/acme/Order.idl": ORDER}, name)
    assert found["dialect"] == "uno"
    assert found["title"] == "com::acme::XStore"
    assert (found["interfaces"], found["documented_interfaces"]) == (1, 1)
    assert (found["operations"], found["documented_operations"]) == (3, 1)
    assert found["undocumented"] == ["XStore::removeOrder", "XStore::call"]
    assert (found["attributes"], found["documented_attributes"]) == (2, 1)
    assert (found["valid"], found["problems"]) == (True, [])


def test_uno_files_of_types_are_descriptions_without_operations() -> None:
    found = stated(ORDER, UNO_FILES, "idl/com/acme/Order.idl")
    assert (found["operations"], found["schemas"], found["enums"], found["constants"]) == (1, 4, 1, 2)
    assert (found["services"], found["constructors"], found["documented_schemas"]) == (3, 1, 1)
    assert found["valid"] is True
    constants = stated("module a { constants K { const long A = 1; }; };")
    assert (constants["operations"], constants["constants"], constants["title"]) == (0, 1, "a::K")


def test_uno_names_lead_to_the_file_of_that_name() -> None:
    text = "module com { module acme { published interface XA: com::acme::XB { XC get(); }; }; };"
    there = {"idl/com/acme/XB.idl": b"", "idl/com/acme/XC.idl": b""}
    assert stated(text, there, "idl/com/acme/XA.idl")["valid"] is True
    found = stated(text, {"idl/com/acme/XB.idl": b""}, "idl/com/acme/XA.idl")
    assert (found["valid"], codes(found)) == (False, {"idl.unresolved"})


def test_a_missing_include_leaves_validity_open() -> None:
    found = stated(UNO, {}, "idl/com/acme/XStore.idl")
    assert found["valid"] is None
    assert found["external_references"] == ["com/acme/Order.idl"]
    problem = {"code": "idl.include_missing", "params": {"path": "com/acme/Order.idl"}, "line": 5}
    assert found["problems"] == [problem]


@pytest.mark.parametrize(
    "text",
    [
        "module a { interface X { void f(long a); }; };",
        "module a { published interface X { void f([in] long) ; }; };",
        "module a { service S { property long a; }; };",
        "module a { struct S { sequence< long a; }; };",
        "module a { published interface X { void f() }; };",
        "module a { published interface X { void f(); ",
        "module a { constants K { long A = 1; }; };",
        "module a { published interface X { long long f(); }; };",
    ],
)
def test_wrong_uno_is_invalid(text: str) -> None:
    found = stated(text)
    assert (found["valid"], found["problems"][0]["code"]) == (False, "idl.syntax")
    assert found["problems"][0]["line"] == 1


# -- OMG


def test_omg_idl_is_counted_and_its_names_are_looked_up() -> None:
    found = stated(OMG, {"base.idl": BASE})
    assert (found["dialect"], found["title"], found["valid"], found["problems"]) == ("omg", "Acme", True, [])
    assert (found["interfaces"], found["operations"], found["documented_operations"]) == (2, 3, 1)
    assert (found["attributes"], found["schemas"], found["enums"]) == (2, 7, 1)
    assert found["files"] == ["base.idl"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("module A { interface B { void f(long a); }; };", "idl.syntax"),
        ("module A { interface B { void f(in long) ; }; };", "idl.syntax"),
        ("module A { interface B { long f(in long struct); }; };", "idl.syntax"),
        ("module A { interface B { attribute void x; }; };", "idl.syntax"),
        ("module A { typedef sequence<long a; };", "idl.syntax"),
        ("module A { struct S { long a; } };", "idl.syntax"),
        ("module A { const long X = ; };", "idl.syntax"),
        ("module A { interface B : C {}; };", "idl.unresolved"),
        ("module A { struct S { Unknown a; }; };", "idl.unresolved"),
        ("module A { struct S { long a; long a; }; };", "idl.name_twice"),
        ("module A { struct S { long a; }; struct S { long b; }; };", "idl.name_twice"),
        ("module A { module M { typedef long T; }; struct S { M::U a; }; };", "idl.unresolved"),
    ],
)
def test_wrong_omg_idl_is_invalid(text: str, code: str) -> None:
    found = stated(text)
    assert (found["valid"], codes(found)) == (False, {code})


def test_names_of_the_orb_leave_validity_open() -> None:
    assert stated("module A { interface B { CORBA::TypeCode f(); }; };")["valid"] is True
    assert stated("module A { interface B : CORBA::Policy {}; };")["valid"] is None


def test_the_preprocessor_knows_what_the_file_defines() -> None:
    rest = "#elif defined(T) && !defined(U)\nmodule A { struct S { T a; }; };\n#else\n?\n#endif\n"
    text = "#define T long\n#if 0\nnonsense\n" + rest
    assert stated(text)["valid"] is True
    found = stated("#if VERSION >= 2\nmodule A { struct S { long a; }; };\n#endif\n")
    assert (found["valid"], codes(found)) == (None, {"idl.preprocessor"})


def test_includes_that_include_each_other_end() -> None:
    files = {"b.idl": b'#include "c.idl"\nmodule B {};', "c.idl": b'#include "b.idl"\nmodule C { typedef long T; };'}
    assert stated('#include "b.idl"\nmodule A { struct S { C::T t; }; };', files)["valid"] is True


# -- Microsoft


def test_com_methods_properties_and_the_library_are_told_apart() -> None:
    found = stated(COM)
    assert (found["dialect"], found["title"], found["api_version"]) == ("com", "OrdersLib", "1.4")
    assert (found["interfaces"], found["components"]) == (2, 1)
    assert (found["operations"], found["documented_operations"]) == (3, 1)
    assert found["undocumented"] == ["IStore::Remove", "DStoreEvents::Changed"]
    assert found["documented_interfaces"] == 1
    assert (found["valid"], found["external_references"]) == (None, ["stdole2.tlb", "unknwn.idl"])


def test_rpc_interfaces_are_of_the_plain_dialect() -> None:
    found = stated(RPC)
    assert (found["dialect"], found["operations"], found["documented_operations"]) == ("ms", 2, 1)
    assert (found["title"], found["valid"]) == ("orders", True)


def test_types_that_an_included_interface_holds_are_known_without_its_name() -> None:
    """MIDL has one scope for types; the interface is only where they stand."""
    text = 'import "types.idl";\n[object, uuid(1)] interface IStore { RESULT Find([in] NUMBER n); }'
    held = b"[uuid(2)] interface ITypes { typedef long RESULT; typedef unsigned long NUMBER; }"
    assert stated(text, {"types.idl": held})["valid"] is True
    assert stated(text, {"types.idl": held.replace(b"NUMBER", b"OTHER")})["valid"] is None


def test_a_header_in_c_matters_only_where_a_name_is_unknown() -> None:
    text = 'import "types.idl";\nimport "base.h";\n[object, uuid(1)] interface IStore { RESULT Find(); }'
    files = {"types.idl": b"typedef long RESULT;", "base.h": b"extern int f(void) { return 1; }\n"}
    assert stated(text, files)["valid"] is True
    assert codes(stated(text.replace("RESULT", "HANDLE"), files)) == {"idl.include_missing"}


def test_types_as_c_writes_them_are_a_description() -> None:
    found = stated("typedef enum KIND { NONE = 0x00, SOLD } KIND;\ntypedef struct S { KIND kind; } S;")
    assert (found["dialect"], found["operations"], found["enums"], found["valid"]) == ("ms", 0, 1, True)


def test_winrt_interfaces_are_read() -> None:
    text = """namespace Acme.Orders {
        [contract(Windows.Foundation.UniversalApiContract, 1.0)] runtimeclass Store;
        [exclusiveto(Acme.Orders.Store), uuid(00000000-0000-0000-0000-000000000006)]
        interface IStore : IInspectable requires Windows.Foundation.IClosable {
            [propget] HRESULT Orders([out] [retval] Windows.Foundation.Collections.IVector<HSTRING>** value);
            HRESULT Find([in] HSTRING name);
        }
        runtimeclass Plain { Plain(); String Name { get; }; Int32 Size; void Sort(); }
        delegate HRESULT Changed([in] IInspectable* sender);
    }"""
    found = stated(text)
    assert (found["dialect"], found["operations"]) == ("com", 3)
    assert "idl.syntax" not in codes(found)


@pytest.mark.parametrize(
    "text",
    [
        "[uuid(1)] interface A { HRESULT f([in long a); }",
        "[uuid(1)] interface A { HRESULT f([in] long a) }",
        "[uuid(1)] interface A : { HRESULT f(); }",
        "[uuid(1)] library L { coclass C { IFoo; } }",
        "[uuid(1)] interface A { long; }",
        "[uuid(1)] interface A { HRESULT f();",
    ],
)
def test_wrong_midl_is_invalid(text: str) -> None:
    found = stated("typedef struct S { long a; } S;\n[uuid(2)] interface B {}\n" + text)
    assert (found["valid"], codes(found)) == (False, {"idl.syntax"})


def test_a_hidden_library_is_internal() -> None:
    rows = run("[uuid(1), hidden] library L { interface A; [uuid(2)] interface A { void f(); } }").findings
    assert [row["offered"] for row in rows] == ["internal"]


# -- what is none


@pytest.mark.parametrize(
    "text",
    [
        "#ifndef A_H\n#define A_H\nclass Store {\npublic:\n  virtual void find(int a) = 0;\n};\n#endif\n",
        "import x from 'y';\nexport interface Store { name: string; find(a: number): void; }\n",
        "/* a header of C */\ntypedef struct S { int a; } S;\nint find(S *store, int number);\n",
        "; IDL procedure\npro store, a, b\n  compile_opt idl2\n  interface = 1\nend\n",
        "[Exposed=Window] interface Store { DOMString find(long a); };",
        "interface Store { Promise<long> find(DOMString a); };\ndictionary Options { long a = 1; };",
        "[scriptable, uuid(1)] interface nsIStore : nsISupports { void find(in long a) = ; };",
        "module {{ name }} { interface {{ x }} { {% for m in methods %} void {{ m }}(); {% endfor %} }; };",
        "",
        "// only a comment about module and interface\n",
        '#include "other.idl"\n',
    ],
)
def test_other_languages_and_templates_are_no_descriptions(text: str) -> None:
    result = run(text)
    assert result.findings == []
    assert result.reasons == ["api.no_description"]


def test_deep_nesting_ends_in_a_problem() -> None:
    assert "syntax.too_deep" in codes(stated("module a { " * 5_000))
    found = stated("module a { typedef " + "sequence<" * 5_000 + "long" + ">" * 5_000 + " T; };")
    assert found["valid"] is False


def test_every_code_has_a_text() -> None:
    texts = load_messages()
    for module in Path(idl.__file__).parent.glob("idl*.py"):
        for code in re.findall(r'"((?:idl|syntax)\.[a-z_0-9]+)"', module.read_text(encoding="utf-8")):
            assert code in texts, code


# -- any text

NAMES = st.from_regex(r"[A-Z][a-z]{2,6}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, st.booleans()), unique_by=lambda row: row[0], min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_counts_are_those_of_the_text(operations: list[tuple[str, bool]]) -> None:
    for marks in ("[in]", "in"):
        body = "".join(
            (f"/** explains {chr(97 + number) * 5} in plain words */\n" if said else "")
            + f"void {name}({marks} long number);\n"
            for number, (name, said) in enumerate(operations)
        )
        found = stated(f"module a {{ interface I {{\n{body}}}; }};")
        assert (found["operations"], found["valid"]) == (len(operations), True)
        assert found["undocumented"] == [f"I::{name}" for name, said in operations if not said]


WORDS = ["module", "A", "{", "}", "(", ")", "[", "]", "=", "1", ";", "interface", "struct", "enum", ":", "<", ">", ","]
MORE = [
    "in",
    "typedef",
    "const",
    "uuid",
    "library",
    "#if 1\n",
    "#endif\n",
    "#define A B\n",
    "@",
    "union",
    "//x\n",
    "::",
]


@given(st.lists(st.sampled_from([*WORDS, *MORE, '"', "case", "switch", "*", "...", "::", "service", "\0", "\\"])))
@settings(max_examples=200, deadline=None)
def test_any_tokens_are_read(words: list[str]) -> None:
    for row in run(" ".join(words)).findings:
        assert row["attributes"]["valid"] in (True, False, None)
