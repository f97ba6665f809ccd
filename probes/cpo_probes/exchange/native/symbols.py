"""Readers and writers by name: classes of Java and .NET, classes and functions in sources."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cpo_probes.exchange.capability import KIND, Claim, findings
from cpo_probes.exchange.names.conversions import converted
from cpo_probes.exchange.names.label_words import words_of
from cpo_probes.exchange.names.naming import Named, Naming, naming
from cpo_probes.exchange.names.places import in_module
from cpo_probes.exchange.native.managed_types import Seen, in_dotnet, in_java
from cpo_probes.exchange.native.names import role_pattern
from cpo_probes.exchange.native.script_names import LANGUAGES, Defined, candidates, defined_in, definitions, members
from cpo_scan.probe import Artifact, Context, Finding, Probe, Strength, formats
from cpo_scan.probe.sources import find, text

if TYPE_CHECKING:
    from tree_sitter import Node

MOST_METHODS = 1_000  # of a class
_ROLES = ("read", "write")  # what a class for a format may be able to do
# Declarations, for what stands there is defined elsewhere; tests.
_NO_CODE = (".d.ts", ".d.mts", ".d.cts", ".spec.", ".test.")
_METADATA = b"BSJB"  # the signature of .NET metadata, ECMA-335 II.24.2.1


class SymbolProbe(Probe):
    """Classes and functions whose name joins a standard with a reader or writer."""

    id = "exchange.symbols"
    version = 5
    examines = formats("java-class", "python", "javascript", "typescript", *LANGUAGES) | formats("pe").containing(
        _METADATA
    )
    states = (KIND,)
    limitations = (
        "Names that a packer of JavaScript or an obfuscator has shortened tell nothing.",
        "A name says what a class is meant to do, not how well it does it, nor whether the product offers it.",
        "A function that is called by its role alone (`load`) counts where its module or package is for one format.",
        "A name that is also an ordinary word (`export_step`) counts where its source spells the format out, else not.",
        "A carrier such as CSV or SVG is mentioned by a name that joins it with import or export, and no more.",
    )
    remediation = "Register import and export where users and integrators find them, and document both."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding]:
        names = naming(context)
        if {"test", "tests"} & {word.lower() for word in words_of(artifact.name.partition(".")[0])}:
            return  # tests of readers and writers are none
        match artifact.format:
            case "java-class":
                claims = _managed(in_java(artifact, context, names), artifact)
            case "pe":
                claims = _managed(in_dotnet(artifact, context, names), artifact)
            case _ if artifact.size > context.limits.source_bytes or any(mark in artifact.name for mark in _NO_CODE):
                return  # the probe of registrations says that it is too large
            case "python":
                claims = _python(artifact, context, names)
            case str() as kind if kind in LANGUAGES:
                claims = _source(artifact, LANGUAGES[kind], context, names)
            case _:
                claims = _script(artifact, context, names)
        yield from findings(claims, artifact, context)


def _managed(seen: Iterator[Seen], artifact: Artifact) -> Iterator[Claim]:
    for named, name, symbol in seen:
        yield _claim(named, name, artifact, symbol=symbol)


def _script(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    source = context.text(artifact)
    defined = {(name, function) for name in candidates(source) for function in (False, True)}
    wanted = _wanted(defined, source, artifact, names)
    # that they are definitions, and not text in a comment or string, only the tokens know
    for name, function, offset in definitions(source) if wanted else ():
        if (name, function) in wanted:
            yield _claim(wanted[name, function], name, artifact, symbol=name, line=_line(source, offset))
    yield from _by_members(source, artifact, names)


def _by_members(source: str, artifact: Artifact, names: Naming) -> Iterator[Claim]:
    """Classes for a format with their methods (`format/GPX.js`), and modules that are called like a reader
    (`GpxParser.js`) and have a function that does it (`parse`)."""
    stem, folder = artifact.name.partition(".")[0], _folder(artifact)
    module = names.in_identifier(stem)
    called = {name for name in candidates(source) if name[:1].isupper() and len(name) > 2}
    classes = {name for name in called if names.in_format(name, (folder,), _ROLES)}
    if not classes and (module is None or module.carrier):
        return
    found: dict[str, list[Defined]] = {}
    for owner, member in members(source):
        found.setdefault(owner, []).append(member)
        if module is not None and not module.carrier and names.way(member.name) == module.direction:
            yield _claim(module, stem, artifact, symbol=member.name, line=_line(source, member.offset))
            module = None
    for name in sorted(classes & found.keys()):
        for named in names.in_format(name, (folder,), [member.name for member in found[name]]):
            yield _claim(named, name, artifact, symbol=name, line=_line(source, found[name][0].offset))


def _source(artifact: Artifact, language: str, context: Context, names: Naming) -> Iterator[Claim]:
    """The classes and functions of a source in C#, Java, Lua, Ruby or Tcl."""
    source = context.text(artifact)
    if role_pattern(names.roles, text=True).search(source) is None:
        return
    listed = list(defined_in(source, language))
    wanted = _wanted({(one.name, one.function) for one in listed}, source, artifact, names)
    for name, function, offset in listed:
        if (name, function) in wanted:
            yield _claim(wanted[name, function], name, artifact, symbol=name, line=_line(source, offset))


