"""Names in .proto files: which files are imported, where they lie, and what each name leads to."""

from collections.abc import Iterator, Mapping
from posixpath import commonprefix
from typing import Any

import msgspec

from cpo_probes.api.protobuf.grammar import SCALARS, ProtoFile
from cpo_probes.api.protobuf.numbers import MOST_NUMBER, fits
from cpo_probes.api.protobuf.reader import Default, Import, Reference
from cpo_scan.probe import Artifact, Context, Index, Unreadable
from cpo_scan.probe.tokens import Fault, Tokens

LARGEST = 8 * 2**20  # bytes of a .proto file; the largest public one known has 2 MiB
_MOST_FILES = 2_000  # imported ones that are read for one file
_KEPT = 512  # what imported files declare, by their content
_BELOW = ("", "proto/", "protos/", "include/", "third_party/", "src/")  # where a root of imports lies beside a file
_COMPILER = ("google.protobuf.", "pb.")
_AGGREGATES = frozenset({"message", "enum", "service", "package"})
_WANTED = {"type": {"message", "enum"}, "message": {"message"}, "extension": {"extension"}}


class Exports(msgspec.Struct, frozen=True, kw_only=True):
    """What a file gives to those that import it. `ranges`: numbers that a message leaves to extensions."""

    package: str
    symbols: Mapping[str, str]
    public: tuple[str, ...] = ()
    ranges: Mapping[str, list[tuple[int, int]]] = {}
    message_sets: frozenset[str] = frozenset()
    read: bool = True


_exports: dict[str, Exports] = {}


