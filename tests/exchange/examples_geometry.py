"""Geometry and visualisation: the shortest document of each format, written by its standard."""

from tests.exchange.examples import Example, xml, zipped

GEOMETRY = [
    Example(
        "PLM XML",
        "plmxml",
        "6",
        "a.plmxml",
        xml("PLMXML", 'xmlns="http://www.plmxml.org/Schemas/PLMXMLSchema" schemaVersion="6"'),
    ),
    Example(
        "PLM XML, business",
        "plmxml",
        "6",
        "a.xml",
        xml("p:PLMXML", 'xmlns:p="http://www.plmxml.org/Schemas/PLMXMLBusinessSchema" schemaVersion="6"'),
    ),
    Example("3D XML", "3dxml", None, "a.xml", xml("Model_3dxml", 'xmlns="http://www.3ds.com/xsd/3DXML"')),
    Example(
        "3D XML package",
        "3dxml",
        None,
        "a.3dxml",
        zipped(
            {
                "Manifest.xml": xml("Manifest", "", "<Root>a.3dxml</Root>"),
                "a.3dxml": xml("Model_3dxml", 'xmlns="http://www.3ds.com/xsd/3DXML"'),
            }
        ),
    ),
    Example(
        "VDA-FS",
        "vda-fs",
        None,
        "a.vda",
        b"PART1 = HEADER / 2".ljust(72)
        + b"00000010\n"
        + b"made by hand".ljust(72)
        + b"00000020\n"
        + b"P1 = POINT / 1.0, 2.0, 3.0".ljust(72)
        + b"00000030\n",
    ),
    Example(
        "IGES",
        "iges",
        "2.0",
        "a.igs",
        b"made by hand".ljust(72)
        + b"S      1\n"
        + b"1H,,1H;;".ljust(72)
        + b"G      1\n"
        + b"S      1G      1D      0P      0".ljust(72)
        + b"T      1\n",
    ),
    Example(
        "glTF", "gltf", "2.0", "a.gltf", b'{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{}]}'
    ),
    Example(
        "GLB",
        "gltf",
        "2.0",
        "a.glb",
        b"glTF\2\0\0\0\x34\0\0\0\x20\0\0\0JSON" + b'{"asset":{"version":"2.0"}}'.ljust(32),
    ),
    Example(
        "COLLADA 1.4",
        "collada",
        "1.4.1",
        "a.dae",
        xml("COLLADA", 'xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"'),
    ),
    Example(
        "COLLADA 1.5",
        "collada",
        "1.5.0",
        "a.dae",
        xml("COLLADA", 'xmlns="http://www.collada.org/2008/03/COLLADASchema" version="1.5.0"'),
    ),
    Example(
        "3MF",
        "3mf",
        None,
        "a.3mf",
        zipped(
            {
                "[Content_Types].xml": xml("Types"),
                "_rels/.rels": xml("Relationships"),
                "3D/3dmodel.model": xml("model", 'xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"'),
            }
        ),
    ),
    Example(
        "COLLADA archive",
        "collada",
        "1.4.1",
        "a.zae",
        zipped(
            {
                "manifest.xml": b"<dae_root>./a.dae</dae_root>",
                "a.dae": xml("COLLADA", 'xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"'),
            }
        ),
    ),
    Example("U3D", "u3d", None, "a.u3d", b"U3D\0\x18\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0" + bytes(16)),
    Example("PRC", "prc", None, "a.prc", b"PRC\xc9\x1f\0\0\xd6\x1f\0\0" + bytes(32)),
    Example("X3D", "x3d", "3.3", "a.x3d", xml("X3D", 'version="3.3" profile="Immersive"')),
    Example("X3D, classic", "x3d", "4.0", "a.x3dv", b"#X3D V4.0 utf8\nPROFILE Immersive\n"),
    Example("VRML", "vrml", "2.0", "a.wrl", b"#VRML V2.0 utf8\nGroup { }\n"),
    Example("OBJ", "obj", None, "a.obj", b"# cube\nv 0.0 0.0 1.0\nv 1 1 1\nv -1e-3 0 1\nvn 0 0 1\nf 1 2 3\n"),
    Example(
        "STL",
        "stl",
        None,
        "a.stl",
        b"solid cube\n facet normal 0 0 1\n  outer loop\n   vertex 0 0 0\n   vertex 1 0 0\n   vertex 0 1 0\n"
        b"  endloop\n endfacet\nendsolid cube\n",
    ),
    Example("STL, binary", "stl", None, "a.stl", b"made".ljust(80) + b"\2\0\0\0" + bytes(100)),
    Example(
        "DXF",
        "dxf",
        "AC1015",
        "a.dxf",
        b"  0\nSECTION\n  2\nHEADER\n  9\n$ACADVER\n  1\nAC1015\n  0\nENDSEC\n  0\nEOF\n",
    ),
    Example("DXF, binary", "dxf", None, "a.dxf", b"AutoCAD Binary DXF\r\n\x1a\0\0SECTION\0\2HEADER\0"),
    Example("DWG", "dwg", "AC1032", "a.dwg", b"AC1032\0\0\0\0\0\0"),
    Example(
        "Parasolid",
        "parasolid",
        "SCH_1200000_12006",
        "a.x_t",
        b"**ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz**************************\n"
        b"**PART1;\n**PART2;\nSCH=SCH_1200000_12006;\n",
    ),
    Example("ACIS", "acis", "4.0", "a.sat", b"400 0 1 0\n16 maker 8 ACIS 4.0 NT 24 now\nEnd-of-ACIS-data\n"),
    Example("BRep", "brep", "1", "a.brep", b"DBRep_DrawableShape\n\nCASCADE Topology V1, (c) Matra-Datavision\n"),
    Example("CATIA V5", "catia", None, "a.CATPart", b"V5_CFV2\0\0"),
    Example("CATIA V4", "catia", None, "a.model", b"CATIA SOLUTIONS V4\0"),
    Example("FBX", "fbx", None, "a.fbx", b"Kaydara FBX Binary  \0\x1a\0\xe8\x1c\0\0"),
    Example(
        "QIF 3",
        "qif",
        "3.0.0",
        "a.qif",
        xml("QIFDocument", 'xmlns="http://qifstandards.org/xsd/qif3" versionQIF="3.0.0"'),
    ),
    Example(
        "QIF 2",
        "qif",
        "2.1.0",
        "a.qif",
        xml("QIFDocument", 'xmlns="http://qifstandards.org/xsd/qif2" versionQIF="2.1.0"'),
    ),
]
