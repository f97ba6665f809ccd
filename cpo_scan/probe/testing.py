"""The test kit for probes: runs a probe over small trees in memory and holds it to the contract.

No test framework is needed; whatever a probe does wrong is a `Breach`, which is an `AssertionError`. The same as
fixtures for pytest: `cpo_scan.pytest_plugin`.
"""

import gzip
import hashlib
import io
import posixpath
import random
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache, partial
from operator import itemgetter
from typing import Any

import msgspec

from cpo_scan.model import (
    Artifact,
    CoverageRow,
    Finding,
    Offered,
    Origin,
    Reason,
    Recognition,
    encode_name,
)
from cpo_scan.model.canonical import canonical
from cpo_scan.model.finding import FindingError
from cpo_scan.model.report import Identity, Product
from cpo_scan.probe.context import Context, Index, ProductContext, Source
from cpo_scan.probe.metadata import metadata_problems
from cpo_scan.probe.probe import AnyProbe, CombiningProbe, Note, Probe, ProductProbe
from cpo_scan.probe.running import run
from cpo_scan.probe.schema_library import SchemaLibrary
from cpo_scan.rulebook.data import Tables
from cpo_scan.targets.content import BytesContent, Content
from cpo_scan.targets.errors import Unreadable
from cpo_scan.targets.given_schemas import list_schemas
from cpo_scan.targets.limits import Limits

ProbeLike = AnyProbe | type[Probe] | type[ProductProbe]
Files = Mapping[str, bytes]


class Breach(AssertionError):
    """A probe did what the contract does not allow. The message is one line that says what and where."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe gave: `findings` as they stand in a report, `rows` of the coverage, `reads` of other artifacts."""

    findings: list[dict[str, Any]]
    rows: list[CoverageRow]
    reads: dict[str, str | None]
    examined: tuple[str, ...]
    """Paths that the probe's selector chose, in order."""
    identity: tuple[Identity, ...] = ()
    """What the product says that it is, for probes that say `identifies`."""

    def of(self, kind: str, **attributes: Any) -> list[dict[str, Any]]:
        """The findings of a kind that have these attributes."""
        return [
            row
            for row in self.findings
            if row["kind"] == kind and all(row["attributes"].get(key) == value for key, value in attributes.items())
        ]

    def one(self, kind: str, **attributes: Any) -> dict[str, Any]:
        """The attributes of the only such finding; raises Breach where there is none, or more than one."""
        found = self.of(kind, **attributes)
        if len(found) != 1:
            raise Breach(f"{len(found)} findings {kind} {attributes or ''} and not one: {self.findings}")
        only: dict[str, Any] = found[0]["attributes"]
        return only

    @property
    def reasons(self) -> list[str]:
        """Codes of the coverage rows."""
        return [row.reason.code for row in self.rows]


def run_probe(
    probe: ProbeLike,
    files: Files,
    *,
    data: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    findings: Iterable[Mapping[str, Any]] = (),
    recognitions: Mapping[str, Recognition] | None = None,
    schemas: str | None = None,
    previous: Files | None = None,
    product: Product | None = None,
) -> Result:
    """Run a probe over a tree `{"path": b"bytes"}` as a scan does, and check what it states.

    Zip and gzip files are opened (`help.jar!/index.html`), and a member may be given by such a path at once.
    `recognitions` says what a path is recognised as where it matters; the other files go through the real signatures.
    `data` replaces tables of `rules/data`; `schemas` is a folder as of the option `--schemas`;
    `findings` are what a product probe gets to see of the other probes.
    `previous` is an earlier release, for probes that compare; `product` is what the user says of the product.
    Raises Breach where the probe breaks the contract, and whatever the probe raises that is not `Unreadable`.
    """
    instance = probe() if isinstance(probe, type) else probe
    limits = limits or Limits()
    tree = Tree(files, recognitions or {}, limits)
    tables = Tables(data)
    library = SchemaLibrary(tables, list_schemas(schemas) if schemas else None) if schemas or data else _own_schemas()
    books = _Books(instance, tree, limits, tables, library, product)
    if isinstance(instance, ProductProbe):
        books.keep(instance.examine, books.product(list(findings)))
        examined = tuple(artifact.path for artifact in tree if _chosen(instance, artifact, tree))
    else:
        chosen = [artifact for artifact in tree if _chosen(instance, artifact, tree)]
        examined = tuple(artifact.path for artifact in chosen)
        for artifact in chosen:
            books.keep(partial(instance.examine, artifact), books.context(), artifact.path)
        if isinstance(instance, CombiningProbe):
            earlier = None
            if previous is not None:
                before = _Books(instance, Tree(previous, recognitions or {}, limits), limits, tables, library)
                before.read()
                earlier = before.product([])
            books.keep(instance.combine, books.product(list(findings), earlier))
    return Result(
        findings=sorted(books.findings.values(), key=canonical),
        rows=books.rows,
        reads=books.reads,
        examined=examined,
        identity=tuple(books.identity),
    )


