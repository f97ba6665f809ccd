"""The names that a documentation lists, held against what is shipped: does it describe this release?

Sphinx lists them in `objects.inv`, Doxygen in tag files and in the names of its pages, DocFX in `xrefmap.yml`. They are
held against words of headers, of sources and libraries of Python, and types of assemblies. A name counts as shipped
where its last part stands there at all: what is found missing is missing, and not all that is missing is found.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from cpo_probes.docs.shelf import Leaf
from cpo_scan.probe import Artifact, ProductContext, Unreadable
from cpo_scan.probe.dotnet import is_assembly, read_assembly
from cpo_scan.probe.patterns import compile as compile_pattern
from cpo_scan.probe.sphinx_inventory import read_inventory
from cpo_scan.probe.xml import End, Start

MOST_NAMES = 200_000  # of one set
MOST_FILES = 20_000  # that are looked through for them
_FEW = 20  # one name in so many may be missing: what is made by macros, or at run time
_LEAST = 5  # names: fewer tell nothing
_WORD = rb"[A-Za-z_]\w*+".decode()
_KINDS = {"class", "struct", "interface", "union", "exception"}  # of Doxygen whose name is a type
_PAGES = ("class", "struct", "interface", "union")  # what names of pages of Doxygen begin with
_PYTHON = {"module", "class", "exception", "function"}
_C = {"c": {"function", "struct", "type", "macro", "enum"}, "cpp": {"class", "struct", "function", "type", "enum"}}
_LIST_NAMES = ("xrefmap.yml", "xrefmap.yaml")


class Listed(msgspec.Struct, frozen=True):
    """What a set describes: full names of types and functions, and against what they are held."""

    against: str
    names: frozenset[str]
    public: bool = True
    """All of it is of what is shipped; else it may be of parts that nobody else is meant to see."""


class Missing(msgspec.Struct, frozen=True):
    """Names that were compared, how many of them are not shipped, and the first of these by name."""

    against: str
    documented: int
    missing: int
    listed: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """All but few of the names are shipped."""
        return self.missing * _FEW <= self.documented


def names_agree(context: ProductContext, form: str, root: str, leaves: list[Leaf]) -> Missing | None:
    """The names that a set lists against what is shipped; None where it lists none, or of another library."""
    for listed in _lists(context, form, root, leaves):
        names = frozenset(sorted(listed.names)[:MOST_NAMES])
        compared, there = _COMPARED[listed.against](context, names)
        if len(compared) < _LEAST or len(compared) * 2 < len(names):
            continue
        missing = sorted(name for name in compared if not there(name))
        # Most of it is not there: then it is another library that is described, or one that is not shipped as source.
        if len(missing) * 2 <= len(compared) and (listed.public or len(missing) * _FEW <= len(compared)):
            return Missing(listed.against, len(compared), len(missing), tuple(missing[:100]))
    return None


# -- what a set lists


def _lists(context: ProductContext, form: str, root: str, leaves: list[Leaf]) -> Iterator[Listed]:
    inventories = context.index.select(formats=("sphinx-inventory",)) if form == "sphinx" else ()
    inside = [one for one in inventories if _below(one.path, root)]
    for artifact, data in _read(context, inside):
        try:
            rows = list(read_inventory(data))
        except Unreadable as error:
            context.unreadable(artifact, error)
            continue
        if python := frozenset(row.name for row in rows if row.domain == "py" and row.role in _PYTHON):
            yield Listed("python", python)
        if c := frozenset(row.name for row in rows if row.role in _C.get(row.domain, ())):
            yield Listed("headers", c, public=False)
    if form == "doxygen":
        above = root.rpartition("/")[0] or root  # tag files lie beside the pages as often
        types, public = set[str](), set[str]()
        for artifact in context.index.select(formats=("doxygen-tagfile",)):
            if _below(artifact.path, above):
                for kind, name in _tagged(context, artifact):
                    (public if kind == "file" else types).add(name)
        if public:
            yield Listed("headers", frozenset(public))
        else:
            pages = {name for leaf in leaves if (name := _page_name(leaf))}
            yield Listed("headers", frozenset(types or pages), public=False)
    for artifact in context.index.select(names=_LIST_NAMES) if form == "html" else ():
        if _below(artifact.path, root):
            yield Listed("assemblies", frozenset(_references(context, artifact)))


def _below(path: str, root: str) -> bool:
    return not root or path.startswith((f"{root}/", f"{root}!/"))


def _read(context: ProductContext, artifacts: Iterable[Artifact]) -> Iterator[tuple[Artifact, bytes]]:
    for artifact, content in context.contents(artifacts):
        context.checkpoint()
        if not isinstance(content, Unreadable):  # a row of the inventory says so
            yield artifact, bytes(content.whole())


def _tagged(context: ProductContext, artifact: Artifact) -> Iterator[tuple[str, str]]:
    """Types in a tag file, and `file` for those that it lists under a header that is shipped:
    `<compound kind="file"><name/><class/></compound>`."""
    kind, name, listed, depth = "", "", list[str](), 0
    try:
        for event in context.walk_xml(artifact):
            match event:
                case Start(tag="compound", attributes=attributes):
                    kind, name, listed, depth = attributes.get("kind", ""), "", [], 1
                case Start():
                    depth += 1
                case End(tag="compound"):
                    if kind in _KINDS and name:
                        yield kind, name
                    elif kind == "file" and listed and name and _header(context, name):
                        yield from (("file", each) for each in listed)
                case End(tag=tag, text=text):
                    if depth == 2 and tag == "name":
                        name = text.strip()
                    elif depth == 2 and tag == "class" and text.strip():
                        listed.append(text.strip())
                    depth -= 1
    except Unreadable as error:
        context.unreadable(artifact, error)


def _header(context: ProductContext, name: str) -> bool:
    """Is a header of this name shipped?"""
    if any(sign in name for sign in "*?["):
        return False
    return next(context.index.select(formats=("c-header",), names=(name.rpartition("/")[2],)), None) is not None


def _page_name(leaf: Leaf) -> str:
    """The type that a page of Doxygen describes, by its file: `classAcme_1_1Part.html`; empty for others."""
    stem = leaf.artifact.name.rpartition(".")[0]
    for prefix in _PAGES:
        if stem.startswith(prefix) and not stem.startswith("classes") and not stem.endswith(("-members", "-inst")):
            # `_1_1` stands for two colons, `__` for `_`; behind `<` (`_3`) and other signs stand arguments.
            name = stem[len(prefix) :].replace("__", "\0").replace("_1_1", "::").partition("_0")[0].partition("_3")[0]
            return "".join(_capital(name)).replace("\0", "_")
    return ""


def _capital(name: str) -> Iterator[str]:
    """`_p` in names of pages stands for `P` where a file system knows no case (CASE_SENSE_NAMES)."""
    signs = iter(name)
    for sign in signs:
        if sign == "_":
            following = next(signs, "")
            yield following.upper() if following.islower() else f"_{following}"
        else:
            yield sign


def _references(context: ProductContext, artifact: Artifact) -> Iterator[str]:
    """Types of a map of references: `commentId: T:Acme.Part`."""
    try:
        value = context.yaml(artifact).value
    except Unreadable as error:
        context.unreadable(artifact, error)
        return
    rows: Any = value.get("references") if isinstance(value, dict) else None
    for row in rows if isinstance(rows, list) else ():
        said = row.get("commentId") if isinstance(row, dict) else None
        if isinstance(said, str) and said.startswith("T:"):
            yield said[2:]


# -- what is shipped

_There = Callable[[str], bool]


def _last(name: str) -> str:
    return name.partition("<")[0].partition("(")[0].strip().rpartition("::")[2].rpartition(".")[2]


def _words(context: ProductContext, artifacts: Iterable[Artifact], wanted: set[str]) -> set[str]:
    """Which of the words stand in files, whatever they are: sources, headers, names in libraries."""
    pattern = compile_pattern(_WORD)
    left = {word.encode() for word in wanted}
    found: set[str] = set()
    for number, (_, content) in enumerate(context.contents(artifacts)):
        context.checkpoint()
        if number >= MOST_FILES or not left:
            break
        if not isinstance(content, Unreadable):
            here = left & {match.group() for match in pattern.finditer(content.whole())}
            found |= {word.decode() for word in here}
            left -= here
    return found


def _in_headers(context: ProductContext, names: frozenset[str]) -> tuple[frozenset[str], _There]:
    headers = list(context.index.select(formats=("c-header",)))
    if not headers or len(headers) > MOST_FILES:
        return frozenset(), lambda _: False
    found = _words(context, headers, {_last(name) for name in names})
    return names, lambda name: _last(name) in found


def _in_python(context: ProductContext, names: frozenset[str]) -> tuple[frozenset[str], _There]:
    """Names of packages that are shipped; a module is there as a file too."""
    tops = {name.partition(".")[0] for name in names}
    homes = {
        top: [
            artifact
            for artifact in context.index.select(names=("*.py", "*.pyi", "*.so", "*.pyd"))
            if f"/{top}/" in f"/{artifact.path}" or artifact.name.partition(".")[0] == top
        ]
        for top in sorted(tops)
    }
    homes = {top: files for top, files in homes.items() if any(_starts(one, top) for one in files)}
    compared = frozenset(name for name in names if name.partition(".")[0] in homes)
    found: set[str] = set()
    for top, files in homes.items():
        if len(files) > MOST_FILES:
            return frozenset(), lambda _: False
        found |= _words(context, files, {_last(name) for name in compared if name.partition(".")[0] == top})
        for artifact in files:
            found.update((*artifact.path.split("/")[:-1], artifact.name.partition(".")[0]))
    return compared, lambda name: _last(name) in found


def _starts(artifact: Artifact, top: str) -> bool:
    """Is it the module of that name, or the beginning of the package?"""
    return artifact.path.endswith((f"/{top}/__init__.py", f"/{top}/__init__.pyi")) or artifact.path in (
        f"{top}/__init__.py",
        f"{top}.py",
    )


def _in_assemblies(context: ProductContext, names: frozenset[str]) -> tuple[frozenset[str], _There]:
    """Types of spaces of names that the shipped assemblies have at all."""
    types: set[str] = set()
    for number, (_, content) in enumerate(context.contents(context.index.select(formats=("pe",)))):
        context.checkpoint()
        if number >= MOST_FILES:
            break
        if isinstance(content, Unreadable) or not is_assembly(content.whole()):
            continue
        try:
            types.update(kind.name.replace("+", ".") for kind in read_assembly(content.whole()).types)
        except Unreadable:
            continue  # a row of the coverage says so: sdk.surface-dotnet reads it too
    spaces = {name.rpartition(".")[0] for name in types}
    return frozenset(name for name in names if name.rpartition(".")[0] in spaces), types.__contains__


_COMPARED: dict[str, Callable[[ProductContext, frozenset[str]], tuple[frozenset[str], _There]]] = {
    "headers": _in_headers,
    "python": _in_python,
    "assemblies": _in_assemblies,
}
