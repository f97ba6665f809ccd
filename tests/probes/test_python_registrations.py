"""Formats that Python sources register or offer in their own ways."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.exchange.associations.probe import AssociationProbe
from cpo_probes.exchange.registration.probe import RegistrationProbe
from cpo_probes.exchange.registries import RegistryProbe
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, run_probe
from tests.probes.capability_rules import DATA, recognised

KIND = "exchange.capability"
Found = set[tuple[str, str, str]]


def python(source: str, path: str = "acme/formats.py") -> Result:
    return run_probe(RegistrationProbe, {path: source.encode()}, data=DATA, recognitions=recognised(**{path: "python"}))


def claims(result: Result) -> Found:
    """Standard, direction and strength of each."""
    return {
        (row["attributes"]["standard"], row["attributes"]["direction"], row["strength"])
        for row in result.findings
        if "refuted" not in row["attributes"]
    }


# -- described


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            '@data_exporter(label="CSV table", extension=["csv", "tsv"])\ndef f(): ...',
            {("csv", "export", "registered")},
        ),
        ('@importer(extensions=(".stl",))\nclass Mesh: ...', {("stl", "import", "registered")}),
        ('register_writer(".stl", write)', {("stl", "export", "registered")}),
        ('registry.register_reader("stl", read)', {("stl", "import", "registered")}),
        ('register_input_handler(".dxf", load)', {("dxf", "import", "registered")}),
        ('register(EXPORT, id="x", extension="stl")', {("stl", "export", "registered")}),
        ('MeshReader(extensions=[".stl"])', {("stl", "import", "recognised")}),
        (
            'FileFormat("STL", extensions=[".stl"], reader=read_stl, writer=write_stl)',
            {("stl", "import", "recognised"), ("stl", "export", "recognised")},
        ),
        ('FileFormat("STL", extensions=[".stl"], reader=read_stl, writer=None)', {("stl", "import", "recognised")}),
        ('FileFormat("STL", extensions=[".stl"], can_export=True)', {("stl", "export", "recognised")}),
        ('NamedTemporaryFile(suffix=".stl")', set()),
        ('table.export(suffix=".stl")', set()),
        ("register_reader(name, read)", set()),
        ('add_output("part.stl")', set()),
        ('# register_reader("stl", read)', set()),
        ('if False:\n  register_reader("stl", read)', set()),
    ],
)
def test_call_with_suffixes_registers_where_it_says_so(source: str, expected: Found) -> None:
    assert claims(python(source)) == expected


PLUGINS = """
plug = newplugin()
plug.name = "Drawing"
plug.kind = EXPORT
plug.extension = "dxf"

plug = newplugin()
plug.extension = "stl"
plug.kind = PluginType.IMPORT