def check_metadata(probe: ProbeLike) -> None:
    """Is all there that people and the engine need to know of the probe? Raises Breach."""
    kind = probe if isinstance(probe, type) else type(probe)
    problems = metadata_problems(kind)
    if problems:
        told = "; ".join(f"{reason.code} {reason.params}" for reason in problems)
        raise Breach(f"{kind.__qualname__}: {told}")


def check_determinism(
    probe: ProbeLike, files: Files, *, recognitions: Mapping[str, Recognition] | None = None, **options: Any
) -> Result:
    """The same tree in another order must give the same bytes, and the same again. Raises Breach."""
    first = run_probe(probe, files, recognitions=recognitions, **options)
    shuffled = list(files.items())
    for seed in range(3):
        random.Random(seed).shuffle(shuffled)
        again = run_probe(probe, dict(shuffled), recognitions=recognitions, **options)
        if canonical(again.findings) != canonical(first.findings):
            raise Breach("the findings change with the order of the files, or from run to run")
        if sorted(map(_row_key, again.rows)) != sorted(map(_row_key, first.rows)):
            raise Breach("the coverage rows change with the order of the files, or from run to run")
    return first


def check_hostile(
    probe: ProbeLike, files: Files, *, recognitions: Mapping[str, Recognition] | None = None, **options: Any
) -> int:
    """Damage each of the valid `files` in many ways: the probe may raise `Unreadable` and nothing else.

    The damaged file keeps the recognition of the sound one, so that the probe gets to see it. Returns the number of
    damaged trees. Raises Breach.
    """
    limits = options.get("limits") or Limits()
    sound = {
        artifact.path: artifact.recognition
        for artifact in Tree(files, recognitions or {}, limits)
        if artifact.recognition
    }
    tried = 0
    for path, content in files.items():
        for damage, damaged in damages(content):
            tried += 1
            try:
                run_probe(probe, {**files, path: damaged}, recognitions=sound, **options)
            except Breach as breach:
                raise Breach(f"{path}, {damage}: {breach}") from breach
            except (Exception, RecursionError) as error:
                raise Breach(f"{path}, {damage}: {type(error).__name__}: {error}") from error
    return tried


