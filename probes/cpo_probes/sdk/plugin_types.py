"""Types that strangers are to derive from, and types that derive from those of a known host.

Points are public, abstract or interfaces, and called plug-in, add-in or extension, or say so by an attribute. Read are
the metadata of Java class files and .NET assemblies; no code is run or decoded.
"""

from collections.abc import Iterator
from typing import Any

from cpo_probes.sdk.facts import Fact
from cpo_scan.probe import Artifact, Content, Strength
from cpo_scan.probe.classfile import (
    ABSTRACT,
    ANNOTATION,
    FINAL,
    INTERFACE,
    MODULE,
    PUBLIC,
    SYNTHETIC,
    ClassFile,
    read_class,
)
from cpo_scan.probe.dotnet import Attribute, Type, read_assembly
from cpo_scan.probe.plugin_names import called_so
from cpo_scan.probe.plugin_names import simple as simple_name

Rules = dict[str, Any]


def java_facts(rules: Rules, artifact: Artifact, content: Content) -> Iterator[Fact]:
    """A class file that is such a type: a point; one that derives from one: a use. Raises Unreadable."""
    row = rules["java"]
    read = read_class(content.whole())
    if read.access & MODULE:
        yield from _services(rules, read, artifact)
        return
    name = read.name.replace("/", ".")
    simple = name.rpartition(".")[2].rpartition("$")[2]
    if read.local or read.access & (SYNTHETIC | ANNOTATION) or _foreign(name, rules):
        return
    evidence = (artifact.at(name, symbol=name),)
    interface = bool(read.access & INTERFACE)
    if (
        read.access & PUBLIC
        and read.access & ABSTRACT
        and not read.access & FINAL
        and called_so(simple, row, interface=interface)
    ):
        more = {"languages": ["java"], "form": "interface" if interface else "class"}
        yield Fact("point", row["mechanism"], name, "", evidence, Strength.RECOGNISED, more=more)
    if not read.access & ABSTRACT:
        for parent in (read.super, *read.interfaces):
            above = parent.replace("/", ".")
            inside = name.startswith(f"{above}$")  # what stands in for a plug-in that is absent or broken
            simple = above.rpartition(".")[2].rpartition("$")[2]
            if called_so(simple, row, interface=True) and not inside and not _foreign(above, rules):
                yield Fact("use", row["mechanism"], name, above, evidence, Strength.RECOGNISED)


def _services(rules: Rules, read: ClassFile, artifact: Artifact) -> Iterator[Fact]:
    """Services that a module looks up are points; those that it provides are uses (JLS 7.7.3 and 7.7.4)."""
    evidence = (artifact.at(read.module, symbol=read.module),)
    for service in read.uses:
        name = service.replace("/", ".")
        if not _foreign(name, rules):
            yield Fact("point", "service-loader", name, "", evidence, more={"languages": ["java"]})
    for provided in read.provides:
        point = provided.service.replace("/", ".")
        for by in provided.by:
            yield Fact("use", "service-loader", by.replace("/", "."), point, evidence)


def dotnet_words(rules: Rules) -> tuple[bytes, ...]:
    """What must stand in an assembly for `dotnet_facts` to find something there: metadata hold simple names."""
    words = set(rules["dotnet"]["containing"])
    words |= {name.rpartition(".")[2] for row in rules["hosts"] for name in row["types"]}
    words |= {name.rpartition(".")[2] for row in rules["attributes"] for name in row["attributes"]}
    return tuple(sorted(word.encode() for word in words))


def dotnet_facts(rules: Rules, artifact: Artifact, content: Content) -> Iterator[Fact]:
    """The types of an assembly that are such types (points), or derive from them (uses). Raises Unreadable."""
    row = rules["dotnet"]
    hosts = {name: each["mechanism"] for each in rules["hosts"] for name in each["types"]}
    marks = {name: each for each in rules["attributes"] for name in each["attributes"]}
    for kind in read_assembly(content.whole()).types:
        if _foreign(kind.name, rules) or "<" in kind.name:
            continue
        evidence = (artifact.at(kind.name, symbol=kind.name),)
        yield from _marked(kind, marks, artifact)
        for above in (kind.base, *kind.interfaces) if kind.kind == "class" and not kind.abstract else ():
            if above in hosts:
                yield Fact("use", hosts[above], kind.name, above, evidence, Strength.RECOGNISED)
        interface = kind.kind == "interface"
        if (
            kind.visibility == "public"
            and (interface or (kind.kind == "class" and kind.abstract and not _static(kind)))
            and called_so(simple_name(kind.name), row, interface=interface)
        ):
            more = {"languages": ["dotnet"], "form": kind.kind}
            yield Fact("point", row["mechanism"], kind.name, "", evidence, Strength.RECOGNISED, more=more)
        if kind.kind == "class" and not kind.abstract:
            for above in (kind.base, *kind.interfaces):
                inside = kind.name.startswith(f"{above}+")
                if called_so(simple_name(above), row, interface=True) and not inside and not _foreign(above, rules):
                    yield Fact("use", row["mechanism"], kind.name, above, evidence, Strength.RECOGNISED)


def _marked(kind: Type, marks: dict[str, Rules], artifact: Artifact) -> Iterator[Fact]:
    """What attributes on a type and on its members say. Without a text the contract is the type that they mark."""
    members: list[tuple[str, tuple[Attribute, ...]]] = [(kind.name, kind.attributes)]
    members += [(f"{kind.name}.{method.name}", method.attributes) for method in kind.methods]
    members += [(f"{kind.name}.{field.name}", field.attributes) for field in kind.fields]
    members += [(f"{kind.name}.{each.name}", each.attributes) for each in kind.properties]
    for symbol, attributes in members:
        for attribute in attributes:
            row = marks.get(attribute.type)
            if row is None:
                continue
            contract = attribute.text.partition(",")[0].strip() or kind.name
            evidence = (artifact.at(symbol, symbol=symbol),)
            if row["states"] == "point":
                if attribute.text or symbol == kind.name:
                    more = {"languages": ["dotnet"]}
                    yield Fact("point", row["mechanism"], contract, "", evidence, Strength.REGISTERED, more=more)
            else:
                yield Fact("use", row["mechanism"], symbol, contract, evidence, Strength.REGISTERED)


def _foreign(name: str, rules: Rules) -> bool:
    return name.startswith(tuple(rules["foreign"]))


def _static(kind: Type) -> bool:
    """A static class is abstract too (and sealed): it has no constructor that a derived class could call."""
    return all(method.name != ".ctor" or method.visibility == "private" for method in kind.methods)
