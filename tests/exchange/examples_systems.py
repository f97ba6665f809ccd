"""Requirements, simulation, automation, electronics, business: one short document of each format."""

from tests.exchange.examples import Example, xml, zipped

_REQIF = xml(
    "REQ-IF",
    'xmlns="http://www.omg.org/spec/ReqIF/20110401/reqif.xsd"',
    "<THE-HEADER><REQ-IF-HEADER><REQ-IF-VERSION>1.0</REQ-IF-VERSION></REQ-IF-HEADER></THE-HEADER>",
)
_XMI = "http://www.omg.org/spec/XMI/20131001"
_SSP = {
    "SystemStructureDescription": "SystemStructureDescription",
    "ParameterSet": "SystemStructureParameterValues",
    "ParameterMapping": "SystemStructureParameterMapping",
    "SignalDictionary": "SystemStructureSignalDictionary",
}
_FMI = 'fmiVersion="{0}" modelName="a"'
_AASX = 'Type="http://admin-shell.io/aasx/relationships/aasx-origin" Target="/aasx/aasx-origin" Id="a"'
SYSTEMS = [
    Example("ReqIF", "reqif", "1.0", "a.reqif", _REQIF),
    Example("ReqIF archive", "reqif", "1.0", "a.reqifz", zipped({"a.reqif": _REQIF})),
    Example(
        "RIF",
        "rif",
        None,
        "a.xml",
        xml(
            "r:RIF", 'xmlns:r="http://automotive-his.de/schema/rif" xmlns:x="http://automotive-his.de/schema/rif-xhtml"'
        ),
    ),
    Example(
        "XMI 2.4",
        "xmi",
        "20131001",
        "a.xmi",
        xml("xmi:XMI", f'xmlns:xmi="{_XMI}" xmlns:uml="http://www.omg.org/spec/UML/20131001"'),
    ),
    Example(
        "XMI, UML root",
        "xmi",
        "20131001",
        "a.uml",
        xml("uml:Model", f'xmlns:xmi="{_XMI}" xmlns:uml="http://www.omg.org/spec/UML/20161101" xmi:id="a"'),
    ),
    Example(
        "XMI 2.1",
        "xmi",
        "2.1",
        "a.xmi",
        xml("xmi:XMI", 'xmi:version="2.1" xmlns:xmi="http://schema.omg.org/spec/XMI/2.1"'),
    ),
    Example(
        "SysML 1",
        "xmi",
        "20131001",
        "a.xmi",
        xml("xmi:XMI", f'xmlns:xmi="{_XMI}" xmlns:s="http://www.omg.org/spec/SysML/20181001/SysML"'),
    ),
    Example(
        "SysML 2",
        "sysml2",
        None,
        "a.sysml",
        b"package 'Vehicles' {\n  part def Vehicle {\n    attribute mass : ISQ::MassValue;\n  }\n}\n",
    ),
    Example(
        "KerML",
        "kerml",
        None,
        "a.kerml",
        b"package P {\n  classifier A specializes Base::Anything;\n  feature f : A;\n}\n",
    ),
    Example(
        "OSLC, RDF/XML",
        "oslc",
        None,
        "a.rdf",
        xml("r:RDF", 'xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:o="http://open-services.net/ns/rm#"'),
    ),
    *(
        Example(f"FMI {told}", "fmi", told, "modelDescription.xml", xml("fmiModelDescription", _FMI.format(told)))
        for told in ("1.0", "2.0", "3.0")
    ),
    Example(
        "FMU", "fmi", "2.0", "a.fmu", zipped({"modelDescription.xml": xml("fmiModelDescription", _FMI.format("2.0"))})
    ),
    *(
        Example(
            f"SSP {root}",
            "ssp",
            "1.0",
            "a.ssd",
            xml("s:" + root, f'xmlns:s="http://ssp-standard.org/SSP1/{space}" version="1.0" name="a"'),
        )
        for root, space in _SSP.items()
    ),
    Example(
        "SSP package",
        "ssp",
        "1.0",
        "a.ssp",
        zipped(
            {
                "SystemStructure.ssd": xml(
                    "SystemStructureDescription",
                    'xmlns="http://ssp-standard.org/SSP1/SystemStructureDescription" version="1.0" name="a"',
                )
            }
        ),
    ),
    Example(
        "CAEX 3", "automationml", "3.0", "a.aml", xml("CAEXFile", 'xmlns="http://www.dke.de/CAEX" SchemaVersion="3.0"')
    ),
    Example("CAEX 2", "automationml", "2.15", "a.aml", xml("CAEXFile", 'SchemaVersion="2.15" FileName="a.aml"')),
    Example(
        "AutomationML container",
        "automationml",
        None,
        "a.amlx",
        zipped(
            {"a.aml": xml("CAEXFile", 'SchemaVersion="2.15" FileName="a.aml"'), "_rels/.rels": xml("Relationships")}
        ),
    ),
    Example(
        "UANodeSet",
        "opcua-nodeset",
        None,
        "a.NodeSet2.xml",
        xml("UANodeSet", 'xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"'),
    ),
    Example("AAS 3.0", "aas", "3.0", "a.xml", xml("environment", 'xmlns="https://admin-shell.io/aas/3/0"')),
    Example("AAS 3.1", "aas", "3.1", "a.xml", xml("a:environment", 'xmlns:a="https://admin-shell.io/aas/3/1"')),
    Example("AAS 2.0", "aas", "2.0", "a.xml", xml("a:aasenv", 'xmlns:a="http://www.admin-shell.io/aas/2/0"')),
    Example(
        "AAS, JSON",
        "aas",
        None,
        "a.json",
        b'{"assetAdministrationShells":[{"modelType":"AssetAdministrationShell","id":"a"}],"submodels":[]}',
    ),
    Example(
        "AASX",
        "aas",
        None,
        "a.aasx",
        zipped(
            {
                "_rels/.rels": xml(
                    "Relationships",
                    'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"',
                    f"<Relationship {_AASX}/>",
                ),
                "aasx/aasx-origin": b"Intentionally empty.",
            }
        ),
    ),
    Example("EDMD", "edmd", None, "a.idx", xml("f:EDMDDataSet", 'xmlns:f="http://www.prostep.org/EDMD/Foundation"')),
    Example(
        "KBL",
        "kbl",
        "2.3",
        "a.kbl",
        xml("k:KBL_container", 'xmlns:k="http://www.prostep.org/Car_electric_container/KBL2.3/KBLSchema" id="i1"'),
    ),
    Example(
        "VEC",
        "vec",
        "1.2.0",
        "a.vec",
        xml("v:VecContent", 'xmlns:v="http://www.prostep.org/ecad-if/2011/vec"', "<VecVersion>1.2.0</VecVersion>"),
    ),
    Example("IPC-2581", "ipc2581", "C", "a.xml", xml("IPC-2581", 'revision="C" xmlns="http://webstds.ipc.org/2581"')),
    Example(
        "IDF", "idf", "3.0", "a.emn", b'.HEADER\nBOARD_FILE 3.0 "made" 2024/01/01.00:00:00 1\nboard MM\n.END_HEADER\n'
    ),
    Example("ODB++ information", "odb", "8", "info", b"UNITS=MM\nODB_VERSION_MAJOR=8\nODB_VERSION_MINOR=1\n"),
    Example(
        "ODB++ matrix",
        "odb",
        None,
        "matrix",
        b"STEP {\n   COL=1\n   NAME=pcb\n}\n\nLAYER {\n   ROW=1\n   CONTEXT=BOARD\n   TYPE=SIGNAL\n   NAME=top\n}\n",
    ),
    Example("Gerber", "gerber", None, "a.gbr", b"G04 made*\n%FSLAX46Y46*%\n%MOMM*%\n"),
    Example("EDIF", "edif", "2.0.0", "a.edf", b"(edif top\n (edifVersion 2 0 0)\n (edifLevel 0))\n"),
    Example("ODX", "odx", "2.2.0", "a.odx-d", xml("ODX", 'MODEL-VERSION="2.2.0"')),
    Example(
        "PDX",
        "odx",
        "2.2.0",
        "a.pdx",
        zipped(
            {"index.xml": xml("CATALOG", 'F-DTD-VERSION="ODX-2.2.0"'), "a.odx-d": xml("ODX", 'MODEL-VERSION="2.2.0"')}
        ),
    ),
    Example("OTX", "otx", "1.0.0", "a.otx", xml("otx", 'xmlns="http://iso.org/OTX/1.0.0" id="i"')),
    Example("MDF 4", "mdf", "4.10", "a.mf4", b"MDF     4.10    made    " + bytes(40) + b"##HD" + bytes(60)),
    Example("MDF 3", "mdf", "3.30", "a.mdf", b"MDF     3.30    made    " + bytes(40) + b"HD" + bytes(60)),
    Example("MDF, unfinished", "mdf", "4.00", "a.mf4", b"UnFinMF 4.00    made    " + bytes(40) + b"##HD" + bytes(60)),
    Example("A2L 1.7", "a2l", "1.71", "a.a2l", b'/* made */\nASAP2_VERSION 1 71\n/begin PROJECT a ""\n/end PROJECT\n'),
    Example(
        "A2L without version",
        "a2l",
        None,
        "a.a2l",
        b'/begin PROJECT a ""\n/begin MODULE m ""\n/end MODULE\n/end PROJECT\n',
    ),
    Example(
        "AUTOSAR",
        "autosar",
        "00049",
        "a.arxml",
        xml(
            "AUTOSAR",
            'xmlns="http://autosar.org/schema/r4.0" xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
            'x:schemaLocation="http://autosar.org/schema/r4.0 AUTOSAR_00049.xsd"',
        ),
    ),
    Example(
        "BPMN", "bpmn", "2.0", "a.bpmn", xml("b:definitions", 'xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL"')
    ),
    Example(
        "SIARD",
        "siard",
        "2.1",
        "a.siard",
        zipped(
            {
                "header/metadata.xml": xml(
                    "siardArchive", 'xmlns="http://www.bar.admin.ch/xmlns/siard/2/metadata.xsd" version="2.1"'
                ),
                "content/": b"",
            }
        ),
    ),
    Example("OAGIS 9", "oagis", "9", "a.xml", xml("SyncItemMaster", 'xmlns="http://www.openapplications.org/oagis/9"')),
    Example(
        "OAGIS 10", "oagis", "10", "a.xml", xml("SyncItemMaster", 'xmlns="http://www.openapplications.org/oagis/10"')
    ),
    Example(
        "EDIFACT with UNA",
        "edifact",
        "3",
        "a.edi",
        b"UNA:+.? 'UNB+UNOC:3+a:14+b:14+240101:1200+1'UNH+1+ORDERS:D:96A:UN'",
    ),
    Example("EDIFACT", "edifact", "1", "a.edi", b"UNB+UNOA:1+a+b+240101:1200+1'UNH+1+INVOIC:D:93A:UN'"),
]
