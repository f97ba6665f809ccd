"""The probe `platform.identity`: what the product's own files say that it is, for the head of the report."""

from collections.abc import Iterator

from cpo_scan.probe import Finding, ProductContext, ProductProbe, formats, names
from cpo_scan.probe.identity import FORMATS, NAMES, Identity, identities


class IdentityProbe(ProductProbe):
    """Name, version and build that the product's own files state"""

    id = "platform.identity"
    version = 1
    examines = formats(*FORMATS) | names(*NAMES)
    states = ()
    identifies = True
    limitations = (
        "Only files near the top of the product are read, a few of each sort; which of them speaks for the product is "
        "left to the reader.",
        "Binary property lists, TOML files and the registries of package managers are not read.",
    )
    references = (
        "Python packaging: core metadata", "Debian policy 5.3", "AppStream 1.0", "JAR file specification",
        "OSGi Core 8", "Desktop Entry Specification 1.5", "Core Foundation keys", "Win32: VS_VERSIONINFO",
    )  # fmt: skip
    remediation = "State name and version in the metadata of each deliverable."

    def examine(self, context: ProductContext) -> Iterator[Finding | Identity]:
        yield from identities(context)