def damages(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Damaged versions of a sound file, each with a name for it; always the same ones."""
    yield "empty", b""
    for share in (0.05, 0.25, 0.5, 0.75, 0.95, 0.99):
        yield f"cut at {share:.0%}", content[: int(len(content) * share)]
    yield "last byte gone", content[:-1]
    dice = random.Random(len(content))
    for number in range(12):
        flipped = bytearray(content)
        for _ in range(1 + len(flipped) // 200 * (number % 3)):
            if flipped:
                flipped[dice.randrange(len(flipped))] ^= 1 << dice.randrange(8)
        yield f"bits flipped, case {number}", bytes(flipped)
    middle = len(content) // 2
    for name, intruder in _INTRUDERS:
        yield f"{name} alone", intruder
        yield f"{name} in the middle", content[:middle] + intruder + content[middle:]
        yield f"{name} at the end", content + intruder


_INTRUDERS = (
    ("NUL bytes", b"\0" * 4096),
    ("bytes that are no UTF-8", bytes(range(128, 256)) * 8),
    ("UTF-16 with a mark", "\ufeff<a>\u4e2d</a>".encode("utf-16-le")),
    ("a lone surrogate", b"\xed\xa0\x80 \\ud800"),
    ("brackets in brackets", b"[" * 50_000),
    ("braces in braces", b'{"a":' * 50_000),
    ("elements in elements", b"<a>" * 50_000),
    ("parentheses in parentheses", b"(" * 50_000),
    ("one long line", b"a" * 200_000),
    ("many lines", b"\n" * 50_000),
    ("a huge number", b" 1" + b"0" * 5_000 + b" "),
    ("an XML entity", b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d SYSTEM "file:///etc/passwd">]><a>&b;&d;</a>'),
    ("a YAML alias bomb", b"a: &a [x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n"),
)


class Tree(Index, Source):
    """Files in memory as the engine shows them to a probe: recognised artifacts, containers opened."""

    def __init__(self, files: Files, recognitions: Mapping[str, Recognition], limits: Limits) -> None:
        self._bytes: dict[str, bytes] = {}
        for path, content in files.items():
            self._add("!/".join(encode_name(part) for part in path.split("!/")), content, limits.depth)
        self._artifacts = {
            path: Artifact(
                path=path,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                recognition=recognitions.get(path) or recognise(path, content),
            )
            for path, content in sorted(self._bytes.items())
        }

    def _add(self, path: str, content: bytes, depth: int) -> None:
        self._bytes[path] = content
        if depth:
            for name, member in _members(path, content):
                self._add(f"{path}!/{encode_name(name)}", member, depth - 1)

    def __iter__(self) -> Iterator[Artifact]:
        return iter(self._artifacts.values())

    def get(self, path: str) -> Artifact | None:
        return self._artifacts.get(path)

    def select(self, *, formats: Iterable[str] = (), names: Iterable[str] = (), under: str = "") -> Iterator[Artifact]:
        wanted, globs = frozenset(formats), [glob.lower() for glob in names]
        place = under.rstrip("/")
        for artifact in self:
            if (
                (not wanted or artifact.format in wanted)
                and (not globs or any(fnmatchcase(artifact.name.lower(), glob) for glob in globs))
                and (not place or artifact.path.startswith((f"{place}/", f"{place}!/")))
            ):
                yield artifact

    def count(self, *, formats: Iterable[str] = (), names: Iterable[str] = (), under: str = "") -> int:
        return sum(1 for _ in self.select(formats=formats, names=names, under=under))

    def content(self, artifact: Artifact) -> Content:
        if artifact.path not in self._bytes:
            raise Breach(f"there is no artifact {artifact.path!r} to read")
        return BytesContent(self._bytes[artifact.path])

    def related(self, artifact: Artifact, path: str) -> Artifact | None:
        container, bang, inside = artifact.path.rpartition("!/")
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(inside), encode_path(path)))
        if path.startswith("/") or joined.startswith("../") or joined in (".", ".."):
            return None
        return self.get(container + bang + joined)


@cache
def _own_schemas() -> SchemaLibrary:
    """Compiled schemas are worth keeping from run to run."""
    return SchemaLibrary(Tables())


def encode_path(path: str) -> str:
    """A relative path as it stands in a report; `..` stays, since it is resolved afterwards."""
    return "/".join(part if part == ".." else encode_name(part) for part in path.split("/"))


def recognise(path: str, content: bytes) -> Recognition | None:
    """What the signatures of `rules/formats` make of a file."""
    recogniser = _recogniser()
    return recogniser(path.rpartition("/")[2], BytesContent(content)) if recogniser else None


@cache
def _recogniser() -> Callable[[str, Content], Recognition | None] | None:
    import cpo_scan.formats
    from cpo_scan.rulebook.formats import load_formats

    engine: Any = getattr(cpo_scan.formats, "Recogniser", None)
    return engine(load_formats()).recognise if engine else None


def _members(path: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Members of a zip or gzip file, as far as they can be read."""
    if content[:4] == b"PK\3\4":
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for info in archive.infolist():
                    if not info.is_dir():
                        yield info.filename, archive.read(info)
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error):
            return
    elif content[:2] == b"\x1f\x8b":
        try:
            yield path.rpartition("/")[2].removesuffix(".gz"), gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            return


