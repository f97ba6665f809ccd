"""The probe `platform.options`: systems, processors, databases, browsers, identity standards, containers, servers.

What files show and what documents state, as one fact for each option, so that the two can be compared.
"""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from cpo_probes.platform.package_words import requirement_name
from cpo_probes.platform.stated import StatedOptions
from cpo_scan.probe import (
    Artifact,
    CombiningProbe,
    Context,
    Evidence,
    Finding,
    Note,
    ProductContext,
    Selector,
    Strength,
    formats,
    names,
)
from cpo_scan.probe.binaries import read_binary
from cpo_scan.probe.documents import pointer_to
from cpo_scan.probe.dotnet import is_assembly
from cpo_scan.probe.text import decode

_DEPENDENCIES = ("dependencies", "optionalDependencies", "peerDependencies")
_REQUIREMENT = "requires-dist:"
_MOST_LISTED = 100
_DOCUMENTED = "documentation"


class Seen(msgspec.Struct, frozen=True):
    """One option, as one artifact shows it."""

    kind: str  # the class of the option
    name: str
    by: str  # binary, library, dependency, driver, file, image, documentation
    strength: Strength
    evidence: Evidence
    version: str = ""
    """That a document states beside the name."""


class PlatformOptionProbe(CombiningProbe):
    """Platforms that the product is built for, comes with drivers for, or names in its requirements"""

    id = "platform.options"
    version = 3
    examines = (
        formats("elf", "pe", "mach-o", "jar", "python-metadata", "package-json", "dockerfile", "oci-image-config")
        | formats("html", "markdown", "restructuredtext", "asciidoc", "docbook", "dita", "pdf", "ooxml", "odf", "epub")
        | formats("rtf", "text", "chm", "msoffice")
        | names(
            "Dockerfile", "Containerfile", "*.dockerfile", "Dockerfile.*", "docker-compose*.y*ml", "compose.y*ml",
            "Chart.yaml", "*deployment*.y*ml", "*statefulset*.y*ml", "kustomization.yaml", "oci-layout",
            "weblogic*.xml", "jboss-*.xml", "ibm-*.xml", "glassfish-web.xml", "sun-web.xml", "web.xml", "web.config",
            "java.sql.Driver",
        )
    )  # fmt: skip
    states = ("platform.option",)
    limitations = (
        "A driver or library shows that the option is built in, not that the vendor supports it.",
        "Programs for a virtual machine (Java, .NET) name no operating system.",
        "Options that are downloaded at installation are not seen.",
        "Documents are looked at where a heading says requirements, supported platforms and the like, in English and "
        "German; a release that a document names is the vendor's word.",
    )
    references = ("System V ABI, chapter 4", "Microsoft PE format", "Dockerfile reference", "JDBC 4.3, 9.2")
    remediation = "Publish the supported systems, databases and identity standards, and ship or name the drivers."

    def __init__(self) -> None:
        self._known: tuple[Any, StatedOptions, Selector] | None = None

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Note]:
        table: dict[str, Any] = context.data("platforms")
        if self._known is None or self._known[0] is not table:
            globs = [glob for row in table["options"] for glob in row.get("files", ())]
            self._known = (table, StatedOptions(table, context.data("documentation")), names(*globs))
        _, documents, files = self._known
        for seen in _Look(artifact, context, table).seen(by_name=files.matches(artifact.name, None) is not None):
            yield Note(seen)
        if artifact.format in documents.formats and documents.is_document(artifact):
            prose = context.prose(artifact)
            for stated in documents.found(prose):
                place = artifact.at(stated.said, **prose.place(stated.at))
                yield Note(Seen(stated.kind, stated.name, _DOCUMENTED, Strength.MENTIONED, place, stated.version))

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        found: dict[tuple[str, str], list[Seen]] = {}
        for _, seen in context.notes(Seen):
            found.setdefault((seen.kind, seen.name), []).append(seen)
        stated = {kind for (kind, _), shown in found.items() if any(one.by == _DOCUMENTED for one in shown)}
        for (kind, name), shown in sorted(found.items()):
            # What lies near the top is the vendor's own rather than what he brings along.
            shown.sort(key=lambda one: (-one.strength.rank, one.evidence.artifact.count("/"), one.evidence.artifact))
            attributes = {
                "class": kind,
                "name": name,
                "by": sorted({one.by for one in shown}),
                "artifacts": len({one.evidence.artifact for one in shown if one.by != _DOCUMENTED}),
                **_documented(shown, compared=kind in stated),
            }
            yield Finding("platform.option", attributes, shown[0].strength, tuple(one.evidence for one in shown))


def _documented(shown: list[Seen], *, compared: bool) -> Mapping[str, Any]:
    """What documents state of an option against what files show; not compared where they state none of its class."""
    said = [one for one in shown if one.by == _DOCUMENTED]
    agreement = "shown_only" if not said else "documented_only" if len(said) == len(shown) else "both"
    return {
        "documented_in": sorted({one.evidence.artifact for one in said})[:_MOST_LISTED],
        "documented_versions": sorted({one.version for one in said if one.version})[:_MOST_LISTED],
        "agreement": agreement if compared else None,
    }


