"""The public surface of .NET assemblies: types and members by their metadata, descriptions from the XML file beside."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cpo_probes.sdk.surface_tally import MOST_NAMES, Noted, Tally
from cpo_scan.probe import Artifact, Context, Finding, Probe, Unreadable, formats
from cpo_scan.probe.dotnet import Assembly, Type, is_assembly, read_assembly
from cpo_scan.probe.dotnet_reach import reachable, starts_by_itself
from cpo_scan.probe.plugin_names import called_so, plugin_hosts, simple

if TYPE_CHECKING:
    from lxml.etree import _ElementTree

_OFFERED = ("public", "protected")
Names = dict[tuple[str, int], str]


class DotnetSurfaceProbe(Probe):
    """Public and protected types and members of .NET assemblies, and how many of them the XML file describes

    A program offers no types by being one, and an add-on is made for its host: of them count those that plug-in types
    of their own lead to, or all where the XML file that is made for programmers lies beside.
    """

    id = "sdk.surface-dotnet"
    version = 2
    examines = formats("pe")
    states = ("sdk.surface",)
    limitations = (
        "an overload is matched with its description by name and number of parameters",
        "types that an assembly forwards to another one are counted there",
        "of a program, and of an add-on, without an XML file count the types that lead on from public types called "
        "plug-in, add-in or extension; what else it lets others use is not seen",
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
        entries: frozenset[str] = frozenset()
        only: frozenset[str] | None = None
        rules = context.data("mechanisms")["types"]
        program = where is None and starts_by_itself(data)
        if program or (where is None and plugin_hosts(data, rules)):
            entries = _entries(assembly, rules)
            only = reachable(data, entries) if entries else frozenset()
        tally = Tally()
        tally.add(symbols(assembly, described, only))
        if not tally:
            return
        tally.evidence.append(artifact.at())
        if where is not None:
            tally.evidence.append(where.at())
        yield tally.finding(
            "dotnet",
            artifact.path,
            assembly=assembly.name,
            version=assembly.version,
            documentation=where is not None,
            program=program or None,
            entry_types=sorted(entries)[:MOST_NAMES] or None,
        )


def _entries(assembly: Assembly, rules: dict[str, Any]) -> frozenset[str]:
    """Types of a program from which add-ons derive: public, abstract or interfaces, and called so."""
    row = rules["dotnet"]
    return frozenset(
        kind.name
        for kind in assembly.types
        if kind.visibility == "public"
        and (kind.kind == "interface" or (kind.kind == "class" and kind.abstract and _derivable(kind)))
        and called_so(simple(kind.name), row, interface=kind.kind == "interface")
    )


def _derivable(kind: Type) -> bool:
    """Has a class a constructor that derived ones can call? A static one, which is abstract too, has none."""
    return any(method.name == ".ctor" and method.visibility in _OFFERED for method in kind.methods)


def symbols(assembly: Assembly, described: Names, only: frozenset[str] | None = None) -> Iterator[Noted]:
    """Types and members for others, `only` of some types. Accessors count as their property or event, values as what an
    enumeration is."""
    for kind in assembly.types:
        if kind.visibility not in _OFFERED or kind.name.startswith("<") or (only is not None and kind.name not in only):
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
