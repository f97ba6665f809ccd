"""What a probe may do: read artifacts within limits, look around in the product, and say what it left out.

The context is the only way to bytes. It keeps the books: what else was read joins the cache key, what was left out
becomes a row of the coverage.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from cpo_scan.model import Artifact, CoverageRow, Reason, Severity
from cpo_scan.targets.content import Bytes, BytesContent, Content
from cpo_scan.targets.errors import LimitHit, Unreadable
from cpo_scan.targets.limits import Limits

if TYPE_CHECKING:  # heavy libraries are imported where they are used
    from lxml.etree import _ElementTree
    from tree_sitter import Tree

    from cpo_scan.model.report import Product
    from cpo_scan.probe.documents import Document
    from cpo_scan.probe.prose import Prose
    from cpo_scan.probe.schema_library import SchemaLibrary
    from cpo_scan.probe.xml import End, Start, XmlSummary


_SHARED = 4  # readings of documents that are kept for other probes
_Shape = TypeVar("_Shape")
Octets = bytes  # the name `bytes` is a reader's inside the class


class Index(Protocol):
    """The inventory of the product, by path, name and format. Iterates in the order of the report's paths."""

    def get(self, path: str) -> Artifact | None:
        """The artifact of exactly this path."""

    def select(self, *, formats: Iterable[str] = (), names: Iterable[str] = (), under: str = "") -> Iterator[Artifact]:
        """Artifacts of these formats and of these names (globs, blind to case), below `under`."""

    def count(self, *, formats: Iterable[str] = (), names: Iterable[str] = (), under: str = "") -> int:
        """How many `select` would give."""


class Source(Protocol):
    """How the context gets at bytes; the engine's side of it."""

    def content(self, artifact: Artifact) -> Content:
        """The bytes of an artifact; raises Unreadable."""

    def related(self, artifact: Artifact, path: str) -> Artifact | None:
        """The artifact at a path relative to the folder of `artifact`, in the same container; None if there is none."""


class Context:
    """What `Probe.examine` gets."""

    def __init__(
        self,
        source: Source,
        limits: Limits,
        index: Index | None,
        data: Mapping[str, Any],
        schemas: "SchemaLibrary | None" = None,
    ) -> None:
        self._source = source
        self._schemas = schemas
        self._index = index
        self._data = data
        self._give(limits.probe_seconds)
        self.limits = limits
        self.rows: list[CoverageRow] = []
        self.reads: dict[str, str | None] = {}
        """Other artifacts that were read: path and SHA-256, None where there was none."""

    # -- bytes and text

    def content(self, artifact: Artifact) -> Content:
        """Head, whole bytes or a seekable file of an artifact."""
        return self._source.content(artifact)

    def contents(self, artifacts: Iterable[Artifact]) -> Iterator[tuple[Artifact, "Content | Unreadable"]]:
        """Many artifacts one after the other, each content good until the next; what can't be read comes as its error.

        A source that has `contents` itself goes through each container once; in no fixed order then.
        """
        many = getattr(self._source, "contents", None)
        if many is not None:
            yield from many(artifacts)
            return
        for artifact in artifacts:
            found: Content | Unreadable
            try:
                found = self._source.content(artifact)
            except Unreadable as error:
                found = error
            yield artifact, found

    def bytes(self, artifact: Artifact, limit: int | None = None) -> Bytes:
        """All bytes of an artifact; raises LimitHit above `limit` (by default that of documents)."""
        data = self.content(artifact).whole()
        most = self.limits.document_bytes if limit is None else limit
        if len(data) > most:
            raise LimitHit("limit.document_bytes", size=len(data), limit=most)
        return data

    def text(self, artifact: Artifact, limit: int | None = None) -> str:
        """The text of an artifact: by its byte order mark, else UTF-8, else Latin-1 (which reads any bytes)."""
        from cpo_scan.probe.text import decode

        return decode(bytes(self.bytes(artifact, limit)))

    # -- documents; positions are kept, nothing is fetched

    def json(self, artifact: Artifact) -> "Document":
        """A JSON document (RFC 8259) with positions; raises Unreadable with line and column."""
        from cpo_scan.probe.data_text import read_json

        return read_json(self.bytes(artifact), self.limits)

    def yaml(self, artifact: Artifact) -> "Document":
        """A YAML 1.2 core document with positions; JSON is read as such. Raises Unreadable with line and column."""
        from cpo_scan.probe.data_text import read_yaml

        return read_yaml(self.bytes(artifact), self.limits)

    def xml(self, artifact: Artifact) -> "_ElementTree":
        """An XML tree: no DTD, no entities, no network, bounded depth. Raises Unreadable with line and column."""
        from cpo_scan.probe.xml import read_xml

        return read_xml(self.content(artifact), self.limits)

    def well_formed(self, artifact: Artifact) -> "XmlSummary":
        """Read an XML document of any size wholly, in flat memory. Raises Unreadable with line and column."""
        from cpo_scan.probe.xml import well_formed

        return well_formed(self.content(artifact), self.limits)

    def walk_xml(self, artifact: Artifact) -> "Iterator[Start | End]":
        """Starts and ends of the elements of an XML document of any size, in flat memory. Raises as `well_formed`."""
        from cpo_scan.probe.xml import walk_xml

        return walk_xml(self.content(artifact), self.limits)

    def source(self, artifact: Artifact, language: str) -> "Tree":
        """A syntax tree (tree-sitter) of a source file; raises Unreadable, LimitHit above the cap for sources."""
        from cpo_scan.probe.sources import parse

        return parse(bytes(self.bytes(artifact, self.limits.source_bytes)), language)

    def prose(self, artifact: Artifact) -> "Prose":
        """The running text of a document (`prose_formats.READABLE`) with headings and places; raises Unreadable.

        What was left out of it becomes rows. Several probes share one reading of an artifact.
        """
        from cpo_scan.probe.prose_formats import read_prose

        shared: dict[str, Prose | Unreadable] = getattr(self._source, "shared", {})
        found = shared.get(artifact.path)
        if found is None:
            try:
                found = read_prose(artifact, self.content(artifact), self.limits, self.checkpoint)
            except TimeUp:
                raise
            except Unreadable as error:
                found = error
            if len(shared) >= _SHARED:
                shared.clear()
            shared[artifact.path] = found
        if isinstance(found, Unreadable):
            raise found.again()
        for gap in found.gaps:
            self.unreadable(artifact, gap)
        return found

    def members(self, artifact: Artifact) -> "dict[str, int]":
        """Names and sizes of the members of a ZIP artifact, from its directory; raises Unreadable."""
        from cpo_scan.targets.containers import zip_directory

        return zip_directory(self.content(artifact), self.limits)

    def member(self, artifact: Artifact, name: str) -> Octets:
        """The bytes of one member of a ZIP artifact; raises Unreadable where it is missing, broken or too large."""
        from cpo_scan.targets.containers import zip_member

        return zip_member(self.content(artifact), name, self.limits)

    def member_content(self, artifact: Artifact, name: str) -> Content:
        """The same, for the readers that take a content."""
        return BytesContent(self.member(artifact, name))

    # -- looking around

    def related(self, artifact: Artifact, path: str) -> Artifact | None:
        """Another artifact, by a path relative to the folder of this one; never outside the target."""
        found = self._source.related(artifact, path)
        self.reads[f"{artifact.path}>{path}" if found is None else found.path] = found.sha256 if found else None
        return found

    @property
    def index(self) -> Index:
        """The inventory; for probes that say `uses_index`."""
        if self._index is None:
            raise LookupError("a probe that looks at the index must say uses_index = True")
        return self._index

    def data(self, name: str) -> Any:
        """A table of `rules/data/NAME.yaml`: what a probe knows belongs there and not in its code."""
        return self._data[name]

    @property
    def schemas(self) -> "SchemaLibrary":
        """The official schemas at hand, and those that the user gives with `--schemas`."""
        if self._schemas is None:
            from cpo_scan.probe.schema_library import SchemaLibrary

            self._schemas = SchemaLibrary(self._data)
        return self._schemas

    # -- what was left out

    def partly(
        self,
        artifact: Artifact,
        code: str,
        *,
        severity: Severity = Severity.LOST,
        affects: tuple[str, ...] = (),
        **params: Any,
    ) -> None:
        """Say that an artifact was read in part only, and why (a code of the message catalogues)."""
        self.rows.append(
            CoverageRow(artifact=artifact.path, reason=Reason(code, params), severity=severity, affects=affects)
        )

    def unreadable(self, artifact: Artifact, error: Unreadable, *, affects: tuple[str, ...] = ()) -> None:
        """The same for an error that the probe caught because it has more to say about the artifact."""
        listed = "limits_hit" if isinstance(error, LimitHit) else "unreadable"
        row = CoverageRow(
            artifact=artifact.path, reason=error.reason, severity=error.severity, affects=affects, list=listed
        )
        self.rows.append(row)

    def checkpoint(self) -> None:
        """Call it in long loops: raises Unreadable once the time for this artifact, or for the product, is up."""
        if monotonic() > self._deadline:
            raise TimeUp(self._seconds)

    def _give(self, seconds: float) -> None:
        """So much time from now on."""
        self._seconds, self._deadline = seconds, monotonic() + seconds


