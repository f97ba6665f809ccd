"""What a product tells the operating system about formats: desktop entries, MIME packages, plists, registry files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.names.format_filters import filtered
from cpo_probes.exchange.names.label_words import suffixes_in
from cpo_probes.exchange.names.mime import is_foreign
from cpo_probes.exchange.names.naming import Naming
from cpo_scan.probe import Artifact, Context, Strength

if TYPE_CHECKING:
    from lxml.etree import _Element


def desktop_entry(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """An application opens the types of its `MimeType` key (Desktop Entry Specification 1.5, chapter 6).

    A service of KDE is a plug-in: a filter says what it reads and writes, another one only what it has to do with.
    """
    group, entries, lines = "", dict[str, str](), dict[str, int]()
    for number, line in enumerate(context.text(artifact).splitlines(), 1):
        if line.startswith("["):
            group = line.strip()
        elif group == "[Desktop Entry]" and "=" in line:
            key, _, value = line.partition("=")
            entries.setdefault(key.strip(), value.strip())
            lines.setdefault(key.strip(), number)
    name, is_service = entries.get("Name") or artifact.name, entries.get("Type") == "Service"
    filters = list(filtered(entries, context, names)) if is_service else []
    yield from (found.claim(name, artifact.at(found.mime, line=lines[found.key])) for found in filters)
    for mime in entries.get("MimeType", "").split(";") if not filters else ():
        opened = names.by_mime(mime) if mime.strip() else None
        if opened is not None:
            place = artifact.at(mime.strip(), line=lines["MimeType"])
            if is_service:
                yield Claim(opened, "unknown", "mime", name, (place,), Strength.NAMED)
            else:
                yield Claim(opened, "import", "mime", name, (place,))


def mime_package(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """The product knows the types that it defines (Shared MIME-info 0.21): that names them and tells no direction."""
    for element in context.xml(artifact).iter("{*}mime-type"):
        mime = element.get("type", "")
        globs = [glob.get("pattern", "") for glob in element.iter("{*}glob")]
        standard = names.by_mime(mime)
        comment = next((child.text or "" for child in element.iter("{*}comment") if len(child.attrib) == 0), "")
        found = [standard] if standard else [] if is_foreign(mime) else _by_globs(globs, f"{comment} | {mime}", names)
        for each in found:
            place = artifact.at(mime, line=element.sourceline)
            yield Claim(each, "unknown", "mime", comment.strip() or mime, (place,), Strength.NAMED)


def _by_globs(globs: list[str], words: str, names: Naming) -> list[str]:
    """What the suffixes of a type mean whose MIME type nobody knows: another program may use them for its own files
    (`Compass plot file`, `*.plt`), unless its words or a suffix that means nothing else say whose they are."""
    named = names.in_words(words)
    return [
        standard
        for standard in names.in_label(" ".join(globs))
        if standard in named or any(names.is_distinct(suffix) for suffix in suffixes_in(" ".join(globs)))
    ]


def plist(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """Document types of a macOS bundle: a viewer reads them, an editor writes them too."""
    if context.bytes(artifact)[:6] == b"bplist":
        return  # only applications keep theirs in XML; a binary one is a resource
    roles = context.data("registrations")["plist_roles"]
    for types in _values(context.xml(artifact).getroot(), "CFBundleDocumentTypes"):
        for entry in types:
            direction = roles.get(next((item.text or "" for item in _values(entry, "CFBundleTypeRole")), ""))
            if direction is None:
                continue
            label = next((item.text or "" for item in _values(entry, "CFBundleTypeName")), "")
            suffixes = _texts(entry, "CFBundleTypeExtensions")
            found = set(names.in_label(label, suffixes)) if suffixes else set()
            found |= {standard for mime in _texts(entry, "CFBundleTypeMIMETypes") if (standard := names.by_mime(mime))}
            for each in sorted(found):
                place = artifact.at(label, line=entry.sourceline)
                yield Claim(each, direction, "mime", label or artifact.name, (place,))


def registry_file(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """Classes that a `.reg` file sets for suffixes: the product is asked to open files with them."""
    for number, line in enumerate(context.text(artifact).splitlines(), 1):
        key = line.strip()
        if not (key.startswith("[HKEY_") and key.endswith("]")):
            continue
        hive, _, place = key[1:-1].partition("\\")
        place = place.removeprefix("Software\\Classes\\").removeprefix("SOFTWARE\\Classes\\")
        if hive in ("HKEY_CLASSES_ROOT", "HKEY_CURRENT_USER", "HKEY_LOCAL_MACHINE") and place.startswith("."):
            suffix = place.partition("\\")[0]
            for standard in names.in_label("", [suffix]):
                yield Claim(standard, "import", "mime", suffix, (artifact.at(key, line=number),))


def _values(entry: "_Element", key: str) -> "Iterator[_Element]":
    """The value elements after a `key` element of this name, in a dict or in the dict below."""
    tables = [entry] if entry.tag == "dict" else entry.findall("dict")
    for table in tables:
        for child in table:
            if child.tag == "key" and child.text == key:
                value = child.getnext()
                if value is not None:
                    yield value


def _texts(entry: "_Element", key: str) -> list[str]:
    return [item.text for value in _values(entry, key) for item in value.iter("string") if item.text]
