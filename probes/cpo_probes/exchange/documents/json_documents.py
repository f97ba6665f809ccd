"""A JSON document held against the JSON Schema of its standard."""

from typing import Any

from cpo_probes.exchange.verdict import MOST, Verdict, problem
from cpo_scan.probe import Artifact, Context, Severity
from cpo_scan.probe.documents import Document
from cpo_scan.probe.schema_library import NotAtHand
from cpo_scan.probe.xml_validation import SchemaUnusable

_LONGEST = 100  # characters of a name that is listed


def check_json(
    artifact: Artifact,
    context: Context,
    document: Document,
    form: str,
    version: str | None,
    *,
    part: str = "",
    closed: bool = False,
) -> Verdict:
    """The verdict on a document of a format (id of `rules/formats`); `part` is its name in a package.

    `closed`: members that the schema nowhere names are remarked, though it lets them through.
    """
    more: dict[str, Any] = {"part": part[:200]} if part else {}
    try:
        schema, validator = context.schemas.json(form, version)
    except NotAtHand as error:
        if error.reason.code == "exchange.schema_extra":
            context.partly(artifact, error.reason.code, severity=Severity.BY_DESIGN, **error.reason.params)
        told = problem(error.reason.code, **error.reason.params, **more)
        return Verdict(valid=None, problems=(told,), total=1)
    except SchemaUnusable:
        return Verdict(valid=None, problems=(problem("exchange.schema_unusable", error="", **more),), total=1)
    checked = validator.check(document)
    editions = _of_a_later_edition(context, document, form, version) if checked.total else None
    problems = [
        problem(
            item.code,
            **item.params,
            **more,
            pointer=item.pointer,
            **({"line": item.line, "column": item.column} if item.line and not part else {}),
        )
        for item in checked.problems[:MOST]
    ]
    if editions is not None:
        params = {"version": schema.version or "", "editions": ", ".join(editions)}
        problems = [problem("exchange.edition_not_stated", **params, **more), *problems][:MOST]
        return Verdict(valid=None, problems=tuple(problems), total=checked.total + 1, checked_with=(schema.row(),))
    unknown = _unknown(document.value, validator.members) if closed else []
    told = problem("json.unknown_members", names=", ".join(unknown[:MOST]), count=len(unknown), **more)
    return Verdict(
        valid=not checked.total,
        problems=tuple(problems),
        total=checked.total,
        checked_with=(schema.row(),),
        remarks=(told,) if unknown else (),
    )


def _unknown(value: Any, known: frozenset[str]) -> list[str]:
    """Names of members that are not among the known ones, sorted."""
    found: set[str] = set()
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            found.update(name[:_LONGEST] for name in item if name not in known)
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)
    return sorted(found)


def _of_a_later_edition(context: Context, document: Document, form: str, version: str | None) -> tuple[str, ...] | None:
    """The later editions that may allow what the one at hand refuses; None where none does, or it is stated."""
    if version is not None or (later := context.schemas.later(form)) is None:
        return None
    editions, validator = later
    return None if validator.check(document).total else editions
