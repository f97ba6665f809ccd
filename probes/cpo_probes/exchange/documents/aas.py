"""Asset Administration Shells: JSON by the JSON Schema, XML by the XML Schema, and packages that hold either."""

from collections.abc import Iterator

from cpo_probes.exchange.documents.json_documents import check_json
from cpo_probes.exchange.documents.open_packaging import conventions, part_named, relations
from cpo_probes.exchange.documents.packages import parts
from cpo_probes.exchange.verdict import Verdict, problem, unread
from cpo_scan.probe import Artifact, Context, Unreadable
from cpo_scan.probe.data_text import read_json


def document(artifact: Artifact, context: Context) -> Verdict:
    """An environment in JSON."""
    try:
        read = context.json(artifact)
    except Unreadable as error:
        return unread(artifact, context, error)
    return check_json(artifact, context, read, "aas-json", artifact.version, closed=True)


def aasx(artifact: Artifact, context: Context, members: dict[str, int]) -> Iterator[Verdict]:
    """IDTA-01005 clause 2: package → aasx-origin → aas-spec parts → supplementary files."""
    yield from conventions(artifact, context, members)
    try:
        origins = [target for kind, target in relations(artifact, context, "") if kind.endswith("/aasx-origin")]
        found = [
            (kind.rpartition("/")[2], target)
            for origin in origins
            for kind, target in relations(artifact, context, origin)
        ]
    except Unreadable:
        return  # the verdict on the conventions says so
    specifications = [target for kind, target in found if kind == "aas-spec"]
    if not specifications:
        # Nothing to hold against a schema; the test engine of the IDTA takes such a package
        yield Verdict(valid=None, problems=(problem("package.part_missing", part="aas-spec"),), total=1)
    for target in specifications:
        name = part_named(members, target)
        if name is None:
            continue  # the verdict on the conventions says so
        if name.lower().endswith(".json"):
            yield _json_part(artifact, context, name)
        else:
            yield from parts(artifact, context, [name])
    yield Verdict(valid=True, facts={"parts": len(specifications)})


def _json_part(artifact: Artifact, context: Context, name: str) -> Verdict:
    try:
        read = read_json(context.member(artifact, name), context.limits)
    except Unreadable as error:
        return unread(artifact, context, error, part=name)
    return check_json(artifact, context, read, "aas-json", None, part=name, closed=True)
