"""File associations that a Windows Installer package makes: tables Extension, Verb, MIME, ProgId and Registry."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.names.naming import Naming
from cpo_scan.probe import Artifact, Context, Strength
from cpo_scan.probe.installer import InstallerTables

_CLASSES = ("software\\classes\\", "software\\wow6432node\\classes\\")
_BELOW = ("", "openwithlist", "openwithprogids", "shell")  # keys of a suffix by which programs open it
_ROOTS = ("0", "1", "2", "-1")  # HKCR, HKCU, HKLM, or of the user or machine as it is installed (Registry table)
_REGISTRY_KEY, _DATA_SOURCE = 4, 32  # attributes of a component whose key path is no file
_OPENING = ("open", "edit", "")  # verbs that give a file to the program; without one it is the default, to open


def installer(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """Suffixes and MIME types for which the package registers the product to be asked: it opens such files."""
    tables = InstallerTables(context.content(artifact))
    described = {row[0]: row[1] for row in tables.rows("ProgId", "ProgId", "Description")}
    verbs: dict[str, set[str]] = {}
    for suffix, verb in tables.rows("Verb", "Extension_", "Verb"):
        verbs.setdefault(suffix.lower(), set()).add(verb.lower())
    missing = _missing(tables)
    for suffix, component, program in tables.rows("Extension", "Extension", "Component_", "ProgId_"):
        said = verbs.get(suffix.lower(), {""})
        direction = "import" if said.intersection(_OPENING) else "unknown"
        strength = Strength.REGISTERED if direction == "import" else Strength.NAMED
        more: dict[str, Any] = {"mechanism": "msi"}
        if component in missing:
            more["refuted"] = {"reason": "capability.handler_missing", "missing": missing[component]}
            strength = Strength.MENTIONED
        label = described.get(program, "") or f".{suffix}"
        for standard in names.in_label(described.get(program, ""), [suffix.lower().lstrip(".")]):
            place = artifact.at(f"Extension {suffix}: {label}", symbol=f"Extension/{suffix}"[:500])
            yield Claim(standard, direction, "mime", label, (place,), strength, more)
    for (mime,) in tables.rows("MIME", "ContentType"):
        if (meant := names.by_mime(mime)) is not None and meant not in names.wrappers:
            place = artifact.at(f"MIME {mime}", symbol=f"MIME/{mime}"[:500])
            yield Claim(meant, "unknown", "mime", mime, (place,), Strength.NAMED, {"mechanism": "msi"})
    for key, root, path in tables.rows("Registry", "Registry", "Root", "Key"):
        suffix = _suffix(root, path)
        for standard in names.in_label("", [suffix]) if suffix else ():
            place = artifact.at(f"Registry {path}", symbol=f"Registry/{key}"[:500])
            yield Claim(standard, "import", "mime", f".{suffix}", (place,), more={"mechanism": "msi"})


def _suffix(root: str, path: str) -> str:
    """The suffix whose class a row of the table Registry sets; empty where it sets something else."""
    folded = path.lower().lstrip("\\")
    if root not in _ROOTS:
        return ""
    if root != "0":
        folded = next((folded.removeprefix(start) for start in _CLASSES if folded.startswith(start)), "")
    first, _, below = folded.partition("\\")
    return first[1:] if first.startswith(".") and below.partition("\\")[0] in _BELOW else ""


def _missing(tables: InstallerTables) -> dict[str, str]:
    """Components whose main file the package does not hold: what they register has no handler."""
    files = {key for (key,) in tables.rows("File", "File")}
    if not files:
        return {}  # a package that only changes another one
    return {
        component: path
        for component, path, flags in tables.rows("Component", "Component", "KeyPath", "Attributes")
        if path and not int(flags) & (_REGISTRY_KEY | _DATA_SOURCE) and path not in files
    }