class _Books:
    """What a probe stated, checked as it comes in."""

    def __init__(
        self,
        probe: AnyProbe,
        tree: Tree,
        limits: Limits,
        data: Mapping[str, Any],
        schemas: SchemaLibrary,
        product: Product | None = None,
    ) -> None:
        self._probe, self._tree, self._limits, self._data, self._schemas = probe, tree, limits, data, schemas
        self._product = product
        self.identity: list[Identity] = []
        self.findings: dict[str, dict[str, Any]] = {}
        self.rows: list[CoverageRow] = []
        self.reads: dict[str, str | None] = {}
        self._notes: list[tuple[str, bytes]] = []

    def context(self) -> Context:
        index = self._tree if self._probe.uses_index else None
        return Context(self._tree, self._limits, index, self._data, self._schemas)

    def read(self) -> None:
        """Let the probe examine the whole tree."""
        assert isinstance(self._probe, Probe)
        for artifact in self._tree:
            if _chosen(self._probe, artifact, self._tree):
                self.keep(partial(self._probe.examine, artifact), self.context(), artifact.path)

    def product(self, rows: list[Mapping[str, Any]], previous: ProductContext | None = None) -> ProductContext:
        def findings(kind: str | None) -> Iterator[dict[str, Any]]:
            return (dict(row) for row in rows if kind is None or row["kind"] == kind)

        notes = sorted(self._notes, key=itemgetter(0))  # a stable sort: those of one path stay as they were yielded
        return ProductContext(
            self._tree,
            self._limits,
            self._tree,
            self._data,
            findings,
            lambda: iter(notes),
            previous=previous,
            product=self._product,
        )

    def keep(
        self, examine: Callable[[Any], Iterable[Finding | Note | Identity]], context: Context, place: str = ""
    ) -> None:
        """Run `examine` as the engine does, but let through what the probe crashed with: its author wants to see it."""
        crashes: list[Exception] = []

        def watched() -> Iterator[Finding | Note | Identity]:
            try:
                for finding in examine(context):
                    if not isinstance(finding, Finding | Note | Identity):
                        raise FindingError(f"it yields {type(finding).__name__} and not findings")
                    yield finding
            except (Unreadable, FindingError):
                raise
            except Exception as error:
                crashes.append(error)
                raise

        yielded = run(self._probe, place, watched, context, _nobody_knows)
        if crashes:
            raise crashes[0]
        if yielded.problem is not None:
            raise Breach(f"{self._probe.id}: {yielded.problem.params.get('what', yielded.problem.params)}")
        for row in yielded.findings:
            self._add(row)
        self.rows += yielded.rows
        self.identity += yielded.identity
        self._notes += ((place, note) for note in yielded.notes)
        self.reads |= context.reads

    def _add(self, finished: dict[str, Any]) -> None:
        row: dict[str, Any] = msgspec.json.decode(canonical(finished))
        if row["id"] in self.findings:
            raise Breach(f"two findings with one id, give them a key: {row['attributes']}")
        for piece in row["evidence"]:
            if self._tree.get(piece["artifact"]) is None:
                raise Breach(f"evidence points to {piece['artifact']!r}, which is no artifact of the tree")
        for text in _texts(row["attributes"]):
            if text.startswith(("/tmp/", "/home/", "/usr/", "C:\\", "file:///")) and not self._stands_in_tree(text):
                raise Breach(f"an absolute path of this machine stands in the attributes: {text!r}")
        self.findings[row["id"]] = row

    def _stands_in_tree(self, text: str) -> bool:
        return any(text.encode() in bytes(self._tree.content(artifact).whole()) for artifact in self._tree)


def _nobody_knows(_: str) -> tuple[tuple[Origin, Reason], tuple[Offered, Reason]]:
    return (Origin.UNKNOWN, Reason("origin.unknown")), (Offered.UNKNOWN, Reason("offered.unknown"))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
        case _:
            return


def _chosen(probe: AnyProbe, artifact: Artifact, tree: Tree) -> bool:
    literals = probe.examines.matches(artifact.name, artifact.recognition)
    if literals is None:
        return False
    return not literals or any(literal in bytes(tree.content(artifact).whole()) for literal in literals)


def _row_key(row: CoverageRow) -> bytes:
    return canonical(row)