class TimeUp(Unreadable):
    """The soft deadline passed. The row says `nondeterministic`: another run may get further."""

    def __init__(self, seconds: float) -> None:
        super().__init__("limit.seconds", seconds=seconds)


class ProductContext(Context):
    """What `ProductProbe.examine` and `CombiningProbe.combine` get: the same, and what was found before."""

    def __init__(
        self,
        source: Source,
        limits: Limits,
        index: Index,
        data: Mapping[str, Any],
        findings: Callable[[str | None], Iterator[dict[str, Any]]],
        notes: Callable[[], Iterator[tuple[str, Octets]]] = lambda: iter(()),
        schemas: "SchemaLibrary | None" = None,
        previous: "ProductContext | None" = None,
        product: "Product | None" = None,
        links: Callable[[], Iterator[str]] = lambda: iter(()),
    ) -> None:
        super().__init__(source, limits, index, data, schemas)
        self._give(limits.product_seconds)
        self._findings, self._notes, self._links = findings, notes, links
        self.previous = previous
        """The earlier release, for probes that say `compares`: what they noted there, and its inventory."""
        self.product = product
        """What the user says of the product (`product.yaml`); the files may say something else."""

    def findings(self, kind: str | None = None) -> Iterator[dict[str, Any]]:
        """Findings of the artifact probes as rows of the report, in its order; of one kind if it is given. What other
        product and combining probes find is not among them."""
        return self._findings(kind)

    def links(self) -> Iterator[str]:
        """Paths at which symbolic links lie, by path. They are recorded and not followed, so the index has none."""
        return self._links()

    def notes(self, shape: type[_Shape]) -> Iterator[tuple[str, _Shape]]:
        """What `CombiningProbe.examine` noted: path of the artifact and value, by path and in the order yielded.

        `shape` is the type that the values have: a msgspec struct, or a plain type.
        """
        from msgspec.msgpack import Decoder

        decode = Decoder(shape).decode
        for path, value in self._notes():
            yield path, decode(value)
