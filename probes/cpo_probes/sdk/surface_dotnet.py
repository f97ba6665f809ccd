"""The public surface of .NET assemblies: types and members by their metadata, descriptions from the XML file beside."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cpo_probes.sdk.surface_tally import Noted, Tally
from cpo_scan.probe import Artifact, Context, Finding, Probe, Unreadable, formats
from cpo_scan.probe.dotnet import Assembly, Type, is_assembly, read_assembly

if TYPE_CHECKING:
    from lxml.etree import _ElementTree

_OFFERED = ("public", "protected")
Names = dict[tuple[str, int], str]


class DotnetSurfaceProbe(Probe):
    """Public and protected types and members of .NET assemblies, and how many of them the XML file describes"""

    id = "sdk.surface-dotnet"
    version = 1
    examines = formats("pe")
    states = ("sdk.surface",)
    limitations = (
        "an overload is matched with its description by name and number of parameters",
        "types that an assembly forwards to another one are counted there",
    )
    references = ("ECMA-335 partition II", "ECMA-334 annex D (documentation comments)")
    remediation = "Ship the XML documentation file that the compiler writes beside the assembly."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        """One finding for an assembly that offers something; native programs and translations give none."""
        data = context.content(artifact).whole()
        if not is_assembly(data):
            return
        assembly = read_assembly(data)
        if assembly.culture or not assembly.types:
            return
        described, where = _descriptions(artifact, context)
        tally = Tally()
        tally.add(symbols(assembly, described))
        if not tally:
            return
        tally.evidence.append(artifact.at())
        if where is not None:
            tally.evidence.append(where.at())
        yield tally.finding(
            "dotnet", artifact.path, assembly=assembly.name, version=assembly.version, documentation=where is not None
        )


def symbols(assembly: Assembly, described: Names) -> Iterator[Noted]:
    """Types and members for others. Accessors count as their property or event, values as what an enumeration is."""
    for kind in assembly.types:
        if kind.visibility not in _OFFERED or kind.name.startswith("<"):
            continue
        own = kind.name.replace("+", ".")
        yield _noted("type", own, "", described.get((f"T:{own}", 0), ""))
        for prefix, name, parameters, overload in _members(kind):
            full = f"{own}.{name}"
            key = (f"{prefix}:{full.replace('.ctor', '#ctor')}", parameters)
            yield _noted("member", full, overload, described.get(key, ""))


def _members(kind: Type) -> Iterator[tuple[str, str, int, str]]:
    """Letter of the documentation id, name, number of parameters, and what tells overloads apart."""
    if kind.kind == "delegate":  # its Invoke and constructor are the compiler's
        return
    for number, method in enumerate(kind.methods):
        if method.visibility in _OFFERED and not method.accessor and method.name != ".cctor":
            yield "M", method.name, method.parameters, str(number)
    for field in kind.fields:
        if field.visibility in _OFFERED and not field.special:
            yield "F", field.name, 0, ""
    for number, accessed in enumerate(kind.properties):
        if accessed.visibility in _OFFERED:
            yield "P", accessed.name, accessed.parameters, str(number)
    for event in kind.events:
        if event.visibility in _OFFERED:
            yield "E", event.name, 0, ""


def _noted(kind: str, name: str, overload: str, doc: str) -> Noted:
    return Noted.of(kind, name, overload, doc)


def _descriptions(artifact: Artifact, context: Context) -> tuple[Names, Artifact | None]:
    """What the XML file beside the assembly says, by documentation id without parameters and their number."""
    stem = artifact.name.rpartition(".")[0]
    for name in (f"{stem}.xml", f"{stem}.XML", f"{stem.lower()}.xml"):
        found = context.related(artifact, name)
        if found is not None:
            try:
                return descriptions(context.xml(found)), found
            except Unreadable as error:
                context.unreadable(found, error)
                return {}, None
    return {}, None


def descriptions(document: "_ElementTree") -> Names:
    """Descriptions by documentation id (ECMA-334 D.4.2): `M:Space.Type.Method` and the number of parameters."""
    found: Names = {}
    for member in document.iterfind("./members/member"):
        identity = member.get("name") or ""
        said = " ".join(
            "".join(map(str, part.itertext())) for part in member if part.tag in ("summary", "value", "returns")
        )
        name, _, parameters = identity.partition("(")
        name = name.partition("~")[0]
        key = (_without_generics(name), _count(parameters))
        if said.strip():
            found.setdefault(key, " ".join(said.split())[:400])
    return found


def _without_generics(name: str) -> str:
    """Without the number of a method's own generic parameters: ``M:A.B``1``; that of a type belongs to its name."""
    return name.partition("``")[0]


def _count(parameters: str) -> int:
    """Parameters of `System.Int32,System.Collections.Generic.Dictionary{A,B})`."""
    if not parameters.rstrip(")"):
        return 0
    depth, count = 0, 1
    for sign in parameters:
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
        elif sign == "," and not depth:
            count += 1
    return count
