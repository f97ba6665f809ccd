"""The rows of `rules/formats/*.yaml` and `rules/standards.yaml`: what they look like, and how they are read.

`FormatRules` is plain data: msgpack carries it to worker processes, where nothing is parsed or checked again.
"""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from cpo_scan.model import Openness
from cpo_scan.model.canonical import digest
from cpo_scan.rulebook.load import RuleError, RuleFile, read_rules, rule_files

Part = Literal["file", "schema", "description"]


class _Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    pass


class Edition(_Rule, frozen=True, kw_only=True):
    """A published edition of a standard: its name, when it came out (year, or year and month), what it replaced."""

    name: str
    date: str


class Standard(_Rule, frozen=True, kw_only=True):
    """One standard of the registry. `extensions` and `mime` are those that registrations use; `aliases` are its names.

    `domains` are classes of data (mcad, ecad, requirements, …); `carrier` marks general carriers, which say nothing
    about openness by themselves.
    """

    id: str
    title: str
    owner: str
    openness: Openness
    domains: tuple[str, ...]
    carrier: bool = False
    extensions: tuple[str, ...] = ()
    mime: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    editions: tuple[Edition, ...] = ()
    source: str = ""


class Source(_Rule, frozen=True, kw_only=True):
    """Where a version or a fact is read: exactly one of the places; the groups of a pattern are joined by dots.

    `attribute` of the root element, `namespace` of it (a pattern), `declared` namespaces (a pattern), `key` of a
    document (dots lead down), `pattern` in the head, `member` of a container (a glob) with a `pattern` in its head,
    or a constant `value`. `map` translates what was found.
    """

    attribute: str | None = None
    namespace: str | None = None
    declared: str | None = None
    key: str | None = None
    pattern: str | None = None
    member: str | None = None
    value: str | None = None
    map: dict[str, str] = {}


class Xml(_Rule, frozen=True, kw_only=True):
    """Root element and namespaces of an XML document.

    `roots` are local names (none given: any), `namespace` a literal or `""` for none, `namespaces` a pattern that
    matches the whole of it, `declares` a pattern that one of the namespaces declared at the root matches, `attributes`
    patterns that attributes of the root match, `contains` a pattern found in the head.
    """

    roots: tuple[str, ...] = ()
    namespace: str | None = None
    namespaces: str | None = None
    declares: str | None = None
    attributes: dict[str, str] = {}
    contains: str | None = None


class Keys(_Rule, frozen=True, kw_only=True):
    """Top-level keys of a JSON (and with `yaml` a YAML) document.

    `has` maps keys (dots lead down) to a pattern that the whole scalar matches, or to `object`; of the keys `any` one
    is there (with `array` as a list); all literals `contains` stand in the head. `deep`: also looked for beyond the
    head. `with_any`: keys of which one must be there too where the name does not speak for the carrier.
    """

    has: dict[str, str] = {}
    any: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    array: bool = False
    yaml: bool = False
    deep: bool = False
    with_any: tuple[str, ...] = ()


class Zip(_Rule, frozen=True, kw_only=True):
    """Members of a ZIP container. In globs `*` stops at a slash, `**` does not.

    All of `members` are there, none of `without`, at most `most` members at all, the first one fits `first`, the first
    is `mimetype` with that content (a pattern), in the head of `member` stands `pattern`.
    """

    members: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    most: int | None = None
    first: str | None = None
    mimetype: str | None = None
    member: str | None = None
    pattern: str | None = None


class Signature(_Rule, frozen=True, kw_only=True):
    """One way to know a format by its content. All that is set must hold.

    - `hex` or `bytes` at `offset`: magic. `ole`: names in an OLE directory, one of them (`all`: each).
    - `starts` or a `first` character, after byte order mark and white space: text.
    - `named`: tried only where the name fits the row; alone with `patterns` for text without a beginning of its own.
    - `contains` a literal and `patterns`: found in the head.
    - `xml`, `keys`, `zip`: what the carrier holds.
    - `check`: a check that needs code, see `cpo_scan.formats.checks`.
    """

    hex: str | None = None
    bytes: str | None = None
    offset: int = 0
    ole: tuple[str, ...] = ()
    all: bool = False
    starts: tuple[str, ...] = ()
    first: str = ""
    named: bool = False
    contains: str | None = None
    patterns: tuple[str, ...] = ()
    check: str | None = None
    xml: Xml | None = None
    keys: Keys | None = None
    zip: Zip | None = None


