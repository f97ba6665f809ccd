"""What Java modules register with their hosts, and whether the classes that they name are shipped."""

import pytest

from cpo_probes.exchange.associations.probe import AssociationProbe
from cpo_scan.probe.testing import Result, check_determinism, check_hostile, run_probe
from tests.probes.capability_rules import DATA, recognised

KIND = "exchange.capability"
LAYER = b"""<filesystem>
 <folder name="Services"><folder name="MIMEResolver"><file name="a.xml">
  <attr name="ext.0" stringvalue="stp"/><attr name="mimeType.0" stringvalue="model/step"/>
 </file><file name="b.xml"><attr name="ext.0" stringvalue="jt"/><attr name="mimeType" stringvalue="model/x-jt"/></file>
 </folder></folder>
 <folder name="Loaders"><folder name="model"><folder name="step"><folder name="Factories">
  <file name="x.instance"><attr name="dataObjectClass" stringvalue="org.acme.StepObject"/></file>
 </folder></folder></folder></folder>
</filesystem>"""
RESOLVER = b'<MIME-resolver><file><ext name="stl"/><resolver mime="model/stl"/></file></MIME-resolver>'
IDEA = b"""<idea-plugin><!-- <fileType name="JT" extensions="jt"/> --><extensions defaultExtensionNs="com.intellij">
 <fileType name="STEP file" implementationClass="org.acme.StepFileType" extensions="stp;step"/>
</extensions></idea-plugin>"""
ECLIPSE = b"""<plugin><extension point="org.eclipse.ui.exportWizards">
 <wizard id="w" name="STEP export" class="org.acme.StepWizard:data"/>
 </extension><extension point="org.eclipse.ui.editors">
 <editor id="e" name="STL viewer" extensions="stl" class="org.eclipse.ui.part.AnEditor"/>
</extension></plugin>"""


def run(files: dict[str, bytes], **formats: str) -> Result:
    return run_probe(AssociationProbe, files, data=DATA, recognitions=recognised(**formats))


def said(result: Result) -> set[tuple[str, str, str]]:
    return {(row["attributes"]["standard"], row["attributes"]["direction"], row["strength"]) for row in result.of(KIND)}


def refuted(result: Result) -> set[str]:
    return {row["attributes"]["refuted"]["missing"] for row in result.of(KIND) if "refuted" in row["attributes"]}


def test_a_type_with_a_loader_is_opened_and_one_without_is_named() -> None:
    result = run({"m.jar!/META-INF/generated-layer.xml": LAYER, "m.jar!/org/acme/StepObject.class": b""})
    assert said(result) == {("step", "import", "registered"), ("jt", "unknown", "named")}
    assert refuted(result) == set()


def test_a_loader_whose_class_is_not_shipped_is_refuted() -> None:
    result = run({"META-INF/layer.xml": LAYER, "org/other/StepObject.class": b""})
    assert said(result) == {("step", "import", "mentioned"), ("jt", "unknown", "named")}
    assert refuted(result) == {"org.acme.StepObject"}


def test_a_resolver_of_its_own_names_a_format() -> None:
    assert said(run({"org/acme/StlResolver.xml": RESOLVER})) == {("stl", "unknown", "named")}


@pytest.mark.parametrize("handler", ["org/acme/StepFileType.class", "src/org/acme/StepFileType.kt"])
def test_a_file_type_of_a_plug_in_is_opened(handler: str) -> None:
    result = run({"META-INF/plugin.xml": IDEA, handler: b""})
    assert said(result) == {("step", "import", "registered")}
    assert refuted(result) == set()


def test_a_file_type_whose_class_is_not_shipped_is_refuted() -> None:
    result = run({"META-INF/plugin.xml": IDEA})
    assert said(result) == {("step", "import", "mentioned")}
    assert refuted(result) == {"org.acme.StepFileType"}


def test_a_wizard_whose_class_is_not_shipped_is_refuted_and_the_hosts_own_are_not() -> None:
    files = {"plugin.xml": ECLIPSE}
    formats = {"plugin.xml": "eclipse-plugin"}
    result = run(files, **formats)
    assert said(result) == {("step", "export", "mentioned"), ("stl", "import", "registered")}
    assert refuted(result) == {"org.acme.StepWizard:data"}
    whole = run(files | {"bin/org/acme/StepWizard.class": b""}, **formats)
    assert said(whole) == {("step", "export", "registered"), ("stl", "import", "registered")}


def test_commands_in_the_menus_of_imagej_go_the_way_of_their_menu() -> None:
    config = (
        b'# File>Import, "JT...", org.acme.Jt\nFile>Import, "STL...", org.acme.StlReader("open")\n'
        b'File>Save As, "DXF ...", org.acme.Gone\nPlugins>Acme, "STEP", org.acme.StlReader\n\xff'
    )
    result = run({"plugins.config": config, "org/acme/StlReader.class": b""})
    assert said(result) == {("stl", "import", "registered"), ("dxf", "export", "mentioned")}
    assert refuted(result) == {"org.acme.Gone"}


def test_services_are_registered_by_their_names_and_their_interface() -> None:
    listed = b"# providers\norg.acme.GltfImporter # first\norg.acme.formats.IGES\norg.acme.Settings\n"
    files = {"a.jar!/META-INF/services/org.acme.spi.Importer": listed}
    result = run(files | {"a.jar!/org/acme/GltfImporter.class": b"", "a.jar!/org/acme/formats/IGES.class": b""})
    assert said(result) == {("gltf", "import", "registered"), ("iges", "import", "registered")}
    assert refuted(run(files)) == {"org.acme.GltfImporter", "org.acme.formats.IGES"}
    assert run({"other/org.acme.spi.Importer": listed}).findings == []


TREE = {
    "m/META-INF/layer.xml": LAYER,
    "p/META-INF/plugin.xml": IDEA,
    "r/resolver.xml": RESOLVER,
    "META-INF/services/a.Importer": b"org.acme.GltfImporter",
}


def test_same_files_give_the_same_findings() -> None:
    assert len(check_determinism(AssociationProbe, TREE, data=DATA).findings) == 5


def test_damaged_files_are_survived() -> None:
    check_hostile(AssociationProbe, TREE, data=DATA)
