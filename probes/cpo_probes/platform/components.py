"""The probe `platform.components`: what the product is made of, by package metadata and shipped bills of materials."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cpo_probes.platform.boms import Component, cyclonedx_json, cyclonedx_xml, spdx_json, spdx_tags
from cpo_probes.platform.package_words import client_words, requirement_name
from cpo_scan.probe import (
    Artifact,
    CombiningProbe,
    Context,
    Evidence,
    Finding,
    Note,
    ProductContext,
    Strength,
    formats,
    names,
)
from cpo_scan.probe.documents import pointer_to

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_COMPONENTS = 20_000  # of one bill of materials
_MOST_LINES = 200_000
_MOST_WORDS = 200  # keywords of one package
_SPDX_CLASSIFIERS = {
    "OSI Approved :: Apache Software License": "Apache-2.0",
    "OSI Approved :: MIT License": "MIT",
    "OSI Approved :: BSD License": "BSD",
    "OSI Approved :: ISC License (ISCL)": "ISC",
    "OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "OSI Approved :: GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "OSI Approved :: GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "OSI Approved :: Python Software Foundation License": "PSF-2.0",
}


class ComponentProbe(CombiningProbe):
    """Components by package metadata and shipped bills of materials"""

    id = "platform.components"
    version = 3
    examines = (
        formats("python-metadata", "package-json", "maven-pom", "nuspec", "osgi-manifest")
        | formats("cyclonedx-json", "cyclonedx-xml", "spdx-json", "spdx-tag")
        | names("pom.properties", "*.deps.json", "status", "control", "packages.config")
    )
    states = ("component",)
    limitations = (
        "A component that is linked in or copied without its metadata is not seen.",
        "Licences are given as the metadata say; the texts are another finding.",
        "Packages of the product itself are told by its name in product.yaml or by metadata at its top; more are not.",
        "Whether the product's own package is a client is told by English words of its metadata and by some libraries "
        "that it needs (SOAP, GraphQL), and by nothing else.",
    )
    references = (
        "CycloneDX 1.6", "SPDX 2.3", "Python packaging: core metadata", "Maven POM 4.0.0", "NuGet: nuspec",
        "Debian policy 5.3: control files",
    )  # fmt: skip
    remediation = "Ship a bill of materials (CycloneDX or SPDX) with names, versions and licences."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding | Note]:
        reader = _READERS.get(artifact.format or "") or _by_name(artifact)
        if reader is None:
            return
        seen: set[tuple[str, str, str]] = set()
        for number, (component, place) in enumerate(reader(artifact, context)):
            context.checkpoint()
            if number >= MOST_COMPONENTS:
                context.partly(artifact, "component.too_many", limit=MOST_COMPONENTS)
                return
            key = (component.name, component.version, component.ecosystem)
            if not component.name or len(component.name) > 300 or key in seen:
                continue
            seen.add(key)
            if artifact.format in _OF_ONE_PACKAGE:
                yield Note((component, place))  # whose package it is shows in the product as a whole
                return
            yield _finding(component, place)

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        packages = [(path, *found) for path, found in context.notes(tuple[Component, Evidence])]
        own = _own_names(packages, context)
        for _, component, place in packages:
            yield _finding(component, place, itself=_plain_name(component.name) in own)


def _finding(component: Component, place: Evidence, *, itself: bool = False) -> Finding:
    attributes: dict[str, Any] = {
        "name": component.name,
        "version": component.version or None,
        "licence": component.licence or None,
        "ecosystem": component.ecosystem or None,
        "bom": component.bom or None,
    }
    evidence: tuple[Evidence, ...] = (place,)
    if itself:
        attributes["itself"] = True
        if component.client is not None:
            attributes["client"], said = component.client
            evidence = (place, said)
    return Finding("component", attributes, Strength.REGISTERED, evidence)


def _own_names(packages: list[tuple[str, Component, Evidence]], context: ProductContext) -> set[str]:
    """Names of packages that are the product itself: its name in product.yaml, and that of the only package whose
    metadata lie at the top of the product or in a folder there."""
    product = context.product
    deepest = 2 if product is not None and len(product.deliverables) > 1 else 1  # then paths begin with a deliverable
    top = {_plain_name(component.name) for path, component, _ in packages if path.count("/") <= deepest}
    own = top if len(top) == 1 else set()
    return own | ({_plain_name(product.name)} if product is not None and product.name else set())


def _plain_name(name: str) -> str:
    """A name as package registries compare it: lower case, one hyphen for what is no letter or digit, no group."""
    signs = (sign if sign.isalnum() else " " for sign in name.rpartition(":")[2].lower())
    return "-".join("".join(signs).split())


Reader = Callable[[Artifact, Context], Iterable[tuple[Component, Evidence]]]


def _by_name(artifact: Artifact) -> Reader | None:
    match artifact.name:
        case "pom.properties":
            return _pom_properties
        case "status" | "control":
            return _debian
        case "packages.config":
            return _packages_config
        case name if name.endswith(".deps.json"):
            return _deps_json
        case _:
            return None


def _headers(text: str) -> Iterator[tuple[str, str, int]]:
    """Name in lower case, value and line of `Name: value` lines up to the first blank one; a space continues a line."""
    for number, line in enumerate(text.splitlines()[:_MOST_LINES], 1):
        if not line.strip():
            return
        name, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            yield name.strip().lower(), value.strip(), number


def _first_line(value: str) -> str:
    line = value.splitlines()[0].strip() if value else ""
    return line if len(line) <= 120 else ""


def _python(artifact: Artifact, context: Context) -> Iterator[tuple[Component, Evidence]]:
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    classified = ""
    needs: dict[str, Evidence] = {}
    for name, value, line in _headers(context.text(artifact)):
        values.setdefault(name, value)
        lines.setdefault(name, line)
        if name == "requires-dist" and "extra" not in value.partition(";")[2]:
            needs.setdefault(requirement_name(value), artifact.at(value, line=line))
        if name == "classifier" and value.startswith("License :: "):
            classified = classified or _SPDX_CLASSIFIERS.get(value.removeprefix("License :: "), "")
    licence = values.get("license-expression") or classified or _first_line(values.get("license", ""))
    name, version = values.get("name", ""), values.get("version", "")
    client = _client("pypi", values, context, lambda field, said: artifact.at(said, line=lines[field]))
    client = client or _calling("pypi", needs, context)
    yield Component(name, version, licence, "pypi", client=client), artifact.at(f"{name} {version}", line=1)


def _npm(artifact: Artifact, context: Context) -> Iterator[tuple[Component, Evidence]]:
    document = context.json(artifact)
    value = document.value if isinstance(document.value, dict) else {}
    name, version = _text(value.get("name")), _text(value.get("version"))
    if not name or not version:  # a part of a package, which has no version of its own
        return
    given = value.get("license") or value.get("licenses")
    if isinstance(given, list) and given:
        given = given[0]
    licence = _text(given.get("type")) if isinstance(given, dict) else _text(given)
    place = artifact.at(document.excerpt("/name"), **document.place("/name"))
    client = _client("npm", value, context, lambda field, said: artifact.at(said, **document.place(pointer_to(field))))
    listed = value.get("dependencies")
    pointers = {need: pointer_to("dependencies", need) for need in (listed if isinstance(listed, dict) else ())}
    needs = {
        need: artifact.at(document.excerpt(pointer), **document.place(pointer)) for need, pointer in pointers.items()
    }
    client = client or _calling("npm", needs, context)
    yield Component(name, version, licence, "npm", client=client), place


def _client(
    ecosystem: str, values: Mapping[str, Any], context: Context, place: Callable[[str, str], Evidence]
) -> tuple[str, Evidence] | None:
    """The words by which the fields of a package's metadata call it a client, and where they stand."""
    table = context.data("packages")["client"]
    for field in table["fields"][ecosystem]:
        value = values.get(field)
        texts = value if isinstance(value, list) else [value]
        said = client_words((text for text in texts[:_MOST_WORDS] if isinstance(text, str)), table)
        if said:
            return said, place(field, said)
    return None


