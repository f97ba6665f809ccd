"""The probe `sdk.native-plugins`: libraries that export the entry symbol of a host, and so are extensions of it."""

from collections.abc import Iterator
from typing import Any

from cpo_scan.probe import Artifact, Context, Finding, Origin, Probe, Reason, Strength, formats
from cpo_scan.probe.binaries import Binary, read_binary
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.qt_plugins import read_plugin_metadata

ENTRIES = (
    b"qt_plugin_", b"component_getFactory", b"DllGetClassObject", b"ufusr", b"ufsta", b"user_initialize",
    b"acrxEntryPoint", b"ladspa_descriptor", b"lv2_descriptor", b"lv2ui_descriptor", b"OfxGetPlugin",
    b"GetPluginFactory", b"initializePlugin", b"LibInitialize", b"LibDescription", b"NP_Initialize",
    b"sqlite3_extension_init", b"geany_load_module", b"clap_entry", b"VSTPluginMain", b"vampGetPluginDescriptor",
    b"f0r_get_plugin_info", b"obs_module_load", b"purple_init_plugin", b"peas_register_types", b"g_io_module_load",
    b"nautilus_module_initialize", b"Pg_magic_func", b"_mysql_plugin_interface_version_", b"GDALRegisterMe",
    b"GetKicadPlugin", b"qgis_plugin_version", b"classFactory", b"pluginApiVersion", b"qgisPluginVersion",
    b"C_GetFunctionList", b"pam_sm_authenticate", b"OSSL_provider_init", b"vlc_entry_",
)  # fmt: skip
"""What must stand in a library for a row of `symbols` to fit; a test holds it against rules/data/mechanisms.yaml."""

# Qt 5 and 6, qplugin.h: the metadata begin with this mark; a version and flags follow, then CBOR or binary JSON.
_QT_METADATA = (b"QTMETADATA !", b"QTMETADATA  ")
_QT_REACH = 4096  # bytes behind the mark in which the interface's id stands
_LONGEST_INTERFACE = 200  # characters
_QT_INTERFACE = r"[A-Za-z][\w-]*+(?:\.[\w-]++){2,12}(?:/[\w.]++)?"


class NativePluginProbe(Probe):
    """Libraries that are extensions of a host, by their entry symbols"""

    id = "sdk.native-plugins"
    version = 3
    examines = formats("elf", "pe", "mach-o").containing(*ENTRIES)
    states = ("extension.use",)
    limitations = (
        "Only entry symbols of hosts in rules/data/mechanisms.yaml are known.",
        "A static library, and one whose symbols are given by number only, shows none.",
    )
    references = (
        "Qt: how to create Qt plugins",
        "Microsoft COM: DllGetClassObject",
        "NX Open, Creo Toolkit, ObjectARX",
    )
    remediation = "Document the entry points of native extensions, and ship headers and a sample."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        table: dict[str, Any] = context.data("mechanisms")
        data = context.content(artifact).whole()
        binary = read_binary(data)
        exported = {name.decode("utf-8", "replace") for name in binary.exported if len(name) < 64}
        for row in table["symbols"]:
            present = [name for name in row["exports"] if name in exported]
            if not present or (row.get("all") and len(present) < len(row["exports"])):
                continue
            if "needs" in row and not _needs(binary, row["needs"]):
                continue
            point = (_qt_interface(data) or row["point"]) if row["mechanism"] == "qt-plugin" else row["point"]
            framework = next((name for name in table["framework_interfaces"] if point.startswith(name)), None)
            yield Finding(
                "extension.use",
                {"mechanism": row["mechanism"], "point": point, "name": binary.name or artifact.name},
                Strength.RECOGNISED,
                (artifact.at(present[0], symbol=present[0]),),
                origin=Origin.COMPONENT if framework else None,
                origin_reason=Reason("extension.framework", {"framework": framework}) if framework else None,
            )


def _needs(binary: Binary, words: list[str]) -> bool:
    return any(word in library.lower() for library in binary.needed for word in words)


def _qt_interface(data: Any) -> str:
    """The id of the interface that a Qt plug-in implements (`org.qt-project.Qt.QImageIOHandlerFactoryInterface`)."""
    metadata = read_plugin_metadata(data)
    if metadata is not None and metadata.interface.isprintable() and len(metadata.interface) < _LONGEST_INTERFACE:
        return metadata.interface
    pattern = compile_pattern(_QT_INTERFACE, text=True)  # JSON of old versions, or CBOR that is cut off
    for mark in _QT_METADATA:
        at = data.find(mark)
        if at < 0:
            continue
        near = bytes(data[at + len(mark) : at + _QT_REACH])
        found = pattern.search(near.decode("latin-1"))
        return str(found.group()) if found else ""
    return ""
