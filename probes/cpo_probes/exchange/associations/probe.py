"""Capabilities that a product declares in manifests: for the operating system, for its host, for its own registry."""

from collections.abc import Callable, Iterator

from cpo_probes.exchange.associations.converters import console_scripts, node_commands
from cpo_probes.exchange.associations.dependencies import npm_requirements, python_requirements
from cpo_probes.exchange.associations.desktop import desktop_entry, mime_package, plist, registry_file
from cpo_probes.exchange.associations.entry_points import entry_points
from cpo_probes.exchange.associations.extensions import eclipse, inkscape, package_json
from cpo_probes.exchange.associations.installer import installer
from cpo_probes.exchange.associations.java_hosts import imagej, intellij, netbeans, resolver, services
from cpo_probes.exchange.associations.uno import filters
from cpo_probes.exchange.capability import KIND, Claim, findings
from cpo_probes.exchange.names.naming import Naming, naming
from cpo_scan.probe import Artifact, Context, Finding, Probe, formats
from cpo_scan.probe import names as named

Reader = Callable[[Artifact, Context, Naming], Iterator[Claim]]


def _npm(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    yield from package_json(artifact, context, names)
    yield from node_commands(artifact, context, names)
    yield from npm_requirements(artifact, context)


def _python(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    yield from console_scripts(artifact, context, names)
    yield from entry_points(artifact, context, names)


BY_FORMAT: dict[str, Reader] = {
    "desktop-entry": desktop_entry,
    "shared-mime-info": mime_package,
    "uno-registry": filters,
    "eclipse-plugin": eclipse,
    "msi": installer,
    "package-json": _npm,
    "python-entry-points": _python,
    "python-metadata": python_requirements,
}
BY_NAME: dict[str, Reader] = {
    "info.plist": plist,
    ".inx": inkscape,
    ".reg": registry_file,
    "plugin.xml": intellij,
    "layer.xml": netbeans,
    "resolver.xml": resolver,
    "plugins.config": imagej,
    **dict.fromkeys(("importer", "exporter", "reader", "writer", "readerspi", "writerspi"), services),
}
"""Readers by the end of a file's name, lower case; a service file has the name of its interface."""


class AssociationProbe(Probe):
    """Formats that manifests associate with the product: MIME types, filters, editors, suffixes."""

    id = "exchange.associations"
    version = 5
    examines = formats(*BY_FORMAT) | named(*(f"*{ending}" for ending in BY_NAME))
    states = (KIND,)
    uses_index = True
    limitations = (
        "An association with a type says that the program opens it; whether it writes it too is not said there.",
        "MIME types that a product defines, or that a service of KDE is for, name formats without a direction.",
        "Binary property lists are not read.",
        "Entry points of Python count where their group is called after importers, exporters, readers or writers.",
        "Services of Java count where their interface is called importer, exporter, reader or writer.",
        "A package that Python metadata or package.json need mentions the formats it is for, if the rules know it; "
        "which way, and whether the product uses it for its files, is not said there.",
        "A handler counts as shipped when a class of its name, or its source, is in the product.",
    )
    references = (
        "https://specifications.freedesktop.org/desktop-entry-spec/latest/",
        "https://specifications.freedesktop.org/shared-mime-info-spec/latest/",
    )
    remediation = "Declare each format with its direction in the host's manifest, under its registered MIME type."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        reader = BY_FORMAT.get(artifact.format or "")
        if reader is None:
            name = artifact.name.lower()
            reader = next((reader for ending, reader in BY_NAME.items() if name.endswith(ending)), None)
        if reader is not None:
            yield from findings(reader(artifact, context, naming(context)), artifact, context)
