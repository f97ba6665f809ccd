"""Filter registries of the UNO type detection (`.xcu` and `.xcd` of LibreOffice and its extensions)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.names.mime import is_foreign
from cpo_probes.exchange.names.naming import Naming
from cpo_scan.probe import Artifact, Context, Unreadable

if TYPE_CHECKING:
    from lxml.etree import _Element

_OOR = "{http://openoffice.org/2001/registry}"
_DIRECTIONS = {(True, True): "both", (True, False): "import", (False, True): "export"}
Types = dict[str, tuple[str, str]]  # name of a type: media type, suffixes


def filters(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """Each filter with its flags IMPORT and EXPORT, for the standard of its type.

    org.openoffice.TypeDetection, schemas Filter, GraphicFilter and Types.
    """
    root = context.xml(artifact).getroot()
    found = list(_entries(root, "Filters"))
    types: Types | None = None
    for entry in found:
        values = _properties(entry)
        flags = values.get("Flags", "").split()
        direction = _DIRECTIONS.get(("IMPORT" in flags, "EXPORT" in flags))
        if direction is None or "INTERNAL" in flags:
            continue
        if types is None:
            types = _types(root)
            if any(_properties(other).get("Type", "") not in types for other in found):
                types = _all_types(context) | types
        own = entry.get(f"{_OOR}name", "")
        kind = values.get("Type", "")
        media, suffixes = types.get(kind, ("", ""))
        standard = names.by_mime(media)
        label = values.get("UIName") or own
        listed = [standard] if standard else [] if is_foreign(media) else names.in_label(label, suffixes.split())
        for each in listed:
            place = artifact.at(f"{own}: {' '.join(flags)}, type {kind}", line=entry.sourceline)
            yield Claim(each, direction, "registration", label, (place,), more={"mechanism": "uno", "filter": own})


_KEPT: dict[tuple[tuple[str, str | None], ...], Types] = {}


def _all_types(context: Context) -> Types:
    """The types of the whole product: a registry is merged from all its files. Kept for the next file of the same."""
    others = list(context.index.select(formats=["uno-registry"]))
    context.reads.update((other.path, other.sha256) for other in others)
    key = tuple((other.path, other.sha256) for other in others)
    if key not in _KEPT:
        types: Types = {}
        for other in others:
            context.checkpoint()
            try:
                if context.bytes(other).find(b"Types") >= 0:
                    types |= _types(context.xml(other).getroot())
            except Unreadable:
                continue  # it is examined by itself, and said to be unreadable there
        _KEPT.clear()
        _KEPT[key] = types
    return _KEPT[key]


def _types(root: "_Element") -> Types:
    types = {}
    for entry in _entries(root, "Types"):
        values = _properties(entry)
        types[entry.get(f"{_OOR}name", "")] = (values.get("MediaType", ""), values.get("Extensions", ""))
    return types


def _entries(root: "_Element", listed: str) -> "Iterator[_Element]":
    for node in root.iter("node"):
        if node.get(f"{_OOR}name") == listed:
            yield from node.iterchildren("node")


def _properties(entry: "_Element") -> dict[str, str]:
    """Values of an entry by name; of several languages the first one (the default) counts."""
    values: dict[str, str] = {}
    for prop in entry.iterchildren("prop"):
        value = prop.find("value")
        if value is not None:
            values.setdefault(prop.get(f"{_OOR}name", ""), " ".join((value.text or "").split()))
    return values
