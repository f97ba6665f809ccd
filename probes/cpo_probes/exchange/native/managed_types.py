"""Classes of Java and .NET whose names, or methods, join a format with what is done with it."""

from collections.abc import Iterator
from typing import NamedTuple

from cpo_probes.exchange.names.naming import Named, Naming
from cpo_probes.exchange.names.places import in_package
from cpo_scan.probe import Artifact, Context, holds
from cpo_scan.probe.classfile import read_class
from cpo_scan.probe.dotnet import is_assembly, read_assembly

_METHODS = (b"mport", b"xport")  # in the names of methods; a class without them has none that tells a feature
_FORMATS = (b"ormat", b"odec", b"ranslator", b"onverter", b"xchange")


class Seen(NamedTuple):
    """What a name joins, the name, and the full name of what has it."""

    named: Named
    name: str
    symbol: str


def in_java(artifact: Artifact, context: Context, names: Naming) -> Iterator[Seen]:
    """A class by its file's name (JVMS 4.2.1 and the layout of archives), and by its methods."""
    name = artifact.name.removesuffix(".class")
    if "$" in name:
        return
    full = artifact.path.rpartition("!/")[2].removesuffix(".class")
    own = names.in_identifier(name) or _by_package(full.rpartition("/")[0].replace("/", "."), name, names)
    if own is not None:
        yield Seen(own, name, full)
        return
    data = context.content(artifact).whole()
    is_format = any(mark.decode() in artifact.path for mark in _FORMATS) or holds(data, _FORMATS)
    if not is_format and not holds(data, _METHODS):
        return
    read = read_class(data)
    methods = list(dict.fromkeys(method.name for method in read.methods))
    yield from _by_methods(read.name, name, (read.name.rpartition("/")[0], read.super), methods, names)


def in_dotnet(artifact: Artifact, context: Context, names: Naming) -> Iterator[Seen]:
    """The types of an assembly, nested ones and those of the compiler left out. Raises Unreadable."""
    data = context.content(artifact).whole()
    if not is_assembly(data):  # a native program that knows the mark of metadata, as debuggers do
        return
    for kind in read_assembly(data).types:
        context.checkpoint()
        space, _, name = kind.name.partition("`")[0].rpartition(".")
        if "+" in name or "<" in name or kind.kind not in ("class", "struct", "interface"):
            continue
        own = names.in_identifier(name) or _by_package(space, name, names)
        if own is not None:
            yield Seen(own, name, kind.name)
        else:
            methods = [method.name for method in kind.methods if not method.special]
            yield from _by_methods(kind.name, name, (space, kind.base), methods, names)


def _by_package(package: str, name: str, names: Naming) -> Named | None:
    placed = in_package(package, name, names)
    return Named(placed.standard, placed.direction) if placed is not None else None


def _by_methods(full: str, name: str, around: tuple[str, ...], methods: list[str], names: Naming) -> Iterator[Seen]:
    as_format = names.in_format(name, around, methods)
    yield from (Seen(named, name, full) for named in as_format)
    if not as_format:
        for method in methods:
            named = names.in_identifier(method, function=True)
            if named is not None:
                yield Seen(named, f"{name}.{method}", f"{full}.{method}")
