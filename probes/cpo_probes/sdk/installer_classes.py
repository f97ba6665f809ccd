"""COM classes that a Windows Installer package registers for other programs: its tables Class and ProgId."""

from collections.abc import Iterator

from cpo_scan.probe import Artifact, Context, Finding, Probe, Strength, formats
from cpo_scan.probe.installer import InstallerTables

KIND = "extension.use"
MOST = 5_000  # classes of a package


class InstallerClassProbe(Probe):
    """COM classes that Windows Installer packages register."""

    id = "sdk.installer-classes"
    version = 1
    examines = formats("msi")
    states = (KIND,)
    limitations = (
        "What a registered class offers is not known without its type library.",
        "Classes that programs register themselves, or that stand in the table Registry, are not seen.",
    )
    references = ("https://learn.microsoft.com/windows/win32/msi/class-table",)
    remediation = "Describe each class that other programs may use, and ship its type library."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        tables = InstallerTables(context.content(artifact))
        seen: set[str] = set()
        for number, (clsid, program, description) in enumerate(
            tables.rows("Class", "CLSID", "ProgId_Default", "Description")
        ):
            if number >= MOST:
                context.partly(artifact, "capability.too_many", limit=MOST)
                return
            name = program or clsid
            if name and name not in seen:
                seen.add(name)
                yield Finding(
                    KIND,
                    {"mechanism": "com", "point": "class-object", "name": name},
                    Strength.REGISTERED,
                    (artifact.at(f"{name}: {description}" if description else name, symbol=f"Class/{clsid}"[:500]),),
                )
