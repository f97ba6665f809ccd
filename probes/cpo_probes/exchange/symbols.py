"""Readers and writers by name: classes in Java archives, classes and functions in Python sources."""

from collections.abc import Iterator

from cpo_probes.exchange.capability import KIND, Claim, findings
from cpo_probes.exchange.naming import Named, Naming, naming, words_of
from cpo_scan.probe import Artifact, Context, Finding, Probe, Strength, formats
from cpo_scan.probe.sources import find, text


class SymbolProbe(Probe):
    """Classes and functions whose name joins a standard with a reader or writer."""

    id = "exchange.symbols"
    version = 1
    examines = formats("java-class", "python")
    states = (KIND,)
    limitations = (
        "A name says what a class is meant to do, not how well it does it, nor whether the product offers it.",
        "Names of native code are looked at by exchange.linkage, and only for libraries that it knows.",
    )
    remediation = "Register import and export where users and integrators find them, and document both."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        names = naming(context)
        if {"test", "tests"} & {word.lower() for word in words_of(artifact.name.partition(".")[0])}:
            return  # tests of readers and writers are none
        if artifact.format == "java-class":
            claims = _java(artifact, names)
        elif artifact.size <= context.limits.source_bytes:
            claims = _python(artifact, context, names)
        else:
            return
        yield from findings(claims, artifact, context)


def _java(artifact: Artifact, names: Naming) -> Iterator[Claim]:
    """A class's name is its file's name: JVM specification 4.2.1 and the layout of archives."""
    name = artifact.name.removesuffix(".class")
    found = names.in_identifier(name) if "$" not in name else None
    if found is not None:
        yield _claim(found, name, artifact, symbol=artifact.path.rpartition("!/")[2].removesuffix(".class"))


def _python(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    near = names.near(artifact.path)
    source = bytes(context.bytes(artifact))
    candidates = {
        name: found
        for name, function in _defined(source)
        if (found := names.in_identifier(name, function=function, near=near)) is not None
    }
    if not candidates:
        return
    # that they are definitions, and not text in a string, only the syntax tree knows
    tree = context.source(artifact, "python")
    for nodes in find(tree, "function_definition", "class_definition").values():
        for node in nodes:
            name = text(node.child_by_field_name("name") or node)
            if name in candidates:
                yield _claim(candidates[name], name, artifact, symbol=name, line=node.start_point[0] + 1)


def _defined(source: bytes) -> Iterator[tuple[str, bool]]:
    """Names after `def` and `class` at the start of a line, and whether it is a function; cheap, not yet certain."""
    for line in source.splitlines():
        words = line.lstrip()
        if words.startswith((b"def ", b"async def ", b"class ")):
            name = words.partition(b"def " if b"def " in words[:10] else b"class ")[2]
            yield name.partition(b"(")[0].partition(b":")[0].strip().decode("utf-8", "replace"), words[:1] != b"c"


def _claim(found: Named, name: str, artifact: Artifact, **place: str | int) -> Claim:
    return Claim(
        standard=found.standard,
        direction=found.direction,
        via="symbol",
        name=name,
        evidence=(artifact.at(name, **place),),
        strength=Strength.RECOGNISED,
    )