def _calling(ecosystem: str, needs: Mapping[str, Evidence], context: Context) -> tuple[str, Evidence] | None:
    """The first of the packages that a package needs with which one only calls interfaces, and where it stands."""
    known: list[str] = context.data("packages")["client"]["needs"][ecosystem]
    return next(((name, needs[name]) for name in known if name in needs), None)


def _client_in(
    element: "_Element", ecosystem: str, artifact: Artifact, context: Context
) -> tuple[str, Evidence] | None:
    """The same for metadata in XML, whose fields are child elements."""
    fields = context.data("packages")["client"]["fields"][ecosystem]
    children = {field: next(element.iterchildren("{*}" + field), None) for field in fields}
    found = {field: child for field, child in children.items() if child is not None}
    values = {field: child.text or "" for field, child in found.items()}
    return _client(ecosystem, values, context, lambda field, said: artifact.at(said, line=found[field].sourceline))


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _child(element: "_Element | None", *names_: str) -> str:
    for name in names_:
        if element is None:
            return ""
        element = next(element.iterchildren("{*}" + name), None)
    return (element.text or "").strip() if element is not None else ""


def _maven(artifact: Artifact, context: Context) -> Iterator[tuple[Component, Evidence]]:
    root = context.xml(artifact).getroot()
    group = _child(root, "groupId") or _child(root, "parent", "groupId")
    version = _child(root, "version") or _child(root, "parent", "version")
    name = ":".join(part for part in (group, _child(root, "artifactId")) if part)
    licence = _child(root, "licenses", "license", "name")
    plain = "" if "${" in version else version
    client = _client_in(root, "maven", artifact, context)
    place = artifact.at(f"{name} {version}", line=root.sourceline)
    yield Component(name, plain, licence, "maven", client=client), place