def _line(source: str, offset: int) -> int:
    return source.count("\n", 0, offset) + 1


def _folder(artifact: Artifact) -> str:
    return artifact.path.rpartition("/")[0].rpartition("/")[2].lower()


def _python(artifact: Artifact, context: Context, names: Naming) -> Iterator[Claim]:
    source = bytes(context.bytes(artifact))
    defined, around = dict(_defined(source)), (_folder(artifact),)
    text_of = source.decode("utf-8", "replace")
    wanted = {name: named for (name, _), named in _wanted(set(defined.items()), text_of, artifact, names).items()}
    formats_of = {name for name, function in defined.items() if not function and names.in_format(name, around, _ROLES)}
    for placed in in_module(artifact.path, {name for name, _ in _defined(source, outer=True)}, names):
        wanted.setdefault(placed.name, Named(placed.standard, placed.direction))
    if not wanted and not formats_of:
        return
    # that they are definitions, and not text in a string, only the syntax tree knows
    tree = context.source(artifact, "python")
    for nodes in find(tree, "function_definition", "class_definition").values():
        for node in nodes:
            name = text(node.child_by_field_name("name") or node)
            line = node.start_point[0] + 1
            if name in wanted:
                yield _claim(wanted[name], name, artifact, symbol=name, line=line)
            elif name in formats_of and node.type == "class_definition":
                for named in names.in_format(name, around, _methods(node)):
                    yield _claim(named, name, artifact, symbol=name, line=line)


def _methods(node: "Node") -> list[str]:
    """The names of the functions in the body of a class."""
    body = node.child_by_field_name("body")
    listed = body.named_children[:MOST_METHODS] if body is not None else []
    inner = (
        child.child_by_field_name("definition") if child.type == "decorated_definition" else child for child in listed
    )
    return [
        text(child.child_by_field_name("name") or child)
        for child in inner
        if child is not None and child.type == "function_definition"
    ]


def _wanted(
    defined: set[tuple[str, bool]], source: str, artifact: Artifact, names: Naming
) -> dict[tuple[str, bool], Named]:
    """Of the names that a source defines (True: a function) those that join a format with a role.

    An ordinary word (`export_step`) does where the folder or the source spells the format out.
    """
    near, role = names.near(artifact.path), role_pattern(names.roles, text=True)
    wanted: dict[tuple[str, bool], Named] = {}
    doubtful: dict[tuple[str, bool], Named] = {}
    turned: set[str] = set()
    for name, function in defined:
        turn = converted(name, names, near) if function and not name.startswith("_") else None
        if turn is not None and turn.named.standard not in names.wrappers:
            turned.add(name)
            (wanted if turn.sure else doubtful)[name, function] = turn.named
            continue
        if role.search(name) is None:
            continue
        found = names.in_identifier(name, function=function, near=near)
        if found is not None and found.standard == "xml" and (rooted := names.places.rooted(source)) is not None:
            wanted[name, function] = Named(rooted, found.direction)
        elif found is not None:
            wanted[name, function] = found
        elif (found := names.in_identifier(name, function=True, near=names.ordinary_owners)) is not None:
            doubtful[name, function] = found
    spelled = names.in_text(source, {found.standard for found in doubtful.values()})
    return wanted | {
        key: found
        for key, found in doubtful.items()
        if found.standard in spelled and (not found.carrier or key[0] in turned)
    }


def _defined(source: bytes, *, outer: bool = False) -> Iterator[tuple[str, bool]]:
    """Names after `def` and `class` at the start of a line, and whether it is a function; cheap, not yet certain.

    `outer`: those that are inside of nothing.
    """
    for line in source.splitlines():
        words = line if outer else line.lstrip()
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
        strength=Strength.MENTIONED if found.carrier else Strength.RECOGNISED,
    )
