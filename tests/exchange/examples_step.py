"""STEP and IFC: one small document of our own for each schema name, namespace and carrier."""

from tests.exchange.examples import Example, part21, xml, zipped

_TS = "http://standards.iso.org/iso/ts/10303/"
_IFC = "xmlns:ifc="
_PART21 = {
    "'CONFIG_CONTROL_DESIGN'": "AP203 ed1",
    "'AP203_CONFIGURATION_CONTROLLED_3D_DESIGN_OF_MECHANICAL_PARTS_AND_ASSEMBLIES_MIM_LF { 1 0 10303 403 3 1 4 }'": (
        "AP203 ed2"
    ),
    "'AUTOMOTIVE_DESIGN'": "AP214",
    "'AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }'": "AP214 ed1",
    "'AUTOMOTIVE_DESIGN { 1 0 10303 214 3 1 1 1 }'": "AP214 ed3",
    "'AUTOMOTIVE_DESIGN_CC2 {1 2 10303 214 -1 1 5 4}'": "AP214",
    "'AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF. {1 0 10303 442 1 1 4 }'": "AP242 ed1",
    "'AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF { 1 0 10303 442 3 1 4 }'": "AP242 ed2",
    "'AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF { 1 0 10303 442 4 1 4 }'": "AP242 ed3",
    "'ap242_managed_model_based_3d_engineering_mim_lf'": "AP242",
    "'STRUCTURAL_ANALYSIS_DESIGN'": "AP209 ed1",
    "'AP209_MULTIDISCIPLINARY_ANALYSIS_AND_DESIGN_MIM_LF'": "AP209 ed2",
    "'AP210_ELECTRONIC_ASSEMBLY_INTERCONNECT_AND_PACKAGING_DESIGN_MIM_LF'": "AP210",
    "'ELECTRONIC_ASSEMBLY_INTERCONNECT_AND_PACKAGING_DESIGN'": "AP210",
    "'INTEGRATED_CNC_SCHEMA'": "AP238 ed1",
    "'MODEL_BASED_INTEGRATED_MANUFACTURING_SCHEMA'": "AP238 ed2",
    "'MACHINING_SCHEMA','MILLING_SCHEMA'": "ISO 14649",
    "'AP239_PRODUCT_LIFE_CYCLE_SUPPORT_MIM_LF'": "AP239",
    "'AP239_PRODUCT_LIFE_CYCLE_SUPPORT_ARM_LF'": "AP239",
    "'EXPLICIT_DRAUGHTING'": "AP201",
    "'ASSOCIATIVE_DRAUGHTING'": "AP202",
    "'SHIP_ARRANGEMENT_SCHEMA'": "AP215",
    "'SHIP_MOULDED_FORM_SCHEMA'": "AP216",
    "'SHIP_STRUCTURES_SCHEMA'": "AP218",
    "'DIMENSIONAL_INSPECTION_SCHEMA'": "AP219",
    "'FUNCTIONAL_DATA_AND_SCHEMATIC_REPRESENTATION_MIM_LF'": "AP221",
    "'CAST_PARTS_SCHEMA'": "AP223",
    "'FEATURE_BASED_PROCESS_PLANNING'": "AP224",
    "'BUILDING_DESIGN_SCHEMA'": "AP225",
    "'PLANT_SPATIAL_CONFIGURATION'": "AP227",
    "'TECHNICAL_DATA_PACKAGING'": "AP232",
    "'ENGINEERING_PROPERTIES_SCHEMA'": "AP235",
    "'AP236_FURNITURE_CATALOG_AND_INTERIOR_DESIGN_MIM_LF'": "AP236",
    "'PROCESS_PLANNING_SCHEMA'": "AP240",
    "'PDM_SCHEMA {1.2}'": "PDM schema",
    "'LIFECYCLE_INTEGRATION_SCHEMA'": "ISO 15926",
    "'STRUCTURAL_FRAME_SCHEMA'": "CIS/2",
    "'IFC2X3'": "2.3",
    "'IFC4'": "4.0",
    "'IFC4X3_ADD2'": "4.3.2",
}
STEP = [
    *(
        Example(
            schema.strip("'").split("'")[0][:60], "ifc" if "IFC" in schema else "step", told, "a.stp", part21(schema)
        )
        for schema, told in _PART21.items()
    ),
    *(
        Example(space, "step", told, "a.stpx", xml("n0:Uos", f'xmlns:n0="{space}"'))
        for space, told in {
            _TS + "-3001/-ed-1/tech/xml-schema/bo_model": "AP242",
            _TS + "-3001/-ed-2/tech/xml-schema/bo_model": "AP242",
            _TS + "-4442/-ed-1/tech/xml-schema/domain_model": "AP242",
            "https://standards.iso.org/iso/ts/10303/-4442/ed-5/tech/xml-schema/domain_model": "AP242",
            "https://standards.iso.org/iso/ts/10303/-4439/ed-2/tech/xml-schema/domain_model": "AP239",
        }.items()
    ),
    Example(
        "bo_model under the common root",
        "step",
        "AP242",
        "a.stpx",
        xml(
            "c:Uos",
            f'xmlns:c="{_TS}-3000/-ed-1/tech/xml-schema/common" xmlns:b="{_TS}-3001/-ed-1/tech/xml-schema/bo_model"',
        ),
    ),
    Example(
        "domain_model under the common root",
        "step",
        "AP242",
        "a.stpx",
        xml(
            "Uos",
            f'xmlns="{_TS}-3000/-ed-1/tech/xml-schema/common" xmlns:n0="{_TS}-4442/-ed-1/tech/xml-schema/domain_model"',
        ),
    ),
    Example("Part 28", "step", None, "a.xml", xml("iso_10303_28", 'xmlns="urn:oid:1.0.10303.28.2.1.1" version="2.0"')),
    Example(
        "Part 28, urn",
        "step",
        None,
        "a.xml",
        xml("d:uos", 'xmlns:d="urn:iso:std:iso:10303:-28:ed-2:tech:XMLschema:document"'),
    ),
    Example(
        "ifcXML 2x3",
        "ifc",
        "2.3",
        "a.ifcxml",
        xml(
            "d:iso_10303_28",
            'xmlns:d="urn:oid:1.0.10303.28.2.1.3" '
            + _IFC
            + '"http://www.iai-tech.org/ifcXML/IFC2x3/FINAL" version="2.0"',
        ),
    ),
    Example(
        "ifcXML 4",
        "ifc",
        "4.0",
        "a.ifcxml",
        xml("ifcXML", 'xmlns="http://www.buildingsmart-tech.org/ifcXML/IFC4/final"'),
    ),
    Example(
        "ifcXML 4.3",
        "ifc",
        "4.3",
        "a.ifcxml",
        xml("ifc:ifcXML", _IFC + '"https://standards.buildingsmart.org/IFC/RELEASE/IFC4_3/"'),
    ),
    Example("ifcZIP", "ifc", "4.0", "a.ifczip", zipped({"model.ifc": part21("'IFC4'")})),
]
