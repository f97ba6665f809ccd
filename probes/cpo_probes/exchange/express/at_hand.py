"""Schemas in EXPRESS by their names: from the folder that the user gives, else from the product itself.

A Part 21 file names the schema of its instances, a schema those from which it takes names (11).
"""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from cpo_probes.exchange.documents.product_schemas import folders_shared
from cpo_probes.exchange.express.slots import Model
from cpo_probes.exchange.step.schemas import object_identifier
from cpo_scan.probe import Artifact, Context, Unreadable, patterns
from cpo_scan.probe.schema_library import Schema
from cpo_scan.probe.text import utf8

if TYPE_CHECKING:
    from cpo_probes.exchange.express.grammar import Read
    from cpo_probes.exchange.express.model import Schema as ExpressSchema

LARGEST = 16 * 2**20  # octets of a source; the largest schema known, all of STEP merged, has 4 MB
_MODELS = 4  # that are kept in a process
_SOURCES = 32 * 2**20  # octets of the sources that are kept, as they were read
_MOST_USED = 200  # schemas from which one takes names, those included from which these do
_NAMES = r"(?i)^[ \t]*+SCHEMA\s++([a-z][a-z0-9_]*+)"
_PART = 5  # numbers of an object identifier up to the version: 1 0 10303 part version


class NotAtHand(LookupError):
    """There is no schema that the instances could be held against; `code` and `params` say why."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def schema_named(name: str, identifier: str, artifact: Artifact, context: Context) -> tuple[Schema, Model]:
    """The schema of this name and, where both say it, of this object identifier. Raises NotAtHand."""
    sources = {schema.sha256: (schema, octets) for schema, octets in _given(name, context)}
    if not sources:
        sources = {schema.sha256: (schema, octets) for schema, octets in _shipped(name, artifact, context)}
    if not sources:
        raise NotAtHand("part21.instances_not_checked")
    fitting = [(schema, octets) for schema, octets in sources.values() if _same_edition(identifier, octets)]
    if not fitting:
        raise NotAtHand("instances.other_edition", schema=name[:80])
    if len(fitting) > 1:
        raise NotAtHand("instances.schemas_disagree", count=len(fitting))
    schema, octets = fitting[0]
    model = _model(name, octets, context)
    if model is None:
        raise NotAtHand("instances.schema_unusable", schema=name[:80])
    return schema, model


def schemas_used(found: "Read", context: Context) -> "tuple[Read, ...]":
    """The sources of the schemas that those of a source name, and of those that these name, as far as they are at hand.

    A schema counts as at hand where one source of its name is, and is well formed.
    """
    used: dict[str, Read] = {}
    waiting = [interface.schema.name for schema in found.schemas for interface in schema.interfaces]
    known = {schema.name for schema in found.schemas}
    shipped = _shipped_by_name(context) if waiting else {}
    while waiting and len(used) < _MOST_USED:
        name = waiting.pop(0)
        if name in known:
            continue
        known.add(name)
        sources = {schema.sha256: octets for schema, octets in _given(name, context)}
        if len(sources) == 1:
            source = _read(next(iter(sources.values())), context)
        elif not sources and len({other.sha256 for other in shipped.get(name, ())}) == 1:
            source = _read_shipped(min(shipped[name], key=lambda other: other.path), context)
        else:
            continue
        if source is not None:
            used[name] = source
            known.update(schema.name for schema in source.schemas)
            waiting += [interface.schema.name for schema in source.schemas for interface in schema.interfaces]
    return tuple(used.values())


def _shipped_by_name(context: Context) -> dict[str, list[Artifact]]:
    """The sources in the product by the name of their first schema, in lower case."""
    found: dict[str, list[Artifact]] = {}
    for other in context.index.select(formats=("express",)):
        if other.recognition is not None:
            found.setdefault(other.recognition.facts.get("schema", "").lower(), []).append(other)
    return found


def _read_shipped(other: Artifact, context: Context) -> "Read | None":
    """A source of the product, read; None where it can't be read or is not well formed."""
    context.reads[other.path] = other.sha256
    if other.sha256 in _Kept.sources:
        return _Kept.sources[other.sha256][0]
    try:
        return _read(bytes(context.bytes(other, LARGEST)), context)
    except Unreadable:
        return None  # it is examined by itself, and said to be unreadable there


