"""What descriptions of all families have in common: operations that are counted, problems that are kept, a head."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cpo_probes.api.deprecation import Deprecation
from cpo_scan.probe import (
    Artifact,
    Context,
    Evidence,
    Finding,
    LimitHit,
    Offered,
    Reason,
    Severity,
    Strength,
    Unreadable,
)
from cpo_scan.probe.documents import Document, Problem
from cpo_scan.probe.patterns import compile as pattern
from cpo_scan.probe.wording import documented

LISTED = 100
"""Named items that one finding lists (report contract); all are counted."""
_TEMPLATE_OCTETS = 2 * 2**20  # no template that people write is longer
_TEMPLATE_TEXT = 4_000  # characters of the line where reading ended, and of the one before
# ERB, EJS, JSP and PHP; Jinja, Handlebars, Go templates and shells, whose marks may also stand in a quoted text.
_MARKUP = pattern(r"<%|<\?(?:php\b|=)", text=True)
_PLACEHOLDER = pattern(
    r'"(?:[^"\\\n]|\\.)*+"|\{\{[^\n]{1,300}?\}\}|\{%[^\n]{1,300}?%\}|\$\{\w[^\n}]{0,200}\}', text=True
)  # or a quoted text as a whole
_ALONE = pattern(r"\A\s*+(?:\{\{[^{}]++\}\}|\$\{[^{}]++\}|<%[^%]++%>|@[\w.]++@|%\w++%)\s*+\Z", text=True)
GAPS = 8  # undocumented operations, and problems, that get a row of evidence each
# Said of the whole description by its own title or the first words about it.
_INTERNAL = pattern(
    r"(?i)\((?:internal|private|intern|privat)\)|\b(?:internal|private)(?: use)? only\b|\bfor internal use\b"
    r"|\b(?:internal|private) (?:rest |http |web |ui |event |graphql )?api\b"
    r"|\bnur (?:f\xfcr (?:den )?)?intern(?:e[nr]?)? gebrauch\b",
    text=True,
)


class Operation(NamedTuple):
    """One operation as a description states it."""

    name: str  # as it is listed: `send orders/new`
    text: str  # all that is said about it
    own: tuple[str, ...]  # its names, path, method: what a description may not merely repeat
    place: dict[str, Any]  # keys of a locator
    deprecation: Deprecation | None = None
    internal: bool = False
    artifact: Artifact | None = None  # where it stands, if not in the artifact of the finding
    excerpt: str = ""


def counted(operations: Sequence[Operation]) -> tuple[dict[str, Any], list[Operation]]:
    """The attributes that count operations, and the operations without words of their own.

    Those marked as internal are operations and are no gap.
    """
    described = documented((operation.text, operation.own) for operation in operations)
    gaps = [
        operation for operation, said in zip(operations, described, strict=True) if not said and not operation.internal
    ]
    ending = [(operation.name, operation.deprecation) for operation in operations if operation.deprecation is not None]
    return {
        "operations": len(operations),
        "documented_operations": sum(described),
        "undocumented": [operation.name[:300] for operation in gaps[:LISTED]],
        "undocumented_total": len(gaps),
        "internal_operations": sum(operation.internal for operation in operations) or None,
        "deprecated_operations": len(ending),
        **endings(ending),
    }, gaps


def endings(found: Sequence[tuple[str, Deprecation]]) -> dict[str, Any]:
    """The attributes that tell of deprecations: which, and of how many the replacement and the date are stated."""
    return {
        "deprecated": len(found),
        "deprecated_with_replacement": sum(ending.replacement is not None for _, ending in found) if found else None,
        "deprecated_with_date": sum(ending.date is not None for _, ending in found) if found else None,
        "deprecations": [{"name": name[:300], **ending.row()} for name, ending in found[:LISTED]] or None,
        "deprecations_total": len(found) or None,
        "complete_deprecations": sum(None not in ending for _, ending in found) if found else None,
    }


class Verdict:
    """Is a description valid? Problems make it invalid; what could not be checked leaves it open."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.missing: list[Problem] = []
        self.total = 0
        self.wrong = False

    def keep(
        self, problems: Iterable[Problem], total: int | None = None, tolerated: frozenset[str] = frozenset()
    ) -> None:
        """Take in problems, of which there are `total`; those of the codes `tolerated` do not make it invalid."""
        count = 0
        for problem in problems:
            count += 1
            self.wrong = self.wrong or problem.code not in tolerated
            if len(self.problems) < LISTED:
                self.problems.append(problem)
        self.total += count if total is None else total

    def lacks(self, code: str, **params: Any) -> None:
        """Say why the check was not a whole one."""
        self.missing.append(Problem(code=code, params=params))

    @property
    def valid(self) -> bool | None:
        """The answer."""
        return False if self.wrong else None if self.missing else True

    @property
    def strength(self) -> Strength:
        """That of the finding."""
        return Strength.VALIDATED if self.valid else Strength.RECOGNISED

    def attributes(self) -> dict[str, Any]:
        """`valid`, `problems`, `problems_total`."""
        return {
            "valid": self.valid,
            "problems": [problem.row() for problem in [*self.problems, *self.missing][:LISTED]],
            "problems_total": self.total + len(self.missing),
        }