class _Look:
    """One look at one artifact."""

    def __init__(self, artifact: Artifact, context: Context, table: dict[str, Any]) -> None:
        self._artifact, self._context, self._table = artifact, context, table
        self._options: list[dict[str, Any]] = table["options"]

    def seen(self, *, by_name: bool) -> Iterator[Seen]:
        """The options that the artifact shows. `by_name`: its name is one that a row looks for."""
        artifact = self._artifact
        match artifact.format:
            case "elf" | "pe" | "mach-o":
                yield from self._binary()
                return
            case "python-metadata":
                yield from self._python()
            case "package-json":
                yield from self._npm()
            case "oci-image-config":
                yield from self._image()
        if artifact.name == "java.sql.Driver":
            yield from self._drivers()
        if by_name:
            yield from self._file()

    def _binary(self) -> Iterator[Seen]:
        data = self._context.content(self._artifact).whole()
        if self._artifact.format == "pe" and is_assembly(data):
            # ECMA-335 II.24.2.3: names stand in the heap of strings, ended by NUL
            for row in self._options:
                for name in row.get("dotnet", ()):
                    if data.find(b"\0" + name.encode() + b"\0") >= 0:
                        yield self._one(row, "dependency", Strength.RECOGNISED, self._artifact.at(name, symbol=name))
            return
        binary = read_binary(data, symbols=False)
        needed = [name.rpartition("/")[2].lower() for name in binary.needed]
        system = self._table["systems"][binary.format]
        if binary.format == "elf":
            system = self._table["elf_systems"].get(str(data[7]), system)
            if set(needed) & set(self._table["android_libraries"]):
                system = "android"
        yield Seen("os", system, "binary", Strength.RECOGNISED, self._artifact.at(binary.format))
        for name in binary.architecture.split("+"):
            yield Seen("cpu", name, "binary", Strength.RECOGNISED, self._artifact.at(name))
        for row in self._options:
            for library in needed:
                if library.startswith(tuple(word.lower() for word in row.get("libraries", ("\0",)))):
                    yield self._one(row, "library", Strength.RECOGNISED, self._artifact.at(library, symbol=library))
                    break

    def _python(self) -> Iterator[Seen]:
        """Dependencies of a Python package (core metadata specification, Requires-Dist)."""
        for number, line in enumerate(self._text().splitlines(), 1):
            if not line.strip():
                return  # the description follows
            if line.lower().startswith(_REQUIREMENT):
                name = requirement_name(line[len(_REQUIREMENT) :])
                for row in self._options:
                    if name in row.get("python", ()):
                        yield self._one(row, "dependency", Strength.REGISTERED, self._artifact.at(line, line=number))

    def _npm(self) -> Iterator[Seen]:
        document = self._context.json(self._artifact)
        for key in _DEPENDENCIES:
            listed = document.value.get(key) if isinstance(document.value, dict) else None
            for name in listed if isinstance(listed, dict) else ():
                for row in self._options:
                    if name.lower() in row.get("npm", ()):
                        pointer = pointer_to(key, name)
                        place = self._artifact.at(document.excerpt(pointer), **document.place(pointer))
                        yield self._one(row, "dependency", Strength.REGISTERED, place)

    def _image(self) -> Iterator[Seen]:
        """What an image was built for (OCI image specification, image configuration: `os`, `architecture`)."""
        document = self._context.json(self._artifact)
        value = document.value if isinstance(document.value, dict) else {}
        for key, kind in (("os", "os"), ("architecture", "cpu")):
            if isinstance(name := value.get(key), str) and name:
                pointer = pointer_to(key)
                place = self._artifact.at(document.excerpt(pointer), **document.place(pointer))
                known = self._table["image_processors"] if kind == "cpu" else {}
                yield Seen(kind, known.get(name, name.lower()[:100]), "image", Strength.REGISTERED, place)

    def _drivers(self) -> Iterator[Seen]:
        for number, line in enumerate(self._text().splitlines(), 1):
            for row in self._options:
                if line.partition("#")[0].strip() in row.get("drivers", ()):
                    yield self._one(row, "driver", Strength.REGISTERED, self._artifact.at(line, line=number))

    def _file(self) -> Iterator[Seen]:
        name = self._artifact.name.lower()
        for row in self._options:
            if not any(fnmatchcase(name, glob) for glob in row.get("files", ())):
                continue
            words: Iterable[str] = row.get("containing", ())
            head = decode(self._context.content(self._artifact).head).lower() if words else ""
            said = next((word for word in words if word in head), None)
            if said is not None:
                line = head.count("\n", 0, head.find(said)) + 1
                yield self._one(row, "file", Strength.RECOGNISED, self._artifact.at(said, line=line))
            elif not words:
                yield self._one(row, "file", Strength.NAMED, self._artifact.at(self._artifact.name))

    def _text(self) -> str:
        return decode(bytes(self._context.content(self._artifact).whole()[: 2**20]))

    @staticmethod
    def _one(row: dict[str, Any], by: str, strength: Strength, evidence: Evidence) -> Seen:
        return Seen(row["class"], row["name"], by, strength, evidence)