plug = newplugin()
plug.extension = "jt"
plug.kind = REPORT
"""


def test_attributes_of_one_description_belong_together() -> None:
    result = python(PLUGINS)
    assert claims(result) == {("dxf", "export", "registered"), ("stl", "import", "registered")}
    assert {row["evidence"][0]["excerpt"] for row in result.findings} == {
        'plug.extension = "dxf"',
        'plug.extension = "stl"',
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('info = {"extension": "stl", "import": False, "export": True}', {("stl", "export", "registered")}),
        ('info = {"extension": "stl", "reader": read, "writer": None}', {("stl", "import", "registered")}),
        ('info = {"extension": "stl", "native": True}', set()),
        (
            'known = {".stl": load_stl, ".dxf": DxfWriter}',
            {("stl", "import", "registered"), ("dxf", "export", "registered")},
        ),
        ('known = {".stl": dict(STL=read_stl)}', {("stl", "import", "registered")}),
        ('known = {".stl": "load_stl", ".dxf": 1}', set()),
        ('known = {"stl": load_stl}', set()),
        ('READABLE_EXTENSIONS = (".stl", "dxf")', {("stl", "import", "recognised"), ("dxf", "import", "recognised")}),
        ('ACCEPTED_FILE_EXTENSIONS = [".stl"]', {("stl", "import", "recognised")}),
        ('supported_export_formats = {"stl": 1}', {("stl", "export", "recognised")}),
        (
            'A = [".stl"]\nB = [".dxf"]\nSAVE_FORMATS = A + B',
            {("stl", "export", "recognised"), ("dxf", "export", "recognised")},
        ),
        ('INPUT_FORMATS = ["%Y-%m-%d"]', set()),
        ('UNITS = ["stl"]\noutput_dir = "stl"', set()),
    ],
)
def test_tables_and_lists_say_the_way_by_their_names_or_by_what_they_hold(source: str, expected: Found) -> None:
    assert claims(python(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            'class CSVFormat:\n  extensions = ("csv",)\n  def export_set(self): ...\n  def import_set(self): ...\n',
            {("csv", "import", "recognised"), ("csv", "export", "recognised")},
        ),
        ('class MeshWriter:\n  def __init__(self):\n    self.extension = "stl"\n', {("stl", "export", "recognised")}),
        (
            "class Translator(MPxFileTranslator):\n  def haveReadMethod(self):\n    return True\n"
            '  def haveWriteMethod(self):\n    return False\n  def defaultExtension(self):\n    return "stl"\n',
            {("stl", "import", "recognised")},
        ),
        ('class StlReader:\n  def get_extensions(self):\n    return [".stl"]\n', {("stl", "import", "recognised")}),
        ('class Config:\n  extensions = ["acme.ext"]\n  def load(self): ...\n', set()),
        ('class Scan:\n  extensions = ("stl",)\n  def run(self): ...\n', set()),
    ],
)
def test_class_says_of_itself_what_it_reads_and_writes(source: str, expected: Found) -> None:
    assert claims(python(source)) == expected


def test_suffix_of_other_software_counts_beside_the_name_of_the_standard_only() -> None:
    assert claims(python('known = {".nc": read_file}')) == set()
    assert claims(python('known = {".nc": read_netcdf}')) == {("netcdf", "import", "registered")}


# -- tested for


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('def load(path):\n  if path.suffix == ".stl":\n    pass', {("stl", "import", "recognised")}),
        (
            'def save_mesh(path):\n  if path.endswith((".stl", ".dxf")):\n    pass',
            {("stl", "export", "recognised"), ("dxf", "export", "recognised")},
        ),
        ('def export(path, ext):\n  if ext in ["stl"]:\n    pass', {("stl", "export", "recognised")}),
        ('def get_parser_by_extension(ext):\n  return A if ext == ".stl" else B', {("stl", "import", "recognised")}),
        ('def load(path):\n  if not path.endswith(".stl"):\n    raise ValueError', {("stl", "import", "recognised")}),
        ('def load(path):\n  if path.endswith(".stl"):\n    raise ValueError', set()),
        (
            'def load(path):\n  if path.endswith(".stl"):\n    raise ValueError\n  if path.endswith(".dxf"): ...',
            {("dxf", "import", "recognised")},
        ),
        ('def export_all(source):\n  if source.endswith(".stl"): ...', {("stl", "import", "recognised")}),
        ('def load_page(path):\n  if path.endswith(".svg"): ...', {("svg", "import", "mentioned")}),
        ('def load(unit):\n  if unit == "stl": ...', set()),
        ('def check(path):\n  if path.endswith(".stl"): ...', set()),
        ('def load_and_save(path):\n  if path.endswith(".stl"): ...', set()),
        ('def test_load(path):\n  assert path.endswith(".stl")', set()),
        ('def open(self, path):\n  if path[-4:] != ".stl":\n    path += ".stl"', set()),
    ],
)
def test_suffix_that_a_reader_or_writer_tests_for_is_recognised(source: str, expected: Found) -> None:
    assert claims(python(source)) == expected


# -- command lines


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            'p.add_argument("--output-format", choices=["pdf", "svg"])',
            {("pdf", "export", "recognised"), ("svg", "export", "recognised")},
        ),
        (
            '@click.option("--from", "kind", type=click.Choice(["stl", "dxf"]))\ndef f(kind): ...',
            {("stl", "import", "recognised"), ("dxf", "import", "recognised")},
        ),
        (
            'def export_parser(p):\n  p.add_argument("--format", choices=("stl", "dxf"))',
            {("stl", "export", "recognised"), ("dxf", "export", "recognised")},
        ),
        ('p.add_argument("--format", choices=["stl", "dxf"])', set()),
        ('p.add_argument("--output", choices=["stl", "fast", "slow"])', set()),
        ("export.add_command(stl)", {("stl", "export", "recognised")}),
        ("@export.command()\ndef stl(path): ...", {("stl", "export", "recognised")}),
        ('@cli.command("import-dxf")\ndef f(path): ...', {("dxf", "import", "recognised")}),
        ('sub.add_parser("export-reqif")', {("reqif", "export", "recognised")}),
        ("cli.add_command(stl)", set()),
    ],
)
def test_formats_of_a_command_line_are_recognised(source: str, expected: Found) -> None:
    assert claims(python(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('import streamlit as st\nst.file_uploader("Mesh", type=["stl", "dxf"])', {"stl", "dxf"}),
        ('import streamlit as st\nst.file_uploader("Mesh", ["stl"])', {"stl"}),
        ('FileExtensionValidator(allowed_extensions=["stl"])', {"stl"}),
        ('QgsProcessingParameterFile("IN", extension="dxf")', {"dxf"}),
        ('uploader("Mesh", type=["stl"])', set()),
    ],
)
def test_what_users_may_upload_is_imported(source: str, expected: set[str]) -> None:
    assert claims(python(source)) == {(standard, "import", "recognised") for standard in expected}


# -- entry points and tables in YAML


def entry_points(text: str, **others: bytes) -> Result:
    path = "acme-1.0.dist-info/entry_points.txt"
    kinds = recognised(**{path: "python-entry-points"})
    return run_probe(AssociationProbe, {path: text.encode(), **others}, data=DATA, recognitions=kinds)


def test_entry_points_register_readers_and_writers() -> None:
    text = (
        "[acme.exporters]\nstl = acme.io:write\npage = acme.io:DxfExporter\nother = acme.io:x\nxml = acme.io:x\n"
        "[acme.styles]\nstl = acme.io:x\n"
    )
    result = entry_points(text, **{"acme/io.py": b""})
    assert claims(result) == {(standard, "export", "registered") for standard in ("stl", "dxf", "xml")}
    assert result.one(KIND, standard="stl")["handler"] == "acme.io"


def test_entry_point_whose_module_is_not_shipped_is_refuted() -> None:
    result = entry_points("[acme.readers]\nstl = acme.gone:read\n")
    assert result.one(KIND)["refuted"] == {"reason": "capability.handler_missing", "missing": "acme.gone"}


def test_flags_of_a_description_in_yaml_grant_the_way() -> None:
    files = {"spec.yaml": b"name: X\nfile_extensions: [stl, dxf]\nwrites: true\nreads: false\n7: x\n"}
    result = run_probe(RegistryProbe, files, data=DATA, recognitions=recognised(**{"spec.yaml": "yaml"}))
    assert claims(result) == {("stl", "export", "registered"), ("dxf", "export", "registered")}


# -- any source


_PIECES = st.sampled_from(
    [
        "register_reader(", '".stl"', "extension=", "def load(path):\n ", "if x == ", "@exporter(", "{", "}",
        ")", "[", "]", "plug.extension = ", "\n", "EXPORT", ": ", ", ",
        "add_argument(", "choices=", "class CSVFormat:\n ", "return ",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=30))
def test_any_source_is_examined_without_a_fault(pieces: list[str]) -> None:
    result = python("".join(pieces))
    assert all(row["attributes"]["direction"] in ("import", "export", "both", "unknown") for row in result.findings)


def test_probes_are_deterministic_and_withstand_hostile_sources() -> None:
    deep: dict[str, Any] = {
        "a.py": ("x = " + "[" * 2_000 + '".stl"' + "]" * 2_000).encode(),
        "b.py": b'\xff = {".stl": load_stl',
    }
    kinds = recognised(**dict.fromkeys(deep, "python"))
    run_probe(RegistrationProbe, deep, data=DATA, recognitions=kinds)
    check_determinism(
        RegistrationProbe, {"a.py": PLUGINS.encode()}, data=DATA, recognitions=recognised(**{"a.py": "python"})
    )
    check_hostile(
        RegistrationProbe, {"a.py": PLUGINS.encode()}, data=DATA, recognitions=recognised(**{"a.py": "python"})
    )