def evidence_of_gaps(
    artifact: Artifact, gaps: Sequence[Operation], document: Document | None = None
) -> Iterator[Evidence]:
    """Where the first operations stand that nobody described."""
    for operation in gaps[:GAPS]:
        pointer = operation.place.get("pointer")
        if operation.artifact is not None:
            yield operation.artifact.at(operation.excerpt, **operation.place)
        elif document is not None and pointer is not None:
            yield artifact.at(document.excerpt(pointer), **document.place(pointer))
        else:
            yield artifact.at(operation.excerpt, **operation.place)


def evidence_of_problems(artifact: Artifact, problems: Sequence[Problem]) -> Iterator[Evidence]:
    """Where the first problems are."""
    for problem in problems[:GAPS]:
        if not problem.file and problem.line is not None:
            place = {"pointer": problem.pointer} if problem.pointer else {}
            yield artifact.at(**place, line=problem.line, column=problem.column)


def opened(
    artifact: Artifact, context: Context, family: str, read: Callable[[Artifact], Document]
) -> Document | Finding:
    """The document, or the finding about one that can't be read, of which the coverage then tells."""
    try:
        return read(artifact)
    except Unreadable as error:
        context.unreadable(artifact, error)
        return unread(artifact, error, family)


def refused(artifact: Artifact, context: Context, error: Unreadable, family: str) -> Iterator[Finding]:
    """Tell the coverage of a document that can't be read; a finding only where more than its name called it one."""
    if is_template(artifact, context, error):
        context.partly(artifact, "api.template", severity=Severity.BY_DESIGN)
        return
    context.unreadable(artifact, error)
    if artifact.recognition is None or not artifact.recognition.by_name:
        yield unread(artifact, error, family)


def is_template(artifact: Artifact, context: Context, error: Unreadable) -> bool:
    """Does reading end at the placeholder of a template, which a generator makes a description of?"""
    line = error.reason.params.get("line")
    return not isinstance(error, LimitHit) and isinstance(line, int) and has_placeholder(artifact, context, line)


def has_placeholder(artifact: Artifact, context: Context, line: int) -> bool:
    """Does a placeholder of a template stand in this line (from 1), or in the one before?"""
    try:
        lines = context.text(artifact, _TEMPLATE_OCTETS).splitlines()
    except Unreadable:
        return False
    here = "\n".join(lines[max(line - 2, 0) : line])[:_TEMPLATE_TEXT]
    return _MARKUP.search(here) is not None or any(found.group()[0] != '"' for found in _PLACEHOLDER.finditer(here))


def names_placeholder(info: Any) -> bool:
    """Is the title in an Info Object nothing but the placeholder of a template?"""
    title = mapping(info).get("title")
    return isinstance(title, str) and _ALONE.search(title[:_TEMPLATE_TEXT]) is not None


def unread(artifact: Artifact, error: Unreadable, family: str) -> Finding:
    """What can be said of a document that can't be read: malformed is not valid, a limit leaves it open."""
    line = error.reason.params.get("line")
    return Finding(
        "api.description",
        {
            "family": family,
            "version": artifact.version,
            "valid": None if isinstance(error, LimitHit) else False,
            "problems": [Problem(code=error.reason.code, params=error.reason.params).row()],
            "problems_total": 1,
        },
        evidence=(artifact.at(line=line, column=error.reason.params.get("column")) if line else artifact.at(),),
    )


# -- the head of a description


def information(info: Any) -> dict[str, Any]:
    """Title, version of the API, licence and contact of an Info Object (OpenAPI, AsyncAPI, OpenRPC)."""
    info = mapping(info)
    licence = mapping(info.get("license"))
    return {
        "title": text_of(info.get("title")),
        "api_version": text_of(info.get("version")),
        "licence": text_of(licence.get("identifier") or licence.get("name")),
        "contact": bool(info.get("contact")),
    }


def offered_by(texts: Iterable[Any], marks: Iterable[Mapping[str, Any]] = ()) -> tuple[Offered | None, Reason | None]:
    """Does the description call itself internal, by `x-internal` or in the first words of these texts?"""
    if any(mark.get("x-internal") is True for mark in marks):
        return Offered.INTERNAL, Reason("api.marked_internal", {"mark": "x-internal"})
    for text in texts:
        found = _INTERNAL.search(text[:500]) if isinstance(text, str) else None
        if found:
            return Offered.INTERNAL, Reason("api.marked_internal", {"mark": found.group()})
    return None, None


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text_of(value: Any) -> str | None:
    """A scalar as one line of at most 240 characters."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return " ".join(str(value)[:1000].split())[:240] or None


def words(value: Mapping[str, Any], *keys: str) -> str:
    """Those of the texts under these keys that are there, as one."""
    return "\n".join(text for text in map(value.get, keys) if isinstance(text, str))


def without_user(url: str) -> str:
    """An address without name and password in it."""
    scheme, mark, rest = url[:1000].partition("://")
    if not mark:
        return url[:240]
    end = min((place for place in map(rest.find, "/?#") if place >= 0), default=len(rest))
    return (scheme + mark + rest[:end].rpartition("@")[2] + rest[end:])[:240]