class Names:
    """What is visible in one .proto file."""

    def __init__(self, artifact: Artifact, proto: ProtoFile, context: Context, index: Index | None = None) -> None:
        """With an index, imports are also looked for anywhere in the container, by the end of their path."""
        self._artifact, self._context, self._proto, self._index = artifact, context, proto, index
        table: Any = context.data("protobuf")
        self._known: Mapping[str, Any] = table["files"]
        self._options: Mapping[str, Mapping[str, str]] = table["options"]
        self._root: str | None = None
        self.files: list[Artifact] = []
        self.missing: list[Import] = []
        self.symbols: dict[str, str] = {}
        self.ranges: dict[str, list[tuple[int, int]]] = dict(proto.extension_ranges)
        self.message_sets = set(proto.message_sets)
        self._see(proto.package, proto.symbols)
        for imported in proto.imports:
            if not self._import(imported.path, {}):
                self.missing.append(imported)

    def faults(self) -> Iterator[Fault]:
        """Names that lead nowhere or to the wrong kind of thing. Where imports are missing only what is sure."""
        yield from self._option_faults()
        for reference in self._proto.references:
            found = self.resolve(reference)
            if found is None:
                if not self.missing:
                    yield Fault("protobuf.unresolved", reference.number, {"name": reference.name[:200]})
            elif found[1] not in _WANTED[reference.wants]:
                yield Fault("protobuf.wrong_kind", reference.number, {"name": reference.name[:200], "kind": found[1]})
        for default in self._proto.defaults:
            yield from self._default_fault(default)
        for name, scope, number, place in self._proto.extensions:
            found = self.resolve(Reference(name, scope, place, "message"))
            if number > MOST_NUMBER and found is not None and found[0] not in self.message_sets:
                yield Fault("protobuf.number", place, {"number": str(number)[:40]})
            ranges = self.ranges.get(found[0]) if found is not None else None
            if ranges is not None and not any(low <= number <= high for low, high in ranges):
                yield Fault("protobuf.extension_range", place, {"number": str(number)[:40], "name": name[:200]})

    def _default_fault(self, default: Default) -> Iterator[Fault]:
        """A default value fits the type of its field; an enum has a value of this name."""
        found = None if default.type in SCALARS else self.resolve(Reference(default.type, default.scope, 0, "type"))
        name, kind = found or ("", default.type)
        if default.repeated or default.type == "map" or kind == "message":
            yield Fault("protobuf.default", default.number, {"value": default.text[:200], "type": kind[:200]})
        elif kind == "enum":
            scope = name.rpartition(".")[0]
            value = f"{scope}.{default.text}" if scope else default.text
            # Of what comes with the compiler, the values are not known here.
            if default.kind != "enum" or (value not in self.symbols and not name.startswith(_COMPILER)):
                yield Fault("protobuf.default", default.number, {"value": default.text[:200], "type": name[:200]})
        elif kind in SCALARS and not fits(kind, default.kind, default.text):
            yield Fault("protobuf.default", default.number, {"value": default.text[:200], "type": kind})

    def _option_faults(self) -> Iterator[Fault]:
        """Options that the compiler does not know, of the wrong type, or set twice."""
        seen: set[tuple[int, str]] = set()
        for option in self._proto.set_options:
            kind = self._options[option.of].get(option.name)
            if kind is None:
                yield Fault("protobuf.option", option.number, {"name": option.name[:200]})
                continue
            if not option.part and not option.kind_fits(kind.removesuffix("+")):
                yield Fault("protobuf.option_value", option.number, {"name": option.name, "type": kind})
            if not option.part and not kind.endswith("+"):
                if (option.owner, option.name) in seen:
                    yield Fault("protobuf.option_twice", option.number, {"name": option.name})
                seen.add((option.owner, option.name))

    def _see(self, package: str, symbols: Mapping[str, str]) -> None:
        self.symbols |= symbols
        while package:
            self.symbols.setdefault(package, "package")
            package = package.rpartition(".")[0]

    def resolve(self, reference: Reference) -> tuple[str, str] | None:
        """Full name and kind; scopes from the inside out, as the compiler looks for names."""
        symbols = self.symbols
        if reference.name.startswith("."):
            kind = symbols.get(reference.name[1:])
            return None if kind is None else (reference.name[1:], kind)
        head, dot, _ = reference.name.partition(".")
        scope = reference.scope
        while True:
            prefix = f"{scope}." if scope else ""
            kind = symbols.get(prefix + head)
            if kind is not None and (kind in _AGGREGATES if dot else kind in _WANTED[reference.wants] or not scope):
                full = prefix + reference.name
                return None if full not in symbols else (full, symbols[full])
            if not scope:
                return None
            scope = scope.rpartition(".")[0]

    # -- imports

    def _import(self, path: str, seen: dict[str, bool]) -> bool:
        """Make visible what a file gives; False where it or what it hands on is not at hand."""
        if path in seen:
            return seen[path]
        seen[path] = True
        known = self._known.get(path)
        if known is not None:
            kinds = (("messages", "message"), ("enums", "enum"), ("extensions", "extension"))
            self._see(
                known["package"],
                {f"{known['package']}.{name}": kind for key, kind in kinds for name in known.get(key, ())},
            )
            return True
        exports = self._exports(path)
        if exports is None or not exports.read:
            return False
        self._see(exports.package, exports.symbols)
        self.ranges |= exports.ranges
        self.message_sets |= exports.message_sets
        whole = True
        for public in exports.public:
            whole = self._import(public, seen) and whole
        return whole

    def _exports(self, path: str) -> Exports | None:
        artifact = self._find(path)
        if artifact is None or artifact.sha256 is None or len(self.files) >= _MOST_FILES:
            return None
        self.files.append(artifact)
        if artifact.sha256 not in _exports:
            self._context.checkpoint()
            if len(_exports) >= _KEPT:
                _exports.pop(next(iter(_exports)))
            _exports[artifact.sha256] = self._read(artifact)
        return _exports[artifact.sha256]

    def _read(self, artifact: Artifact) -> Exports:
        try:
            proto = ProtoFile(Tokens(self._context.text(artifact, LARGEST)))
        except Unreadable:
            return Exports(package="", symbols={}, read=False)
        return Exports(
            package=proto.package,
            symbols=proto.symbols,
            public=tuple(imported.path for imported in proto.imports if imported.kind == "public"),
            ranges=proto.extension_ranges,
            message_sets=frozenset(proto.message_sets),
            read=not proto.syntax_faults,
        )

    def _find(self, path: str) -> Artifact | None:
        """The imported file: below one of the folders around this file, the one that worked before first."""
        if not path or path.startswith("/") or "\\" in path or len(path) > 500:
            return None
        if self._root is not None:
            found = self._context.related(self._artifact, self._root + path)
            if found is not None:
                return found
        depth = self._artifact.path.rpartition("!/")[2].count("/")
        for below in _BELOW:
            for up in range(min(depth, 12) + 1):
                root = "../" * up + below
                found = self._context.related(self._artifact, root + path)
                if found is not None:
                    self._root = root
                    return found
        return self._elsewhere(path)

    def _elsewhere(self, path: str) -> Artifact | None:
        """The imported file below a folder that is no root of the usual kind: the nearest, if only one is."""
        if self._index is None:
            return None
        container, mark, own = self._artifact.path.rpartition("!/")
        start = container + mark
        folders = own.split("/")[:-1]
        near: dict[str, tuple[int, str]] = {}
        for artifact in self._index.select(names=(path.rpartition("/")[2],), under=container):
            inside = artifact.path.removeprefix(start)
            if artifact.path.startswith(start) and "!/" not in inside and f"/{inside}".endswith(f"/{path}"):
                shared = len(commonprefix([folders, inside.split("/")[:-1]]))
                near[artifact.sha256 or ""] = max(near.get(artifact.sha256 or "", (-1, "")), (shared, inside))
        ranked = sorted(near.values(), reverse=True)
        if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
            return None  # two that differ and are as near: which one is meant, only the build knows
        shared, inside = ranked[0]
        return self._context.related(self._artifact, "../" * len(folders) + inside)
