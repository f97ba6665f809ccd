"""Names in IDL files: which files are included, where they lie, and whether each name leads somewhere."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from cpo_probes.api.idl.reader import IdlReader, Include, Reference
from cpo_scan.probe import Artifact, Context, Unreadable
from cpo_scan.probe.tokens import Fault

LARGEST = 8 * 2**20  # bytes of an IDL file; the largest public one known has 2 MiB
_MOST_FILES = 500  # included ones that are read for one file
_KEPT = 1_000  # what included files declare, by their content
_BELOW = ("", "idl/", "include/", "share/idl/")  # where a root of includes lies beside a file
_PSEUDO = frozenset({"TypeCode", "Object", "Principal"})  # built into every compiler (CORBA 2.3, clause 3.2.4)
_ONE_SCOPE = frozenset({"ms", "com"})  # types of the MIDL language are global, also those that an interface holds
_DEEPEST = 12  # folders around a file in which a root of includes is looked for

Reader = Callable[[str], IdlReader]
"""Reads the text of an included file in the dialect at hand."""


class Exports(msgspec.Struct, frozen=True, kw_only=True):
    """What an included file declares and includes itself."""

    symbols: Mapping[str, str]
    bases: Mapping[str, list[str]]
    includes: tuple[str, ...]


_exports: dict[tuple[str, str], Exports | None] = {}


class Names:
    """What is visible in one IDL file."""

    def __init__(self, artifact: Artifact, idl: IdlReader, context: Context, reader: Reader) -> None:
        self._artifact, self._idl, self._context, self._reader = artifact, idl, context, reader
        self._root: str | None = self._own_root() if idl.dialect == "uno" else None
        self._assumed: set[str] = set()
        self.files: dict[str, Artifact] = {}
        self.missing: list[Include] = []
        self.symbols: dict[str, str] = dict(idl.symbols)
        self.bases: dict[str, list[str]] = dict(idl.bases)
        self._flat: tuple[int, frozenset[str]] = (-1, frozenset())  # names without scopes, of so many symbols

    def faults(self) -> Iterator[Fault]:
        """Names that lead nowhere; none of them where included files are missing."""
        found: list[Artifact] = []
        for include in self._idl.includes:
            artifact = self._find(include.path)
            if artifact is None:
                self.missing.append(include)
            else:
                self.files[include.path] = artifact
                found.append(artifact)
        open_ones = [each for each in self._idl.references if not self._resolves(each)]
        if open_ones and self._idl.dialect == "uno":
            # a file declares what its path says: `a/b/C.idl` has `a::b::C`
            self._assumed = {path.removesuffix(".idl").replace("/", "::") for path in self.files}
            open_ones = [each for each in open_ones if not self._has_file(each)]
        if open_ones and found:
            unread = self._read_all()
            open_ones = [each for each in open_ones if not self._resolves(each)]
            if open_ones or self._idl.dialect not in _ONE_SCOPE:
                self.missing += unread
        if self._idl.dialect == "omg":
            open_ones = [each for each in open_ones if not self._is_the_orbs(each)]
        if not self.missing:
            for each in open_ones:
                yield Fault("idl.unresolved", each.number, {"name": each.name[:200]})

    def _is_the_orbs(self, reference: Reference) -> bool:
        """Names of the module CORBA come from the ORB; which of them, only it knows."""
        name = reference.name.removeprefix("::")
        if not name.startswith("CORBA::") and not reference.scope.startswith("CORBA"):
            return False
        if name.removeprefix("CORBA::") not in _PSEUDO and all(each.path != "orb.idl" for each in self.missing):
            self.missing.append(Include("orb.idl", self._idl.tokens.starts[reference.number]))
        return True

    # -- names

    def _resolves(self, reference: Reference) -> bool:
        name, symbols = reference.name, self.symbols
        if name.startswith("::"):
            return name[2:] in symbols
        head, _, rest = name.partition("::")
        scope = reference.scope
        while True:
            full = f"{scope}::{head}" if scope else head
            if full in symbols or (scope in self.bases and self._inherited(scope, head, 0)):
                # what stands behind the first part may be inherited there
                whole = f"{full}::{rest}" if rest else full
                return not rest or whole in symbols or self._inherited(full, rest, 0)
            if not scope:
                return self._idl.dialect in _ONE_SCOPE and name in self._without_scopes()
            scope = scope.rpartition("::")[0]

    def _without_scopes(self) -> frozenset[str]:
        count, names = self._flat
        if count != len(self.symbols):
            names = frozenset(full.rpartition("::")[2] for full in self.symbols)
            self._flat = (len(self.symbols), names)
        return names

    def _inherited(self, scope: str, name: str, depth: int) -> bool:
        if depth > 20:
            return True
        for base in self.bases.get(scope, ()):
            outer = "" if base.startswith("::") else scope.rpartition("::")[0]
            while True:
                full = f"{outer}::{base}" if outer else base.removeprefix("::")
                if full in self.symbols:
                    if f"{full}::{name}" in self.symbols or self._inherited(full, name, depth + 1):
                        return True
                    break
                if not outer:
                    break
                outer = outer.rpartition("::")[0]
        return False

    def _has_file(self, reference: Reference) -> bool:
        """UNO: is there the file that the name belongs to?"""
        name = reference.name.removeprefix("::")
        scopes = [""] if reference.name.startswith("::") else _outwards(reference.scope)
        candidates = [f"{scope}::{name}" if scope else name for scope in scopes]
        if not self._assumed.isdisjoint(candidates):
            return True
        if self._root is None:
            return False
        # an absolute name is written without the leading colons mostly, so the outermost scope comes first
        for full in [candidates[-1], *candidates[:-1]] if "::" in name else candidates:
            found = self._context.related(self._artifact, f"{self._root}{full.replace('::', '/')}.idl")
            if found is not None:
                self._assumed.add(full)
                return True
        return False

    # -- files

    def _own_root(self) -> str | None:
        """The folder that the modules of the file start from."""
        scope = next((item.scope for item in self._idl.items if item.kind not in ("member", "value")), "")
        folders = scope.split("::")
        own = self._artifact.path.rpartition("!/")[2].split("/")[:-1]
        return "../" * len(folders) if scope and own[-len(folders) :] == folders else None

    def _find(self, path: str) -> Artifact | None:
        """The included file: beside this one, or below one of the folders around it."""
        path = path.replace("\\", "/")
        if not path or path.startswith("/") or len(path) > 500:
            return None
        if self._root is not None:
            found = self._context.related(self._artifact, self._root + path)
            if found is not None:
                return found
        depth = min(self._artifact.path.rpartition("!/")[2].count("/"), _DEEPEST)
        for below in _BELOW:
            for up in range(depth + 1):
                root = "../" * up + below
                found = self._context.related(self._artifact, root + path)
                if found is not None:
                    self._root = root if self._root is None else self._root
                    return found
        return None

    def _read_all(self) -> list[Include]:
        """Read the included files, and what they include; gives those that are there and can't be read as IDL."""
        unread: list[Include] = []
        waiting = list(self.files.values())
        seen = {artifact.path for artifact in waiting} | {self._artifact.path}
        while waiting:
            artifact = waiting.pop()
            exports = self._exports(artifact)
            if exports is None:
                unread.append(Include(artifact.name, 0))
                continue
            self.symbols.update(exports.symbols)
            self.bases.update(exports.bases)
            for path in exports.includes:
                inner = self._find(path)
                if inner is None:
                    self.missing.append(Include(path, 0))
                elif inner.path not in seen:
                    if len(seen) > _MOST_FILES:
                        self.missing.append(Include(path, 0))
                        return unread
                    seen.add(inner.path)
                    self.files[path] = inner
                    waiting.append(inner)
        return unread

    def _exports(self, artifact: Artifact) -> Exports | None:
        key = (self._idl.dialect, artifact.sha256 or "")
        if key not in _exports:
            self._context.checkpoint()
            if len(_exports) >= _KEPT:
                _exports.pop(next(iter(_exports)))
            try:
                idl = self._reader(self._context.text(artifact, LARGEST))
            except Unreadable:
                return None
            includes = tuple(include.path for include in idl.includes)
            _exports[key] = (
                Exports(symbols=idl.symbols, bases=idl.bases, includes=includes) if not idl.syntax_faults else None
            )
        return _exports[key]


def _outwards(scope: str) -> list[str]:
    """The scope, the one around it, and so on to the outermost."""
    scopes = []
    while scope:
        scopes.append(scope)
        scope = scope.rpartition("::")[0]
    return [*scopes, ""]
