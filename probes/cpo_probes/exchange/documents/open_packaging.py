"""Packages by the Open Packaging Conventions (ISO/IEC 29500-2): types of their parts, and where relations lead."""

import posixpath
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from cpo_probes.exchange.verdict import Verdict, problem, refused, unread
from cpo_scan.probe import Artifact, Context, LimitHit, Unreadable
from cpo_scan.probe.xml import Start, walk_xml, well_formed

_TYPES = "[Content_Types].xml"
_TOP = "_rels/.rels"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TYPE = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_MOST = 1_000  # parts of a package whose relations are followed


def conventions(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
    """What is not as clauses 6.2.2 (names), 6.5 (relations) and 7.2.3 (types of parts) say; nothing where all is."""
    folded = {_folded(name) for name in members}
    if _folded(_TYPES) not in folded:
        yield refused("package.part_missing", part=_TYPES)
    elif _TYPES in members:
        try:
            well_formed(context.member_content(artifact, _TYPES), context.limits)
        except Unreadable as error:
            yield unread(artifact, context, error, part=_TYPES)
    if _TOP not in members:
        yield refused("package.part_missing", part=_TOP)
    listings = [name for name in members if name.endswith(".rels") and posixpath.dirname(name).endswith("_rels")]
    types = media_types(artifact, context, members)
    missing: dict[str, None] = {}
    untyped: dict[str, None] = {}
    for listed in listings[:_MOST]:
        context.checkpoint()
        try:
            targets = [target for _, target in _listed(artifact, context, listed)]
            missing |= dict.fromkeys(target for target in targets if _folded(target) not in folded)
            untyped |= dict.fromkeys(target for target in targets if types is not None and types(target) is None)
        except Unreadable as error:
            yield unread(artifact, context, error, part=listed[:200])
    for target in missing:
        yield refused("package.part_missing", part=target[:200])
    for target in untyped:
        if target not in missing:
            yield refused("package.no_media_type", part=target[:200])
    if len(listings) > _MOST:
        count = len(listings)
        context.unreadable(artifact, LimitHit("exchange.too_many_parts", limit=_MOST, count=count))
        told = problem("exchange.too_many_parts", limit=_MOST, count=count)
        yield Verdict(valid=None, problems=(told,), total=1)


def relations(artifact: Artifact, context: Context, source: str) -> list[tuple[str, str]]:
    """Type and target (the name of a part) of the relations of a part, "" for those of the package; none where
    nothing lists them.

    Clause 6.5: they stand in `_rels/NAME.rels` beside the part. Raises Unreadable.
    """
    folder, name = posixpath.split(source)
    listed = part_named(context.members(artifact), posixpath.join(folder, "_rels", f"{name}.rels"))
    return list(_listed(artifact, context, listed)) if listed is not None else []


def media_types(artifact: Artifact, context: Context, members: dict[str, int]) -> Callable[[str], str | None] | None:
    """The media type of a part, by its name or else its extension (7.2.3.3); None where the list can't be read."""
    listed = part_named(members, _TYPES)
    if listed is None:
        return None
    by_name: dict[str, str] = {}
    by_extension: dict[str, str] = {}
    try:
        for event in walk_xml(context.member_content(artifact, listed), context.limits):
            if isinstance(event, Start):
                given = event.attributes
                if event.tag == f"{_TYPE}Override":
                    by_name[_folded(given.get("PartName", "").lstrip("/"))] = given.get("ContentType", "")
                elif event.tag == f"{_TYPE}Default":
                    by_extension[given.get("Extension", "").lower()] = given.get("ContentType", "")
    except Unreadable:
        return None

    def found(name: str) -> str | None:
        folded = _folded(name)
        return by_name.get(folded) or by_extension.get(folded.rpartition("/")[2].rpartition(".")[2])

    return found


def part_named(members: dict[str, int], target: str) -> str | None:
    """The member of the archive that a target means."""
    if target in members:
        return target
    wanted = _folded(target)
    return next((name for name in members if _folded(name) == wanted), None)


def _listed(artifact: Artifact, context: Context, listed: str) -> Iterator[tuple[str, str]]:
    """Type and target of the relations inside of the package that a part lists. Raises Unreadable."""
    folder = posixpath.dirname(posixpath.dirname(listed))
    for event in walk_xml(context.member_content(artifact, listed), context.limits):
        if not isinstance(event, Start) or event.tag != _RELATION or event.attributes.get("TargetMode") == "External":
            continue
        try:
            target = urlsplit(event.attributes.get("Target", "").strip())
        except ValueError:
            continue
        if target.path and not target.scheme and not target.netloc:
            name = posixpath.normpath(posixpath.join("/" + folder, target.path)).lstrip("/")
            yield event.attributes.get("Type", ""), name


def _folded(name: str) -> str:
    """Names of parts are compared without case (6.2.2.3), and escaped or not in the ZIP file."""
    return unquote(name).lower()