def _given(name: str, context: Context) -> Iterator[tuple[Schema, bytes]]:
    """Schemas of this name in the folder of the option `--schemas`."""
    given = context.schemas.given
    if given is None:
        return
    for path, sha256 in given.files:
        if not path.lower().endswith(".exp"):
            continue
        if sha256 not in _Kept.names:
            octets = given.read(path) or b""
            _Kept.names[sha256] = _names(octets) if len(octets) <= LARGEST else frozenset()
        if name.lower() in _Kept.names[sha256]:
            octets = given.read(path) or b""
            yield _schema(path.rpartition("/")[2], "given", sha256), octets


def _shipped(name: str, artifact: Artifact, context: Context) -> Iterator[tuple[Schema, bytes]]:
    """Schemas of this name in the product, copies of one once, those nearest to the file first."""
    found = [
        other
        for other in context.index.select(formats=("express",))
        if other.recognition is not None and other.recognition.facts.get("schema", "").lower() == name.lower()
    ]
    for other in sorted(found, key=lambda other: (-folders_shared(other.path, artifact.path), other.path)):
        context.reads[other.path] = other.sha256
        try:
            yield _schema(other.name, "product", other.sha256 or "", other.path), bytes(context.bytes(other, LARGEST))
        except Unreadable:
            continue  # it is examined by itself, and said to be unreadable there


def _schema(name: str, source: str, sha256: str, artifact: str = "") -> Schema:
    return Schema(name=name, source=source, version=None, sha256=sha256, official=None, artifact=artifact)


def _names(octets: bytes) -> frozenset[str]:
    return frozenset(match.group(1).decode().lower() for match in patterns.standard(_NAMES).finditer(octets))


def _same_edition(identifier: str, octets: bytes) -> bool:
    """Part and version of the object identifiers agree, or one of the two says nothing."""
    stated = object_identifier(octets).split()[3:_PART]
    wanted = identifier.split()[3:_PART] if identifier.startswith("1 0 10303 ") else []
    return not stated or not wanted or stated == wanted


class _Kept:
    """What was read in this process, for the next file."""

    names: ClassVar[dict[str, frozenset[str]]] = {}
    sources: ClassVar["dict[str, tuple[Read | None, int]]"] = {}
    models: ClassVar["dict[tuple[str, ...], tuple[Model | None, tuple[Read, ...]]]"] = {}


def _read(octets: bytes, context: Context) -> "Read | None":
    """A source, read; None where it is not well formed."""
    from cpo_probes.exchange.express.grammar import read
    from cpo_probes.exchange.express.tokens import Text

    key = hashlib.sha256(octets).hexdigest()
    if key not in _Kept.sources:
        while _Kept.sources and sum(size for _, size in _Kept.sources.values()) + len(octets) > _SOURCES:
            _Kept.sources.pop(next(iter(_Kept.sources)))
        try:
            found = read(Text(utf8(octets)), context.checkpoint)
        except UnicodeDecodeError:
            return None
        _Kept.sources[key] = None if found.errors or found.too_deep else found, len(octets)
    return _Kept.sources[key][0]


def _model(name: str, octets: bytes, context: Context) -> Model | None:
    """The model of a schema; None where it has errors, or takes names from what is not at hand."""
    from cpo_probes.exchange.express.names import resolve
    from cpo_probes.exchange.express.tokens import Text

    found = _read(octets, context)
    if found is None:
        return None
    sources = (found, *schemas_used(found, context))
    key = (name.lower(), *(str(id(source)) for source in sources))  # the sources are kept with the model
    if key not in _Kept.models:
        if len(_Kept.models) >= _MODELS:
            _Kept.models.pop(next(iter(_Kept.models)))
        names = resolve(Text(utf8(octets)), found, context.checkpoint, sources[1:])
        wanted = [schema for schema in found.schemas if schema.name == name.lower()]
        model = None
        if not names.errors and not names.missing and len(wanted) == 1:
            try:
                model = Model.of(wanted[0], *_taken_from(wanted[0], sources))
            except ValueError:
                model = None  # two schemas that it takes names from declare one of them in different ways
        _Kept.models[key] = model, sources
    return _Kept.models[key][0]


def _taken_from(schema: "ExpressSchema", sources: "tuple[Read, ...]") -> "list[ExpressSchema]":
    """The schemas from which one takes names, those from which these do, and so on."""
    known = {each.name: each for source in reversed(sources) for each in source.schemas}
    found: dict[str, ExpressSchema] = {}
    waiting = [schema]
    while waiting:
        for interface in waiting.pop().interfaces:
            each = known.get(interface.schema.name)
            if each is not None and each.name not in found and each.name != schema.name:
                found[each.name] = each
                waiting.append(each)
    return list(found.values())
