"""Packages of a standard: archives that are one file to their users. Their members are whole, their parts are there."""

from collections.abc import Callable, Iterator

from cpo_probes.exchange.documents.open_packaging import conventions, media_types, part_named, relations
from cpo_probes.exchange.documents.xml_documents import check_part
from cpo_probes.exchange.verdict import Verdict, problem, refused, together, unread
from cpo_scan.probe import Artifact, Context, LimitHit, Unreadable

_MEMBER = 32 * 2**20  # octets of a member up to which its checksum is recomputed here
_ALL = 256 * 2**20  # octets of all members together
_MODEL_TYPE = "application/vnd.ms-package.3dmanufacturing-3dmodel+xml"  # 3MF Core Specification, appendix C
_PARTS = 200  # parts of a package that are held against a schema

Check = Callable[[Artifact, Context, dict[str, int]], Iterator[Verdict]]


def check_package(artifact: Artifact, context: Context, check: Check) -> Verdict:
    """The verdict on a package: its carrier, and what `check` finds in its members (names and sizes)."""
    try:
        members = context.members(artifact)
        intact(artifact, context, members)
    except Unreadable as error:
        return unread(artifact, context, error)
    return together(check(artifact, context, members))


def intact(artifact: Artifact, context: Context, members: dict[str, int]) -> None:
    """Read all members of a package, as far as the caps go; raises Unreadable where one is broken."""
    left = _ALL
    for name, size in members.items():
        if size <= _MEMBER and size <= left:
            context.checkpoint()
            context.member(artifact, name)
            left -= size


def parts(artifact: Artifact, context: Context, names: list[str]) -> Iterator[Verdict]:
    """The verdicts on members that are XML documents."""
    for name in names[:_PARTS]:
        context.checkpoint()
        yield check_part(artifact, context, name)
    if len(names) > _PARTS:
        context.unreadable(artifact, LimitHit("exchange.too_many_parts", limit=_PARTS, count=len(names)))
        yield Verdict(
            valid=None, problems=(problem("exchange.too_many_parts", limit=_PARTS, count=len(names)),), total=1
        )


def ssp(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
    """SSP 1.0 clause 3: `SystemStructure.ssd` at the top, more of them and parameters anywhere, resources."""
    if "SystemStructure.ssd" not in members:
        yield refused("package.part_missing", part="SystemStructure.ssd")
    names = [name for name in members if name.lower().endswith((".ssd", ".ssv", ".ssm", ".ssb"))]
    yield from parts(artifact, context, names)
    resources = [name for name in members if name.startswith("resources/") and not name.endswith("/")]
    yield Verdict(valid=True, facts={"resources": len(resources)})


def holding(ending: str) -> Check:
    """The check of a package that is there for its XML documents with this ending: one at least, and what they are."""

    def check(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
        names = [name for name in members if name.lower().endswith(ending)]
        if not names:
            yield refused("package.part_missing", part=f"*{ending}")
        yield from parts(artifact, context, names)

    return check


def mesh_3mf(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
    """3MF Core Specification 1.3 clause 2: the package's relations name the model part; others hang on it."""
    yield from conventions(artifact, context, members)
    try:
        targets = [target for kind, target in relations(artifact, context, "") if kind.endswith("/3dmodel")]
    except Unreadable:
        return  # the verdict on the conventions says so
    if not targets:
        yield refused("package.part_missing", part="3D model")
    models = [name for target in targets if (name := part_named(members, target)) is not None]
    others = [name for name in members if name.lower().endswith(".model") and name not in models]
    types = media_types(artifact, context, members)
    for name in models:
        given = types(name) if types is not None else None
        if given and given.lower() != _MODEL_TYPE:
            yield refused("package.media_type", part=name[:200], given=given[:200], wanted=_MODEL_TYPE)
    yield from parts(artifact, context, [*models, *others])
    yield Verdict(valid=True, facts={"models": len(models) + len(others)})


def kpar(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
    """KerML 1.0 clause 10.3: what the project says of itself, and its model files."""
    from cpo_scan.probe.data_text import read_json

    facts: dict[str, object] = {
        "models": sum(1 for name in members if name.lower().endswith((".kerml", ".sysml", ".json", ".xmi")))
    }
    for name in (".project.json", ".meta.json"):
        try:
            value = read_json(context.member(artifact, name), context.limits).value
        except Unreadable as error:
            yield unread(artifact, context, error, part=name)
            continue
        if name == ".project.json" and isinstance(value, dict):
            facts |= {key: str(value[key])[:200] for key in ("name", "version") if isinstance(value.get(key), str)}
    told = {("project_version" if key == "version" else key): value for key, value in facts.items()}
    yield Verdict(valid=None, problems=(problem("exchange.schema_not_at_hand"),), total=1, facts=told)
