"""OData, versions 2 to 4.01 in XML and JSON: what is an operation, what describes it, and what makes it invalid."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpo_probes.api.odata.probe import ODataProbe
from cpo_scan.probe.testing import check_determinism, check_hostile, check_metadata, run_probe

SHOP = b"""<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"
 xmlns="http://docs.oasis-open.org/odata/ns/edm">
<edmx:Reference Uri="https://oasis.example/Org.OData.Core.V1.xml">
 <edmx:Include Namespace="Org.OData.Core.V1" Alias="Core"/></edmx:Reference>
<edmx:DataServices><Schema Namespace="shop.v1" Alias="self">
 <EntityType Name="Order"><Key><PropertyRef Name="ID"/></Key>
  <Annotation Term="Core.Description" String="What a customer bought at one time"/>
  <Property Name="ID" Type="Edm.Int32" Nullable="false"/>
  <Property Name="Note" Type="Edm.String"><Annotation Term="Core.Description">
   <String>Free words of the customer</String></Annotation></Property>
  <NavigationProperty Name="Items" Type="Collection(self.Item)" ContainsTarget="true"/></EntityType>
 <EntityType Name="Item"><Key><PropertyRef Name="Row"/></Key><Property Name="Row" Type="Edm.Int32"/></EntityType>
 <EntityType Name="Hidden"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Guid"/></EntityType>
 <Action Name="Cancel" IsBound="true"><Parameter Name="it" Type="self.Order"/>
  <Annotation Term="Core.Revisions"><Collection><Record>
   <PropertyValue Property="Kind" EnumMember="Core.RevisionKind/Deprecated"/>
   <PropertyValue Property="Description" String="Use Return instead, gone on 2030-01-01"/></Record></Collection>
  </Annotation></Action>
 <Action Name="Unreachable"/>
 <Function Name="Best"><ReturnType Type="self.Order"/></Function>
 <EntityContainer Name="Shop"><EntitySet Name="Orders" EntityType="self.Order"/>
  <Singleton Name="Latest" Type="self.Order"/>
  <FunctionImport Name="BestOne" Function="self.Best"/></EntityContainer>
 <Annotations Target="self.Best"><Annotation Term="Core.Description" String="Asks the ranking for its winner"/>
 </Annotations></Schema></edmx:DataServices></edmx:Edmx>"""


def stated(document: bytes, name: str = "metadata.xml", **files: bytes) -> dict[str, Any]:
    tree = {path.replace("_", "."): content for path, content in files.items()}
    result = run_probe(ODataProbe(), {name: document, **tree})
    found = [row["attributes"] for row in result.findings if row["evidence"][0]["artifact"] == name]
    assert len(found) == 1
    only: dict[str, Any] = found[0]
    return only


def codes(found: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in found["problems"]]


def test_the_probe_keeps_its_contract() -> None:
    check_metadata(ODataProbe)
    files = {"metadata.xml": SHOP, "old.edmx": OLD, "csdl.json": JSON}
    check_determinism(ODataProbe(), files)
    assert check_hostile(ODataProbe(), files) > 100


def test_sets_singletons_imports_and_bound_operations_are_operations() -> None:
    found = stated(SHOP)
    assert found["family"] == "odata" and found["version"] == "4.01" and found["title"] == "shop.v1.Shop"
    assert (found["entity_sets"], found["singletons"], found["imports"], found["bound_operations"]) == (1, 1, 1, 1)
    assert found["operations"] == 4
    assert found["valid"] is True and found["problems"] == []


def test_a_set_is_described_by_its_type_and_an_import_by_its_function() -> None:
    alone = stated(SHOP.replace(b'<Singleton Name="Latest" Type="self.Order"/>', b""))
    assert alone["documented_operations"] == 2 and alone["undocumented"] == ["Order/shop.v1.Cancel"]


def test_properties_and_readable_types_are_counted() -> None:
    found = stated(SHOP)
    assert (found["properties"], found["documented_properties"]) == (5, 1)
    assert (found["entity_types"], found["readable_entity_types"]) == (3, 2)


def test_a_deprecated_operation_is_told_with_replacement_and_date() -> None:
    assert stated(SHOP)["deprecations"] == [
        {"name": "Order/shop.v1.Cancel", "replacement": "Return", "date": "2030-01-01"}
    ]


def test_a_type_that_is_not_there_makes_it_invalid_with_the_place() -> None:
    found = stated(SHOP.replace(b'EntityType="self.Order"', b'EntityType="self.Ordre"'))
    assert found["valid"] is False and codes(found) == ["odata.type_missing"]
    assert found["problems"][0]["line"] == 21


def test_names_that_lead_to_the_wrong_kind_make_it_invalid() -> None:
    assert codes(stated(SHOP.replace(b'EntityType="self.Order"', b'EntityType="Edm.String"'))) == ["odata.type_kind"]
    assert codes(stated(SHOP.replace(b'Function="self.Best"', b'Function="self.Cancel"'))) == [
        "odata.operation_missing"
    ]
    assert codes(stated(SHOP.replace(b'PropertyRef Name="Row"', b'PropertyRef Name="Line"'))) == ["odata.key_missing"]


def test_the_structure_is_held_against_the_version() -> None:
    assert codes(stated(SHOP.replace(b'Nullable="false"', b'Nullable="never"'))) == ["structure.attribute_value"]
    assert codes(stated(SHOP.replace(b'<Action Name="Unreachable"/>', b'<Association Name="A"/>'))) == [
        "structure.element_unknown"
    ]
    assert codes(stated(SHOP.replace(b'Name="Latest" ', b""))) == ["structure.attribute_missing"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'Property="Kind" ', b"", "structure.attribute_missing"),
        (b'Property="Kind"', b'Property="Kind" Weight="1"', "structure.attribute_unknown"),
        (b"<Record>", b'<Record Name="R">', "structure.attribute_unknown"),
        (b"<String>Free words of the customer</String>", b"<Text>Free words</Text>", "structure.element_unknown"),
        (b"<String>Free words of the customer</String>", b"<String><Int>1</Int></String>", "structure.element_unknown"),
    ],
)
def test_the_expressions_of_annotations_are_held_against_the_standard(old: bytes, new: bytes, code: str) -> None:
    found = stated(SHOP.replace(old, new))
    assert (found["valid"], codes(found)) == (False, [code])


def test_dynamic_expressions_may_hold_each_other() -> None:
    expression = b"""<If><Eq><Path>Kind</Path><String>gone</String></Eq>
 <Apply Function="odata.concat"><String>Gone since </String><Cast Type="Edm.String" MaxLength="9"><Path>ID</Path></Cast>
 </Apply><Record Type="self.Note"><PropertyValue Property="Text"><Null/></PropertyValue></Record></If>"""
    found = stated(SHOP.replace(b"<String>Free words of the customer</String>", expression))
    assert codes(found) == []


def test_a_type_from_elsewhere_leaves_it_open_and_a_shipped_document_settles_it() -> None:
    reference = (
        b'<edmx:Reference Uri="base.xml"><edmx:Include Namespace="base" Alias="b"/></edmx:Reference><edmx:DataServices>'
    )
    document = SHOP.replace(b"<edmx:DataServices>", reference).replace(b'"Edm.Guid"', b'"b.Id"')
    found = stated(document)
    assert found["valid"] is None and codes(found) == ["odata.reference_absent"]
    base = (
        b'<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        b'<Schema Namespace="base" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        b'<TypeDefinition Name="Id" UnderlyingType="Edm.Guid"/></Schema></edmx:DataServices></edmx:Edmx>'
    )
    found = stated(document, base_xml=base)
    assert found["valid"] is True and found["files"] == ["base.xml"]
    wrong = stated(document, base_xml=base.replace(b'"Id"', b'"Number"'))
    assert wrong["valid"] is False and codes(wrong) == ["odata.type_missing"]


def test_a_vocabulary_is_no_interface() -> None:
    vocabulary = (
        b'<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        b'<Schema Namespace="terms" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        b'<Term Name="Colour" Type="Edm.String"/></Schema></edmx:DataServices></edmx:Edmx>'
    )
    assert run_probe(ODataProbe(), {"terms.xml": vocabulary}).findings == []


def test_a_model_of_an_object_mapper_is_no_interface() -> None:
    mapper = (
        b'<edmx:Edmx Version="3.0" xmlns:edmx="http://schemas.microsoft.com/ado/2009/11/edmx">'
        b"<edmx:Runtime><edmx:ConceptualModels/></edmx:Runtime></edmx:Edmx>"
    )
    result = run_probe(ODataProbe(), {"model.edmx": mapper})
    assert result.findings == [] and result.rows == []


OLD = b"""<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx">
<edmx:DataServices m:DataServiceVersion="2.0" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
<Schema Namespace="S" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
<EntityType Name="A"><Documentation><Summary>One piece that a customer may buy</Summary></Documentation>
<Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Int32" Nullable="false"/>
<NavigationProperty Name="Bs" Relationship="S.A_B" FromRole="A" ToRole="B"/></EntityType>
<EntityType Name="B"><Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="String"/></EntityType>
<Association Name="A_B"><End Role="A" Type="S.A" Multiplicity="1"/><End Role="B" Type="S.B" Multiplicity="*"/>
</Association>
<EntityContainer Name="C" m:IsDefaultEntityContainer="true"><EntitySet Name="As" EntityType="S.A"/>
<EntitySet Name="Bs" EntityType="S.B"/>
<AssociationSet Name="A_Bs" Association="S.A_B"><End Role="A" EntitySet="As"/><End Role="B" EntitySet="Bs"/>
</AssociationSet>
<FunctionImport Name="Find" ReturnType="Collection(S.A)" EntitySet="As" m:HttpMethod="GET">
<Documentation><LongDescription>Looks through all shelves of the warehouse</LongDescription></Documentation>
<Parameter Name="what" Type="Edm.String"/></FunctionImport></EntityContainer></Schema></edmx:DataServices>
</edmx:Edmx>"""


def test_version_2_counts_sets_and_function_imports_and_reads_documentation() -> None:
    found = stated(OLD, "old.edmx")
    assert found["version"] == "2.0" and found["operations"] == 3 and found["documented_operations"] == 2
    assert found["valid"] is True and found["readable_entity_types"] == 2 and found["parameters"] == 1


def test_version_2_checks_associations() -> None:
    assert codes(stated(OLD.replace(b'Relationship="S.A_B"', b'Relationship="S.Gone"'), "old.edmx")) == [
        "odata.association_missing"
    ]
    assert codes(stated(OLD.replace(b'ToRole="B"', b'ToRole="C"'), "old.edmx")) == ["odata.role_missing"]
    assert codes(stated(OLD.replace(b'EntitySet="Bs"', b'EntitySet="Cs"'), "old.edmx")) == ["odata.binding_missing"]


CSDL: dict[str, Any] = {
    "$Version": "4.01",
    "$EntityContainer": "shop.Shop",
    "$Reference": {
        "https://v.example/Core.json": {"$Include": [{"$Namespace": "Org.OData.Core.V1", "$Alias": "Core"}]}
    },
    "shop": {
        "$Alias": "self",
        "@Core.SchemaVersion": "7",
        "Colour": {"$Kind": "EnumType", "Red": 0, "Red@Core.Description": "As seen on fire engines"},
        "Order": {
            "$Kind": "EntityType",
            "$Key": ["ID"],
            "ID": {"$Type": "Edm.Int32", "@Core.Description": "Number printed on the bill"},
            "Note": {},
            "Paint": {"$Type": "self.Colour"},
            "Parts": {"$Kind": "NavigationProperty", "$Collection": True, "$Type": "self.Order"},
        },
        "Cancel": [{"$Kind": "Action", "$IsBound": True, "$Parameter": [{"$Name": "it", "$Type": "self.Order"}]}],
        "Shop": {
            "$Kind": "EntityContainer",
            "Orders": {
                "$Collection": True,
                "$Type": "self.Order",
                "@Core.Description": "All that was ever bought",
                "$NavigationPropertyBinding": {"Parts": "Orders"},
            },
        },
    },
}
JSON = json.dumps(CSDL, indent=1).encode()


def changed(*path: str, to: Any) -> bytes:
    copy = json.loads(JSON)
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return json.dumps(copy, indent=1).encode()


def test_json_gives_the_same_facts() -> None:
    found = stated(JSON, "csdl.json")
    assert found["version"] == "4.01" and found["api_version"] == "7" and found["title"] == "shop.Shop"
    assert found["operations"] == 2 and found["documented_operations"] == 1
    assert (found["properties"], found["documented_properties"]) == (4, 1)
    assert found["valid"] is True and found["problems"] == []


def test_json_is_checked_for_names_and_members_with_pointers() -> None:
    found = stated(changed("shop", "Order", "Note", to={"$Type": "self.Nothing"}), "csdl.json")
    assert found["valid"] is False
    assert found["problems"][0]["code"] == "odata.type_missing"
    assert found["problems"][0]["pointer"] == "/shop/Order/Note"
    for document, code in (
        (changed("shop", "Order", "$Keys", to=[]), "odata.member_unknown"),
        (changed("shop", "Order", "$Kind", to="Entity"), "odata.kind_unknown"),
        (changed("$EntityContainer", to="shop.Stop"), "odata.container_missing"),
        (changed("shop", "Shop", "Orders", "$NavigationPropertyBinding", to={"Parts": "Gone"}), ""),
        (changed("shop", "Order", "$Key", to=["Nr"]), "odata.key_missing"),
        (changed("$Version", to="4.7"), "odata.version_unknown"),
        (changed("shop", "Order", "Note", to=5), "odata.not_an_object"),
    ):
        assert [code] == codes(stated(document, "csdl.json"))[:1] or not code


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "self.Order", "$Kind", "Action", "a/b.c"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["$Kind", "$Type", "$Key", "$Parameter", "@Core.Description", "x", "$Include", "$Collection"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
_PATHS = [
    ("$Reference",),
    ("shop",),
    ("shop", "$Annotations"),
    ("shop", "Order"),
    ("shop", "Order", "ID"),
    ("shop", "Order", "$Key"),
    ("shop", "Cancel"),
    ("shop", "Shop"),
    ("shop", "Shop", "Orders"),
]


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(_PATHS), _PLAIN)
def test_anything_may_stand_anywhere_in_json(path: tuple[str, ...], value: Any) -> None:
    result = run_probe(ODataProbe(), {"csdl.json": changed(*path, to=value)})
    assert len(result.findings) <= 1


def test_broken_documents_are_invalid_with_the_place() -> None:
    for name, document, code in (
        ("metadata.xml", SHOP[:-9], "xml.malformed"),
        ("csdl.json", JSON[:-3], "json.malformed"),
    ):
        result = run_probe(ODataProbe(), {name: document})
        assert result.reasons == [code] and result.one("api.description")["valid"] is False
