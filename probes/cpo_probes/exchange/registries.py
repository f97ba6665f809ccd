"""Formats that a product lists with a direction in tables of its own, in JSON, YAML and XML."""

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from cpo_probes.exchange.capability import KIND, Claim, findings
from cpo_probes.exchange.names.naming import Naming, naming
from cpo_probes.exchange.registration.script_roles import flag_direction
from cpo_scan.probe import Artifact, Context, Finding, Probe, Strength, formats

MOST_NODES = 200_000  # of one document
MOST_VALUES = 256  # suffixes of one entry
LONGEST_SUFFIX = 10
_KINDS = ("type", "kind", "class")  # attributes that say what an element is: `<service type="file_opener">`
_SEPARATORS = str.maketrans(",;|", "   ")
_SUFFIX_MARKS = (b"xtension", b"XTENSION", b"uffix", b"ime", b'"*.', b'".')
_ROLE_MARKS = (b"mport", b"xport", b"pener", b"eader", b"riter", b"oader", b"arser", b"aver", b"ead", b"rite")


class Entry(NamedTuple):
    """A suffix or MIME type under an entry that tells a direction."""

    text: str
    direction: str
    table: str
    place: str | int  # a JSON pointer, or a line


class RegistryProbe(Probe):
    """Formats that plug-in descriptions and tables in JSON, YAML and XML list with a direction."""

    id = "exchange.registries"
    version = 3
    examines = formats("json", "xml", "yaml").containing(b"xtension", b"uffix", b"ime_type", b"imeType", b"imetype")
    states = (KIND,)
    limitations = (
        "A table counts where the name or type of an entry says what is done (`importer`, `file_opener`, `canExport`) "
        "and suffixes or MIME types stand below it; tables of another shape are not seen.",
        "Documents above the cap for sources are data, and are not looked at.",
    )
    remediation = "List each format with its suffixes and its direction, in a table with a published schema."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        if artifact.size > context.limits.source_bytes:
            return
        data = bytes(context.bytes(artifact))
        if not any(mark in data for mark in _ROLE_MARKS) or not any(mark in data for mark in _SUFFIX_MARKS):
            return
        names = naming(context)
        match artifact.format:
            case "json":
                listed = _in_tree(context.json(artifact).value, names)
            case "yaml":
                listed = _in_tree(context.yaml(artifact).value, names)
            case _:
                listed = _in_xml(artifact, context, names)
        yield from findings(_claims(listed, artifact, names), artifact, context)


def _claims(entries: Iterator[Entry], artifact: Artifact, names: Naming) -> Iterator[Claim]:
    for entry in entries:
        place: dict[str, Any] = {"pointer" if isinstance(entry.place, str) else "line": entry.place}
        for standard in _standards(entry.text, names):
            more = {"mechanism": "registry", "table": entry.table}
            evidence = (artifact.at(f"{entry.table}: {entry.text}", **place),)
            yield Claim(standard, entry.direction, "registration", entry.text, evidence, Strength.REGISTERED, more)


def _standards(text: str, names: Naming) -> list[str]:
    """What a suffix or a MIME type means; wrappers say nothing of what is inside."""
    if "/" in text:
        mime = names.by_mime(text)
        return [mime] if mime is not None and mime not in names.wrappers else []
    return names.in_label("", [text])


def _pieces(text: str) -> Iterator[str]:
    """The suffixes and MIME types in a text such as `*.stp;*.step` or `vtk vtp`."""
    for piece in text.translate(_SEPARATORS).split()[:MOST_VALUES]:
        bare = piece.lstrip("*.")
        if "/" in piece:
            yield piece
        elif bare.replace("_", "").isalnum() and len(bare) <= LONGEST_SUFFIX:
            yield bare.lower()


def _in_tree(document: Any, names: Naming) -> Iterator[Entry]:
    waiting: deque[tuple[Any, str, str, tuple[str, ...]]] = deque([(document, "", "", ())])
    looked = 0
    while waiting and looked < MOST_NODES:
        looked += 1
        value, pointer, table, ways = waiting.popleft()
        if isinstance(value, list):
            waiting.extend((item, f"{pointer}/{at}", table, ways) for at, item in enumerate(value[:MOST_NODES]))
        elif isinstance(value, dict):
            told = _flags(value, names)
            own, name = (told, "") if told else (ways, table)
            for key, inner in value.items():
                if not isinstance(key, str):
                    continue  # YAML has other keys too
                place = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
                direction = names.in_key(key) or names.in_table_name(key)
                if names.is_suffix_key(key):
                    for way in own:
                        yield from _listed(inner, way, name or key, place, dotted=False)
                elif direction is not None and isinstance(inner, list) and inner and isinstance(inner[0], str):
                    yield from _listed(inner, direction, key, place, dotted=True)
                elif isinstance(inner, (list, dict)):
                    below = (key, (direction,)) if direction is not None else (name, own)
                    waiting.append((inner, place, *below))


def _flags(entry: dict[str, Any], names: Naming) -> tuple[str, ...]:
    """The directions that flags of an entry grant: `{"extension": "stp", "canImport": true, "export": false}`."""
    return tuple(
        sorted({way for key, value in entry.items() if value is True and (way := flag_direction(str(key), names))})
    )


def _listed(value: Any, direction: str, table: str, place: str, *, dotted: bool) -> Iterator[Entry]:
    """The suffixes of a value, a text or a list of texts; `dotted`: only those that are written as suffixes."""
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    for at, text in enumerate(texts[:MOST_VALUES]):
        if isinstance(text, str) and (not dotted or text.startswith((".", "*."))):
            pointer = place if isinstance(value, str) else f"{place}/{at}"
            yield from (Entry(piece, direction, table, pointer) for piece in _pieces(text))


def _in_xml(artifact: Artifact, context: Context, names: Naming) -> Iterator[Entry]:
    for looked, element in enumerate(context.xml(artifact).iter("{*}*")):
        if looked >= MOST_NODES:
            return
        tag = str(element.tag).rpartition("}")[2]
        kind = next((value for key in _KINDS if (value := element.get(key)) and names.in_key(value)), "")
        direction = names.in_key(tag) or names.in_key(kind)
        if direction is None:
            continue
        texts = [str(value) for key, value in element.attrib.items() if names.is_suffix_key(str(key))]
        for child in element:
            if names.is_suffix_key(str(child.tag).rpartition("}")[2]):
                texts += [item.text or "" for item in child.iter("{*}*")]
        for text in texts:
            line = element.sourceline if isinstance(element.sourceline, int) else 1
            yield from (Entry(piece, direction, kind or tag, line) for piece in _pieces(text))
