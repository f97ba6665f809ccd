"""Where the schema for a document is: the user's folder, the schemas that come with cpo-scan, an installed package.

The user's word comes first. An installed package counts only where its bytes are those of the registry of published
schemas. What lies in the product itself is the business of the probe that looks around there.
"""

import hashlib
import io
import posixpath
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from cpo_scan.model import Reason
from cpo_scan.probe import patterns
from cpo_scan.probe.json_validation import JsonValidator
from cpo_scan.probe.xml_validation import SchemaUnusable, XsdValidator
from cpo_scan.probe.xsd_collection import XsdCollection
from cpo_scan.rulebook.root import rules_root
from cpo_scan.targets.content import BytesContent, Content
from cpo_scan.targets.given_schemas import GivenSchemas
from cpo_scan.targets.limits import Limits

_LARGEST = 32 * 2**20  # octets of a schema, and of a packed set of them


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """A schema that a document may be held against, and how to get at its bytes."""

    name: str
    source: str  # given, shipped (with cpo-scan), installed, product
    version: str | None  # of the standard, where that is known
    sha256: str
    official: bool | None  # its hash is one of a published schema; None: not known
    artifact: str = ""  # where it lies in the product

    def row(self) -> dict[str, Any]:
        """As it stands in a finding's `checked_with`."""
        row = {"schema": self.name, "source": self.source, "sha256": self.sha256, "artifact": self.artifact}
        return {key: value for key, value in row.items() if value} | {
            "version": self.version,
            "official": self.official,
        }


