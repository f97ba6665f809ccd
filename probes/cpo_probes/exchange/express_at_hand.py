"""The EXPRESS schema that a Part 21 file names: from the folder that the user gives, else from the product itself."""

import hashlib
from collections.abc import Iterator

from cpo_probes.exchange.express_slots import Model
from cpo_probes.exchange.product_schemas import folders_shared
from cpo_probes.exchange.step_schemas import object_identifier
from cpo_scan.probe import Artifact, Context, Unreadable, patterns
from cpo_scan.probe.schema_library import Schema
from cpo_scan.probe.text import utf8

LARGEST = 16 * 2**20  # octets of a source; the largest schema known, all of STEP merged, has 4 MB
_MODELS = 4  # that are kept in a process
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
    model = _model(name, schema.sha256, octets, context)
    if model is None:
        raise NotAtHand("instances.schema_unusable", schema=name[:80])
    return schema, model


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
    """What was read, for the next file."""

    names: dict[str, frozenset[str]] = {}  # noqa: RUF012 - of the process
    models: dict[tuple[str, str], Model | None] = {}  # noqa: RUF012


def _model(name: str, sha256: str, octets: bytes, context: Context) -> Model | None:
    """The model of a schema; None where it has errors or takes names from elsewhere."""
    from cpo_probes.exchange.express_grammar import read
    from cpo_probes.exchange.express_names import resolve
    from cpo_probes.exchange.express_tokens import Text

    key = (sha256 or hashlib.sha256(octets).hexdigest(), name.lower())
    if key not in _Kept.models:
        if len(_Kept.models) >= _MODELS:
            _Kept.models.pop(next(iter(_Kept.models)))
        try:
            text = Text(utf8(octets))
        except UnicodeDecodeError:
            return None
        found = read(text, context.checkpoint)
        model = None
        if not found.errors and not found.too_deep:
            names = resolve(text, found, context.checkpoint)
            wanted = [schema for schema in found.schemas if schema.name == name.lower()]
            if not names.errors and not names.missing and len(wanted) == 1 and not wanted[0].interfaces:
                model = Model.of(wanted[0])
        _Kept.models[key] = model
    return _Kept.models[key]
