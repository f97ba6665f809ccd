"""Bills of materials that come with a product: CycloneDX in JSON and XML, SPDX in JSON and tags."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cpo_scan.probe import Artifact, Context, Evidence
from cpo_scan.probe.documents import pointer_to

if TYPE_CHECKING:
    from lxml.etree import _Element

_DEPTH = 50  # components inside components
_NOTHING = ("", "NOASSERTION", "NONE")


class Component(NamedTuple):
    """A component as metadata state it; what they do not say is empty. `ecosystem` as in package URLs."""

    name: str
    version: str = ""
    licence: str = ""
    ecosystem: str = ""
    bom: str = ""
    client: tuple[str, Evidence] | None = None
    """The words by which a package calls itself a client, and where they stand."""


Found = tuple[Component, Evidence]


def cyclonedx_json(artifact: Artifact, context: Context) -> Iterator[Found]:
    """Components of a CycloneDX document, nested ones too."""
    document = context.json(artifact)
    value = document.value if isinstance(document.value, dict) else {}
    waiting = [(value.get("components"), "/components", 0)]
    while waiting:
        listed, pointer, depth = waiting.pop()
        for number, item in enumerate(listed if isinstance(listed, list) else ()):
            if not isinstance(item, dict):
                continue
            place = pointer + pointer_to(number)
            if depth < _DEPTH:
                waiting.append((item.get("components"), f"{place}/components", depth + 1))
            group, name = _text(item.get("group")), _text(item.get("name"))
            yield (
                Component(
                    f"{group}/{name}" if group else name,
                    _text(item.get("version")),
                    _licences(item.get("licenses")),
                    _ecosystem(_text(item.get("purl"))),
                    "cyclonedx",
                ),
                artifact.at(name, **document.place(place)),
            )


def _licences(listed: Any) -> str:
    """An SPDX expression, or the ids and names of the licences."""
    found = []
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict):
            licence = item.get("license")
            inner = licence if isinstance(licence, dict) else {}
            found.append(_text(item.get("expression")) or _text(inner.get("id")) or _text(inner.get("name")))
    return " AND ".join(text for text in found[:10] if text)


def cyclonedx_xml(artifact: Artifact, context: Context) -> Iterator[Found]:
    """Components of a CycloneDX document, nested ones too."""
    root = context.xml(artifact).getroot()
    for part in root.iterchildren("{*}components"):
        for element in part.iter("{*}component"):
            name, group = _child(element, "name"), _child(element, "group")
            licences = [
                (each.text or "").strip()
                for holder in element.iterchildren("{*}licenses")
                for tag in ("expression", "id", "name")
                for each in holder.iter("{*}" + tag)
            ]
            yield (
                Component(
                    f"{group}/{name}" if group else name,
                    _child(element, "version"),
                    " AND ".join(licences[:10]),
                    _ecosystem(_child(element, "purl")),
                    "cyclonedx",
                ),
                artifact.at(name, line=element.sourceline),
            )


def spdx_json(artifact: Artifact, context: Context) -> Iterator[Found]:
    """Packages of an SPDX 2 document."""
    document = context.json(artifact)
    value = document.value if isinstance(document.value, dict) else {}
    listed = value.get("packages")
    for number, item in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(item, dict):
            continue
        references = item.get("externalRefs")
        url = next(
            (
                _text(reference.get("referenceLocator"))
                for reference in (references if isinstance(references, list) else ())
                if isinstance(reference, dict) and reference.get("referenceType") == "purl"
            ),
            "",
        )
        licence = _stated(_text(item.get("licenseConcluded"))) or _stated(_text(item.get("licenseDeclared")))
        name = _text(item.get("name"))
        component = Component(name, _text(item.get("versionInfo")), licence, _ecosystem(url), "spdx")
        yield component, artifact.at(name, **document.place(pointer_to("packages", number)))


def spdx_tags(artifact: Artifact, context: Context) -> Iterator[Found]:
    """Packages of an SPDX 2 document of `Tag: value` lines."""
    values: dict[str, str] = {}
    start = 1
    for number, line in enumerate([*context.text(artifact).splitlines(), "PackageName:"], 1):
        tag, _, value = line.partition(":")
        value = value.strip()
        if tag in ("PackageName", "FileName") and "PackageName" in values:
            licence = _stated(values.get("PackageLicenseConcluded", "")) or _stated(
                values.get("PackageLicenseDeclared", "")
            )
            url = values.get("ExternalRef", "").rpartition(" ")[2]
            component = Component(
                values["PackageName"], values.get("PackageVersion", ""), licence, _ecosystem(url), "spdx"
            )
            yield component, artifact.at(values["PackageName"], line=start)
            values = {}
        if tag == "PackageName":
            values, start = {"PackageName": value}, number
        elif "PackageName" in values and (tag != "ExternalRef" or " purl " in value):
            values.setdefault(tag, value)


def _stated(licence: str) -> str:
    return "" if licence in _NOTHING else licence


def _ecosystem(url: str) -> str:
    """The type of a package URL: `pkg:maven/org.example/part@1` gives maven."""
    scheme, _, rest = url.partition(":")
    return rest.strip("/").partition("/")[0].lower() if scheme == "pkg" else ""


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _child(element: "_Element", name: str) -> str:
    found = next(element.iterchildren("{*}" + name), None)
    return (found.text or "").strip() if found is not None else ""