class NotAtHand(LookupError):
    """There is no schema for this document here; `reason` says what would help."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class SchemaLibrary:
    """All schemas at hand outside of the product. Built once in a process; what was compiled is kept."""

    def __init__(self, data: Mapping[str, Any], given: GivenSchemas | None = None) -> None:
        self._data, self.given = data, given
        self._collection = XsdCollection(given.files, given.read) if given is not None else None
        self._validators: dict[str, Any] = {}

    def official(self, data: bytes) -> dict[str, Any] | None:
        """The row of the registry for the bytes of a schema, line ends as they are or all LF."""
        known = self._data["schema-registry"]["schemas"]
        row = known.get(hashlib.sha256(data).hexdigest())
        if row is None and b"\r\n" in data:
            row = known.get(hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest())
        found: dict[str, Any] | None = row
        return found

    def xml(self, element: str, version: str | None, limits: Limits) -> tuple[Schema, XsdValidator]:
        """The XML Schema for documents with this root, `{namespace}local`, of this version of their standard.

        Raises NotAtHand, and SchemaUnusable where there is one that can't be compiled.
        """
        if self._collection is not None and (paths := self._collection.declaring(element)):
            return self._given_xml(self._collection, self._shallow(paths), limits)
        row, entry = self._row("xsd", element, version)
        schema, load = self._opened(row, entry)
        return schema, self._kept(
            row["id"] + entry, lambda: XsdValidator.compiled(_must(load(entry)), limits, entry, load)
        )

    def json(self, form: str, version: str | None) -> tuple[Schema, JsonValidator]:
        """The JSON Schema for documents of a format (id of `rules/formats`). Raises as `xml`."""
        row, entry = self._row("json-schema", form, version)
        path = self._given_named(entry)
        if path is not None and self.given is not None:
            given, data = self.given, self.given.read(path) or b""
            folder = posixpath.dirname(path)
            beside = {
                posixpath.basename(other): given.read(other) or b"{}"
                for other, _ in given.files
                if posixpath.dirname(other) == folder and other.endswith(".json")
            }
            schema = self._given_schema(path, data)
            return schema, self._kept("given:" + path, lambda: _json(beside, posixpath.basename(path)))
        schema, load = self._opened(row, entry)
        names = [name for name in self._names(row) if name.endswith(".json")]
        return schema, self._kept(
            row["id"] + entry, lambda: _json({name: bytes(_must(load(name)).whole()) for name in names}, entry)
        )

    def later(self, form: str) -> tuple[tuple[str, ...], JsonValidator] | None:
        """The editions after that of `json(form, None)`, and their schema as far as it is known: what they refuse all.

        None where no later edition is known, or the user gives the schema. Raises SchemaUnusable.
        """
        row, entry = self._row("json-schema", form, None)
        later = row.get("later")
        if later is None or self._given_named(entry) is not None:
            return None
        _, load = self._opened(row, entry)

        def build() -> JsonValidator:
            schema = msgspec.json.decode(bytes(_must(load(entry)).whole()))
            return _json({entry: msgspec.json.encode(relaxed(schema, later))}, entry)

        return tuple(later["editions"]), self._kept(f"{row['id']}{entry} later", build)

    # -- what the user gave

    def _given_xml(self, collection: XsdCollection, path: str, limits: Limits) -> tuple[Schema, XsdValidator]:
        content = _must(collection.load(path))
        schema = self._given_schema(path, bytes(content.whole()))
        return schema, self._kept(
            "given:" + path, lambda: XsdValidator.compiled(content, limits, path, collection.load, collection.known)
        )

    def _given_schema(self, path: str, data: bytes) -> Schema:
        known = self.official(data)
        return Schema(
            name=posixpath.basename(path),
            source="given",
            version=known["version"] if known else None,
            sha256=hashlib.sha256(data).hexdigest(),
            official=True if known else None,
        )

    def _given_named(self, name: str) -> str | None:
        paths = [path for path, _ in self.given.files if posixpath.basename(path) == name] if self.given else []
        return self._shallow(paths) if paths else None

    @staticmethod
    def _shallow(paths: list[str]) -> str:
        return min(paths, key=lambda path: (path.count("/"), path))

    # -- what comes with cpo-scan, or with a package

    def _row(self, language: str, document: str, version: str | None) -> tuple[dict[str, Any], str]:
        rows = [
            (row, entry["file"])
            for row in self._data["official-schemas"]["sets"]
            for entry in row["entries"]
            if row["language"] == language and document in entry["documents"]
        ]
        for row, entry in rows:
            wanted = row.get("for_versions")
            if wanted is None or not version or patterns.compile(wanted, text=True).match(version):
                return row, entry
        if rows and version:
            raise NotAtHand(Reason("exchange.schema_other_version", {"version": version[:40]}))
        raise NotAtHand(Reason("exchange.schema_not_at_hand"))

    def _opened(self, row: dict[str, Any], entry: str) -> tuple[Schema, Callable[[str], Content | None]]:
        files = self._files(row)
        if files is None:
            extra = f'pip install "cpo-scan[{row["extra"]}]"'
            raise NotAtHand(Reason("exchange.schema_extra", {"standard": row["standard"], "install": extra}))
        data = files.get(entry)
        known = self.official(data) if data is not None else None
        if data is None or ("distribution" in row and known is None):
            raise NotAtHand(Reason("exchange.schema_unknown_bytes", {"package": row.get("distribution", "cpo-scan")}))

        def load(path: str) -> Content | None:
            found = files.get(path)
            if found is None or ("distribution" in row and self.official(found) is None):
                return None
            return BytesContent(found)

        schema = Schema(
            name=entry,
            source="shipped" if "folder" in row else "installed",
            version=row["version"],
            sha256=hashlib.sha256(data).hexdigest(),
            official=True if known else None,
        )
        return schema, load

    def _names(self, row: dict[str, Any]) -> list[str]:
        return sorted(self._files(row) or ())

    def _files(self, row: dict[str, Any]) -> Mapping[str, bytes] | None:
        if "folder" in row:
            return _folder(row["folder"])
        return _distribution(row["distribution"], row["path"])

    def _kept(self, key: str, build: Callable[[], Any]) -> Any:
        """What `build` gives, or the error that it raised, once and for all."""
        if key not in self._validators:
            try:
                self._validators[key] = build()
            except SchemaUnusable as error:
                self._validators[key] = error
        found = self._validators[key]
        if isinstance(found, SchemaUnusable):
            raise SchemaUnusable(found.problems)
        return found


def _json(files: dict[str, bytes], entry: str) -> JsonValidator:
    from cpo_scan.probe.xsd import XsdProblem

    try:
        return JsonValidator(files, entry)
    except ValueError as error:
        reason = Reason("json_schema.refused", {"error": type(error).__name__})
        raise SchemaUnusable((XsdProblem(reason=reason),)) from None


def relaxed(schema: Any, later: Mapping[str, Any]) -> Any:
    """A JSON Schema that allows more: what `later` of a row of rules/data/official-schemas.yaml says."""
    for pointer in later.get("drop", ()):
        *parents, last = _tokens(pointer)
        del _part(schema, parents)[last]
    for pointer, value in later.get("set", {}).items():
        *parents, last = _tokens(pointer)
        _part(schema, parents)[last] = value
    return _longer(schema, {int(old): new for old, new in later.get("lengths", {}).items()})


def _longer(value: Any, lengths: Mapping[int, int]) -> Any:
    match value:
        case dict():
            return {
                key: lengths.get(item, item) if key == "maxLength" and isinstance(item, int) else _longer(item, lengths)
                for key, item in value.items()
            }
        case list():
            return [_longer(item, lengths) for item in value]
        case _:
            return value


def _tokens(pointer: str) -> list[int | str]:
    return [int(token) if token.isdecimal() else token for token in pointer.split("/")[1:]]


def _part(schema: Any, tokens: list[int | str]) -> Any:
    for token in tokens:
        schema = schema[token]
    return schema


def _must(content: Content | None) -> Content:
    if content is None:
        raise NotAtHand(Reason("exchange.schema_not_at_hand"))
    return content


@cache
def _folder(name: str) -> Mapping[str, bytes]:
    folder = rules_root() / "schemas" / "third_party" / name
    return {item.name: item.read_bytes() for item in folder.iterdir() if item.name.endswith((".xsd", ".json"))}


@cache
def _distribution(name: str, path: str) -> Mapping[str, bytes] | None:
    """Schemas below a path of an installed distribution, or in a ZIP file there; None where it is not installed."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        listed = distribution(name).files or ()
    except PackageNotFoundError:
        return None
    found: dict[str, bytes] = {}
    for item in listed:
        place = item.as_posix()
        file = Path(item.locate())
        try:
            if place == path and place.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
                    return {
                        info.filename: archive.read(info) for info in archive.infolist() if info.file_size <= _LARGEST
                    }
            if place.startswith(path + "/") and place.endswith((".xsd", ".json", ".xml")):
                found[place.removeprefix(path + "/")] = file.read_bytes()
        except (OSError, zipfile.BadZipFile):
            continue  # an installation that lost files: as if they were not there
    return found
