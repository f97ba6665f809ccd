"""The probe for COM type libraries: files of their own, and resources of programs and libraries."""

from collections.abc import Iterator
from typing import Any

from cpo_probes.api.typelib_msft import FUNCTION, Broken, Described, Library, Member, read_library
from cpo_scan.probe import (
    Artifact,
    Context,
    Evidence,
    Finding,
    LimitHit,
    Offered,
    Probe,
    Reason,
    Strength,
    Unreadable,
    formats,
)
from cpo_scan.probe.binaries import read_resources
from cpo_scan.probe.wording import documented

_FAMILY = "typelib"
_LISTED = 100
_EVIDENCE = 12
_LARGEST = 64 * 2**20  # octets of one type library
_RESOURCE = "TYPELIB"
_CALLED = frozenset({"interface", "dispinterface", "module"})
# What every interface that can be called by name inherits from COM (IUnknown, IDispatch); type libraries repeat it.
_INHERITED = frozenset(
    {"QueryInterface", "AddRef", "Release", "GetTypeInfoCount", "GetTypeInfo", "GetIDsOfNames", "Invoke"}
)


class TypeLibraryProbe(Probe):
    """What the shipped COM type libraries describe: interfaces, their methods and properties, and the help texts.

    Files of their own (.tlb, .olb) and the resources TYPELIB of programs and libraries.
    """

    id = "api.typelib"
    version = 1
    examines = formats("typelib") | formats("pe").containing(_RESOURCE.encode("utf-16-le"))
    states = ("api.description",)
    limitations = (
        "type libraries of the old format SLTG are recognised and not read",
        "types of parameters are not read, and other libraries that are referred to are not looked up",
        "help texts that lie in a library of their own are not read",
    )
    references = (
        "https://learn.microsoft.com/windows/win32/api/oaidl/",
        "https://learn.microsoft.com/windows/win32/debug/pe-format#the-rsrc-section",
    )
    remediation = "Give every method and property a helpstring that says more than its name."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        content = context.content(artifact)
        data = content.whole()
        if artifact.format == "typelib":
            if len(data) > _LARGEST:
                raise LimitHit("limit.document_bytes", size=len(data), limit=_LARGEST)
            found = _examine(artifact, bytes(data), 0, "")
            if found is not None:
                yield found
            else:
                context.partly(artifact, "typelib.none")
            return
        try:
            resources = read_resources(data, _RESOURCE)
        except Unreadable as error:
            context.unreadable(artifact, error)
            return
        several = len(resources) > 1
        for resource in resources:
            context.checkpoint()
            if resource.size > _LARGEST:
                context.partly(artifact, "limit.document_bytes", size=resource.size, limit=_LARGEST)
                continue
            raw = bytes(data[resource.offset : resource.offset + resource.size])
            found = _examine(artifact, raw, resource.offset, resource.name if several else "")
            if found is None:
                context.partly(artifact, "typelib.none")
            else:
                yield found


def _examine(artifact: Artifact, data: bytes, base: int, key: str) -> Finding | None:
    """The finding for one library, which starts `base` octets into the artifact; None where it is none."""
    where: dict[str, str] = {"resource": f"{_RESOURCE}/{key or 1}"} if base else {}
    if data[:4] == b"SLTG":
        attributes: dict[str, Any] = {
            "family": _FAMILY,
            "format": "sltg",
            **where,
            "valid": None,
            "problems": [{"code": "typelib.old_format"}],
            "problems_total": 1,
        }
        return Finding("api.description", attributes, evidence=(artifact.at("SLTG", bytes=(base, 4)),), key=key)
    if data[:4] != b"MSFT":
        return None
    try:
        library = read_library(data)
    except Broken as broken:
        problem = {"code": "typelib.broken", "params": {"what": broken.what, "offset": base + broken.offset}}
        attributes = {"family": _FAMILY, "format": "msft", **where, "valid": False, "problems": [problem]}
        evidence = (artifact.at("MSFT", bytes=(base, 4)),)
        return Finding("api.description", attributes | {"problems_total": 1}, evidence=evidence, key=key)
    return _finding(artifact, library, base, key, where)


def _finding(artifact: Artifact, library: Library, base: int, key: str, where: dict[str, str]) -> Finding:
    called = [each for each in library.types if each.kind in _CALLED]
    operations = [(each, member) for each in called for member in _functions(each) if member.call == FUNCTION]
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
        "family": _FAMILY,
        "format": "msft",
        "title": library.name[:300] or None,
        "api_version": library.version,
        "description": library.text[:300] or None,
        **where,
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
        evidence=(artifact.at(library.name or "MSFT", bytes=(base, 4)), *_places(artifact, silent, base)),
        key=key,
        offered=Offered.INTERNAL if library.hidden else None,
        offered_reason=Reason("typelib.marked_internal") if library.hidden else None,
    )


def _functions(described: Described) -> Iterator[Member]:
    """The functions that the interface itself adds."""
    for member in described.members:
        if member.call and not (described.kind == "dispinterface" and member.name in _INHERITED):
            yield member


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
