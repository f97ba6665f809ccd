"""XML Schemas that lie in the product itself: what its own files may be held against where no other is at hand."""

from collections.abc import Iterator

from cpo_scan.probe import Artifact, Content, Context, Unreadable
from cpo_scan.probe.schema_library import Schema
from cpo_scan.probe.xml_validation import SchemaUnusable, XsdValidator
from cpo_scan.probe.xsd_collection import XsdCollection, elements_of

MOST = 4  # schemas for one root that a file is held against: they must agree
_FILES = 2_000
_OCTETS = 64 * 2**20

_Key = tuple[tuple[str, str | None], ...]
_Found = list[tuple[Schema, XsdValidator]]


class _Kept:
    """What was read of a product's schemas, for the next file of the same product."""

    key: _Key | None = None
    declared: dict[str, list[str]]
    compiled: dict[str, XsdValidator | SchemaUnusable]


def schemas_for(element: str, artifact: Artifact, context: Context) -> _Found:
    """Schemas of the product that declare the root element `{namespace}local` and compile, the nearest first.

    Copies of one count once. Where one is a published schema, the others are left out.
    """
    every = list(_all(context))
    if not every:
        return []
    key = tuple((other.path, other.sha256) for other in every)
    if _Kept.key != key:
        _Kept.declared = elements_of(
            (other.path, content.whole())
            for other, content in context.contents(every)
            if not isinstance(content, Unreadable)
        )
        _Kept.compiled = {}
        _Kept.key = key
    paths = _Kept.declared.get(element, [])
    context.reads.update(key)
    known = {other.path: other for other in every}
    near: dict[str | None, Artifact] = {}
    for path in sorted(paths, key=lambda path: (-folders_shared(path, artifact.path), path)):
        near.setdefault(known[path].sha256, known[path])
    found = _compiled(list(near.values()), known, context)
    return [one for one in found if one[0].official] or found[:MOST]


def _all(context: Context) -> Iterator[Artifact]:
    """The schemas of the product in the order of their paths, as far as the caps go."""
    left, files = _OCTETS, _FILES
    for schema in context.index.select(formats=["xsd"]):
        left -= schema.size
        files -= 1
        if left < 0 or files < 0:
            return
        yield schema


def _compiled(chosen: list[Artifact], known: dict[str, Artifact], context: Context) -> _Found:
    found: _Found = []
    for schema in chosen[: 4 * MOST]:
        context.checkpoint()
        try:
            content = context.content(schema)
            row = context.schemas.official(bytes(content.whole()))
            validator = _validator(schema, content, known, context)
        except (Unreadable, SchemaUnusable):
            continue  # it is examined by itself, and said to be wrong or unreadable there
        about = Schema(
            name=schema.name,
            source="product",
            version=row["version"] if row else None,
            sha256=schema.sha256 or "",
            official=True if row else None,
            artifact=schema.path,
        )
        found.append((about, validator))
    return found


def _validator(schema: Artifact, content: Content, known: dict[str, Artifact], context: Context) -> XsdValidator:
    if schema.path not in _Kept.compiled:
        container, bang, path = schema.path.rpartition("!/")

        def read(inner: str) -> bytes | None:
            other = known.get(container + bang + inner)
            try:
                return bytes(context.content(other).whole()) if other is not None else None
            except Unreadable:
                return None

        stem = container + bang
        beside = XsdCollection(
            ((other.removeprefix(stem), known[other].sha256 or "") for other in known if other.startswith(stem)), read
        )
        try:
            _Kept.compiled[schema.path] = XsdValidator.compiled(
                content, context.limits, path, beside.load, beside.known
            )
        except SchemaUnusable as error:
            _Kept.compiled[schema.path] = error
    found = _Kept.compiled[schema.path]
    if isinstance(found, SchemaUnusable):
        raise SchemaUnusable(found.problems)
    return found


def folders_shared(path: str, other: str) -> int:
    """How many folders two paths share from the top."""
    shared = 0
    for one, two in zip(path.split("/")[:-1], other.split("/")[:-1], strict=False):
        if one != two:
            break
        shared += 1
    return shared