class Format(_Rule, frozen=True, kw_only=True):
    """One format. `names` are globs that belong to it alone, `shared` those that others use too: hints only.

    `by_name`: the name alone is enough (source code, plain documents; never an exchange format). `built_on` are the
    formats that it refines: they are no rival claim. `language` is that of a schema.
    """

    id: str
    title: str
    source: str
    standard: str | None = None
    part: Part = "file"
    language: str | None = None
    openness: Openness | None = None
    carrier: bool = False
    opens_as: str | None = None
    built_on: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    by_name: bool = False
    signatures: tuple[Signature, ...] = ()
    version: tuple[Source, ...] = ()
    facts: dict[str, tuple[Source, ...]] = {}


class SchemaRule(_Rule, frozen=True, kw_only=True):
    """Which standard a schema belongs to: by target namespace, `$id` or title, schema name, prefix or declared names.

    `names` is a pattern found in the head, tried where `namespaces` gives no answer.
    """

    standard: str
    language: str
    namespaces: str | None = None
    names: str | None = None
    version: tuple[Source, ...] = ()


class FormatRules(_Rule, frozen=True, kw_only=True):
    """All that the recogniser needs."""

    standards: tuple[Standard, ...]
    formats: tuple[Format, ...]
    schemas: tuple[SchemaRule, ...]
    version: str
    sha256: str
    standards_version: str
    standards_sha256: str

    def pack(self) -> bytes:
        """The rules as bytes for a worker process."""
        return msgspec.msgpack.encode(self)

    @staticmethod
    def unpack(packed: bytes) -> "FormatRules":
        """The rules from `pack`."""
        return msgspec.msgpack.decode(packed, type=FormatRules)


def load_formats() -> FormatRules:
    """Reads and checks the format rows and the registry of standards. Raises RuleError with file and line."""
    registry = read_rules("standards.yaml", "standards")
    standards = _convert(registry, registry.data["standards"], tuple[Standard, ...])
    files = [read_rules(f"formats/{item.name}", "formats") for item in rule_files("formats")]
    formats = tuple(row for file in files for row in _convert(file, file.data.get("formats", []), tuple[Format, ...]))
    schemas = tuple(
        row for file in files for row in _convert(file, file.data.get("schemas", []), tuple[SchemaRule, ...])
    )
    for line in _contradictions(standards, formats, schemas):
        raise RuleError(line)
    known = {standard.id: standard for standard in standards}
    return FormatRules(
        standards=standards,
        formats=tuple(_complete(row, known) for row in formats),
        schemas=schemas,
        version=max(str(file.data["version"]) for file in files),
        sha256=digest(*(f"{file.sha256}  {file.name}\n".encode() for file in files)),
        standards_version=str(registry.data["version"]),
        standards_sha256=registry.sha256,
    )


def _convert(file: RuleFile, data: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise RuleError(f"{file.name}: {error}") from None


def _complete(row: Format, known: dict[str, Standard]) -> Format:
    standard = known.get(row.standard or "")
    return msgspec.structs.replace(
        row,
        openness=row.openness or (standard.openness if standard else None),
        carrier=row.carrier or (standard is not None and standard.carrier),
        opens_as=row.opens_as or ("zip" if any(signature.zip for signature in row.signatures) else None),
    )


def _contradictions(
    standards: tuple[Standard, ...], formats: tuple[Format, ...], schemas: tuple[SchemaRule, ...]
) -> Iterator[str]:
    known: set[str] = set()
    for standard in standards:
        if standard.id in known:
            yield f"standards.yaml: {standard.id} stands there twice"
        known.add(standard.id)
    ids = {row.id for row in formats}
    if len(ids) < len(formats):
        seen: set[str] = set()
        yield "formats: " + next(r.id for r in formats if r.id in seen or seen.add(r.id)) + " stands there twice"  # type: ignore[func-returns-value]
    carriers = {standard.id for standard in standards if standard.carrier}
    for row in formats:
        if row.standard is not None and row.standard not in known:
            yield f"formats: {row.id}: the standard {row.standard} is not in standards.yaml"
        if row.standard is None and row.openness is None:
            yield f"formats: {row.id}: a format without a standard must state its openness"
        if not (row.signatures or row.by_name):
            yield f"formats: {row.id}: no signature, and its name is not enough"
        if row.by_name and row.part == "file" and row.standard and row.standard not in carriers:
            yield f"formats: {row.id}: the name alone is no evidence of an exchange standard"
        for other in row.built_on:
            if other not in ids:
                yield f"formats: {row.id}: built on {other}, which is no format"
    for schema in schemas:
        if schema.standard not in known:
            yield f"formats: schema of {schema.standard}, which is not in standards.yaml"
