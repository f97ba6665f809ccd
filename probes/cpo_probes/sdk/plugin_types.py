"""Types that strangers are to derive from: public, abstract or interfaces, and called plug-in, add-in or extension.

Java class files and .NET assemblies, by their metadata; no code is run or decoded.
"""

from collections.abc import Iterator
from typing import Any

from cpo_probes.sdk.facts import Fact
from cpo_scan.probe import Artifact, Content, Strength
from cpo_scan.probe.classfile import ABSTRACT, ANNOTATION, FINAL, INTERFACE, PUBLIC, SYNTHETIC, read_class
from cpo_scan.probe.dotnet import Type, read_assembly

Rules = dict[str, Any]


def called_so(name: str, row: Rules, *, interface: bool) -> bool:
    """Does the simple name of a type say that it is a plug-in, add-in or extension?"""
    if interface and len(name) > 2 and name[0] == "I" and name[1].isupper():
        name = name[1:]
    return name in row["alone"] or name.endswith(tuple(row["ends"]))


def java_facts(rules: Rules, artifact: Artifact, content: Content) -> Iterator[Fact]:
    """A class file that is such a type: a point; one that derives from one: a use. Raises Unreadable."""
    row = rules["java"]
    read = read_class(content.whole())
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
            if called_so(above.rpartition(".")[2].rpartition("$")[2], row, interface=True) and not _foreign(
                above, rules
            ):
                yield Fact("use", row["mechanism"], name, above, evidence, Strength.RECOGNISED)


def dotnet_facts(rules: Rules, artifact: Artifact, content: Content) -> Iterator[Fact]:
    """The types of an assembly that are such types (points), or derive from them (uses). Raises Unreadable."""
    row = rules["dotnet"]
    for kind in read_assembly(content.whole()).types:
        if _foreign(kind.name, rules) or "<" in kind.name:
            continue
        evidence = (artifact.at(kind.name, symbol=kind.name),)
        interface = kind.kind == "interface"
        if (
            kind.visibility == "public"
            and (interface or (kind.kind == "class" and kind.abstract and not _static(kind)))
            and called_so(_simple(kind.name), row, interface=interface)
        ):
            more = {"languages": ["dotnet"], "form": kind.kind}
            yield Fact("point", row["mechanism"], kind.name, "", evidence, Strength.RECOGNISED, more=more)
        if kind.kind == "class" and not kind.abstract:
            for above in (kind.base, *kind.interfaces):
                if called_so(_simple(above), row, interface=True) and not _foreign(above, rules):
                    yield Fact("use", row["mechanism"], kind.name, above, evidence, Strength.RECOGNISED)


def _simple(name: str) -> str:
    return name.rpartition(".")[2].rpartition("+")[2].partition("`")[0]


def _foreign(name: str, rules: Rules) -> bool:
    return name.startswith(tuple(rules["foreign"]))


def _static(kind: Type) -> bool:
    """A static class is abstract too (and sealed): it has no constructor that a derived class could call."""
    return all(method.name != ".ctor" or method.visibility == "private" for method in kind.methods)
