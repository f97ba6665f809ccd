"""The probe for COM type libraries: files of their own, and resources of programs and libraries."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.typelib.files import FAMILY, FORMATS, HOLDERS, RESOURCE, Found, libraries
from cpo_probes.api.typelib.interface import functions
from cpo_probes.api.typelib.model import CALLED, FUNCTION, Broken, Described, Library, Member
from cpo_scan.probe import Artifact, Context, Evidence, Finding, Offered, Probe, Reason, Strength
from cpo_scan.probe.wording import documented

_LISTED = 100
_EVIDENCE = 12


class TypeLibraryProbe(Probe):
    """What the shipped COM type libraries describe: interfaces, their methods and properties, and the help texts.

    Files of their own (.tlb, .olb) in both formats, and the resources TYPELIB of programs and libraries.
    """

    id = "api.typelib"
    version = 2
    examines = HOLDERS
    states = ("api.description",)
    limitations = (
        "the formats are not published; libraries of the older one (SLTG) were read that we wrote ourselves, after what"
        " independent implementations agree on",
        "other libraries that are referred to are not looked up",
        "help texts that lie in a library of their own are not read",
    )
    references = (
        "https://learn.microsoft.com/windows/win32/api/oaidl/",
        "https://learn.microsoft.com/windows/win32/debug/pe-format#the-rsrc-section",
    )
    remediation = "Give every method and property a helpstring that says more than its name."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        for found in libraries(artifact, context):
            yield _examine(artifact, found, found.resource)


def _examine(artifact: Artifact, found: Found, key: str) -> Finding:
    """The finding for one library, whose `key` tells it apart from others of the artifact."""
    format, read = FORMATS[found.data[:4]]
    about = {"family": FAMILY, "format": format} | ({"resource": f"{RESOURCE}/{key or 1}"} if found.base else {})
    try:
        return _finding(artifact, read(found.data), found.base, key, about)
    except Broken as broken:
        problem = {"code": "typelib.broken", "params": {"what": broken.what, "offset": found.base + broken.offset}}
        evidence = (artifact.at(format.upper(), bytes=(found.base, 4)),)
        attributes = about | {"valid": False, "problems": [problem], "problems_total": 1}
        return Finding("api.description", attributes, evidence=evidence, key=key)


def _finding(artifact: Artifact, library: Library, base: int, key: str, about: dict[str, str]) -> Finding:
    called = [each for each in library.types if each.kind in CALLED]
    operations = [(each, member) for each in called for member in functions(each) if member.call == FUNCTION]
    accessors = _properties(called)
    said = documented([(member.text, (member.name, each.name)) for each, member in operations])
    silent = [pair for pair, is_said in zip(operations, said, strict=True) if not is_said]
    valid = not library.problems
    problems = [
        {"code": "typelib.broken", "params": {"what": what, "offset": base + offset}}
        for what, offset in library.problems
    ]
    kinds = [each.kind for each in library.types]
    attributes: dict[str, Any] = {
        **about,
        "title": library.name[:300] or None,
        "api_version": library.version,
        "description": library.text[:300] or None,
        "uuid": library.uuid or None,
        "interfaces": kinds.count("interface") + kinds.count("dispinterface"),
        "operations": len(operations),
        "documented_operations": sum(said),
        "undocumented": [f"{each.name}::{member.name}"[:300] for each, member in silent[:_LISTED]],
        "undocumented_total": len(silent),
        "attributes": len(accessors),
        "documented_attributes": sum(documented(accessors)),
        "hidden_operations": sum(member.hidden or each.hidden for each, member in operations) or None,
        "components": kinds.count("coclass"),
        "schemas": kinds.count("struct") + kinds.count("union"),
        "properties": sum(len(each.members) for each in library.types if each.kind in ("struct", "union")),
        "enums": kinds.count("enum"),
        "constants": sum(len(each.members) for each in library.types if each.kind == "enum"),
        "types": kinds.count("typedef") or None,
        "valid": valid,
        "problems": problems,
        "problems_total": len(problems),
    }
    return Finding(
        "api.description",
        attributes,
        strength=Strength.VALIDATED if valid else Strength.RECOGNISED,
        evidence=(
            artifact.at(library.name or about["format"].upper(), bytes=(base, 4)),
            *_places(artifact, silent, base),
        ),
        key=key,
        offered=Offered.INTERNAL if library.hidden else None,
        offered_reason=Reason("typelib.marked_internal") if library.hidden else None,
    )


def _properties(called: list[Described]) -> list[tuple[str, tuple[str, str]]]:
    """Help text and names of each property: reading and writing it are one."""
    texts: dict[tuple[str, str], str] = {}
    for each in called:
        for member in each.members:
            if member.call != FUNCTION and not (each.kind == "module" and not member.call):
                known = texts.get((each.name, member.name), "")
                texts[each.name, member.name] = known or member.text
    return [(text, (name, interface)) for (interface, name), text in texts.items()]


def _places(artifact: Artifact, silent: list[tuple[Described, Member]], base: int) -> Iterator[Evidence]:
    for each, member in silent[:_EVIDENCE]:
        yield artifact.at(f"{each.name}::{member.name}", bytes=(base + member.offset, 24))
