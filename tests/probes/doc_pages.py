"""Small documentation for the tests of the probe docs.sets, and its run over them."""

from typing import Any

from cpo_probes.docs.sets import DocSetsProbe
from cpo_scan.model import Recognition
from cpo_scan.probe.testing import Result
from cpo_scan.probe.testing import run_probe as run_kit
from cpo_scan.rulebook.data import read_table

TABLE: dict[str, Any] = read_table("documentation").data
DATA: dict[str, Any] = {"documentation": TABLE, "platforms": read_table("platforms").data}
PROBE = DocSetsProbe()

PROSE = (
    "The part list shows each component of the assembly once. Choose the release state first, then the view of the "
    "structure that you want to compare, and start the comparison from the menu. Differences are marked in the tree."
)
FORMATS = {
    "html": "html",
    "htm": "html",
    "md": "markdown",
    "pdf": "pdf",
    "chm": "chm",
    "info": "info",
    "1": "man",
    "3": "man",
    "inv": "sphinx-inventory",
    "docx": "ooxml",
    "xlsx": "ooxml",
    "odt": "odf",
}
# A section for each detail, that states it.
DETAILS = {
    "export_content": "<h2>Exporting parts</h2><p>The attributes are exported, layers are not written.</p>",
    "mapping_losses": "<h2>STEP export</h2><p>A part is mapped to a product; colours of faces are lost.</p>",
    "compatibility_matrix": "<h2>Compatibility</h2><table><tr><td>Version 7.1<td>Oracle 19.3, 21.3"
    "<td>Windows 10.0, 11.0</tr><tr><td>Release 7.0<td>Oracle 12.1, 12.2, 19.3</tr></table>",
    "service_identities": "<h2>Authentication</h2><p>A service account has an API token and scopes.</p>",
    "upgrade_rules": "<h2>Upgrading</h2><p>Plug-ins must be recompiled, their settings are preserved.</p>",
    "configuration_transport": "<p>Export settings and import settings as an XML file.</p>",
    "api_stability": "<h2>Versioning</h2><p>The interfaces are backward compatible within a release.</p>",
    "errors_limits": "<h2>Error handling</h2><p>Requests return a status code and a next page.</p>",
    "sandbox": "<h2>Testing clients</h2><p>A mock server stands for the REST API.</p>",
    "licence_options": "<h2>Licensing</h2><p>The STEP translator requires a license of its own.</p>",
    "architecture": "<h2>Architecture</h2><p>The server consists of three layers.</p>",
    "service_interfaces": "<h2>System overview</h2><p>The user interface calls the business logic by REST, and that "
    "alone the database.</p>",
    "component_dependencies": "<h2>Ports</h2><p>The server listens on TCP port 8443 and needs a database.</p>",
    "roadmap": "<h2>Life cycle</h2><p>Version 6 is maintained until 2027 and will be removed then.</p>",
}  # fmt: skip


def page(title: str = "Comparing", body: str = PROSE, head: str = "") -> bytes:
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title}</title>{head}</head>'
        f"<body><h1>{title}</h1><p>{body}</p></body></html>"
    ).encode()


def recognitions(files: dict[str, bytes]) -> dict[str, Recognition]:
    """What the signatures make of these files; given here, so that this test is about the probe alone."""
    return {
        path: Recognition(format=FORMATS[path.rpartition(".")[2]])
        for path in files
        if path.rpartition(".")[2] in FORMATS
    }


def run(files: dict[str, bytes], more: dict[str, Recognition] | None = None) -> Result:
    return run_kit(PROBE, files, recognitions={**recognitions(files), **(more or {})}, data=DATA)
