"""What changed in the described interfaces from an earlier release to this one.

The facts come from the documents of both releases and not from two reports, hence a probe: it runs in the workers,
within their limits, and what it could not read is a row of the coverage. `gate` compares what was judged.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from cpo_probes.api.asyncapi.interface import read_asyncapi
from cpo_probes.api.graphql.interface import read_graphql, read_introspection
from cpo_probes.api.idl.interface import read_interface_definitions
from cpo_probes.api.odata.interface import read_odata
from cpo_probes.api.openapi.interface import read_interface
from cpo_probes.api.openrpc_interface import read_openrpc
from cpo_probes.api.protobuf.descriptor_interface import read_descriptor_set
from cpo_probes.api.protobuf.interface import read_protobuf
from cpo_probes.api.raml.interface import read_raml
from cpo_probes.api.release_pairs import Head, Pair, paired
from cpo_probes.api.typelib.files import HOLDERS, read_type_libraries
from cpo_probes.api.typelib.interface import decided
from cpo_probes.api.wadl.interface import read_wadl
from cpo_probes.api.wsdl.interface import read_wsdl
from cpo_scan.probe import Artifact, CombiningProbe, Context, Finding, Note, ProductContext, Strength, formats
from cpo_scan.probe.differences import Difference, differences
from cpo_scan.probe.documents import without_collection
from cpo_scan.probe.interface import Interface

Reader = Callable[[Artifact, Context], Interface | None]

MOST_CHANGES = 20_000  # findings; beyond them the report says that there are more
_PIECE = 10_000  # types in one note


def _openapi(artifact: Artifact, context: Context) -> Interface | None:
    document = context.yaml(artifact)
    value = document.value
    stated = value.get("openapi", value.get("swagger")) if isinstance(value, dict) else None
    if isinstance(stated, bool) or not isinstance(stated, str | int | float):
        return None
    return read_interface(artifact, document, context, str(stated)[:40])


_READERS: dict[str, Reader] = {
    "asyncapi": read_asyncapi,
    "graphql-introspection": read_introspection,
    "graphql-sdl": read_graphql,
    "idl": read_interface_definitions,
    "odata-csdl": read_odata,
    "odata-csdl-json": read_odata,
    "openapi-2": _openapi,
    "openapi-3": _openapi,
    "openrpc": read_openrpc,
    "pe": read_type_libraries,
    "protobuf": read_protobuf,
    "protobuf-descriptor": read_descriptor_set,
    "raml": read_raml,
    "typelib": read_type_libraries,
    "wadl": read_wadl,
    "wsdl": read_wsdl,
    "wsdl-2": read_wsdl,
}
"""How the descriptions of a format become interfaces; a family joins in with one line."""


class ReleaseProbe(CombiningProbe):
    """What changed in the described interfaces since an earlier release."""

    id = "api.releases"
    version = 3
    examines = formats(*(_READERS.keys() - {"pe"})) | HOLDERS
    states = ("release.change",)
    compares = True
    limitations = (
        "Descriptions are compared, not the program: a change that no description tells of is not seen.",
        "An announcement is a mark of deprecation in the earlier release; how long before the change it was made is"
        " not known from two releases.",
        "Descriptions belong together by path, else by title, else by path without its digits and its extension.",
        "Of WSDL policies are not compared, of XML Schema no substitution groups and no keys, of RAML no parameters of"
        " resource types and traits; a schema that RAML holds in another language is compared as text.",
        "Of type libraries and Microsoft's IDL default values, attributes of the wire (sizes, unions) and names of"
        " aliases are not compared; where a library takes the place of its IDL, only what both tell is.",
        "What a .proto or IDL file declares is compared by name where it is declared: a thing that moves to another"
        " file is gone from the first.",
    )
    references = (
        "https://google.aip.dev/180",
        "https://semver.org/spec/v2.0.0.html",
        "https://spec.openapis.org/oas/v3.1.1.html",
        "https://learn.microsoft.com/windows/win32/com/interface-pointers-and-interfaces",
    )
    remediation = "Mark what is going to be removed as deprecated at least one release before, with what replaces it."

    def examine(self, artifact: Artifact, context: Context) -> Iterator[Finding | Note]:
        reader = _READERS.get(artifact.format or "")
        if reader is None:
            return
        with without_collection():
            interface = reader(artifact, context)
        if interface is not None:
            types = interface.types
            for start in range(0, len(types), _PIECE):
                piece = types[start : start + _PIECE]
                yield Note(
                    msgspec.structs.replace(interface, types=piece)
                    if start == 0
                    else Interface(family=interface.family, types=piece)
                )

    def combine(self, context: ProductContext) -> Iterator[Finding]:
        if context.previous is None:
            return
        rules = Rules(context.data("breaking-changes"))
        before, after = _heads(context.previous), _heads(context)
        pairs = [
            pair for pair in paired(before, after) if not _same(pair, after.get(pair.new), context.previous, context)
        ]
        old = _interfaces(context.previous, {pair.old for pair in pairs})
        new = _interfaces(context, {pair.new for pair in pairs})
        stated = 0
        for pair in pairs:
            context.checkpoint()
            for difference in _changes(pair, old, new):
                stated += 1
                if stated > MOST_CHANGES:
                    place = _evidence(pair, context)
                    if place is not None:
                        context.partly(place, "release.more_changes", limit=MOST_CHANGES)
                    return
                finding = _finding(pair, difference, rules, context, before, after)
                if finding is not None:
                    yield finding


class Rules:
    """Which change is breaking, from `rules/data/breaking-changes.yaml`."""

    def __init__(self, table: dict[str, Any]) -> None:
        self._rows = {
            (row["change"], direction): row for row in table["changes"] for direction in row.get("directions", ("",))
        }

    def of(self, difference: Difference) -> dict[str, Any]:
        """The row for a change."""
        row: dict[str, Any] | None = self._rows.get((difference.change, difference.direction))
        return row if row is not None else self._rows[difference.change, ""]


def _heads(context: ProductContext) -> dict[str, Head]:
    heads: dict[str, Head] = {}
    for path, head in context.notes(Head):
        heads.setdefault(path, head)
    return heads


def _same(pair: Pair, head: Head | None, before: ProductContext, after: ProductContext) -> bool:
    """The same bytes in both releases, and all in this one file?"""
    old = before.index.get(pair.old) if pair.old else None
    new = after.index.get(pair.new) if pair.new else None
    if old is None or new is None or head is None:
        return False
    return old.sha256 == new.sha256 and not head.files


def _interfaces(context: ProductContext, wanted: set[str]) -> dict[str, Interface]:
    found: dict[str, Interface] = {}
    for path, piece in context.notes(Interface):
        if path in found:
            found[path].types.extend(piece.types)
        elif path in wanted:
            found[path] = piece
    return found


def _changes(pair: Pair, old: dict[str, Interface], new: dict[str, Interface]) -> Iterator[Difference]:
    if pair.old not in old:
        yield Difference("description_added", "", pair.title, "", "", False)
    elif pair.new not in new:
        operations = old[pair.old].operations.values()
        announced = bool(operations) and all(operation.deprecated for operation in operations)
        yield Difference("description_removed", "", pair.title, "", "", announced)
    else:
        seen: set[tuple[str, str, str]] = set()
        before, after = old[pair.old], new[pair.new]
        for difference in differences(before, after):
            if before.family != after.family and not decided(difference, before, after):
                continue
            key = (difference.change, difference.direction, difference.element)
            if key not in seen:
                seen.add(key)
                yield difference


def _finding(
    pair: Pair,
    difference: Difference,
    rules: Rules,
    context: ProductContext,
    before: dict[str, Head],
    after: dict[str, Head],
) -> Finding | None:
    artifact = _evidence(pair, context)
    if artifact is None:
        return None
    rule = rules.of(difference)
    where = "pointer" if difference.old.startswith("/") else "symbol"
    earlier = {"artifact": pair.old, where: difference.old or None, "version": _version(before, pair.old)}
    attributes = {
        "what": difference.change,
        "breaking": rule["breaking"],
        "announced": difference.announced,
        "element": difference.element[:500],
        "direction": difference.direction or None,
        "family": pair.family,
        "title": pair.title or None,
        "version": _version(after, pair.new),
        "was": difference.was[:240] or None,
        "now": difference.now[:240] or None,
        "caution": True if rule.get("caution") else None,
        "previous": {key: value for key, value in earlier.items() if value} or None,
    }
    where = difference.new if pair.new else ""
    place = {"pointer" if where.startswith("/") else "symbol": where} if where else {}
    return Finding(
        "release.change",
        attributes,
        strength=Strength.RECOGNISED,
        evidence=(artifact.at(difference.element, **place),),
        key=pair.title or pair.new or pair.old,
    )


def _version(heads: dict[str, Head], path: str) -> str | None:
    return heads[path].version or None if path in heads else None


def _evidence(pair: Pair, context: ProductContext) -> Artifact | None:
    """The description in the new release; where it is gone, what lies nearest to where it was."""
    found = context.index.get(pair.new) if pair.new else None
    folder = pair.old.replace("!/", "/").rpartition("/")[0] if found is None else ""
    while found is None:
        found = next(iter(context.index.select(under=folder)), None)
        if not folder:
            break
        folder = folder.rpartition("/")[0]
    return found