def _pom_properties(artifact: Artifact, context: Context) -> Iterator[tuple[Component, Evidence]]:
    if context.related(artifact, "pom.xml") is not None:
        return  # it says the same, and the licence too
    values = {}
    for line in context.text(artifact).splitlines()[:_MOST_LINES]:
        key, _, value = line.partition("=")
        values[key.strip()] = value.strip()
    if values.get("artifactId"):
        name = ":".join(part for part in (values.get("groupId", ""), values["artifactId"]) if part)
        yield Component(name, values.get("version", ""), "", "maven"), artifact.at(name)


def _osgi(artifact: Artifact, context: Context) -> Iterator[tuple[Component, Evidence]]:
    values: dict[str, tuple[str, int]] = {}
    for name, value, line in _headers(context.text(artifact)):
        values.setdefault(name, (value, line))
    name, line = values.get("bundle-symbolicname", ("", 1))
    name = name.partition(";")[0].strip()
    version = values.get("bundle-version", ("", 1))[0]
    licence = values.get("bundle-license", ("", 1))[0].partition(";")[0].strip()
    texts = {field: value for field, (value, _) in values.items()}
    client = _client("osgi", texts, context, lambda field, said: artifact.at(said, line=values[field][1]))
    yield Component(name, version, licence, "osgi", client=client), artifact.at(f"{name} {version}", line=line)


def _nuget(artifact: Artifact, context: Context) -> Iterator[tuple[Component, Evidence]]:
    root = context.xml(artifact).getroot()
    data = next(root.iterchildren("{*}metadata"), None)
    name, version = _child(data, "id"), _child(data, "version")
    licence = _child(data, "license") or _child(data, "licenseUrl")
    client = None if data is None else _client_in(data, "nuget", artifact, context)
    place = artifact.at(f"{name} {version}", line=root.sourceline)
    yield Component(name, version, licence, "nuget", client=client), place


def _packages_config(artifact: Artifact, context: Context) -> Iterator[tuple[Component, Evidence]]:
    for element in context.xml(artifact).getroot().iterchildren("package"):
        name, version = element.get("id", ""), element.get("version", "")
        yield Component(name, version, "", "nuget"), artifact.at(f"{name} {version}", line=element.sourceline)


def _deps_json(artifact: Artifact, context: Context) -> Iterator[tuple[Component, Evidence]]:
    """What the host of .NET resolves: `libraries` are named `name/version`."""
    document = context.json(artifact)
    listed = document.value.get("libraries") if isinstance(document.value, dict) else None
    for key, value in (listed if isinstance(listed, dict) else {}).items():
        name, _, version = key.partition("/")
        if isinstance(value, dict) and value.get("type") == "package":
            pointer = pointer_to("libraries", key)
            yield Component(name, version, "", "nuget"), artifact.at(key, **document.place(pointer))


def _debian(artifact: Artifact, context: Context) -> Iterator[tuple[Component, Evidence]]:
    """Paragraphs of a control file, or of the list of installed packages (Debian policy 5.3)."""
    found: dict[str, str] = {}
    start = 1
    for number, line in enumerate([*context.text(artifact).splitlines()[:_MOST_LINES], ""], 1):
        if line.strip():
            name, colon, value = line.partition(":")
            if colon and not line[0].isspace():
                if not found:
                    start = number
                found.setdefault(name.strip().lower(), value.strip())
            continue
        if "package" in found and "version" in found and found.get("status", "installed").endswith("installed"):
            component = Component(found["package"], found["version"], "", "deb")
            yield component, artifact.at(f"{component.name} {component.version}", line=start)
        found = {}


_OF_ONE_PACKAGE = ("python-metadata", "package-json", "maven-pom", "osgi-manifest", "nuspec")
"""Formats whose files are about the one package that they lie in."""
_READERS: dict[str, Reader] = {
    "python-metadata": _python,
    "package-json": _npm,
    "maven-pom": _maven,
    "osgi-manifest": _osgi,
    "nuspec": _nuget,
    "cyclonedx-json": cyclonedx_json,
    "cyclonedx-xml": cyclonedx_xml,
    "spdx-json": spdx_json,
    "spdx-tag": spdx_tags,
}
