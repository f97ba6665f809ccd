"""A small table of standards for the tests of the capability probes; the mechanisms are those of the rules."""

from typing import Any

from cpo_scan.model import Recognition
from cpo_scan.rulebook.data import read_table

STANDARDS: dict[str, Any] = {
    "version": "1.0",
    "standards": [
        {"id": "step", "extensions": ["stp", "step", "stpz"], "mime": ["model/step"], "aliases": ["STEP", "ISO 10303"]},
        {"id": "iges", "extensions": ["igs", "iges"], "mime": ["model/iges"], "aliases": ["IGES"]},
        {"id": "jt", "extensions": ["jt"], "aliases": ["JT"]},
        {"id": "plmxml", "extensions": ["plmxml"], "aliases": ["PLMXML", "PLM XML"]},
        {"id": "gltf", "extensions": ["gltf", "glb"], "mime": ["model/gltf-binary"], "aliases": ["glTF"]},
        {"id": "3mf", "extensions": ["3mf"], "aliases": ["3MF", "3D Manufacturing Format"]},
        {"id": "stl", "extensions": ["stl"], "mime": ["model/stl"], "aliases": ["STL"]},
        {"id": "obj", "extensions": ["obj"], "aliases": ["OBJ", "Wavefront"]},
        {"id": "3ds", "extensions": ["3ds"], "aliases": ["3DS"]},
        {"id": "collada", "extensions": ["dae"], "aliases": ["COLLADA", "DAE"]},
        {"id": "vrml", "extensions": ["wrl"], "aliases": ["VRML"]},
        {"id": "idf", "extensions": ["emn", "idf"], "aliases": ["IDF"]},
        {"id": "brep", "extensions": ["brep"], "aliases": ["BREP"]},
        {"id": "pcd", "extensions": ["pcd"], "aliases": ["PCD"]},
        {"id": "ply", "extensions": ["ply"], "aliases": ["PLY"]},
        {"id": "dxf", "extensions": ["dxf"], "mime": ["image/vnd.dxf"], "aliases": ["DXF"]},
        {"id": "dwg", "extensions": ["dwg"], "aliases": ["DWG"]},
        {"id": "vtk", "extensions": ["vtk"], "aliases": ["VTK"]},
        {"id": "netcdf", "extensions": ["nc"], "aliases": ["NetCDF"]},
        {"id": "qif", "extensions": ["qif"], "aliases": ["QIF"]},
        {"id": "gcode", "extensions": ["gcode"], "aliases": ["GCode"]},
        {"id": "reqif", "extensions": ["reqif"], "mime": ["application/reqif+xml"], "aliases": ["ReqIF"]},
        {"id": "ssp", "extensions": ["ssp", "ssd"], "aliases": ["SSP"]},
        {"id": "fmi", "extensions": ["fmu"], "aliases": ["FMI", "FMU"]},
        {"id": "odf", "extensions": ["odt"], "mime": ["application/vnd.oasis.opendocument.*"], "aliases": ["ODF"]},
        {"id": "wsdl", "extensions": ["wsdl"], "aliases": ["WSDL"], "domains": ["api"]},
        {"id": "xml", "extensions": ["xml"], "mime": ["text/xml"], "aliases": ["XML"], "carrier": True},
        {"id": "las", "extensions": ["las"], "aliases": ["LAS"]},
        {"id": "off", "extensions": ["off"], "aliases": ["OFF"]},
        {"id": "ansys", "extensions": ["cdb"], "aliases": ["Ansys"]},
        {"id": "gmsh", "extensions": ["msh"], "aliases": ["Gmsh"]},
        {"id": "csv", "extensions": ["csv"], "mime": ["text/csv"], "aliases": ["CSV"], "carrier": True},
        {"id": "svg", "extensions": ["svg"], "mime": ["image/svg+xml"], "aliases": ["SVG"], "carrier": True},
        {"id": "pdf", "extensions": ["pdf"], "mime": ["application/pdf"], "aliases": ["PDF"], "carrier": True},
        {"id": "image", "extensions": ["png"], "mime": ["image/png"], "aliases": ["PNG"], "carrier": True},
    ],
}

DATA: dict[str, Any] = {
    "standards": STANDARDS,
    "registrations": read_table("registrations").data,
    "libraries": read_table("libraries").data,
    "program-texts": read_table("program-texts").data,
}


def recognised(**formats: str) -> dict[str, Recognition]:
    """Recognitions by path: `recognised(**{"Init.py": "python"})`."""
    return {path: Recognition(format=name) for path, name in formats.items()}
