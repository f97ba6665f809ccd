"""Where strangers can hook in, and what the vendor hooks in himself: manifests, sources, types, entry symbols."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpo_probes.sdk.described import named
from cpo_probes.sdk.mechanisms import PYTHON_WORDS, ExtensionProbe
from cpo_probes.sdk.native_plugins import ENTRIES, NativePluginProbe
from cpo_probes.sdk.python_ways import literals
from cpo_probes.sdk.remarks import without_remarks
from cpo_scan.model import Recognition
from cpo_scan.probe.patterns import check
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, check_metadata, run_probe
from cpo_scan.rulebook.data import Tables
from tests.probe.managed import Pool, assembly, attribute, class_file
from tests.probe.native import elf
from tests.probes.qt_metadata import metadata

TABLES = Tables()
DATA: dict[str, Any] = {name: TABLES[name] for name in ("mechanisms", "documentation")}
TABLE: dict[str, Any] = DATA["mechanisms"]

PLUGIN_XML = b"""<?xml version="1.0"?><?eclipse version="3.4"?>
<plugin>
  <extension-point id="converters" name="Converters" schema="schema/converters.exsd"/>
  <extension point="org.eclipse.ui.views"><view id="a"/></extension>
</plugin>"""
MANIFEST = (
    b"Manifest-Version: 1.0\nBundle-ManifestVersion: 2\nBundle-SymbolicName: org.acme.conv\n erters;singleton:=true\n"
)
EXSD = b"""<?xml version="1.0"?><schema targetNamespace="a" xmlns="http://www.w3.org/2001/XMLSchema"><annotation>
<appinfo><meta.schema plugin="org.acme" id="converters"/></appinfo>
<documentation>Converters translate foreign drawings into parts.</documentation></annotation></schema>"""


def run(files: dict[str, bytes], **options: Any) -> Result:
    return run_probe(ExtensionProbe, files, data=DATA, **options)


def native(files: dict[str, bytes]) -> Result:
    return run_probe(NativePluginProbe, files, data=DATA)


def names(result: Result, kind: str, mechanism: str) -> list[str]:
    return sorted(row["attributes"]["name"] for row in result.of(kind, mechanism=mechanism))


def test_eclipse_point_is_qualified_by_its_bundle_and_documented_by_its_schema() -> None:
    files = {"p/plugin.xml": PLUGIN_XML, "p/META-INF/MANIFEST.MF": MANIFEST, "p/schema/converters.exsd": EXSD}
    result = run(files)
    point = result.one("extension.point", mechanism="eclipse")
    assert (point["name"], point["documented"]) == ("org.acme.converters.converters", True)
    use = result.one("extension.use", mechanism="eclipse")
    assert (use["name"], use["point"]) == ("org.acme.converters", "org.eclipse.ui.views")
    assert names(result, "extension.use", "osgi") == ["org.acme.converters"]


def test_undocumented_point_says_so() -> None:
    point = run({"plugin.xml": PLUGIN_XML.replace(b"<plugin>", b'<plugin id="org.acme">')}).one("extension.point")
    assert point == {
        "mechanism": "eclipse",
        "name": "org.acme.converters",
        "documented": False,
        "samples": 0,
        "uses": 0,
    }


def test_manifest_without_symbolic_name_is_no_bundle() -> None:
    assert not run({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\nMain-Class: org.acme.Main\n"}).findings


def test_entry_point_group_that_is_loaded_is_a_point_and_one_that_is_declared_a_use() -> None:
    source = (
        b'from importlib.metadata import entry_points as eps\nGROUP = "acme.readers"\nfor e in eps(group=GROUP): pass\n'
    )
    files = {
        "acme/load.py": source,
        "acme/again.py": b'import pkg_resources\npkg_resources.iter_entry_points("acme.readers")\n',
        "a.dist-info/entry_points.txt": b"[console_scripts]\nacme = acme:main\n\n[acme.readers]\nstep = acme:Reader\n",
    }
    result = run(files)
    point = result.one("extension.point")
    assert (point["mechanism"], point["name"], point["uses"]) == ("python-entry-point", "acme.readers", 1)
    assert result.findings[0]["evidence_total"] == 2 or result.of("extension.point")[0]["evidence_total"] == 2
    use = result.one("extension.use")
    assert (use["point"], use["name"]) == ("acme.readers", "step")


@pytest.mark.parametrize(
    "source",
    [
        b'GROUPS = {"acme.readers": 1, "acme.writers": 2}\n'
        b"for group, kind in GROUPS.items():\n    entry_points(group=group)\n",
        b'for name in ("acme.readers", "acme.writers"):\n    found = entry_points().select(group=name)\n',
        b"def load(env, group: str):\n    def inner():\n        return iter_entry_points(group)\n    return inner\n\n"
        b'load(env, "acme.readers")\nload(env, group="acme.writers")\n',
    ],
)
def test_groups_that_a_loop_or_a_call_hands_on_are_points(source: bytes) -> None:
    assert names(run({"a.py": source}), "extension.point", "python-entry-point") == ["acme.readers", "acme.writers"]


@pytest.mark.parametrize(
    "source",
    [
        b"def load(group):\n    entry_points(group=group)\nload(group=input())\nload(*many)\n",
        b'groups = ["a.b"]\ngroups = other()\nfor group in groups:\n    entry_points(group=group)\n',
        b'def load(group): entry_points(group=group)\n# load("acme.a")\n',
        b'rows.select(group="acme.readers")\n',
    ],
)
def test_a_group_that_nobody_spells_is_nothing(source: bytes) -> None:
    assert not run({"a.py": source}).findings


def test_nodes_of_node_red_are_those_that_a_source_registers() -> None:
    source = b'RED.nodes.registerType("sort", Sort);\n// RED.nodes.registerType("x", X)\n'
    assert names(run({"core/18-sort.js": source}), "extension.use", "node-red") == ["sort"]


def test_hosts_of_python_and_ruby_are_known_by_their_own_calls() -> None:
    files = {
        "acme/needs.py": b'from sphinx.x import Sphinx\ndef setup(app):\n    app.add_directive("need", Need)\n',
        "acme/web.py": b"from trac.core import *\nclass A(Component):\n"
        b"    seen = ExtensionPoint(IWatcher)\n    implements(IHandler)\n",
        "acme/other.py": b"class A:\n    seen = ExtensionPoint(IWatcher)\n    app.add_directive('x', X)\n",
        "lib/redmine/plugin.rb": b"module Redmine\n  class Plugin\n    def self.register(id, &block)\n",
    }
    result = run(files)
    assert names(result, "extension.use", "sphinx") == ["needs"]
    assert names(result, "extension.point", "trac") == ["IWatcher"]
    assert names(result, "extension.use", "trac") == ["web"]
    assert names(result, "extension.point", "redmine") == ["Redmine::Plugin.register"]


def test_package_is_an_extension_of_jupyter_or_theia_where_its_manifest_says_so() -> None:
    files = {
        "a/package.json": b'{"name": "a", "jupyterlab": {"extension": true, "themePath": "x.css"}}',
        "b/package.json": b'{"name": "b", "jupyterlab": {"version": "4", "extensions": {"a": "1"}}}',
        "c/package.json": b'{"name": "c", "theiaExtensions": [{"frontend": "lib/a"}]}',
    }
    result = run(files)
    assert (names(result, "extension.use", "jupyter"), names(result, "extension.use", "theia")) == (["a"], ["c"])


def test_what_is_commented_out_or_computed_is_nothing() -> None:
    source = (
        b'# entry_points(group="acme.a")\n"""entry_points(group="acme.b")"""\n'
        b'entry_points(group=f"acme.{x}")\nentry_points()\n'
    )
    assert not run({"a.py": source}).findings


def test_hook_specification_is_a_point_documented_by_its_docstring() -> None:
    source = (
        b'@hookspec\ndef on_saved(part):\n    """Called after a part was saved."""\n'
        b"@hookspec(firstresult=True)\ndef on_closed(): pass\n"
    )
    result = run({"spec.py": source, "own.py": b"@hookimpl\ndef on_saved(part): pass\n"})
    assert {row["attributes"]["name"]: row["attributes"]["documented"] for row in result.of("extension.point")} == {
        "on_saved": True,
        "on_closed": False,
    }
    assert names(result, "extension.use", "pluggy") == ["own"]


def test_workbenches_are_counted_by_their_registration() -> None:
    files = {
        "Mod/A/InitGui.py": b"class AWorkbench(Workbench): pass\nGui.addWorkbench(AWorkbench())\n",
        "Mod/B/InitGui.py": b"import FreeCADGui\nFreeCADGui.addWorkbench(BWorkbench)\n",
        "Mod/C/InitGui.py": b"# Gui.addWorkbench(CWorkbench())\n",
    }
    assert names(run(files), "extension.use", "freecad-workbench") == ["AWorkbench", "BWorkbench"]


def test_subclasses_of_a_host_s_plugin_classes_are_uses() -> None:
    files = {
        "plugins/wizard.py": b"import pcbnew\nclass Bga(pcbnew.FootprintWizardPlugin): pass\n",
        "pcbnew.py": b"class KiCadPlugin: pass\nclass FootprintWizardPlugin(KiCadPlugin, object): pass\n",
    }
    result = run(files)
    assert result.one("extension.use")["point"] == "FootprintWizardPlugin"
    assert result.one("extension.point")["uses"] == 1


INX = b'<inkscape-extension xmlns="http://www.inkscape.org/namespace/inkscape/extension"><id>a.b</id></inkscape-extension>'
RDB = b'<components xmlns="http://openoffice.org/2010/uno-components"><component uri="a/libx.so"/></components>'
CODE = b'{"name": "x", "publisher": "acme", "engines": {"vscode": "^1"}, "contributes": {}}'
REVIT = b"<RevitAddIns><AddIn Type='Command'><Name>Sync</Name></AddIn></RevitAddIns>"


@pytest.mark.parametrize(
    ("mechanism", "name", "path", "content"),
    [
        ("vscode-contributes", "acme.x", "package.json", CODE),
        ("node-red", "plm-in", "package.json", b'{"name": "x", "node-red": {"nodes": {"plm-in": "in.js"}}}'),
        ("n8n-node", "n8n-nodes-x", "package.json", b'{"name": "n8n-nodes-x", "n8n": {"nodes": ["a.js"]}}'),
        ("odoo", "Parts", "a/__manifest__.py", b"{'name': 'Parts', 'depends': []}"),
        ("blender-addon", "Exchange", "a/__init__.py", b"bl_info = {'name': 'Exchange', 'version': (1, 0)}"),
        ("qgis-plugin", "Survey", "metadata.txt", b"[general]\nname=Survey\nqgisMinimumVersion=3.0\n"),
        ("inkscape", "a.b", "x.inx", INX),
        ("revit-addin", "Sync", "x.addin", REVIT),
        ("intellij", "org.a.b", "META-INF/plugin.xml", b"<idea-plugin><id>org.a.b</id><extensions/></idea-plugin>"),
        ("netbeans", "org.a/1", "META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\nOpenIDE-Module: org.a/1\n"),
        ("service-loader", "org.b.Step", "META-INF/services/org.acme.Reader", b"# readers\norg.b.Step\n"),
        ("uno", "libx.so", "s.rdb", RDB),
        ("blender-addon", "exchange", "blender_manifest.toml", b'schema_version = "1.0.0"\nid = "exchange"\n'),
        ("jenkins", "conv", "META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\nShort-Name: conv\nPlugin-Version: 1\n"),
        ("pf4j", "conv", "META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\nPlugin-Id: conv\nPlugin-Version: 1\n"),
        ("pf4j", "org.b.Step", "META-INF/extensions.idx", b"# made by pf4j\norg.b.Step\n"),
        ("maven-plugin", "conv", "META-INF/maven/plugin.xml", b"<plugin><goalPrefix>conv</goalPrefix></plugin>"),
        ("gradle-plugin", "a.B", "META-INF/gradle-plugins/a.properties", b"implementation-class=a.B\n"),
        ("jupyter-kernel", "Acme", "kernel.json", b'{"argv": ["a"], "display_name": "Acme", "language": "a"}'),
        (
            "airflow",
            "p.Conv",
            "p.py",
            b"from airflow.plugins_manager import AirflowPlugin\nclass Conv(AirflowPlugin): pass\n",
        ),
        ("tryton", "parts", "parts/tryton.cfg", b"[tryton]\nversion=6.0.0\n"),
        ("theia", "x", "package.json", b'{"name": "x", "theiaExtensions": [{"frontend": "a"}]}'),
        ("directus", "x", "package.json", b'{"name": "x", "directus:extension": {"type": "hook"}}'),
        ("cordova", "a.b", "plugin.xml", b'<plugin xmlns="http://apache.org/cordova/ns/plugins/1.0" id="a.b"/>'),
        (
            "grafana",
            "a-b",
            "plugin.json",
            b'{"id": "a-b", "type": "panel", "info": {"a": 1}, "dependencies": {"b": 1}}',
        ),
        ("home-assistant", "a", "manifest.json", b'{"domain": "a", "codeowners": ["b"], "documentation": "c"}'),
        ("drupal", "Parts", "parts.info.yml", b"name: Parts\ntype: module\ncore_version_requirement: ^10\n"),
        ("ansible-collection", "a.b", "galaxy.yml", b"namespace: a\nname: b\nauthors: [c]\n"),
        (
            "inventor-addin",
            "Sync",
            "x.addin",
            b"<Addin Type='Standard'><ClassId>{1}</ClassId><DisplayName>Sync</DisplayName></Addin>",
        ),
        ("fusion-addin", "Sync", "Sync.manifest", b'{"autodeskProduct": "Fusion360", "type": "addin"}'),
        ("unreal-plugin", "Sync", "Sync.uplugin", b'{"FileVersion": 3, "FriendlyName": "Sync it"}'),
        ("com-addin", "Acme.Sync", "a.reg", b"REGEDIT4\n[HKEY_CURRENT_USER\\Software\\Host\\AddIns\\Acme.Sync]\n"),
        ("caa", "AcmeComponent", "code/dictionary/Acme.dico", b"# made\nAcmeComponent CATIAlias libAcme\n"),
        ("libpeas", "conv", "conv.plugin", b"[Plugin]\nModule=conv\nName=Converter\n"),
        ("kodi", "plugin.a", "addon.xml", b'<addon id="plugin.a" version="1"><extension point="x"/></addon>'),
        ("script-fu", "acme-fit", "fit.scm", b'(script-fu-register "acme-fit" "Fit")'),
        ("redmine", "parts", "init.rb", b"Redmine::Plugin.register :parts do\nend\n"),
    ],
)
def test_extension_of_each_mechanism(path: str, content: bytes, mechanism: str, name: str) -> None:
    found = run({f"ext/{path}": content})
    assert names(found, "extension.use", mechanism) == [name]
    assert {row["strength"] for row in found.findings} == {"registered"}


def test_declarations_of_a_host_s_interface_are_no_extension() -> None:
    package = b'{"name": "@types/vscode", "version": "1.9.0", "types": "index.d.ts"}'
    assert not run({"package.json": package, "index.d.ts": b"declare module 'vscode' {}"}).findings


def test_uno_service_is_documented_by_its_idl() -> None:
    idl = b"module com { module sun {\n/** Functions for cells\n * that add-ins bring. */\nservice AddIn\n{ };"
    point = run({"idl/com/sun/star/sheet/AddIn.idl": idl}).one("extension.point")
    assert (point["mechanism"], point["name"], point["documented"]) == ("uno", "com.sun.star.sheet.AddIn", True)


def test_page_that_names_a_point_documents_it() -> None:
    files = {
        "a.py": b'entry_points(group="acme.readers")\n',
        "docs/plugins.md": b"# Readers\nRegister your reader under the group `acme.readers`.\n",
        "examples/reader/setup.py": b'setup(entry_points={"acme.readers": ["x = y"]})\n',
    }
    point = run(files).one("extension.point", name="acme.readers")
    assert (point["documented"], point["documented_by"], point["samples"]) == (True, "page", 1)


def test_a_name_is_named_whole_or_by_both_of_its_parts() -> None:
    assert named("Acme.Plugins.Plugin", frozenset({"Acme.Plugins.Plugin"}))
    assert named("Acme.Plugins.Plugin", frozenset({"Acme.Plugins", "Plugin"}))
    assert not named("Acme.Plugins.Plugin", frozenset({"Plugin", "Acme"}))
    assert not named("Plugin", frozenset({"Plugins"}))
    assert named("org.acme.EditPlugin", frozenset({"EditPlugin"}))
    assert not named("acme.HTTP", frozenset({"HTTP"}))
    assert not named("acme.policy", frozenset({"acme", "policy"})), "two plain words are in many a text"


def java_class(name: str, parent: str = "java/lang/Object", access: int = 0x0421) -> bytes:
    """A class file without members: version 52, a constant pool of two classes."""
    pool = b""
    for text in (name, parent):
        raw = text.encode()
        pool += b"\x01" + len(raw).to_bytes(2, "big") + raw
    pool += b"\x07\x00\x01\x07\x00\x02"
    return (
        b"\xca\xfe\xba\xbe\x00\x00\x00\x34\x00\x05" + pool + access.to_bytes(2, "big")
        + b"\x00\x03\x00\x04" + b"\x00\x00" * 4
    )  # fmt: skip


def test_abstract_plugin_class_is_a_point_and_what_derives_from_it_a_use() -> None:
    files = {
        "c/org/acme/Plugin.class": java_class("org/acme/Plugin"),
        "c/org/acme/HelloPlugin.class": java_class("org/acme/HelloPlugin", "org/acme/Plugin", 0x0021),
        "c/org/acme/PluginManager.class": java_class("org/acme/PluginManager", access=0x0021),
        "c/org/acme/Plugin$Broken.class": java_class("org/acme/Plugin$Broken", "org/acme/Plugin", 0x0021),
        "c/javax/swing/Plugin.class": java_class("javax/swing/Plugin"),
    }
    result = run(files)
    point = result.one("extension.point")
    assert (point["mechanism"], point["name"], point["uses"]) == ("java-plugin", "org.acme.Plugin", 1)
    assert names(result, "extension.use", "java-plugin") == ["org.acme.HelloPlugin"]


def test_interface_that_services_implement_and_that_is_shipped_is_a_point() -> None:
    files = {
        "lib.jar!/META-INF/services/org.acme.Reader": b"org.acme.StepReader\n",
        "lib.jar!/org/acme/Reader.class": java_class("org/acme/Reader", access=0x0601),
        "lib.jar": b"PK",
        "lib.jar!/META-INF/services/java.sql.Driver": b"org.acme.Driver\n",
    }
    result = run(files, recognitions={"lib.jar!/org/acme/Reader.class": Recognition(format="java-class")})
    assert names(result, "extension.point", "service-loader") == ["org.acme.Reader"]


def test_entry_symbol_makes_a_native_extension() -> None:
    result = native({"p/nx.so": elf(exported=["ufusr", "other"])})
    assert result.one("extension.use") == {"mechanism": "c-plugin", "point": "nx-open", "name": "nx.so"}


def test_a_program_that_shares_a_symbol_with_its_plug_ins_is_none() -> None:
    assert not native({"_pcbnew.kiface": elf(exported=["GetKicadPluginClass", "CheckClassVersion"])}).findings
    whole = native({"3d/oce.so": elf(exported=["GetKicadPluginClass", "GetKicadPluginName"])})
    assert whole.one("extension.use")["point"] == "kicad-3d"


def test_services_of_a_module_are_points_and_those_that_it_provides_uses() -> None:
    def module(pool: Pool) -> list[bytes]:
        body = struct.pack(">HHHHHH", pool.named(19, "acme"), 0, 0, 0, 0, 0)
        body += struct.pack(">HHH", 2, pool.named(7, "org/acme/Reader"), pool.named(7, "java/sql/Driver"))
        body += struct.pack(">HHHH", 1, pool.named(7, "org/acme/Writer"), 1, pool.named(7, "org/acme/StepWriter"))
        return [attribute(pool, "Module", body)]

    result = run({"module-info.class": class_file("module-info", 0x8000, attributes=module)})
    assert names(result, "extension.point", "service-loader") == ["org.acme.Reader"]
    use = result.one("extension.use")
    assert (use["point"], use["name"]) == ("org.acme.Writer", "org.acme.StepWriter")


TYPES: list[Any] = [("Acme", "Step", 0x1, [("Read", 6, 0)], []), ("Acme", "Kit", 0x1, [], [])]


def test_a_type_that_is_exported_by_mef_is_an_extension_of_its_contract() -> None:
    mef = assembly(TYPES, attribute="ExportAttribute", space="System.ComponentModel.Composition", marks=(3, 2))
    use = run({"a.dll": mef}).one("extension.use")
    assert (use["mechanism"], use["point"], use["name"]) == ("mef", "Acme", "Acme.Step")
    many = assembly(TYPES, attribute="ImportManyAttribute", space="System.ComponentModel.Composition", marks=(0, 1))
    point = run({"a.dll": many}).one("extension.point")
    assert (point["mechanism"], point["name"]) == ("mef", "Acme")


def test_a_type_that_derives_from_one_of_a_host_is_an_extension_of_it() -> None:
    derived = assembly(TYPES[:1], base=("Rhino.PlugIns", "PlugIn"))
    use = run({"a.dll": derived}).one("extension.use", mechanism="rhino")
    assert (use["point"], use["name"]) == ("Rhino.PlugIns.PlugIn", "Acme.Step")


def test_interfaces_that_a_header_declares_for_plugins_are_points() -> None:
    header = (
        b'#pragma once\n/* Q_DECLARE_INTERFACE(Old, "x") */\n// Q_DECLARE_INTERFACE(Gone, "y")\n'
        b'class FilterPlugin {};\nQ_DECLARE_INTERFACE(acme::FilterPlugin, "org.acme.Filter/1.0")\n'
    )
    result = run({"include/filter.h": header})
    assert names(result, "extension.point", "qt-interface") == ["acme::FilterPlugin"]
    assert result.of("extension.point")[0]["evidence"][0]["locator"]["line"] == 5


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_webhooks_of_an_interface_are_points(form: str) -> None:
    text = {
        "json": b'{"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "webhooks": {"partSaved": {}}}',
        "yaml": b"openapi: 3.1.0\ninfo: {title: a, version: '1'}\nwebhooks:\n  partSaved: {}\n",
    }[form]
    assert names(run({f"api.{form}": text}), "extension.point", "webhook") == ["partSaved"]


@given(st.text(alphabet='/*"\\ \na', max_size=60))
def test_comments_become_blank_and_lines_stay(text: str) -> None:
    assert without_remarks(text).count("\n") == text.count("\n")


def test_quotes_and_slashes_without_end_take_linear_time() -> None:
    for text in ('"' * 200_000, '"\\' * 200_000, "/*" * 200_000, '//\n"' * 50_000):
        assert without_remarks(text).count("\n") == text.count("\n")


def test_common_entry_symbol_counts_only_with_the_host_s_library() -> None:
    assert not native({"p/x.so": elf(exported=["user_initialize"])}).findings
    found = native({"p/x.so": elf(["libprotoolkit.so"], exported=["user_initialize"])})
    assert found.one("extension.use")["point"] == "creo-toolkit"


def test_qt_plugin_of_qt_s_own_interface_is_a_component() -> None:
    meta = b"QTMETADATA !\x00\x06\x02\x00\xbf\x02\x78\x31org.qt-project.Qt.QImageIOHandlerFactoryInterface\xff"
    result = native({"imageformats/q.so": elf(exported=["qt_plugin_query_metadata_v2"]) + meta})
    assert result.one("extension.use")["point"] == "org.qt-project.Qt.QImageIOHandlerFactoryInterface"
    assert result.findings[0]["origin"] == "component"
    new = elf(exported=["qt_plugin_query_metadata_v2"]) + metadata("com.acme.Filter/1.0", {"Keys": []}, note=True)
    assert native({"q.so": new}).one("extension.use")["point"] == "com.acme.Filter/1.0"
    own = elf(exported=["qt_plugin_instance"]) + b"QTMETADATA  \x00org.acme.plm.Reader/1.0\x00"
    assert native({"q.so": own}).one("extension.use")["point"] == "org.acme.plm.Reader/1.0"


def test_every_way_of_the_rules_is_looked_at() -> None:
    """What a probe examines stands in its code; it must hold what the rules name."""
    python = [(row["id"], way) for row in TABLE["mechanisms"] for way in row["ways"] if way["read"] == "python"]
    general = [row for row in python if "names" not in row[1]]
    for word in literals(general):
        assert any(known in word for known in PYTHON_WORDS), word
    chosen = {glob for clause in ExtensionProbe.examines.clauses for glob in clause.names}
    formats = {form for clause in ExtensionProbe.examines.clauses for form in clause.formats}
    for row in TABLE["mechanisms"]:
        for way in row["ways"]:
            assert set(way.get("formats", ())) <= formats, row["id"]
            if "formats" not in way and way["read"] not in ("python", "services"):
                assert set(way["names"]) - {"*.xml"} <= chosen, row["id"]
    for row in TABLE["symbols"]:
        assert all(any(entry in name.encode() for entry in ENTRIES) for name in row["exports"])
    for row in TABLE["mechanisms"]:
        for way in row["ways"]:
            for key in ("plain", "pattern"):
                if key in way:
                    check(way[key], text=True)


@given(st.binary(max_size=300))
def test_any_bytes_are_only_unreadable(data: bytes) -> None:
    files = {"plugin.xml": data, "package.json": data, "a.py": b"bl_info = " + data, "entry_points.txt": data}
    run(files, recognitions={"plugin.xml": Recognition(format="eclipse-plugin")})


def test_contract() -> None:
    files = {
        "plugin.xml": PLUGIN_XML,
        "META-INF/MANIFEST.MF": MANIFEST,
        "a.py": b'entry_points(group="acme.readers")\n',
        "package.json": b'{"name": "x", "engines": {"vscode": "^1"}, "contributes": {}}',
    }
    check_metadata(ExtensionProbe)
    check_metadata(NativePluginProbe)
    check_determinism(ExtensionProbe, files, data=DATA)
    check_hostile(ExtensionProbe, files, data=DATA)
    library = {"x.so": elf(exported=["ufusr"])}
    check_determinism(NativePluginProbe, library, data=DATA)
    check_hostile(NativePluginProbe, library, data=DATA)


def test_a_long_class_is_quoted_by_its_first_line() -> None:
    body = "".join(f"    def step{number}(self):\n        return {number}\n\n" for number in range(400))
    source = f"import pcbnew\n\n\nclass Wizard(pcbnew.ActionPlugin):\n{body}"
    result = run({"plugins/wizard.py": source.encode()})
    (use,) = result.of("extension.use")
    assert use["evidence"][0]["excerpt"] == "class Wizard(pcbnew.ActionPlugin):"
