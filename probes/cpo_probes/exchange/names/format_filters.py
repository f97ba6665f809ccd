"""Filters of KDE programs: plug-ins and desktop entries that say which MIME types they read and which they write."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.names.naming import Naming
from cpo_scan.probe import Artifact, Context, Evidence
from cpo_scan.probe.qt_plugins import read_plugin_metadata

MOST_TYPES = 256  # of one key


class Filtered(NamedTuple):
    """A MIME type that a filter reads or writes, and the key that says so."""

    key: str
    direction: str
    mime: str
    standard: str

    def claim(self, name: str, place: Evidence) -> Claim:
        more = {"mechanism": "kde-filter"}
        return Claim(self.standard, self.direction, "registration", name, (place,), more=more)


def in_plugin(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """A plug-in that registers by the description in its own bytes."""
    metadata = read_plugin_metadata(context.content(artifact).whole())
    if metadata is None:
        return
    label = metadata.description.get("Id")
    nested = metadata.description.get("KPlugin")
    if not isinstance(label, str):
        label = nested.get("Id") if isinstance(nested, dict) else None
    name = label if isinstance(label, str) and label else artifact.name
    for found in filtered(metadata.description, context, names):
        place = artifact.at(f"{found.key}: {found.mime}", bytes=(metadata.offset, metadata.size))
        yield found.claim(name, place)


def filtered(entries: Mapping[str, Any], context: Context, names: Naming) -> Iterator[Filtered]:
    """The entries that register a filter: `X-KDE-Import: image/svg+xml`."""
    for key, direction in context.data("registrations")["filter_keys"].items():
        value = entries.get(key)
        listed = value.replace(";", ",").split(",") if isinstance(value, str) else value
        for mime in listed[:MOST_TYPES] if isinstance(listed, list) else ():
            standard = names.by_mime(mime) if isinstance(mime, str) else None
            if standard is not None and standard not in names.wrappers:
                yield Filtered(key, direction, mime.strip(), standard)
