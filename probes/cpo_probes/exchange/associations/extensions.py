"""Formats that extension manifests contribute: Inkscape `.inx`, Eclipse `plugin.xml`, editors in `package.json`."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.exchange.capability import Claim
from cpo_probes.exchange.handlers import missing_class
from cpo_probes.exchange.names.naming import Naming
from cpo_scan.probe import Artifact, Context, Strength


def inkscape(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """An input or output extension with its suffix, MIME type and script (Inkscape extension schema)."""
    root = context.xml(artifact).getroot()
    programs = [item.text or "" for item in root.iter("{*}dependency") if item.get("type") == "executable"]
    for tag, direction in (("{*}input", "import"), ("{*}output", "export")):
        for entry in root.iter(tag):
            label = (entry.findtext("{*}filetypename") or artifact.name).strip()
            suffix = (entry.findtext("{*}extension") or "").strip()
            standard = names.by_mime(entry.findtext("{*}mimetype") or "")
            found = names.in_label(label, [suffix] if suffix else [])
            more: dict[str, Any] = {"mechanism": "inkscape"} | (
                {"requires": programs[0]} if programs and programs[0] else {}
            )
            strength = Strength.REGISTERED
            script = next((item for item in root.iter("{*}command") if item.get("location") == "inx"), None)
            if script is not None and script.text and context.related(artifact, script.text.strip()) is None:
                more["refuted"] = {"reason": "capability.handler_missing", "missing": script.text.strip()}
                strength = Strength.MENTIONED
            by_mime = [standard] if standard and standard not in names.wrappers else []
            for each in found or by_mime:
                place = artifact.at(label, line=entry.sourceline)
                yield Claim(each, direction, "registration", label, (place,), strength, more)


def eclipse(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """Wizards, editors, parsers and content types of the extension points in the rules."""
    rows = context.data("registrations")["eclipse"]
    for extension in context.xml(artifact).iter("extension"):
        for row in (row for row in rows if row["point"] == extension.get("point")):
            for entry in extension.iter(row["element"]):
                label, listed = (entry.get(row[key], "") if key in row else "" for key in ("label", "suffixes"))
                suffixes = [suffix.strip() for suffix in listed.split(",") if suffix.strip()]
                strength = Strength.NAMED if row["direction"] == "unknown" else Strength.REGISTERED
                more: dict[str, Any] = {"mechanism": "eclipse", "point": row["point"]}
                handler = entry.get("class", "")
                if handler and missing_class(handler, context):
                    more["refuted"] = {"reason": "capability.handler_missing", "missing": handler}
                    strength = Strength.MENTIONED
                for each in names.in_label(label, suffixes):
                    yield Claim(
                        each,
                        row["direction"],
                        "registration",
                        label or listed,
                        (artifact.at(f"{row['element']} {label or listed}", line=entry.sourceline),),
                        strength,
                        more,
                    )


def package_json(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    """Custom editors of a VS Code extension: they open what their file name patterns say."""
    package = context.json(artifact).value
    contributes = package.get("contributes") if isinstance(package, dict) else None
    editors = contributes.get("customEditors") if isinstance(contributes, dict) else None
    for number, editor in enumerate(editors if isinstance(editors, list) else []):
        selectors = editor.get("selector") if isinstance(editor, dict) else None
        patterns = [
            str(selector.get("filenamePattern", ""))
            for selector in (selectors if isinstance(selectors, list) else [])
            if isinstance(selector, dict)
        ]
        label = str(editor.get("displayName", "")) if isinstance(editor, dict) else ""
        suffixes = [pattern.rpartition(".")[2] for pattern in patterns if pattern.startswith("*.")]
        for each in names.in_label(label, suffixes) if suffixes else []:
            place = artifact.at(label, pointer=f"/contributes/customEditors/{number}")
            yield Claim(each, "import", "registration", label, (place,), more={"mechanism": "vscode"})
