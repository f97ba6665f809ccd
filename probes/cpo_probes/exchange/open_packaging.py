"""Packages by the Open Packaging Conventions (ISO/IEC 29500-2): types of their parts, and where relations lead."""

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from cpo_probes.exchange.verdict import Verdict, problem, refused, unread
from cpo_scan.probe import Artifact, Context, LimitHit, Unreadable
from cpo_scan.probe.xml import Start, walk_xml, well_formed

_TYPES = "[Content_Types].xml"
_TOP = "_rels/.rels"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
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
    missing: dict[str, None] = {}
    for listed in listings[:_MOST]:
        context.checkpoint()
        try:
            missing |= dict.fromkeys(
                target for _, target in _listed(artifact, context, listed) if _folded(target) not in folded
            )
        except Unreadable as error:
            yield unread(artifact, context, error, part=listed[:200])
    for target in missing:
        yield refused("package.part_missing", part=target[:200])
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
